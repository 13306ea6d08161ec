/* Tasks on a loop: starting, ending, taking turns, sleeping, cancelling, and misuse. */
#include "lib/coro/coro.h"
#include "lib/coro/engine_poll.h"
#include "tests/harness/assertions.h"
#include "tests/unit/coro_engines.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MILLISECOND INT64_C(1000000)

struct fixture {
    struct coro_loop *loop;
    struct coro_task *target; /* of a test's own meaning */
    char log[64];
    int count;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    assert_int_equal(coro_loop_create(&fixture->loop, test_engine(), NULL), 0);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_loop_destroy(fixture->loop), 0);
    free(fixture);
    return 0;
}

static void spawn(struct fixture *fixture, coro_function *function, void *argument)
{
    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, function, argument), 0);
}

static void run(struct fixture *fixture)
{
    assert_int_equal(coro_loop_run(fixture->loop), 0);
}

static void note(struct fixture *fixture, char letter)
{
    assert_true(fixture->count < (int)sizeof fixture->log - 1);
    fixture->log[fixture->count++] = letter;
}

static int return_argument(struct coro_loop *loop, void *argument)
{
    return *(int *)argument;
}

static int join_two(struct coro_loop *loop, void *argument)
{
    int one = 1, two = 2, result = 0;
    struct coro_task *first, *second;

    assert_int_equal(coro_spawn(loop, &first, "first", return_argument, &one), 0);
    assert_int_equal(coro_spawn(loop, &second, "second", return_argument, &two), 0);
    assert_false(coro_has_ended(first));
    assert_int_equal(coro_join(first, CORO_FOREVER, &result), 0);
    assert_int_equal(result, 1);
    assert_true(coro_has_ended(first));
    assert_int_equal(coro_join(second, CORO_FOREVER, &result), 0);
    assert_int_equal(result, 2);
    assert_int_equal(coro_join(second, CORO_FOREVER, NULL), 0);
    coro_release(first);
    coro_release(second);
    *(bool *)argument = true;
    return 0;
}

static void test_join(void **state)
{
    struct fixture *fixture = *state;
    bool done = false;

    spawn(fixture, join_two, &done);
    run(fixture);
    assert_true(done);
}

static void test_result_outlives_the_run(void **state)
{
    struct fixture *fixture = *state;
    struct coro_task *task;
    int value = 42, result = 0;

    assert_int_equal(coro_spawn(fixture->loop, &task, NULL, return_argument, &value), 0);
    assert_int_equal(coro_join(task, CORO_FOREVER, &result), -EPERM);
    run(fixture);
    assert_int_equal(coro_join(task, CORO_FOREVER, &result), 0);
    assert_int_equal(result, 42);
    coro_release(task);
    coro_release(NULL);
}

static int sleep_long(struct coro_loop *loop, void *argument)
{
    return coro_sleep(loop, 3600 * 1000 * MILLISECOND);
}

static int join_target_briefly(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    int result;

    assert_int_equal(coro_join(fixture->target, coro_now(loop) + MILLISECOND, NULL), -ETIMEDOUT);
    assert_false(coro_has_ended(fixture->target));
    coro_cancel(fixture->target);
    assert_int_equal(coro_join(fixture->target, CORO_FOREVER, &result), 0);
    assert_int_equal(result, -ECANCELED);
    note(fixture, 'j');
    return 0;
}

static void test_join_with_deadline(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_spawn(fixture->loop, &fixture->target, NULL, sleep_long, NULL), 0);
    spawn(fixture, join_target_briefly, fixture);
    spawn(fixture, join_target_briefly, fixture);
    run(fixture);
    assert_string_equal(fixture->log, "jj");
    coro_release(fixture->target);
}

static int join_self(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    assert_int_equal(coro_join(fixture->target, CORO_FOREVER, NULL), -EDEADLK);
    assert_ptr_equal(coro_self(loop), fixture->target);
    assert_string_equal(coro_task_name(fixture->target), "narcissus");
    return 0;
}

static void test_self(void **state)
{
    struct fixture *fixture = *state;

    assert_null(coro_self(fixture->loop));
    assert_int_equal(coro_spawn(fixture->loop, &fixture->target, "narcissus", join_self, fixture),
                     0);
    run(fixture);
    coro_release(fixture->target);
    assert_null(coro_self(fixture->loop));
}

