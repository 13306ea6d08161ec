/* Queues between producers and consumers: order, bounds, the end, cancellation, and misuse. */
#include "lib/coro/queue.h"
#include "lib/coro/scope.h"
#include "tests/unit/coro_fixture.h"

struct scene {
    struct fixture *fixture;
    struct coro_queue queue;
    int produced, consumed, sum;
    intptr_t put, got;
    unsigned seed;
};

static void play(void **state, coro_function *function, size_t capacity)
{
    struct scene scene = {.fixture = *state};

    assert_int_equal(coro_queue_init(&scene.queue, scene.fixture->loop, capacity), 0);
    run(scene.fixture, function, &scene);
    assert_int_equal(coro_queue_finish(&scene.queue), 0);
}

/* A number on its way as an item. */
static void *item_of(intptr_t number)
{
    return (void *)number;
}

static intptr_t number_of(const void *item)
{
    return (intptr_t)item;
}

enum { ITEMS = 100 };

static int produce(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;

    for (int i = 0; i < ITEMS; i++) {
        int error = coro_queue_put(&scene->queue, item_of(i));

        if (error)
            return error;
        scene->produced++;
        /* Never further ahead than there is room for, and one in the consumer's hands. */
        if (scene->queue.capacity > 0)
            assert_in_range(scene->produced - scene->consumed, 0, scene->queue.capacity + 1);
    }
    return 0;
}

static int consume(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    int result;
    void *item;

    while ((result = coro_queue_get(&scene->queue, &item)) == 1) {
        assert_int_equal(number_of(item), scene->consumed);
        scene->consumed++;
    }
    return result;
}

static int pass_a_hundred(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_task *consumer = start(loop, consume, scene);
    struct coro_task *producer = start(loop, produce, scene);

    assert_int_equal(join(producer), 0);
    coro_queue_close(&scene->queue);
    assert_int_equal(join(consumer), 0);
    assert_int_equal(scene->consumed, ITEMS);
    return 0;
}

static void test_in_order(void **state)
{
    play(state, pass_a_hundred, 1);
    play(state, pass_a_hundred, 3);
    play(state, pass_a_hundred, 1000);
    play(state, pass_a_hundred, 0);
}

static int fill_then_empty(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;

    /* The ring's beginning is somewhere in its middle when it grows. */
    for (int i = 0; i < 40; i++)
        assert_int_equal(coro_queue_try_put(&scene->queue, item_of(-1)), 0);
    for (int i = 0; i < 40; i++) {
        void *item;

        assert_int_equal(coro_queue_try_get(&scene->queue, &item), 1);
    }
    assert_int_equal(produce(loop, scene), 0);
    assert_int_equal(coro_queue_count(&scene->queue), ITEMS);
    coro_queue_close(&scene->queue);
    assert_int_equal(consume(loop, scene), 0);
    assert_int_equal(scene->consumed, ITEMS);
    return 0;
}

static void test_unbounded(void **state)
{
    play(state, fill_then_empty, 0);
}

static int consume_some(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    int result;
    void *item;

    while ((result = coro_queue_get(&scene->queue, &item)) == 1) {
        scene->sum += number_of(item);
        scene->consumed++;
        assert_int_equal(coro_yield(loop), 0);
        assert_int_equal(coro_queue_task_done(&scene->queue), 0);
    }
    return result;
}

static int produce_some(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;

    for (int i = 1; i <= 10; i++)
        assert_int_equal(coro_queue_put(&scene->queue, item_of(i)), 0);
    return 0;
}

static int many_with_many(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_task *producers[3], *consumers[4];

    for (int i = 0; i < 4; i++)
        consumers[i] = start(loop, consume_some, scene);
    for (int i = 0; i < 3; i++)
        producers[i] = start(loop, produce_some, scene);
    for (int i = 0; i < 3; i++)
        assert_int_equal(join(producers[i]), 0);
    assert_int_equal(coro_queue_join(&scene->queue), 0);
    assert_int_equal(scene->consumed, 30);
    assert_int_equal(scene->sum, 165);
    coro_queue_close(&scene->queue);
    for (int i = 0; i < 4; i++)
        assert_int_equal(join(consumers[i]), 0);
    return 0;
}

static void test_many_with_many(void **state)
{
    play(state, many_with_many, 2);
    play(state, many_with_many, 0);
}

struct side {
    struct scene *scene;
    char letter;
};

static int get_one(struct coro_loop *loop, void *argument)
{
    struct side *side = argument;
    void *item;
    int result = coro_queue_get(&side->scene->queue, &item);

    if (result == 1) {
        note(side->scene->fixture, side->letter);
        note(side->scene->fixture, (char)('0' + number_of(item)));
    }
    return result;
}

static int put_one(struct coro_loop *loop, void *argument)
{
    struct side *side = argument;

    return coro_queue_put(&side->scene->queue, item_of(side->letter - '0'));
}

