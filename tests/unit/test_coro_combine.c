/* Waiting for several futures: gather, wait, as completed, shield; cancellation, and misuse. */
#include "lib/coro/combine.h"
#include "lib/coro/engine_poll.h"
#include "lib/coro/scope.h"
#include "tests/unit/coro_fixture.h"

enum { FUTURES = 4 };

struct scene {
    struct fixture *fixture;
    struct coro_future *futures[FUTURES];
    size_t which;
    int value;
};

static void play(void **state, coro_function *function)
{
    struct scene scene = {.fixture = *state};

    for (int i = 0; i < FUTURES; i++)
        assert_int_equal(coro_future_create(&scene.futures[i], scene.fixture->loop, NULL), 0);
    run(scene.fixture, function, &scene);
    for (int i = 0; i < FUTURES; i++)
        coro_future_release(scene.futures[i]);
}

static void succeed(struct scene *scene, int i)
{
    assert_int_equal(coro_future_set_result(scene->futures[i], &scene->futures[i]), 0);
}

static void break_with(struct scene *scene, int i, int error, const char *message)
{
    assert_int_equal(coro_future_set_error(scene->futures[i], error, message), 0);
}

static int wait_first(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;

    return (int)coro_wait(scene->futures, FUTURES, CORO_FIRST_COMPLETED, &scene->which);
}

static int wait_error(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;

    return (int)coro_wait(scene->futures, FUTURES, CORO_FIRST_ERROR, &scene->which);
}

static int wait_all(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;

    return (int)coro_wait(scene->futures, FUTURES, CORO_ALL_COMPLETED, &scene->which);
}

static int first_completed(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_task *task = start(loop, wait_first, scene);

    settle(loop);
    assert_false(coro_has_ended(task));
    break_with(scene, 2, -EIO, NULL);
    succeed(scene, 0); /* in the same turn: is counted, but was not the first */
    assert_int_equal(join(task), 2);
    assert_int_equal(scene->which, 2);
    /* At once; now the array's order counts. */
    assert_int_equal(wait_first(loop, scene), 2);
    assert_int_equal(scene->which, 0);
    assert_false(coro_future_is_done(scene->futures[1]));
    return 0;
}

static int first_error(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_task *task;

    succeed(scene, 0);
    task = start(loop, wait_error, scene);
    settle(loop);
    succeed(scene, 3);
    settle(loop);
    assert_false(coro_has_ended(task));
    assert_int_equal(coro_future_cancel(scene->futures[1]), 0);
    assert_int_equal(join(task), 3);
    assert_int_equal(scene->which, 1);
    assert_int_equal(wait_error(loop, scene), 3);
    assert_int_equal(scene->which, 1);
    return 0;
}

static int first_error_of_none(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_task *task = start(loop, wait_error, scene);

    for (int i = FUTURES; i-- > 0;) {
        settle(loop);
        assert_false(coro_has_ended(task));
        succeed(scene, i);
    }
    assert_int_equal(join(task), FUTURES);
    assert_int_equal(scene->which, 0);
    return 0;
}

static int all_completed(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_task *task = start(loop, wait_all, scene);

    for (int i = 0; i < FUTURES; i++) {
        settle(loop);
        assert_false(coro_has_ended(task));
        if (i % 2)
            succeed(scene, i);
        else
            break_with(scene, i, -EIO, NULL);
    }
    assert_int_equal(join(task), FUTURES);
    assert_int_equal(scene->which, FUTURES - 1);
    assert_int_equal(wait_all(loop, scene), FUTURES);
    return 0;
}

static void test_wait(void **state)
{
    play(state, first_completed);
    play(state, first_error);
    play(state, first_error_of_none);
    play(state, all_completed);
}

static int cancel_a_wait(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_task *task = start(loop, wait_all, scene);

    settle(loop);
    coro_cancel(task);
    assert_int_equal(join(task), -ECANCELED);
    for (int i = 0; i < FUTURES; i++)
        assert_false(coro_future_is_done(scene->futures[i]));
    assert_int_equal(coro_timeout(loop, MILLISECOND, wait_first, scene), -ETIMEDOUT);
    coro_cancel(coro_self(loop));
    assert_int_equal(wait_first(loop, scene), -ECANCELED);
    succeed(scene, 1);
    assert_int_equal(wait_first(loop, scene), 1); /* is there: as coro_await */
    for (int i = 0; i < FUTURES; i++)
        coro_future_cancel(scene->futures[i]);
    return 0;
}

static void test_waiting_cancels_nothing(void **state)
{
    play(state, cancel_a_wait);
}

static int sleep_for(struct coro_loop *loop, void *argument)
{
    int *milliseconds = argument;
    int error = coro_sleep(loop, *milliseconds * MILLISECOND);

    return error ? error : *milliseconds;
}