static int recurse(struct coro_loop *loop, void *argument)
{
    int *depth = argument;

    if (--*depth == 0)
        return 0;
    return coro_spawn(loop, NULL, NULL, recurse, depth);
}

static void test_tasks_start_tasks(void **state)
{
    struct fixture *fixture = *state;
    int depth = 1000;

    spawn(fixture, recurse, &depth);
    assert_int_equal(coro_loop_tasks(fixture->loop), 1);
    run(fixture);
    assert_int_equal(depth, 0);
    assert_int_equal(coro_loop_tasks(fixture->loop), 0);
}

struct letter {
    struct fixture *fixture;
    char letter;
};

static int note_thrice(struct coro_loop *loop, void *argument)
{
    struct letter *letter = argument;

    for (int i = 0; i < 3; i++) {
        note(letter->fixture, letter->letter);
        assert_int_equal(coro_yield(loop), 0);
    }
    return 0;
}

static void test_yield_goes_behind_the_others(void **state)
{
    struct fixture *fixture = *state;
    struct letter letters[] = {{fixture, 'a'}, {fixture, 'b'}, {fixture, 'c'}};

    for (int i = 0; i < 3; i++)
        spawn(fixture, note_thrice, &letters[i]);
    run(fixture);
    assert_string_equal(fixture->log, "abcabcabc");
}

static int note_after_sleep(struct coro_loop *loop, void *argument)
{
    struct letter *letter = argument;

    assert_int_equal(coro_sleep(loop, (letter->letter - 'a') * 10 * MILLISECOND), 0);
    note(letter->fixture, letter->letter);
    return 0;
}

static void test_sleepers_wake_in_order(void **state)
{
    struct fixture *fixture = *state;
    struct letter letters[] = {{fixture, 'd'}, {fixture, 'b'}, {fixture, 'a'}, {fixture, 'c'}};
    int64_t start = coro_now(fixture->loop);

    for (int i = 0; i < 4; i++)
        spawn(fixture, note_after_sleep, &letters[i]);
    run(fixture);
    assert_string_equal(fixture->log, "abcd");
    assert_true(coro_now(fixture->loop) - start >= 30 * MILLISECOND);
}

static int watch_the_clock(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    int64_t begin = coro_now(loop);

    while (coro_now(loop) == begin && fixture->count < 1000000)
        fixture->count++;
    assert_int_equal(fixture->count, 1000000);
    coro_refresh_clock(loop);
    assert_true(coro_now(loop) > begin);
    assert_int_equal(coro_sleep(loop, 0), 0);
    assert_int_equal(coro_sleep(loop, -1), 0);
    return 0;
}

static void test_the_clock_stands_still_within_a_turn(void **state)
{
    struct fixture *fixture = *state;

    spawn(fixture, watch_the_clock, fixture);
    run(fixture);
    assert_int_equal(fixture->count, 1000000);
}

static int wake_with_seven(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    assert_true(coro_wake(fixture->target, 7));
    assert_false(coro_wake(fixture->target, 8));
    assert_false(coro_wake(coro_self(loop), 9));
    return 0;
}

static int suspend_for_seven(struct coro_loop *loop, void *argument)
{
    assert_int_equal(coro_suspend(loop, CORO_FOREVER), 7);
    assert_int_equal(coro_suspend(loop, coro_now(loop)), -ETIMEDOUT);
    assert_int_equal(coro_suspend(loop, coro_now(loop) + MILLISECOND), -ETIMEDOUT);
    return 0;
}

static void test_suspend_and_wake(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_spawn(fixture->loop, &fixture->target, NULL, suspend_for_seven, NULL), 0);
    spawn(fixture, wake_with_seven, fixture);
    run(fixture);
    assert_false(coro_wake(fixture->target, 1));
    coro_release(fixture->target);
}

static int stop_then_go_on(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    assert_int_equal(coro_loop_run(loop), -EBUSY);
    assert_int_equal(coro_loop_destroy(loop), -EBUSY);
    note(fixture, '1');
    coro_loop_stop(loop);
    coro_yield(loop);
    note(fixture, '2');
    return 0;
}

static void test_stop(void **state)
{
    struct fixture *fixture = *state;

    spawn(fixture, stop_then_go_on, fixture);
    run(fixture);
    assert_string_equal(fixture->log, "1");
    assert_int_equal(coro_loop_tasks(fixture->loop), 1);
    assert_int_equal(coro_loop_destroy(fixture->loop), -EBUSY);
    run(fixture);
    assert_string_equal(fixture->log, "12");
}

