/* Blocking functions in threads: results, order, room, cancellation, ownership, the end. */
#include "lib/coro/coro.h"
#include "lib/coro/executor.h"
#include "lib/coro/future.h"
#include "lib/coro/scope.h"
#include "tests/harness/assertions.h"
#include "tests/unit/coro_engines.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define MILLISECOND INT64_C(1000000)

enum { THREADS = 2, WAITING = 2 };

struct fixture {
    struct coro_loop *loop;
    struct coro_executor *executor;
    struct coro_task *target;
    sem_t begun, go_on; /* of functions that block until they are told */
    atomic_int called;
    int discarded, done;
};

static int setup(void **state)
{
    struct coro_executor_options options = {.threads = THREADS, .waiting = WAITING};
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    assert_int_equal(coro_loop_create(&fixture->loop, test_engine(), NULL), 0);
    assert_int_equal(coro_executor_create(&fixture->executor, fixture->loop, &options), 0);
    sem_init(&fixture->begun, 0, 0);
    sem_init(&fixture->go_on, 0, 0);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    coro_executor_destroy(fixture->executor);
    assert_int_equal(coro_loop_destroy(fixture->loop), 0);
    sem_destroy(&fixture->begun);
    sem_destroy(&fixture->go_on);
    free(fixture);
    return 0;
}

static int count_call(void *argument)
{
    struct fixture *fixture = argument;

    return atomic_fetch_add(&fixture->called, 1) + 1;
}

static int block(void *argument)
{
    struct fixture *fixture = argument;

    sem_post(&fixture->begun);
    sem_wait(&fixture->go_on);
    return atomic_fetch_add(&fixture->called, 1) + 1;
}

static int find_fault(void *argument)
{
    return -EDOM;
}

static void discard(void *argument)
{
    ((struct fixture *)argument)->discarded++;
}

static int run_one(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    int result = 0;

    assert_int_equal(coro_run_in_executor(fixture->executor, count_call, fixture, NULL, &result),
                     0);
    assert_int_equal(result, 1);
    assert_int_equal(coro_run_in_executor(fixture->executor, find_fault, fixture, NULL, &result),
                     0);
    assert_int_equal(result, -EDOM);
    assert_int_equal(coro_run_in_executor(fixture->executor, find_fault, fixture, discard, NULL),
                     0);
    assert_int_equal(fixture->discarded, 0);
    fixture->done++;
    return 0;
}

static void test_result(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_run(fixture->loop, "one", run_one, fixture), 0);
    assert_int_equal(fixture->done, 1);
}

static int run_many(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    for (int i = 0; i < 50; i++)
        assert_int_equal(coro_run_in_executor(fixture->executor, count_call, fixture, NULL, NULL),
                         0);
    fixture->done++;
    return 0;
}

/* More tasks than there is room for jobs: they wait their turn. */
static void test_many_tasks(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < 20; i++)
        assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, run_many, fixture), 0);
    assert_int_equal(coro_loop_run(fixture->loop), 0);
    assert_int_equal(fixture->done, 20);
    assert_int_equal(fixture->called, 1000);
    assert_int_equal(coro_executor_jobs(fixture->executor), 0);
}

static int run_blocked(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    assert_int_equal(coro_run_in_executor(fixture->executor, block, fixture, NULL, NULL), 0);
    fixture->done++;
    return 0;
}

/* Two functions that block at the same time, and a loop that goes on. */
static int release_both(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    while (coro_executor_jobs(fixture->executor) < 2)
        assert_int_equal(coro_yield(loop), 0);
    sem_wait(&fixture->begun);
    sem_wait(&fixture->begun);
    assert_int_equal(fixture->done, 0);
    sem_post(&fixture->go_on);
    sem_post(&fixture->go_on);
    return 0;
}

static void test_threads_run_side_by_side(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, run_blocked, fixture), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, run_blocked, fixture), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, release_both, fixture), 0);
    assert_int_equal(coro_loop_run(fixture->loop), 0);
    assert_int_equal(fixture->done, 2);
}

