/* Functions in other processes: bytes in and out, workers that die, cancellation, no zombies. */
#include "lib/coro/coro.h"
#include "lib/coro/executor.h"
#include "lib/coro/future.h"
#include "lib/coro/process_pool.h"
#include "lib/coro/sanitizer.h"
#include "lib/coro/scope.h"
#include "tests/harness/assertions.h"
#include "tests/unit/coro_engines.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MILLISECOND INT64_C(1000000)

enum { WORKERS = 2 };

struct fixture {
    struct coro_loop *loop;
    struct coro_process_pool *pool;
    struct coro_task *target;
    pid_t workers[WORKERS + 1];
    int worker_count, done;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    assert_int_equal(coro_loop_create(&fixture->loop, test_engine(), NULL), 0);
    assert_int_equal(coro_process_pool_create(&fixture->pool, fixture->loop, WORKERS), 0);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    coro_process_pool_destroy(fixture->pool);
    assert_int_equal(coro_loop_destroy(fixture->loop), 0);
    /* No child is left, not even a dead one. */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    free(fixture);
    return 0;
}

static void run(void **state, coro_function *function)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_run(fixture->loop, "first", function, fixture), 0);
    assert_int_equal(fixture->done, 1);
}

static void note_worker(void *context, pid_t worker)
{
    struct fixture *fixture = context;

    assert_in_range(fixture->worker_count, 0, WORKERS);
    fixture->workers[fixture->worker_count++] = worker;
}

static void list_workers(struct fixture *fixture)
{
    fixture->worker_count = 0;
    coro_process_pool_workers(fixture->pool, note_worker, fixture);
}

static ssize_t sum_range(const void *input, size_t size, void *output, size_t capacity)
{
    const long *range = input;
    long sum = 0;

    for (long i = range[0]; i < range[1]; i++)
        sum += i;
    memcpy(output, &sum, sizeof sum);
    return sizeof sum;
}

static ssize_t reverse(const void *input, size_t size, void *output, size_t capacity)
{
    for (size_t i = 0; i < size; i++)
        ((char *)output)[i] = ((const char *)input)[size - 1 - i];
    return (ssize_t)size;
}

static ssize_t tell_process(const void *input, size_t size, void *output, size_t capacity)
{
    pid_t process = getpid();

    memcpy(output, &process, sizeof process);
    return sizeof process;
}

static ssize_t refuse(const void *input, size_t size, void *output, size_t capacity)
{
    return -EDOM;
}

static ssize_t overstate(const void *input, size_t size, void *output, size_t capacity)
{
    return (ssize_t)capacity + 1;
}

static ssize_t kill_itself(const void *input, size_t size, void *output, size_t capacity)
{
    raise(*(const int *)input);
    return 0;
}

static ssize_t leave(const void *input, size_t size, void *output, size_t capacity)
{
    _exit(*(const int *)input);
}

/* Stays until it is killed. */
static ssize_t stay(const void *input, size_t size, void *output, size_t capacity)
{
    for (;;)
        pause();
    return 0;
}

static ssize_t use_much_stack(const void *input, size_t size, void *output, size_t capacity)
{
    volatile char bytes[1 << 20];

    memset((char *)bytes, 1, sizeof bytes);
    *(char *)output = bytes[sizeof bytes - 1];
    return 1;
}

/* How many descriptors it has beyond the standard ones. */
static ssize_t count_descriptors(const void *input, size_t size, void *output, size_t capacity)
{
    ssize_t count = 0;

    for (int number = 3; number < 1024; number++)
        count += fcntl(number, F_GETFD) >= 0;
    memset(output, 0, capacity);
    return count;
}

static ssize_t tell_signals(const void *input, size_t size, void *output, size_t capacity)
{
    struct sigaction action;
    sigset_t blocked;
    int death = 0;

    sigaction(SIGTERM, NULL, &action);
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    prctl(PR_GET_PDEATHSIG, &death);
    memset(output, 0, capacity);
    return action.sa_handler == SIG_DFL && !sigismember(&blocked, SIGTERM) && death == SIGKILL;
}

static long sum_in_process(struct fixture *fixture, long from, long to)
{
    long range[2] = {from, to}, sum = -1;

    assert_int_equal(
        coro_run_in_process(fixture->pool, sum_range, range, sizeof range, &sum, sizeof sum),
        sizeof sum);
    return sum;
}

