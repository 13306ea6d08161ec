/* Stacks: what they cost, that they end in a guard page, and what a debugger sees of them. */
#include "lib/coro/coro.h"
#include "lib/coro/sanitizer.h"
#include "tests/harness/assertions.h"
#include "tests/unit/coro_engines.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unwind.h>

#ifdef CORO_VALGRIND
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

#if defined(CORO_ASAN) || defined(CORO_TSAN)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

/* ThreadSanitizer has room for about 8000 fibers, and is slow to make one. */
enum { SLEEPERS = SANITIZED ? 500 : 10000 };

/* What one may cost: a page of its stack and the task itself, which with ucontext is larger. */
#ifdef CORO_UCONTEXT
enum { BYTES_A_SLEEPER = 6 * 1024 };
#else
enum { BYTES_A_SLEEPER = 5 * 1024 };
#endif

/* Sanitizers and Valgrind keep books of their own on each byte. */
static bool memory_is_ours(void)
{
    return !SANITIZED && !RUNNING_ON_VALGRIND;
}

static struct coro_loop *create_loop(size_t stack_size)
{
    struct coro_loop_options options = {.stack_size = stack_size};
    struct coro_loop *loop;

    assert_int_equal(coro_loop_create(&loop, test_engine(), &options), 0);
    return loop;
}

static void run_one(struct coro_loop *loop, coro_function *function, void *argument)
{
    assert_int_equal(coro_spawn(loop, NULL, NULL, function, argument), 0);
    assert_int_equal(coro_loop_run(loop), 0);
}

static size_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long total = 0, resident = 0;

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lu %lu", &total, &resident), 2);
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static int sleep_long(struct coro_loop *loop, void *argument)
{
    return coro_sleep(loop, INT64_C(3600) * 1000 * 1000 * 1000);
}

static int cancel_all(struct coro_loop *loop, void *argument)
{
    coro_loop_cancel_all(loop);
    return 0;
}

static int stop(struct coro_loop *loop, void *argument)
{
    coro_loop_stop(loop);
    return 0;
}

static void test_ten_thousand_sleepers(void **state)
{
    struct coro_loop *loop = create_loop(0);
    size_t before, after;

    run_one(loop, stop, NULL);
    before = resident_bytes();
    for (int i = 0; i < SLEEPERS; i++)
        assert_int_equal(coro_spawn(loop, NULL, NULL, sleep_long, NULL), 0);
    /* Behind all of them: when it stops the loop, they are asleep. */
    run_one(loop, stop, NULL);
    after = resident_bytes();
    assert_int_equal(coro_loop_tasks(loop), SLEEPERS);
    if (memory_is_ours())
        assert_in_range((after - before) / SLEEPERS, 4096, BYTES_A_SLEEPER - 1);
    run_one(loop, cancel_all, NULL);
    assert_int_equal(coro_loop_tasks(loop), 0);
    assert_int_equal(coro_loop_destroy(loop), 0);
}

/* Touches so many bytes of stack, a little at a time. */
__attribute__((noinline)) static int descend(long bytes)
{
    volatile char frame[512];

    frame[0] = 1;
    if (bytes > (long)sizeof frame)
        return descend(bytes - (long)sizeof frame) + frame[0];
    return frame[0];
}

static int use_stack(struct coro_loop *loop, void *argument)
{
    coro_yield(loop);
    return descend(*(long *)argument);
}

static void test_a_stack_is_as_large_as_asked_for(void **state)
{
    struct coro_loop *loop = create_loop((size_t)4 << 20);
    long bytes = 1 << 20; /* of frames, which a sanitizer makes larger */

    for (int i = 0; i < 3; i++)
        run_one(loop, use_stack, &bytes);
    assert_int_equal(coro_loop_destroy(loop), 0);
}

static void test_overflow_is_a_fault(void **state)
{
    struct coro_loop *loop = create_loop(CORO_STACK_MINIMUM);
    long bytes = 1 << 20;
    int status;

    if (RUNNING_ON_VALGRIND)
        skip();

    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit no_core = {0, 0};

        setrlimit(RLIMIT_CORE, &no_core);
        /* A sanitizer's handler would print a report where a plain fault is expected. */
        signal(SIGSEGV, SIG_DFL);
        run_one(loop, use_stack, &bytes);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSEGV);
    assert_int_equal(coro_loop_destroy(loop), 0);
}