static int race_sleeps(struct coro_loop *loop, void *argument)
{
    int lengths[] = {3000, 5};
    struct coro_task *tasks[2];
    struct coro_future *futures[2];
    size_t which = 0;

    for (int i = 0; i < 2; i++) {
        tasks[i] = start(loop, sleep_for, &lengths[i]);
        futures[i] = coro_task_future(tasks[i]);
    }
    assert_int_equal(coro_wait(futures, 2, CORO_FIRST_COMPLETED, &which), 1);
    assert_int_equal(which, 1);
    assert_false(coro_has_ended(tasks[0]));
    coro_cancel(tasks[0]);
    assert_int_equal(coro_wait(futures, 2, CORO_ALL_COMPLETED, NULL), 2);
    assert_int_equal(join(tasks[0]), -ECANCELED);
    assert_int_equal(join(tasks[1]), 5);
    return 0;
}

static void test_the_first_of_two_sleeps(void **state)
{
    run(*state, race_sleeps, NULL);
}

static int let_go_while_waiting(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_task *task;

    for (int i = 0; i < FUTURES; i++)
        coro_future_hold(scene->futures[i]);
    task = start(loop, wait_all, scene);
    settle(loop);
    for (int i = 0; i < FUTURES; i++) {
        succeed(scene, i);
        coro_future_release(scene->futures[i]);
    }
    return join(task) == FUTURES ? 0 : -1;
}

static void test_futures_are_held(void **state)
{
    play(state, let_go_while_waiting);
}

static int gather_good(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    void *values[FUTURES];

    assert_int_equal(coro_gather(scene->futures, FUTURES, values), 0);
    for (int i = 0; i < FUTURES; i++)
        assert_ptr_equal(values[i], &scene->futures[i]);
    return 0;
}

static int gather_succeeds(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_task *task = start(loop, gather_good, scene);

    for (int i = FUTURES; i-- > 0;) {
        settle(loop);
        assert_false(coro_has_ended(task));
        succeed(scene, i);
    }
    assert_int_equal(join(task), 0);
    return gather_good(loop, scene);
}

static int gather_bad(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    void *values[FUTURES];

    assert_int_equal(coro_gather(scene->futures, FUTURES, values), -EPIPE);
    assert_string_equal(coro_message(loop, -EPIPE), "the second one");
    assert_ptr_equal(values[0], &scene->futures[0]);
    assert_null(values[1]);
    assert_null(values[2]);
    return 0;
}

static int gather_fails(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_task *task = start(loop, gather_bad, scene);

    settle(loop);
    break_with(scene, 2, -EPIPE, "the second one");
    settle(loop);
    break_with(scene, 1, -EIO, "too late to be reported");
    settle(loop);
    assert_false(coro_has_ended(task)); /* waits for all, come what may */
    succeed(scene, 0);
    succeed(scene, 3);
    assert_int_equal(join(task), 0);
    return 0;
}

static void test_gather(void **state)
{
    play(state, gather_succeeds);
    play(state, gather_fails);
}

static int fail_with_word(struct coro_loop *loop, void *argument)
{
    return coro_fail(loop, -EIO, "%s", (const char *)argument);
}

static int gather_two_failures(struct coro_loop *loop, void *argument)
{
    char first[] = "first", second[] = "second";
    struct coro_task *tasks[] = {start(loop, fail_with_word, first),
                                 start(loop, fail_with_word, second)};
    struct coro_future *futures[] = {coro_task_future(tasks[1]), coro_task_future(tasks[0])};

    assert_int_equal(coro_gather(futures, 2, NULL), -EIO);
    assert_string_equal(coro_message(loop, -EIO), "first");
    coro_release(tasks[0]);
    coro_release(tasks[1]);
    return 0;
}

static void test_the_second_failure_is_told_too(void **state)
{
    struct fixture *fixture = *state;

    run(fixture, gather_two_failures, NULL);
    assert_int_equal(fixture->complaints, 1);
    assert_non_null(strstr(fixture->complaint, "second"));
}

static int gather_cancelled(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    void *values[FUTURES] = {scene};

    assert_int_equal(coro_gather(scene->futures, FUTURES, values), -ECANCELED);
    assert_ptr_equal(values[0], scene);
    return 0;
}

static int cancel_a_gather(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_task *task = start(loop, gather_cancelled, scene);

    settle(loop);
    succeed(scene, 0);
    coro_cancel(task);
    assert_int_equal(join(task), 0);
    assert_false(coro_future_is_done(scene->futures[1]));
    return 0;
}

static void test_a_gather_called_off(void **state)
{
    play(state, cancel_a_gather);
}