static int run_some(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    char output[8];

    assert_int_equal(sum_in_process(fixture, 0, 101), 5050);
    assert_int_equal(coro_run_in_process(fixture->pool, reverse, "abc", 3, output, 8), 3);
    assert_memory_equal(output, "cba", 3);
    assert_int_equal(coro_run_in_process(fixture->pool, reverse, NULL, 0, NULL, 0), 0);
    assert_int_equal(coro_run_in_process(fixture->pool, refuse, NULL, 0, NULL, 0), -EDOM);
    assert_int_equal(coro_run_in_process(fixture->pool, overstate, NULL, 0, output, 8), -EMSGSIZE);
    assert_int_equal(coro_run_in_process(fixture->pool, use_much_stack, NULL, 0, output, 8), 1);
    output[0] = 1;
    fixture->done++;
    return 0;
}

static void test_results(void **state)
{
    run(state, run_some);
}

static int run_clean(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    char output[8];

    /* Its socket. */
    assert_int_equal(coro_run_in_process(fixture->pool, count_descriptors, NULL, 0, output, 8), 1);
    assert_int_equal(coro_run_in_process(fixture->pool, tell_signals, NULL, 0, output, 8), 1);
    fixture->done++;
    return 0;
}

static void test_workers_inherit_nothing(void **state)
{
    run(state, run_clean);
}

static int run_large(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    enum { LARGE = 3 << 20 };
    char *input = malloc(LARGE), *output = malloc(LARGE);

    for (int i = 0; i < LARGE; i++)
        input[i] = (char)(i % 251);
    assert_int_equal(coro_run_in_process(fixture->pool, reverse, input, LARGE, output, LARGE),
                     LARGE);
    for (int i = 0; i < LARGE; i++)
        assert_int_equal(output[i], input[LARGE - 1 - i]);
    free(input);
    free(output);
#if !defined(CORO_ASAN) && !defined(CORO_TSAN) /* which abort there */
    assert_int_equal(coro_run_in_process(fixture->pool, reverse, "x", 1, &output, SIZE_MAX / 4),
                     -ENOMEM);
#endif
    assert_int_equal(sum_in_process(fixture, 0, 3), 3);
    fixture->done++;
    return 0;
}

static void test_large(void **state)
{
    run(state, run_large);
}

static int run_often(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    for (long i = 0; i < 20; i++)
        assert_int_equal(sum_in_process(fixture, i, i + 2), 2 * i + 1);
    fixture->done++;
    return 0;
}

static void test_more_tasks_than_workers(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < 10; i++)
        assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, run_often, fixture), 0);
    assert_int_equal(coro_loop_run(fixture->loop), 0);
    assert_int_equal(fixture->done, 10);
}

static int die_in_many_ways(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    int killed = SIGKILL, crashed = SIGSEGV, status = 3;

    for (int i = 0; i < 2 * WORKERS; i++) {
        assert_int_equal(
            coro_run_in_process(fixture->pool, kill_itself, &killed, sizeof killed, NULL, 0),
            -EOWNERDEAD);
        assert_non_null(strstr(coro_message(loop, -EOWNERDEAD), "killed by signal 9 (Killed)"));
    }
    assert_int_equal(
        coro_run_in_process(fixture->pool, kill_itself, &crashed, sizeof crashed, NULL, 0),
        -EOWNERDEAD);
    assert_non_null(strstr(coro_message(loop, -EOWNERDEAD), "signal 11"));
    assert_int_equal(coro_run_in_process(fixture->pool, leave, &status, sizeof status, NULL, 0),
                     -EOWNERDEAD);
    assert_non_null(strstr(coro_message(loop, -EOWNERDEAD), "exited with status 3"));
    assert_int_equal(sum_in_process(fixture, 0, 4), 6);
    fixture->done++;
    return 0;
}

static void test_death_is_an_error(void **state)
{
    run(state, die_in_many_ways);
}

static int outlive_idle_workers(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    list_workers(fixture);
    assert_int_equal(fixture->worker_count, WORKERS);
    for (int i = 0; i < WORKERS; i++) {
        siginfo_t information;

        assert_int_equal(kill(fixture->workers[i], SIGKILL), 0);
        assert_int_equal(waitid(P_PID, (id_t)fixture->workers[i], &information, WEXITED | WNOWAIT),
                         0);
    }
    /* No job is lost with a worker that had none. */
    assert_int_equal(sum_in_process(fixture, 0, 4), 6);
    fixture->done++;
    return 0;
}

static void test_idle_workers_are_replaced(void **state)
{
    run(state, outlive_idle_workers);
}

static int wait_for_the_dying(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    char output[8];

    assert_int_equal(coro_run_in_process(fixture->pool, stay, NULL, 0, output, 8), -EOWNERDEAD);
    fixture->done++;
    return 0;
}

static int kill_from_outside(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    assert_int_equal(coro_yield(loop), 0);
    list_workers(fixture);
    for (int i = 0; i < fixture->worker_count; i++)
        assert_int_equal(kill(fixture->workers[i], SIGTERM), 0);
    /* Those in line get the workers that come instead. */
    assert_int_equal(sum_in_process(fixture, 0, 4), 6);
    fixture->done++;
    return 0;
}