static _Unwind_Reason_Code count_frame(struct _Unwind_Context *context, void *argument)
{
    int *frames = argument;

    return ++*frames < 100 ? _URC_NO_REASON : _URC_NORMAL_STOP;
}

static int unwind(struct coro_loop *loop, void *argument)
{
    int frames = 0;

    coro_yield(loop);
    _Unwind_Backtrace(count_frame, &frames);
    *(int *)argument = frames;
    return 0;
}

static void test_a_backtrace_ends(void **state)
{
    struct coro_loop *loop = create_loop(0);
    int frames = 0;

    run_one(loop, unwind, &frames);
    /* This function, the one that runs the task, and where its context began. */
    assert_in_range(frames, 2, 6);
    assert_int_equal(coro_loop_destroy(loop), 0);
}

static int count_down(struct coro_loop *loop, void *argument)
{
    double values[8];
    int *left = argument;

    /* Floating point values that live across switches. */
    for (int i = 0; i < 8; i++)
        values[i] = *left * 1.5 + i;

    double expected = *left * 1.5 * 8 + 28, sum = 0;

    --*left;
    for (int i = 0; i < 8; i++) {
        coro_yield(loop);
        sum += values[i];
    }
    assert_true(sum == expected);
    return 0;
}

static void test_registers_survive_switches(void **state)
{
    struct coro_loop *loop = create_loop(0);
    int left = 100;

    for (int i = 0; i < 100; i++)
        assert_int_equal(coro_spawn(loop, NULL, NULL, count_down, &left), 0);
    assert_int_equal(coro_loop_run(loop), 0);
    assert_int_equal(left, 0);
    assert_int_equal(coro_loop_destroy(loop), 0);
}

/* Stacks beyond those kept are unmapped: what 1000 tasks left is not resident afterwards. */
static int spawn_and_end(struct coro_loop *loop, void *argument)
{
    long bytes = 8192;

    for (int i = 0; i < 1000; i++)
        assert_int_equal(coro_spawn(loop, NULL, NULL, use_stack, &bytes), 0);
    while (coro_loop_tasks(loop) > 1)
        coro_yield(loop);
    *(size_t *)argument = resident_bytes();
    return 0;
}

static void test_stacks_are_given_back(void **state)
{
    struct coro_loop_options options = {.stacks_kept = 10};
    struct coro_loop *loop;
    size_t before, after = 0;

    assert_int_equal(coro_loop_create(&loop, test_engine(), &options), 0);
    before = resident_bytes();
    run_one(loop, spawn_and_end, &after);
    /* Their stacks had 12 MiB of it. */
    if (memory_is_ours())
        assert_in_range(after > before ? after - before : 0, 0, 3 << 20);
    assert_int_equal(coro_loop_destroy(loop), 0);
}

static void test_no_room_for_a_stack(void **state)
{
    struct coro_loop *loop;
    int tasks = 0, error;

    /* AddressSanitizer's shadow of such stacks would take all memory there is. */
    if (SANITIZED)
        skip();
    /* The address space ends before long. */
    loop = create_loop((size_t)1 << 45);
    while ((error = coro_spawn(loop, NULL, NULL, cancel_all, NULL)) == 0)
        assert_in_range(++tasks, 1, 16);
    assert_int_equal(error, -ENOMEM);
    assert_int_equal(coro_loop_run(loop), 0);
    assert_int_equal(coro_loop_destroy(loop), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ten_thousand_sleepers),
        cmocka_unit_test(test_a_stack_is_as_large_as_asked_for),
        cmocka_unit_test(test_overflow_is_a_fault),
        cmocka_unit_test(test_a_backtrace_ends),
        cmocka_unit_test(test_registers_survive_switches),
        cmocka_unit_test(test_stacks_are_given_back),
        cmocka_unit_test(test_no_room_for_a_stack),
    };

    test_engine_choose(argc, argv);
    return cmocka_run_group_tests_name("coro stacks", tests, NULL, NULL);
}
