/* Locks and conditions: who gets them and when, cancellation, and misuse. */
#include "lib/coro/lock.h"
#include "lib/coro/scope.h"
#include "tests/unit/coro_fixture.h"

struct scene {
    struct fixture *fixture;
    struct coro_lock lock;
    struct coro_condition condition;
    int value;
};

static void prepare(struct scene *scene, void **state)
{
    *scene = (struct scene){.fixture = *state};
    coro_lock_init(&scene->lock, scene->fixture->loop);
    coro_condition_init(&scene->condition, &scene->lock);
}

static void finish(struct scene *scene)
{
    assert_int_equal(coro_condition_finish(&scene->condition), 0);
    assert_int_equal(coro_lock_finish(&scene->lock), 0);
}

static void play(void **state, coro_function *function)
{
    struct scene scene;

    prepare(&scene, state);
    run(scene.fixture, function, &scene);
    finish(&scene);
}

struct visitor {
    struct scene *scene;
    char letter;
};

static int visit(struct coro_loop *loop, void *argument)
{
    struct visitor *visitor = argument;
    struct scene *scene = visitor->scene;

    assert_int_equal(coro_lock_acquire(&scene->lock), 0);
    note(scene->fixture, visitor->letter);
    assert_int_equal(coro_yield(loop), 0);
    note(scene->fixture, visitor->letter);
    return coro_lock_release(&scene->lock);
}

static int visit_in_turn(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct visitor visitors[] = {{scene, 'a'}, {scene, 'b'}, {scene, 'c'}};
    struct coro_task *tasks[3];

    for (int i = 0; i < 3; i++)
        tasks[i] = start(loop, visit, &visitors[i]);
    for (int i = 0; i < 3; i++)
        assert_int_equal(join(tasks[i]), 0);
    assert_false(coro_lock_is_held(&scene->lock));
    assert_string_equal(scene->fixture->log, "aabbcc");
    return 0;
}

static void test_lock_is_handed_on_in_order(void **state)
{
    play(state, visit_in_turn);
}

static int no_barging(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct visitor visitor = {scene, 'w'};
    struct coro_task *waiting;

    assert_int_equal(coro_lock_acquire(&scene->lock), 0);
    waiting = start(loop, visit, &visitor);
    settle(loop);
    assert_int_equal(coro_lock_release(&scene->lock), 0);
    /* Released, but promised already to who waited. */
    assert_true(coro_lock_is_held(&scene->lock));
    assert_int_equal(coro_lock_try(&scene->lock), -EAGAIN);
    assert_int_equal(coro_lock_acquire(&scene->lock), 0);
    note(scene->fixture, 'm');
    assert_int_equal(coro_lock_release(&scene->lock), 0);
    assert_int_equal(join(waiting), 0);
    assert_string_equal(scene->fixture->log, "wwm");
    return 0;
}

static void test_nobody_overtakes(void **state)
{
    play(state, no_barging);
}

static int acquire_only(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    int error = coro_lock_acquire(&scene->lock);

    if (error)
        return error;
    scene->value++;
    return coro_lock_release(&scene->lock);
}

static int cancel_the_first(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_task *first, *second;

    assert_int_equal(coro_lock_acquire(&scene->lock), 0);
    first = start(loop, acquire_only, scene);
    second = start(loop, acquire_only, scene);
    settle(loop);
    /* Called off before the lock is handed on, but not run since. */
    coro_cancel(first);
    assert_int_equal(coro_lock_release(&scene->lock), 0);
    assert_int_equal(join(first), -ECANCELED);
    assert_int_equal(join(second), 0);
    assert_int_equal(scene->value, 1);
    assert_false(coro_lock_is_held(&scene->lock));
    return 0;
}

static void test_called_off_before_the_hand_over(void **state)
{
    play(state, cancel_the_first);
}

static int cancel_after_hand_over(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_task *first, *second;

    assert_int_equal(coro_lock_acquire(&scene->lock), 0);
    first = start(loop, acquire_only, scene);
    second = start(loop, acquire_only, scene);
    settle(loop);
    assert_int_equal(coro_lock_release(&scene->lock), 0);
    coro_cancel(first);
    /* It has the lock, knows it, and passes it on. */
    assert_int_equal(join(first), 0);
    assert_int_equal(join(second), 0);
    assert_int_equal(scene->value, 2);
    return 0;
}