static int gather_futures(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_future *futures[THREADS + WAITING], *none;
    int sum = 0;

    for (int i = 0; i < THREADS + WAITING; i++)
        assert_int_equal(
            coro_submit_to_executor(fixture->executor, block, fixture, discard, &futures[i]), 0);
    assert_int_equal(coro_submit_to_executor(fixture->executor, block, fixture, discard, &none),
                     -EAGAIN);
    assert_int_equal(coro_submit_to_executor(fixture->executor, block, fixture, NULL, &none),
                     -EINVAL);
    for (int i = 0; i < THREADS + WAITING; i++)
        sem_post(&fixture->go_on);
    for (int i = 0; i < THREADS + WAITING; i++) {
        void *value = NULL;
        int status = coro_await(futures[i], &value);

        assert_in_range(status, 1, THREADS + WAITING);
        assert_ptr_equal(value, fixture);
        sum += status;
        coro_future_release(futures[i]);
    }
    assert_int_equal(sum, 1 + 2 + 3 + 4);
    assert_int_equal(fixture->discarded, 0);
    assert_int_equal(
        coro_submit_to_executor(fixture->executor, find_fault, fixture, discard, &futures[0]), 0);
    assert_int_equal(coro_await(futures[0], NULL), -EDOM);
    coro_future_release(futures[0]);
    fixture->done++;
    return 0;
}

static void test_futures(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_run(fixture->loop, "gather", gather_futures, fixture), 0);
    assert_int_equal(fixture->done, 1);
}

static int cancel_futures(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_future *futures[3];

    for (int i = 0; i < 3; i++)
        assert_int_equal(
            coro_submit_to_executor(fixture->executor, block, fixture, discard, &futures[i]), 0);
    sem_wait(&fixture->begun);
    sem_wait(&fixture->begun);
    /* The third has not begun, and never will. */
    assert_int_equal(coro_future_cancel(futures[2]), 0);
    assert_int_equal(coro_yield(loop), 0);
    assert_int_equal(fixture->discarded, 1);
    assert_int_equal(coro_executor_jobs(fixture->executor), 2);
    /* The first is used by its thread until that returns. */
    assert_int_equal(coro_future_cancel(futures[0]), 0);
    assert_int_equal(coro_await(futures[0], NULL), -ECANCELED);
    assert_int_equal(coro_yield(loop), 0);
    assert_int_equal(fixture->discarded, 1);
    sem_post(&fixture->go_on);
    sem_post(&fixture->go_on);
    assert_true(coro_await(futures[1], NULL) > 0);
    assert_int_equal(coro_executor_drain(fixture->executor), 0);
    assert_int_equal(fixture->discarded, 2);
    assert_int_equal(fixture->called, 2);
    for (int i = 0; i < 3; i++)
        coro_future_release(futures[i]);
    fixture->done++;
    return 0;
}

static void test_cancelled_futures(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_run(fixture->loop, "cancel", cancel_futures, fixture), 0);
    assert_int_equal(fixture->done, 1);
}

/* Begins its job, is cancelled, and must not come back before the function has returned. */
static int keep_argument_on_stack(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    int result = 0;

    assert_int_equal(coro_run_in_executor(fixture->executor, block, fixture, NULL, &result), 0);
    assert_int_equal(result, 1);
    assert_int_equal(coro_run_in_executor(fixture->executor, block, fixture, NULL, &result),
                     -ECANCELED);
    fixture->done++;
    return 0;
}

static int cancel_then_release(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    sem_wait(&fixture->begun);
    coro_cancel(fixture->target);
    for (int i = 0; i < 3; i++)
        assert_int_equal(coro_yield(loop), 0);
    assert_false(coro_has_ended(fixture->target));
    sem_post(&fixture->go_on);
    return 0;
}

static void run_target(struct fixture *fixture, coro_function *function, coro_function *second)
{
    assert_int_equal(coro_spawn(fixture->loop, &fixture->target, NULL, function, fixture), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, second, fixture), 0);
    assert_int_equal(coro_loop_run(fixture->loop), 0);
    coro_release(fixture->target);
    assert_int_equal(fixture->done, 1);
}

static void test_cancel_waits_for_a_function_without_discard(void **state)
{
    run_target(*state, keep_argument_on_stack, cancel_then_release);
}

static int abandon(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    assert_int_equal(coro_run_in_executor(fixture->executor, block, fixture, discard, NULL),
                     -ECANCELED);
    assert_int_equal(fixture->called, 0);
    assert_int_equal(fixture->discarded, 0);
    /* Called off before it begins: discarded at once. */
    assert_int_equal(coro_run_in_executor(fixture->executor, block, fixture, discard, NULL),
                     -ECANCELED);
    assert_int_equal(fixture->discarded, 1);
    fixture->done++;
    return 0;
}