static int get_in_order_of_coming(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct side sides[] = {{scene, 'a'}, {scene, 'b'}, {scene, 'c'}};
    struct coro_task *tasks[3];

    for (int i = 0; i < 3; i++)
        tasks[i] = start(loop, get_one, &sides[i]);
    settle(loop);
    for (int i = 1; i <= 3; i++)
        assert_int_equal(coro_queue_put(&scene->queue, item_of(i)), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(join(tasks[i]), 1);
    assert_string_equal(scene->fixture->log, "a1b2c3");
    return 0;
}

static void test_consumers_in_the_order_of_coming(void **state)
{
    play(state, get_in_order_of_coming, 5);
}

static int cancel_consumers(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct side sides[] = {{scene, 'a'}, {scene, 'b'}, {scene, 'c'}};
    struct coro_task *tasks[3];
    void *item;

    for (int i = 0; i < 3; i++)
        tasks[i] = start(loop, get_one, &sides[i]);
    settle(loop);
    assert_int_equal(coro_queue_finish(&scene->queue), -EBUSY);
    coro_cancel(tasks[0]); /* before: the item is the next one's */
    assert_int_equal(coro_queue_put(&scene->queue, item_of(1)), 0);
    coro_cancel(tasks[1]); /* after: it has the item */
    coro_cancel(tasks[2]); /* before: the second item stays */
    assert_int_equal(coro_queue_put(&scene->queue, item_of(2)), 0);
    assert_int_equal(join(tasks[0]), -ECANCELED);
    assert_int_equal(join(tasks[1]), 1);
    assert_int_equal(join(tasks[2]), -ECANCELED);
    assert_string_equal(scene->fixture->log, "b1");
    assert_int_equal(coro_queue_get(&scene->queue, &item), 1);
    assert_int_equal(number_of(item), 2);
    return 0;
}

static void test_no_item_is_lost(void **state)
{
    play(state, cancel_consumers, 5);
}

static void expect_item(struct scene *scene, intptr_t number)
{
    void *item;

    assert_int_equal(coro_queue_try_get(&scene->queue, &item), 1);
    assert_int_equal(number_of(item), number);
}

static int cancel_producers(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct side sides[] = {{scene, '1'}, {scene, '2'}, {scene, '3'}};
    struct coro_task *tasks[3];
    void *item;

    assert_int_equal(coro_queue_put(&scene->queue, item_of(0)), 0);
    for (int i = 0; i < 3; i++)
        tasks[i] = start(loop, put_one, &sides[i]);
    settle(loop);
    assert_int_equal(coro_queue_count(&scene->queue), 1);
    coro_cancel(tasks[0]); /* before there is room: its item is never put */
    expect_item(scene, 0);
    coro_cancel(tasks[1]); /* after: its item is in the queue */
    expect_item(scene, 2);
    expect_item(scene, 3);
    assert_int_equal(coro_queue_try_get(&scene->queue, &item), -EAGAIN);
    assert_int_equal(join(tasks[0]), -ECANCELED);
    assert_int_equal(join(tasks[1]), 0);
    assert_int_equal(join(tasks[2]), 0);
    return 0;
}

static void test_no_item_is_put_by_halves(void **state)
{
    play(state, cancel_producers, 1);
}

static int when_cancelled(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    void *item;

    assert_int_equal(coro_queue_put(&scene->queue, item_of(1)), 0);
    coro_cancel(coro_self(loop));
    assert_int_equal(coro_queue_put(&scene->queue, item_of(2)), -ECANCELED);
    assert_int_equal(coro_queue_get(&scene->queue, &item), -ECANCELED);
    assert_int_equal(coro_queue_join(&scene->queue), -ECANCELED);
    expect_item(scene, 1);
    assert_int_equal(coro_queue_count(&scene->queue), 0);
    return 0;
}

static void test_a_cancelled_task_moves_nothing(void **state)
{
    play(state, when_cancelled, 5);
}

static int get_briefly(struct coro_loop *loop, void *argument)
{
    struct side side = {argument, 'a'};

    assert_int_equal(coro_timeout(loop, MILLISECOND, get_one, &side), -ETIMEDOUT);
    return 0;
}

static void test_in_limited_time(void **state)
{
    play(state, get_briefly, 1);
}

/* Puts and gets at random until it is called off, which happens at any moment. */
static int trade(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    int result = 0;

    while (result >= 0) {
        int number = rand_r(&scene->seed) % 1000;
        void *item;

        if (number % 2) {
            result = coro_queue_put(&scene->queue, item_of(number));
            scene->put += result == 0 ? number : 0;
        } else {
            result = coro_queue_get(&scene->queue, &item);
            scene->got += result == 1 ? number_of(item) : 0;
        }
        if (result >= 0 && number % 3 == 0)
            result = coro_yield(loop);
    }
    return result;
}

static int trade_with_interruptions(struct coro_loop *loop, void *argument)
{
    enum { TRADERS = 20, INTERRUPTIONS = 2000 };
    struct scene *scene = argument;
    struct coro_task *traders[TRADERS];
    void *item;

    for (int i = 0; i < TRADERS; i++)
        traders[i] = start(loop, trade, scene);
    for (int i = 0; i < INTERRUPTIONS; i++) {
        int victim = rand_r(&scene->seed) % TRADERS;

        coro_cancel(traders[victim]);
        if (i % 2)
            coro_yield(loop);
        assert_int_equal(join(traders[victim]), -ECANCELED);
        traders[victim] = start(loop, trade, scene);
    }
    for (int i = 0; i < TRADERS; i++)
        coro_cancel(traders[i]);
    for (int i = 0; i < TRADERS; i++)
        assert_int_equal(join(traders[i]), -ECANCELED);
    while (coro_queue_try_get(&scene->queue, &item) == 1)
        scene->got += number_of(item);
    assert_true(scene->put > INTERRUPTIONS);
    assert_int_equal(scene->got, scene->put);
    return 0;
}

static void test_nothing_is_lost_at_any_moment(void **state)
{
    play(state, trade_with_interruptions, 1);
    play(state, trade_with_interruptions, 3);
    play(state, trade_with_interruptions, 0);
}

static int close_at_both_ends(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct side sides[] = {{scene, '1'}, {scene, '2'}};
    struct coro_task *tasks[2];
    void *item;

    assert_int_equal(coro_queue_put(&scene->queue, item_of(0)), 0);
    for (int i = 0; i < 2; i++)
        tasks[i] = start(loop, put_one, &sides[i]);
    settle(loop);
    assert_false(coro_queue_is_closed(&scene->queue));
    coro_queue_close(&scene->queue);
    coro_queue_close(&scene->queue);
    assert_true(coro_queue_is_closed(&scene->queue));
    assert_int_equal(join(tasks[0]), -EPIPE);
    assert_int_equal(join(tasks[1]), -EPIPE);
    assert_int_equal(coro_queue_put(&scene->queue, item_of(3)), -EPIPE);
    assert_non_null(strstr(coro_message(loop, -EPIPE), "closed"));
    assert_int_equal(coro_queue_try_put(&scene->queue, item_of(3)), -EPIPE);
    /* What is in it is still delivered. */
    expect_item(scene, 0);
    assert_int_equal(coro_queue_get(&scene->queue, &item), 0);
    assert_int_equal(coro_queue_try_get(&scene->queue, &item), 0);
    return 0;
}

static int end_waiting_consumers(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct side sides[] = {{scene, 'a'}, {scene, 'b'}};
    struct coro_task *tasks[2];

    for (int i = 0; i < 2; i++)
        tasks[i] = start(loop, get_one, &sides[i]);
    settle(loop);
    coro_queue_close(&scene->queue);
    for (int i = 0; i < 2; i++)
        assert_int_equal(join(tasks[i]), 0);
    assert_string_equal(scene->fixture->log, "");
    return 0;
}

static void test_close(void **state)
{
    play(state, close_at_both_ends, 1);
    play(state, end_waiting_consumers, 1);
}

static void test_misuse(void **state)
{
    struct fixture *fixture = *state;
    struct coro_queue queue;
    void *item;

    assert_int_equal(coro_queue_init(&queue, fixture->loop, SIZE_MAX), -ENOMEM);
    assert_int_equal(coro_queue_init(&queue, fixture->loop, 1), 0);
    assert_int_equal(coro_queue_put(&queue, NULL), -EPERM);
    assert_int_equal(coro_queue_get(&queue, &item), -EPERM);
    assert_int_equal(coro_queue_join(&queue), -EPERM);
    assert_int_equal(coro_queue_task_done(&queue), -EINVAL);
    assert_int_equal(coro_queue_try_put(&queue, NULL), 0);
    assert_int_equal(coro_queue_try_put(&queue, NULL), -EAGAIN);
    assert_int_equal(coro_queue_finish(&queue), -ENOTEMPTY);
    item = &queue;
    assert_int_equal(coro_queue_try_get(&queue, &item), 1);
    assert_null(item);
    assert_int_equal(coro_queue_task_done(&queue), 0);
    assert_int_equal(coro_queue_task_done(&queue), -EINVAL);
    assert_int_equal(coro_queue_finish(&queue), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        WITH_LOOP(test_in_order),
        WITH_LOOP(test_unbounded),
        WITH_LOOP(test_many_with_many),
        WITH_LOOP(test_consumers_in_the_order_of_coming),
        WITH_LOOP(test_no_item_is_lost),
        WITH_LOOP(test_no_item_is_put_by_halves),
        WITH_LOOP(test_a_cancelled_task_moves_nothing),
        WITH_LOOP(test_nothing_is_lost_at_any_moment),
        WITH_LOOP(test_in_limited_time),
        WITH_LOOP(test_close),
        WITH_LOOP(test_misuse),
    };

    test_engine_choose(argc, argv);
    return cmocka_run_group_tests_name("coro queues", tests, NULL, NULL);
}