static void test_called_off_after_the_hand_over(void **state)
{
    play(state, cancel_after_hand_over);
}

static int cancel_in_the_middle(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_task *tasks[5];

    assert_int_equal(coro_lock_acquire(&scene->lock), 0);
    for (int i = 0; i < 5; i++)
        tasks[i] = start(loop, acquire_only, scene);
    settle(loop);
    coro_cancel(tasks[2]);
    coro_cancel(tasks[4]);
    settle(loop);
    assert_int_equal(coro_lock_release(&scene->lock), 0);
    for (int i = 0; i < 5; i++)
        assert_int_equal(join(tasks[i]), i == 2 || i == 4 ? -ECANCELED : 0);
    assert_int_equal(scene->value, 3);
    return 0;
}

static void test_called_off_anywhere_in_the_line(void **state)
{
    play(state, cancel_in_the_middle);
}

static int acquire_when_cancelled(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;

    coro_cancel(coro_self(loop));
    assert_int_equal(coro_lock_acquire(&scene->lock), -ECANCELED);
    assert_int_equal(coro_lock_acquire(&scene->lock), -ECANCELED);
    assert_false(coro_lock_is_held(&scene->lock));
    assert_int_equal(coro_lock_try(&scene->lock), 0);
    assert_int_equal(coro_lock_release(&scene->lock), 0);
    return 0;
}

static void test_a_cancelled_task_gets_no_lock(void **state)
{
    play(state, acquire_when_cancelled);
}

static int limit_the_wait(struct coro_loop *loop, void *argument)
{
    return coro_timeout(loop, MILLISECOND, acquire_only, argument);
}

static int run_into_limit(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_task *task;

    assert_int_equal(coro_lock_acquire(&scene->lock), 0);
    task = start(loop, limit_the_wait, scene);
    assert_int_equal(join(task), -ETIMEDOUT);
    assert_int_equal(coro_lock_release(&scene->lock), 0);
    assert_int_equal(scene->value, 0);
    return 0;
}

static void test_waiting_in_limited_time(void **state)
{
    play(state, run_into_limit);
}

static int wake_the_waiter(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_task *task;

    assert_int_equal(coro_lock_acquire(&scene->lock), 0);
    task = start(loop, acquire_only, scene);
    settle(loop);
    assert_true(coro_wake(task, 0));
    assert_int_equal(coro_lock_release(&scene->lock), 0);
    assert_int_equal(join(task), -EINTR);
    assert_false(coro_lock_is_held(&scene->lock));
    return 0;
}

static void test_a_wake_from_elsewhere_is_no_lock(void **state)
{
    play(state, wake_the_waiter);
}

static int misuse_lock(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_task *task;

    assert_int_equal(coro_lock_release(&scene->lock), -EPERM);
    assert_non_null(strstr(coro_message(loop, -EPERM), "holds the lock"));
    task = start(loop, acquire_only, scene);
    assert_int_equal(coro_lock_acquire(&scene->lock), 0);
    assert_int_equal(coro_lock_acquire(&scene->lock), -EDEADLK);
    assert_non_null(strstr(coro_message(loop, -EDEADLK), "already"));
    assert_int_equal(coro_lock_try(&scene->lock), -EDEADLK);
    assert_int_equal(coro_lock_finish(&scene->lock), -EBUSY);
    settle(loop);
    assert_int_equal(coro_lock_release(&scene->lock), 0);
    /* Now it is another task's. */
    assert_int_equal(coro_lock_release(&scene->lock), -EPERM);
    return join(task);
}

static void test_misuse_of_a_lock(void **state)
{
    struct scene scene;

    play(state, misuse_lock);
    prepare(&scene, state);
    assert_int_equal(coro_lock_acquire(&scene.lock), -EPERM);
    assert_int_equal(coro_lock_try(&scene.lock), -EPERM);
    assert_int_equal(coro_lock_release(&scene.lock), -EPERM);
    assert_int_equal(coro_condition_wait(&scene.condition), -EPERM);
    assert_int_equal(coro_condition_notify(&scene.condition, 1), -EPERM);
    finish(&scene);
}