static int cancel_and_drain(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    sem_wait(&fixture->begun);
    coro_cancel(fixture->target);
    assert_int_equal(coro_join(fixture->target, CORO_FOREVER, NULL), 0);
    sem_post(&fixture->go_on);
    assert_int_equal(coro_executor_drain(fixture->executor), 0);
    assert_int_equal(fixture->discarded, 2);
    assert_int_equal(fixture->called, 1);
    return 0;
}

static void test_cancel_abandons_a_function_with_discard(void **state)
{
    run_target(*state, abandon, cancel_and_drain);
}

static int time_out(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    return coro_run_in_executor(fixture->executor, block, fixture, discard, NULL);
}

static int abandon_in_time(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    assert_int_equal(coro_timeout(loop, 5 * MILLISECOND, time_out, fixture), -ETIMEDOUT);
    sem_post(&fixture->go_on);
    assert_int_equal(coro_executor_drain(fixture->executor), 0);
    assert_int_equal(fixture->discarded, 1);
    fixture->done++;
    return 0;
}

static void test_deadline(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_run(fixture->loop, NULL, abandon_in_time, fixture), 0);
    assert_int_equal(fixture->done, 1);
}

static int wait_in_line(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    assert_int_equal(coro_run_in_executor(fixture->executor, count_call, fixture, NULL, NULL),
                     -ECANCELED);
    fixture->done++;
    return 0;
}

/* The executor is full; the target is called off before a thread takes its job. */
static int fill_and_cancel(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    sem_wait(&fixture->begun);
    sem_wait(&fixture->begun);
    assert_int_equal(coro_spawn(loop, &fixture->target, NULL, wait_in_line, fixture), 0);
    assert_int_equal(coro_yield(loop), 0);
    assert_int_equal(coro_executor_jobs(fixture->executor), 3);
    coro_cancel(fixture->target);
    assert_int_equal(coro_join(fixture->target, CORO_FOREVER, NULL), 0);
    assert_int_equal(coro_executor_jobs(fixture->executor), 2);
    assert_int_equal(fixture->done, 1);
    sem_post(&fixture->go_on);
    sem_post(&fixture->go_on);
    coro_release(fixture->target);
    return 0;
}

static void test_job_is_taken_back(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, run_blocked, fixture), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, run_blocked, fixture), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, fill_and_cancel, fixture), 0);
    assert_int_equal(coro_loop_run(fixture->loop), 0);
    assert_int_equal(fixture->done, 3);
    assert_int_equal(fixture->called, 2);
}

static int expect_refusal(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    int error = coro_run_in_executor(fixture->executor, block, fixture, discard, NULL);

    fixture->done += error == 0;
    return 0;
}

static int destroy_busy(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    sem_wait(&fixture->begun);
    sem_wait(&fixture->begun);
    for (int i = 0; i < THREADS + WAITING; i++)
        sem_post(&fixture->go_on);
    coro_executor_destroy(fixture->executor);
    fixture->executor = NULL;
    return 0;
}

/* Two run, two wait for a thread, one waits for room. What a thread takes before the end is done,
 * the others are refused. */
static void test_destroy_with_jobs(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < THREADS + WAITING + 1; i++)
        assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, expect_refusal, fixture), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, destroy_busy, fixture), 0);
    assert_int_equal(coro_loop_run(fixture->loop), 0);
    assert_in_range(fixture->done, THREADS, THREADS + WAITING);
    assert_int_equal(fixture->called, fixture->done);
    assert_int_equal(fixture->discarded, THREADS + WAITING + 1 - fixture->done);
}

/* Those that run go on when the others are refused. */
static void discard_and_release(void *argument)
{
    struct fixture *fixture = argument;

    fixture->discarded++;
    sem_post(&fixture->go_on);
}