struct noting_call {
    struct coro_call call;
    struct letter letter;
};

static void note_call(struct coro_call *call)
{
    struct noting_call *noting = (struct noting_call *)call;

    assert_null(coro_self(noting->letter.fixture->loop));
    assert_int_equal(coro_yield(noting->letter.fixture->loop), -EPERM);
    note(noting->letter.fixture, noting->letter.letter);
}

static int call_around(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct noting_call first = {{note_call, NULL}, {fixture, 'b'}};
    struct noting_call second = {{note_call, NULL}, {fixture, 'd'}};
    struct noting_call third = {{note_call, NULL}, {fixture, 'c'}};

    note(fixture, 'a');
    coro_loop_call(loop, &first.call);
    coro_loop_post(loop, &second.call);
    coro_loop_call(loop, &third.call);
    coro_yield(loop);
    note(fixture, 'e');
    coro_yield(loop);
    return 0;
}

static void test_calls(void **state)
{
    struct fixture *fixture = *state;

    spawn(fixture, call_around, fixture);
    run(fixture);
    /* A posted call is taken at the turn's beginning, behind what was ready: c, then the yielding
     * task, then d. */
    assert_string_equal(fixture->log, "abced");
}

enum { POSTS = 5000, POSTERS = 2 };

struct poster {
    struct post {
        struct coro_call call;
        struct poster *poster;
    } posts[POSTS];
    struct fixture *fixture;
    int next; /* each thread's calls must come in its order */
    pthread_t thread;
};

static void take_post(struct coro_call *call)
{
    struct post *post = (struct post *)call;
    struct poster *poster = post->poster;
    struct fixture *fixture = poster->fixture;

    assert_ptr_equal(post, &poster->posts[poster->next++]);
    if (++fixture->count == POSTS * POSTERS)
        coro_wake(fixture->target, 0);
}

static void *post_all(void *argument)
{
    struct poster *poster = argument;

    for (int i = 0; i < POSTS; i++) {
        poster->posts[i] = (struct post){{take_post, NULL}, poster};
        coro_loop_post(poster->fixture->loop, &poster->posts[i].call);
    }
    return NULL;
}

static int wait_for_posts(struct coro_loop *loop, void *argument)
{
    assert_int_equal(coro_suspend(loop, CORO_FOREVER), 0);
    return 0;
}

static void test_posts_from_threads(void **state)
{
    struct fixture *fixture = *state;
    struct poster *posters = calloc(POSTERS, sizeof *posters);

    assert_non_null(posters);
    assert_int_equal(coro_spawn(fixture->loop, &fixture->target, NULL, wait_for_posts, NULL), 0);
    for (int i = 0; i < POSTERS; i++) {
        posters[i].fixture = fixture;
        assert_int_equal(pthread_create(&posters[i].thread, NULL, post_all, &posters[i]), 0);
    }
    run(fixture);
    for (int i = 0; i < POSTERS; i++) {
        assert_int_equal(pthread_join(posters[i].thread, NULL), 0);
        assert_int_equal(posters[i].next, POSTS);
    }
    coro_release(fixture->target);
    free(posters);
}

static int fail_until_the_end(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_task *child;

    assert_int_equal(coro_sleep(loop, 3600 * 1000 * MILLISECOND), -ECANCELED);
    assert_true(coro_is_cancelled(coro_self(loop)));
    assert_int_equal(coro_sleep(loop, 1), -ECANCELED);
    assert_int_equal(coro_yield(loop), -ECANCELED);
    assert_int_equal(coro_suspend(loop, CORO_FOREVER), -ECANCELED);
    assert_int_equal(coro_spawn(loop, &child, NULL, return_argument, &fixture->count), 0);
    assert_int_equal(coro_join(child, CORO_FOREVER, NULL), -ECANCELED);
    coro_release(child);
    note(fixture, 'c');
    return -ECANCELED;
}

static int cancel_target(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    coro_cancel(fixture->target);
    coro_cancel(fixture->target);
    return 0;
}