static int keep_lock(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;

    assert_int_equal(coro_lock_acquire(&scene->lock), 0);
    settle(loop);
    return 0;
}

static int wait_for_the_dead(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_task *waiting[2];

    detach(loop, keep_lock, scene);
    waiting[0] = start(loop, acquire_only, scene);
    waiting[1] = start(loop, acquire_only, scene);
    assert_int_equal(join(waiting[0]), -EOWNERDEAD);
    assert_int_equal(join(waiting[1]), -EOWNERDEAD);
    assert_int_equal(coro_lock_acquire(&scene->lock), -EOWNERDEAD);
    assert_non_null(strstr(coro_message(loop, -EOWNERDEAD), "half done"));
    assert_int_equal(coro_lock_finish(&scene->lock), 0);
    coro_lock_init(&scene->lock, loop);
    return acquire_only(loop, scene);
}

static void test_a_holder_that_ends(void **state)
{
    play(state, wait_for_the_dead);
}

static int wait_and_note(struct coro_loop *loop, void *argument)
{
    struct visitor *visitor = argument;
    struct scene *scene = visitor->scene;
    int error;

    assert_int_equal(coro_lock_acquire(&scene->lock), 0);
    error = coro_condition_wait(&scene->condition);
    note(scene->fixture, visitor->letter);
    assert_int_equal(coro_lock_release(&scene->lock), 0);
    return error;
}

static void notify(struct scene *scene, size_t count)
{
    assert_int_equal(coro_lock_acquire(&scene->lock), 0);
    assert_int_equal(coro_condition_notify(&scene->condition, count), 0);
    assert_int_equal(coro_lock_release(&scene->lock), 0);
}