/* Neither results that were not fetched nor the loop's end leak anything. */
static void test_destroy_with_futures(void **state)
{
    struct fixture *fixture = *state;
    struct coro_future *futures[THREADS + WAITING];

    for (int i = 0; i < THREADS + WAITING; i++)
        assert_int_equal(coro_submit_to_executor(fixture->executor, block, fixture,
                                                 discard_and_release, &futures[i]),
                         0);
    sem_wait(&fixture->begun);
    sem_wait(&fixture->begun);
    assert_int_equal(coro_future_cancel(futures[0]), 0);
    coro_executor_destroy(fixture->executor);
    fixture->executor = NULL;
    assert_true(coro_future_is_cancelled(futures[3]));
    assert_string_equal(coro_future_message(futures[3]), "The executor has been destroyed");
    for (int i = 0; i < THREADS + WAITING; i++)
        coro_future_release(futures[i]);
    assert_int_equal(coro_loop_destroy(fixture->loop), 0);
    assert_int_equal(fixture->discarded, 1 + WAITING);
    assert_int_equal(coro_loop_create(&fixture->loop, test_engine(), NULL), 0);
}

static void settle(void *context)
{
    sigset_t blocked;

    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    assert_true(sigismember(&blocked, SIGTERM));
    atomic_fetch_add((atomic_int *)context, 1);
}

static void test_each_thread_is_settled_first(void **state)
{
    struct fixture *fixture = *state;
    atomic_int settled = 0;
    struct coro_executor_options options = {
        .threads = 3, .settle = settle, .settle_context = &settled};
    struct coro_executor *executor;

    assert_int_equal(coro_executor_create(&executor, fixture->loop, &options), 0);
    coro_executor_destroy(executor);
    assert_int_equal(settled, 3);
    coro_executor_destroy(NULL);
}

static int run_blocking(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    return coro_run_in_executor(fixture->executor, block, fixture, NULL, NULL);
}

/* Waits in line until its time is over. */
static int give_up(struct coro_loop *loop, void *argument)
{
    assert_int_equal(coro_timeout(loop, 30 * MILLISECOND, run_blocking, argument), -ETIMEDOUT);
    return 0;
}

static int count_in_a_thread(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    return coro_run_in_executor(fixture->executor, count_call, fixture, NULL, NULL);
}

/* Comes to the line after the other's time is over, before it has left. */
static int come_later(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    coro_sleep(loop, 20 * MILLISECOND);
    assert_int_equal(coro_timeout(loop, 10000 * MILLISECOND, count_in_a_thread, fixture), 0);
    fixture->done++;
    return 0;
}

/* Has all of it come to the loop in one turn: the ends of all jobs, and both times. */
static int stop_the_loop(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    for (int i = 0; i < 3; i++)
        coro_yield(loop);
    for (int i = 0; i < THREADS + WAITING; i++)
        sem_post(&fixture->go_on);
    usleep(100000);
    return 0;
}

static void test_who_leaves_the_line_blocks_nobody(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < THREADS + WAITING; i++)
        assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, run_blocking, fixture), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, give_up, fixture), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, come_later, fixture), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, stop_the_loop, fixture), 0);
    assert_int_equal(coro_loop_run(fixture->loop), 0);
    assert_int_equal(fixture->done, 1);
}

static void test_outside_of_tasks(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_run_in_executor(fixture->executor, count_call, fixture, discard, NULL),
                     -EPERM);
    assert_int_equal(coro_executor_drain(fixture->executor), -EPERM);
    assert_int_equal(fixture->discarded, 0);
}

#define WITH_EXECUTOR(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        WITH_EXECUTOR(test_result),
        WITH_EXECUTOR(test_many_tasks),
        WITH_EXECUTOR(test_threads_run_side_by_side),
        WITH_EXECUTOR(test_futures),
        WITH_EXECUTOR(test_cancelled_futures),
        WITH_EXECUTOR(test_cancel_waits_for_a_function_without_discard),
        WITH_EXECUTOR(test_cancel_abandons_a_function_with_discard),
        WITH_EXECUTOR(test_deadline),
        WITH_EXECUTOR(test_job_is_taken_back),
        WITH_EXECUTOR(test_destroy_with_jobs),
        WITH_EXECUTOR(test_destroy_with_futures),
        WITH_EXECUTOR(test_each_thread_is_settled_first),
        WITH_EXECUTOR(test_who_leaves_the_line_blocks_nobody),
        WITH_EXECUTOR(test_outside_of_tasks),
    };

    test_engine_choose(argc, argv);
    return cmocka_run_group_tests_name("coro executor", tests, NULL, NULL);
}