static int complete_in_order(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    const int order[FUTURES] = {2, 0, 3, 1};
    struct coro_completions *completions;
    struct coro_future *future;

    succeed(scene, 2);
    assert_int_equal(coro_as_completed(&completions, scene->futures, FUTURES), 0);
    break_with(scene, 0, -EIO, NULL);
    for (int i = 0; i < FUTURES; i++) {
        if (i >= 2)
            succeed(scene, order[i]);
        assert_int_equal(coro_completions_next(completions, &future), 1);
        assert_ptr_equal(future, scene->futures[order[i]]);
    }
    assert_int_equal(coro_completions_next(completions, &future), 0);
    assert_int_equal(coro_completions_next(completions, &future), 0);
    coro_completions_destroy(completions);
    return 0;
}

struct asking {
    struct scene *scene;
    struct coro_completions *completions;
};

static int ask_for_all(struct coro_loop *loop, void *argument)
{
    struct asking *asking = argument;
    struct coro_future *future;
    int result;

    while ((result = coro_completions_next(asking->completions, &future)) == 1) {
        asking->scene->value++;
        for (int i = 0; i < FUTURES; i++) {
            if (future == asking->scene->futures[i])
                note(asking->scene->fixture, (char)('0' + i));
        }
    }
    return result;
}

static int several_ask(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct asking asking = {.scene = scene};
    struct coro_task *tasks[3];

    assert_int_equal(coro_as_completed(&asking.completions, scene->futures, FUTURES), 0);
    for (int i = 0; i < 3; i++)
        tasks[i] = start(loop, ask_for_all, &asking);
    settle(loop);
    coro_cancel(tasks[0]); /* before: the next one gets it */
    succeed(scene, 3);
    succeed(scene, 1);
    succeed(scene, 0);
    assert_int_equal(join(tasks[0]), -ECANCELED);
    settle(loop);
    succeed(scene, 2);
    assert_int_equal(join(tasks[1]), 0);
    assert_int_equal(join(tasks[2]), 0);
    /* 3 and 1 were handed to the two; the first of them to run took 0 as well. */
    assert_string_equal(scene->fixture->log, "3012");
    coro_completions_destroy(asking.completions);
    return 0;
}

static int destroy_under_who_asks(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct asking asking = {.scene = scene};
    struct coro_task *task;

    assert_int_equal(coro_as_completed(&asking.completions, scene->futures, FUTURES), 0);
    task = start(loop, ask_for_all, &asking);
    settle(loop);
    coro_completions_destroy(asking.completions);
    succeed(scene, 0);
    coro_completions_destroy(NULL);
    return join(task);
}

static void test_as_completed(void **state)
{
    play(state, complete_in_order);
    play(state, several_ask);
    play(state, destroy_under_who_asks);
}

static int sleeps_as_completed(struct coro_loop *loop, void *argument)
{
    int lengths[] = {30, 1, 15};
    struct coro_task *tasks[3];
    struct coro_future *futures[3], *future;
    struct coro_completions *completions;

    for (int i = 0; i < 3; i++) {
        tasks[i] = start(loop, sleep_for, &lengths[i]);
        futures[i] = coro_task_future(tasks[i]);
    }
    assert_int_equal(coro_as_completed(&completions, futures, 3), 0);
    for (int i = 0; i < 3; i++)
        coro_release(tasks[i]); /* held by the completions */
    for (int last = 0; coro_completions_next(completions, &future) == 1;) {
        assert_true(coro_future_status(future) > last);
        last = coro_future_status(future);
    }
    coro_completions_destroy(completions);
    return 0;
}

static void test_tasks_as_completed(void **state)
{
    run(*state, sleeps_as_completed, NULL);
}

static int shield_result(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_future *shields[3];
    void *value;

    for (int i = 0; i < 3; i++)
        assert_int_equal(coro_shield(&shields[i], scene->futures[i]), 0);
    assert_int_equal(coro_future_cancel(shields[0]), 0);
    assert_int_equal(coro_await(shields[0], NULL), -ECANCELED);
    assert_false(coro_future_is_done(scene->futures[0]));
    for (int i = 0; i < 2; i++)
        succeed(scene, i);
    assert_int_equal(coro_await(shields[1], &value), 0);
    assert_ptr_equal(value, &scene->futures[1]);
    break_with(scene, 2, -EIO, "what came through");
    assert_int_equal(coro_await(shields[2], NULL), -EIO);
    assert_string_equal(coro_message(loop, -EIO), "what came through");
    for (int i = 0; i < 3; i++)
        coro_future_release(shields[i]);

    assert_int_equal(coro_shield(&shields[0], scene->futures[0]), 0); /* is done */
    assert_int_equal(coro_await(shields[0], &value), 0);
    assert_ptr_equal(value, &scene->futures[0]);
    coro_future_release(shields[0]);

    assert_int_equal(coro_shield(&shields[0], scene->futures[3]), 0);
    coro_future_release(shields[0]); /* before there is a result */
    succeed(scene, 3);
    return 0;
}