static void test_all_workers_die_at_once(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, wait_for_the_dying, fixture), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, kill_from_outside, fixture), 0);
    assert_int_equal(coro_loop_run(fixture->loop), 0);
    assert_int_equal(fixture->done, WORKERS + 1);
}

static int allocate(void *argument)
{
    for (int i = 0; i < 1000; i++)
        free(malloc(100 + (size_t)i));
    return 0;
}

static ssize_t allocate_in_worker(const void *input, size_t size, void *output, size_t capacity)
{
    return allocate(NULL);
}

static int keep_threads_busy(struct coro_loop *loop, void *argument)
{
    for (;;) {
        int error = coro_run_in_executor(argument, allocate, NULL, NULL, NULL);

        if (error)
            return error;
    }
}

/* Forked while threads allocate memory, a worker can still do so. */
static int replace_beside_threads(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_executor *executor;
    struct coro_task *busy;
    int killed = SIGKILL;

    assert_int_equal(coro_executor_create(&executor, loop, NULL), 0);
    assert_int_equal(coro_spawn(loop, &busy, NULL, keep_threads_busy, executor), 0);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(
            coro_run_in_process(fixture->pool, kill_itself, &killed, sizeof killed, NULL, 0),
            -EOWNERDEAD);
        assert_int_equal(coro_run_in_process(fixture->pool, allocate_in_worker, NULL, 0, NULL, 0),
                         0);
    }
    coro_cancel(busy);
    assert_int_equal(coro_join(busy, CORO_FOREVER, NULL), 0);
    coro_release(busy);
    coro_executor_destroy(executor);
    fixture->done++;
    return 0;
}

static void test_workers_are_replaced_beside_threads(void **state)
{
    run(state, replace_beside_threads);
}

static int stay_long(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    return (int)coro_run_in_process(fixture->pool, stay, NULL, 0, NULL, 0);
}

static int stop_in_the_middle(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    pid_t before[WORKERS];
    bool found = false;

    list_workers(fixture);
    memcpy(before, fixture->workers, sizeof before);
    assert_int_equal(coro_timeout(loop, 5 * MILLISECOND, stay_long, fixture), -ETIMEDOUT);
    for (int i = 0; i < 2 * WORKERS; i++)
        assert_int_equal(sum_in_process(fixture, 0, 4), 6);
    /* One of them is gone, and buried. */
    for (int turn = 0; turn < 1000 && !found; turn++) {
        for (int i = 0; i < WORKERS; i++)
            found = found || (kill(before[i], 0) < 0 && errno == ESRCH);
        assert_int_equal(coro_sleep(loop, MILLISECOND), 0);
    }
    assert_true(found);
    fixture->done++;
    return 0;
}

static void test_deadline_stops_the_worker(void **state)
{
    run(state, stop_in_the_middle);
}

static int be_cancelled(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    assert_int_equal(coro_run_in_process(fixture->pool, stay, NULL, 0, NULL, 0), -ECANCELED);
    assert_int_equal(coro_run_in_process(fixture->pool, stay, NULL, 0, NULL, 0), -ECANCELED);
    fixture->done++;
    return 0;
}

/* More than there are workers: some are called off in line. */
static int cancel_all(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_task *tasks[WORKERS + 2];

    for (int i = 0; i < WORKERS + 2; i++)
        assert_int_equal(coro_spawn(loop, &tasks[i], NULL, be_cancelled, fixture), 0);
    assert_int_equal(coro_yield(loop), 0);
    for (int i = WORKERS + 1; i >= 0; i--) {
        coro_cancel(tasks[i]);
        assert_int_equal(coro_join(tasks[i], CORO_FOREVER, NULL), 0);
        coro_release(tasks[i]);
    }
    assert_int_equal(sum_in_process(fixture, 0, 4), 6);
    fixture->done++;
    return 0;
}

static void test_cancel(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_run(fixture->loop, NULL, cancel_all, fixture), 0);
    assert_int_equal(fixture->done, WORKERS + 3);
}

static int destroy_pool(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    assert_int_equal(coro_yield(loop), 0);
    coro_process_pool_destroy(fixture->pool);
    fixture->pool = NULL;
    return 0;
}

static int find_it_destroyed(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    assert_int_equal(coro_run_in_process(fixture->pool, stay, NULL, 0, NULL, 0), -ECANCELED);
    fixture->done++;
    return 0;
}

static void test_destroy_while_in_use(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < WORKERS + 2; i++)
        assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, find_it_destroyed, fixture), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, destroy_pool, fixture), 0);
    assert_int_equal(coro_loop_run(fixture->loop), 0);
    assert_int_equal(fixture->done, WORKERS + 2);
}