static int notify_some(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct visitor visitors[] = {{scene, 'a'}, {scene, 'b'}, {scene, 'c'}, {scene, 'd'}};
    struct coro_task *tasks[4];

    notify(scene, 1); /* nobody waits: forgotten */
    for (int i = 0; i < 4; i++)
        tasks[i] = start(loop, wait_and_note, &visitors[i]);
    settle(loop);
    assert_string_equal(scene->fixture->log, "");
    notify(scene, 1);
    settle(loop);
    assert_string_equal(scene->fixture->log, "a");
    notify(scene, 2);
    settle(loop);
    assert_string_equal(scene->fixture->log, "abc");
    assert_int_equal(coro_condition_finish(&scene->condition), -EBUSY);
    assert_int_equal(coro_lock_acquire(&scene->lock), 0);
    assert_int_equal(coro_condition_notify_all(&scene->condition), 0);
    assert_int_equal(coro_lock_release(&scene->lock), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(join(tasks[i]), 0);
    assert_string_equal(scene->fixture->log, "abcd");
    return 0;
}

static void test_notify_in_order(void **state)
{
    play(state, notify_some);
}

/* The lock is held elsewhere when the task is cancelled: it has it again all the same. */
static int cancel_condition(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct visitor visitors[] = {{scene, 'a'}, {scene, 'b'}};
    struct coro_task *first = start(loop, wait_and_note, &visitors[0]);
    struct coro_task *second = start(loop, wait_and_note, &visitors[1]);

    settle(loop);
    assert_int_equal(coro_lock_acquire(&scene->lock), 0);
    coro_cancel(first);
    settle(loop);
    coro_cancel(first);
    settle(loop);
    assert_string_equal(scene->fixture->log, "");
    /* The notification goes to who still waits. */
    assert_int_equal(coro_condition_notify(&scene->condition, 1), 0);
    assert_int_equal(coro_lock_release(&scene->lock), 0);
    assert_int_equal(join(first), -ECANCELED);
    assert_int_equal(join(second), 0);
    assert_string_equal(scene->fixture->log, "ab");
    return 0;
}

static void test_a_cancelled_wait_has_the_lock_again(void **state)
{
    play(state, cancel_condition);
}

/* In the same turn: cancelled first, so that the notification is the next one's. */
static int cancel_then_notify(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct visitor visitors[] = {{scene, 'a'}, {scene, 'b'}};
    struct coro_task *first = start(loop, wait_and_note, &visitors[0]);
    struct coro_task *second = start(loop, wait_and_note, &visitors[1]);

    settle(loop);
    assert_int_equal(coro_lock_acquire(&scene->lock), 0);
    coro_cancel(first);
    assert_int_equal(coro_condition_notify(&scene->condition, 1), 0);
    assert_int_equal(coro_lock_release(&scene->lock), 0);
    assert_int_equal(join(first), -ECANCELED);
    assert_int_equal(join(second), 0);
    return 0;
}

static void test_no_notification_is_lost(void **state)
{
    play(state, cancel_then_notify);
}

static int notify_then_cancel(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct visitor visitor = {scene, 'a'};
    struct coro_task *task = start(loop, wait_and_note, &visitor);

    settle(loop);
    assert_int_equal(coro_lock_acquire(&scene->lock), 0);
    assert_int_equal(coro_condition_notify(&scene->condition, 1), 0);
    settle(loop);
    /* It stands in line for the lock now, and keeps its place. */
    coro_cancel(task);
    assert_int_equal(coro_lock_release(&scene->lock), 0);
    return join(task);
}

static void test_notified_before_cancelled(void **state)
{
    play(state, notify_then_cancel);
}

static bool is_three(void *argument)
{
    return ((struct scene *)argument)->value == 3;
}

static int wait_for_three(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;

    assert_int_equal(coro_lock_acquire(&scene->lock), 0);
    assert_int_equal(coro_condition_wait_for(&scene->condition, is_three, scene), 0);
    assert_int_equal(scene->value, 3);
    return coro_lock_release(&scene->lock);
}

static int count_to_three(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_task *task = start(loop, wait_for_three, scene);

    for (int i = 1; i <= 3; i++) {
        settle(loop);
        assert_false(coro_has_ended(task));
        scene->value = i;
        notify(scene, 1);
    }
    assert_int_equal(join(task), 0);
    return wait_for_three(loop, scene); /* is true already: no wait */
}

static void test_waiting_for_a_predicate(void **state)
{
    play(state, count_to_three);
}

static int end_in_wait(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;

    assert_int_equal(coro_lock_acquire(&scene->lock), 0);
    assert_int_equal(coro_condition_wait(&scene->condition), -EOWNERDEAD);
    assert_int_equal(coro_lock_release(&scene->lock), -EPERM);
    return 0;
}

static int notify_and_end(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;

    assert_int_equal(coro_lock_acquire(&scene->lock), 0);
    return coro_condition_notify_all(&scene->condition);
}

static int lose_the_lock(struct coro_loop *loop, void *argument)
{
    struct coro_task *task = start(loop, end_in_wait, argument);

    settle(loop);
    detach(loop, notify_and_end, argument);
    return join(task);
}

static void test_a_wait_whose_lock_is_lost(void **state)
{
    play(state, lose_the_lock);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        WITH_LOOP(test_lock_is_handed_on_in_order),
        WITH_LOOP(test_nobody_overtakes),
        WITH_LOOP(test_called_off_before_the_hand_over),
        WITH_LOOP(test_called_off_after_the_hand_over),
        WITH_LOOP(test_called_off_anywhere_in_the_line),
        WITH_LOOP(test_a_cancelled_task_gets_no_lock),
        WITH_LOOP(test_waiting_in_limited_time),
        WITH_LOOP(test_a_wake_from_elsewhere_is_no_lock),
        WITH_LOOP(test_misuse_of_a_lock),
        WITH_LOOP(test_a_holder_that_ends),
        WITH_LOOP(test_notify_in_order),
        WITH_LOOP(test_a_cancelled_wait_has_the_lock_again),
        WITH_LOOP(test_no_notification_is_lost),
        WITH_LOOP(test_notified_before_cancelled),
        WITH_LOOP(test_waiting_for_a_predicate),
        WITH_LOOP(test_a_wait_whose_lock_is_lost),
    };

    test_engine_choose(argc, argv);
    return cmocka_run_group_tests_name("coro locks", tests, NULL, NULL);
}