static void test_cancel_is_level_triggered(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_spawn(fixture->loop, &fixture->target, NULL, fail_until_the_end, fixture),
                     0);
    spawn(fixture, cancel_target, fixture);
    run(fixture);
    assert_string_equal(fixture->log, "c");
    coro_cancel(fixture->target);
    coro_release(fixture->target);
}

static int never_wait(struct coro_loop *loop, void *argument)
{
    assert_int_equal(coro_yield(loop), -ECANCELED);
    note(argument, 'n');
    return 0;
}

static void test_cancel_before_the_first_turn(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_spawn(fixture->loop, &fixture->target, NULL, never_wait, fixture), 0);
    coro_cancel(fixture->target);
    run(fixture);
    assert_string_equal(fixture->log, "n");
    coro_release(fixture->target);
}

/* Whoever is ready with a result gets that first: nothing it was handed is lost. */
static int take_result_then_cancellation(struct coro_loop *loop, void *argument)
{
    assert_int_equal(coro_suspend(loop, CORO_FOREVER), 5);
    assert_int_equal(coro_suspend(loop, CORO_FOREVER), -ECANCELED);
    note(argument, 'r');
    return 0;
}

static int wake_and_cancel(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    assert_true(coro_wake(fixture->target, 5));
    coro_cancel(fixture->target);
    return 0;
}

static void test_cancel_loses_no_result(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(
        coro_spawn(fixture->loop, &fixture->target, NULL, take_result_then_cancellation, fixture),
        0);
    spawn(fixture, wake_and_cancel, fixture);
    run(fixture);
    assert_string_equal(fixture->log, "r");
    coro_release(fixture->target);
}

static int cancel_all(struct coro_loop *loop, void *argument)
{
    coro_loop_cancel_all(loop);
    assert_int_equal(coro_yield(loop), -ECANCELED);
    return 0;
}

static void test_cancel_all(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < 100; i++)
        spawn(fixture, sleep_long, NULL);
    spawn(fixture, cancel_all, NULL);
    run(fixture);
    assert_int_equal(coro_loop_tasks(fixture->loop), 0);
}

static void test_outside_of_tasks(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_yield(fixture->loop), -EPERM);
    assert_int_equal(coro_sleep(fixture->loop, 1), -EPERM);
    assert_int_equal(coro_suspend(fixture->loop, CORO_FOREVER), -EPERM);
    assert_int_equal(coro_loop_destroy(NULL), 0);
    /* Nothing to do is no reason to wait. */
    run(fixture);
}

static void test_bad_arguments(void **state)
{
    struct coro_loop_options tiny = {.stack_size = CORO_STACK_MINIMUM - 1};
    struct coro_engine *engine;
    struct coro_loop *loop;

    assert_int_equal(coro_engine_poll_create(&engine, "kqueue"), -EINVAL);
    engine = test_engine();
    assert_int_equal(coro_loop_create(&loop, engine, &tiny), -EINVAL);
    coro_engine_destroy(engine);
    coro_engine_destroy(NULL);
}

static void test_errors_say_what_to_do(void **state)
{
    assert_non_null(strstr(coro_strerror(-ENOMEM), "vm.max_map_count"));
    assert_non_null(strstr(coro_strerror(-EPERM), "coroutine"));
    assert_string_equal(coro_strerror(-EPIPE), strerror(EPIPE));
}

#define WITH_LOOP(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        WITH_LOOP(test_join),
        WITH_LOOP(test_result_outlives_the_run),
        WITH_LOOP(test_join_with_deadline),
        WITH_LOOP(test_self),
        WITH_LOOP(test_tasks_start_tasks),
        WITH_LOOP(test_yield_goes_behind_the_others),
        WITH_LOOP(test_sleepers_wake_in_order),
        WITH_LOOP(test_the_clock_stands_still_within_a_turn),
        WITH_LOOP(test_suspend_and_wake),
        WITH_LOOP(test_stop),
        WITH_LOOP(test_calls),
        WITH_LOOP(test_posts_from_threads),
        WITH_LOOP(test_cancel_is_level_triggered),
        WITH_LOOP(test_cancel_before_the_first_turn),
        WITH_LOOP(test_cancel_loses_no_result),
        WITH_LOOP(test_cancel_all),
        WITH_LOOP(test_outside_of_tasks),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_errors_say_what_to_do),
    };

    test_engine_choose(argc, argv);
    return cmocka_run_group_tests_name("coro tasks", tests, NULL, NULL);
}