/* A program that is killed takes its workers along: the pipe that all of them hold ends. */
static void test_workers_end_with_their_parent(void **state)
{
    int ends[2];
    char byte;

    assert_int_equal(pipe(ends), 0);

    pid_t parent = fork();

    assert_true(parent >= 0);
    if (parent == 0) {
        struct coro_loop *loop;
        struct coro_process_pool *pool;

        /* As standard error, it is one that workers keep. */
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        if (coro_loop_create(&loop, test_engine(), NULL) == 0 &&
            coro_process_pool_create(&pool, loop, WORKERS) == 0)
            raise(SIGKILL);
        _exit(1);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 0);
    close(ends[0]);
    assert_int_equal(waitpid(parent, NULL, 0), parent);
}

static int tell_workers_apart(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    pid_t process = 0;
    bool known = false;

    assert_int_equal(
        coro_run_in_process(fixture->pool, tell_process, NULL, 0, &process, sizeof process),
        sizeof process);
    list_workers(fixture);
    for (int i = 0; i < fixture->worker_count; i++)
        known = known || fixture->workers[i] == process;
    assert_true(known);
    fixture->done++;
    return 0;
}

static void test_jobs_run_in_workers(void **state)
{
    run(state, tell_workers_apart);
}

/* Its child goes on for a while. */
static ssize_t fork_and_die(const void *input, size_t size, void *output, size_t capacity)
{
    if (fork() == 0) {
        for (int number = 0; number <= STDERR_FILENO; number++)
            close(number);
        sleep(5);
        _exit(0);
    }
    raise(SIGKILL);
    return 0;
}

static int lose_worker(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    return (int)coro_run_in_process(fixture->pool, fork_and_die, NULL, 0, NULL, 0);
}

static int lose_worker_in_time(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    assert_int_equal(coro_timeout(loop, 2500 * MILLISECOND, lose_worker, fixture), -EOWNERDEAD);
    fixture->done++;
    return 0;
}

static void test_children_of_a_worker_do_not_hide_its_death(void **state)
{
    run(state, lose_worker_in_time);
}

static int wait_in_line(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    coro_run_in_process(fixture->pool, refuse, NULL, 0, NULL, 0);
    return 0;
}

static int run_two_in_a_row(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    for (int i = 0; i < 2; i++)
        assert_int_equal(coro_run_in_process(fixture->pool, refuse, NULL, 0, NULL, 0), -EDOM);
    return 0;
}

static int run_two_in_time(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    assert_int_equal(coro_timeout(loop, 20000 * MILLISECOND, run_two_in_a_row, fixture), 0);
    fixture->done = 1;
    return 0;
}

/* In each turn a task that has joined the line is called off, and has not left it yet when the
 * others run. */
static int disturb_the_line(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_task *waiting = NULL;

    while (!fixture->done) {
        if (waiting)
            coro_cancel(waiting);
        coro_release(waiting);
        assert_int_equal(coro_spawn(loop, &waiting, "waiting", wait_in_line, fixture), 0);
        assert_int_equal(coro_yield(loop), 0);
    }
    coro_release(waiting);
    return 0;
}

static void test_who_leaves_the_line_blocks_nobody(void **state)
{
    struct fixture *fixture = *state;

    coro_process_pool_destroy(fixture->pool);
    assert_int_equal(coro_process_pool_create(&fixture->pool, fixture->loop, 1), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, "two", run_two_in_time, fixture), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, "disturb", disturb_the_line, fixture), 0);
    assert_int_equal(coro_loop_run(fixture->loop), 0);
    assert_int_equal(fixture->done, 1);
}

static void test_outside_of_tasks(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_run_in_process(fixture->pool, refuse, NULL, 0, NULL, 0), -EPERM);
    coro_process_pool_destroy(NULL);
}

#define WITH_POOL(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        WITH_POOL(test_results),
        WITH_POOL(test_workers_inherit_nothing),
        WITH_POOL(test_large),
        WITH_POOL(test_more_tasks_than_workers),
        WITH_POOL(test_death_is_an_error),
        WITH_POOL(test_idle_workers_are_replaced),
        WITH_POOL(test_all_workers_die_at_once),
        WITH_POOL(test_workers_are_replaced_beside_threads),
        WITH_POOL(test_deadline_stops_the_worker),
        WITH_POOL(test_cancel),
        WITH_POOL(test_destroy_while_in_use),
        cmocka_unit_test(test_workers_end_with_their_parent),
        WITH_POOL(test_jobs_run_in_workers),
        WITH_POOL(test_who_leaves_the_line_blocks_nobody),
        WITH_POOL(test_children_of_a_worker_do_not_hide_its_death),
        WITH_POOL(test_outside_of_tasks),
    };

    test_engine_choose(argc, argv);
    return cmocka_run_group_tests_name("coro process pool", tests, NULL, NULL);
}