static int shield_task(struct coro_loop *loop, void *argument)
{
    int length = 1;
    struct coro_task *task = start(loop, sleep_for, &length);
    struct coro_future *shield;

    assert_int_equal(coro_shield(&shield, coro_task_future(task)), 0);
    assert_int_equal(coro_future_set_result(shield, NULL), 0);
    coro_future_release(shield);
    assert_int_equal(coro_shield(&shield, coro_task_future(task)), 0);
    assert_int_equal(coro_await(shield, NULL), 1); /* the count that the task returns */
    coro_future_release(shield);
    return join(task) == 1 ? 0 : -1;
}

static void test_shield(void **state)
{
    play(state, shield_result);
    run(*state, shield_task, NULL);
}

static int wait_for_oneself(struct coro_loop *loop, void *argument)
{
    struct scene *scene = argument;
    struct coro_future *futures[] = {scene->futures[0], coro_task_future(coro_self(loop))};
    struct coro_completions *completions;
    struct coro_future *future;

    assert_int_equal(coro_wait(futures, 2, CORO_FIRST_COMPLETED, NULL), -EDEADLK);
    assert_int_equal(coro_gather(futures, 2, NULL), -EDEADLK);
    assert_int_equal(coro_as_completed(&completions, futures, 2), 0);
    succeed(scene, 0);
    assert_int_equal(coro_completions_next(completions, &future), 1);
    assert_int_equal(coro_completions_next(completions, &future), -EDEADLK);
    coro_completions_destroy(completions);
    assert_int_equal(coro_wait(futures, 2, CORO_FIRST_COMPLETED, NULL), 1); /* is done */
    return 0;
}

static int wake_a_wait(struct coro_loop *loop, void *argument)
{
    struct coro_task *task = start(loop, wait_all, argument);

    settle(loop);
    assert_true(coro_wake(task, 0));
    assert_int_equal(join(task), -EINTR);
    return 0;
}

static void test_misuse(void **state)
{
    struct fixture *fixture = *state;
    struct coro_future *futures[2], *shield;
    struct coro_completions *completions;
    struct coro_loop *other;

    play(state, wait_for_oneself);
    play(state, wake_a_wait);
    assert_int_equal(coro_wait(NULL, 0, CORO_FIRST_COMPLETED, NULL), -EINVAL);
    assert_int_equal(coro_wait(NULL, 0, CORO_FIRST_ERROR, NULL), 0);
    assert_int_equal(coro_gather(NULL, 0, NULL), 0);
    assert_int_equal(coro_as_completed(&completions, NULL, 0), 0);
    assert_int_equal(coro_completions_next(completions, &shield), 0);
    coro_completions_destroy(completions);

    assert_int_equal(coro_loop_create(&other, test_engine(), NULL), 0);
    assert_int_equal(coro_future_create(&futures[0], fixture->loop, NULL), 0);
    futures[1] = NULL;
    assert_int_equal(coro_gather(futures, 2, NULL), -EINVAL);
    assert_int_equal(coro_as_completed(&completions, futures, 2), -EINVAL);
    assert_int_equal(coro_wait(futures, 1, CORO_ALL_COMPLETED, NULL), -EPERM);
    assert_int_equal(coro_future_create(&futures[1], other, NULL), 0);
    assert_int_equal(coro_gather(futures, 2, NULL), -EINVAL);
    assert_int_equal(coro_as_completed(&completions, &futures[1], 1), 0);
    assert_int_equal(coro_loop_destroy(other), 0);
    assert_int_equal(coro_completions_next(completions, &shield), -EPERM);
    coro_completions_destroy(completions);
    assert_int_equal(coro_gather(futures, 2, NULL), -EPERM);
    assert_int_equal(coro_shield(&shield, futures[1]), -EPERM);
    coro_future_release(futures[0]);
    coro_future_release(futures[1]);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        WITH_LOOP(test_wait),
        WITH_LOOP(test_waiting_cancels_nothing),
        WITH_LOOP(test_the_first_of_two_sleeps),
        WITH_LOOP(test_futures_are_held),
        WITH_LOOP(test_gather),
        WITH_LOOP(test_the_second_failure_is_told_too),
        WITH_LOOP(test_a_gather_called_off),
        WITH_LOOP(test_as_completed),
        WITH_LOOP(test_tasks_as_completed),
        WITH_LOOP(test_shield),
        WITH_LOOP(test_misuse),
    };

    test_engine_choose(argc, argv);
    return cmocka_run_group_tests_name("coro combinations", tests, NULL, NULL);
}
