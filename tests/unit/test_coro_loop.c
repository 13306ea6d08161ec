/* The loop's life: runs with a purpose, alarms, what is pending, closing, and stack overflows. */
#include "lib/coro/combine.h"
#include "lib/coro/engine.h"
#include "lib/coro/future.h"
#include "lib/coro/sanitizer.h"
#include "lib/coro/scope.h"
#include "tests/harness/assertions.h"
#include "tests/unit/coro_engines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef CORO_VALGRIND
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

#define MILLISECOND INT64_C(1000000)
#define LONG_TIME (60000 * MILLISECOND)

struct fixture {
    struct coro_loop *loop;
    char log[512];
};

struct letter {
    struct coro_alarm alarm;
    struct fixture *fixture;
    char letter;
    int again;
};

static void note(void *context, const char *sentence)
{
    struct fixture *fixture = context;

    strncat(fixture->log, sentence, sizeof fixture->log - strlen(fixture->log) - 1);
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct coro_loop_options options = {.complain = note, .complain_context = fixture};

    assert_non_null(fixture);
    assert_int_equal(coro_loop_create(&fixture->loop, test_engine(), &options), 0);
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

static int sleep_long(struct coro_loop *loop, void *argument)
{
    return coro_sleep(loop, LONG_TIME);
}

static int sleep_short(struct coro_loop *loop, void *argument)
{
    return coro_sleep(loop, 5 * MILLISECOND);
}

static void ring(struct coro_alarm *alarm)
{
    struct letter *letter = (struct letter *)alarm;

    note(letter->fixture, (char[]){letter->letter, '\0'});
    if (letter->again-- > 0)
        assert_int_equal(coro_call_at(alarm->loop, alarm, 0), 0);
    else if (letter->letter == '.')
        coro_loop_stop(alarm->loop);
}

static struct letter make_letter(struct fixture *fixture, char letter)
{
    return (struct letter){.alarm.function = ring, .fixture = fixture, .letter = letter};
}

static void alarms_ring_in_the_order_of_their_times(void **state)
{
    struct fixture *fixture = *state;
    struct letter letters[] = {make_letter(fixture, 'c'), make_letter(fixture, 'a'),
                               make_letter(fixture, 'b'), make_letter(fixture, '.'),
                               make_letter(fixture, 'x')};
    const int64_t times[] = {3, 1, 2, 4, 2};
    int64_t now;

    now = coro_now(fixture->loop);
    for (int i = 0; i < 5; i++)
        assert_int_equal(
            coro_call_at(fixture->loop, &letters[i].alarm, now + times[i] * MILLISECOND), 0);
    coro_call_cancel(&letters[4].alarm);
    coro_call_cancel(&letters[4].alarm);
    assert_int_equal(coro_loop_run_forever(fixture->loop), 0);
    assert_string_equal(fixture->log, "abc.");
}

static void alarm_is_moved(void **state)
{
    struct fixture *fixture = *state;
    struct letter late = make_letter(fixture, 'l'), end = make_letter(fixture, '.');

    assert_int_equal(coro_call_later(fixture->loop, &late.alarm, LONG_TIME), 0);
    assert_int_equal(coro_call_later(fixture->loop, &end.alarm, 3 * MILLISECOND), 0);
    assert_int_equal(coro_call_later(fixture->loop, &late.alarm, MILLISECOND), 0);
    assert_int_equal(coro_loop_run_forever(fixture->loop), 0);
    assert_string_equal(fixture->log, "l.");
}

static void alarm_that_rings_at_once_again_lets_others_run(void **state)
{
    struct fixture *fixture = *state;
    struct letter again = make_letter(fixture, 'a'), end = make_letter(fixture, '.');

    again.again = 1000000;
    assert_int_equal(coro_call_later(fixture->loop, &again.alarm, 0), 0);
    assert_int_equal(coro_call_later(fixture->loop, &end.alarm, MILLISECOND), 0);
    assert_int_equal(coro_loop_run_forever(fixture->loop), 0);
    assert_true(again.again > 0);
    coro_call_cancel(&again.alarm);
}

static void run_until_complete_leaves_the_others(void **state)
{
    struct fixture *fixture = *state;
    struct coro_task *task;

    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, sleep_long, NULL), 0);
    assert_int_equal(coro_spawn(fixture->loop, &task, NULL, sleep_short, NULL), 0);
    assert_int_equal(coro_run_until_complete(fixture->loop, coro_task_future(task), NULL), 0);
    coro_release(task);
    assert_int_equal(coro_loop_tasks(fixture->loop), 1);
    coro_loop_cancel_all(fixture->loop);
    assert_int_equal(coro_loop_run(fixture->loop), 0);
}

static int run_inside(struct coro_loop *loop, void *argument)
{
    struct coro_future *future;

    assert_int_equal(coro_future_create(&future, loop, NULL), 0);
    assert_int_equal(coro_run_until_complete(loop, future, NULL), -EBUSY);
    assert_int_equal(coro_loop_close(loop, LONG_TIME), -EBUSY);
    assert_int_equal(coro_loop_run_forever(loop), -EBUSY);
    coro_future_release(future);
    return 3;
}

static void loop_that_runs_cannot_be_run_or_closed(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_run(fixture->loop, "main", run_inside, NULL), 3);
}

static void run_cancels_what_main_leaves_behind(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, sleep_long, NULL), 0);
    assert_int_equal(coro_run(fixture->loop, "main", sleep_short, NULL), 0);
    assert_int_equal(coro_loop_tasks(fixture->loop), 0);
}

static void stop_before_the_result_is_told(void **state)
{
    struct fixture *fixture = *state;
    struct letter end = make_letter(fixture, '.');
    struct coro_future *future;

    assert_int_equal(coro_future_create(&future, fixture->loop, NULL), 0);
    assert_int_equal(coro_call_later(fixture->loop, &end.alarm, MILLISECOND), 0);
    assert_int_equal(coro_run_until_complete(fixture->loop, future, NULL), -EINTR);
    coro_future_release(future);
}

static int leave_one_behind(struct coro_loop *loop, void *argument)
{
    assert_int_equal(coro_spawn(loop, NULL, NULL, sleep_long, NULL), 0);
    return *(const int *)argument;
}

static int run_another(struct coro_loop *loop, void *argument)
{
    int result = 0;

    assert_int_equal(coro_run(loop, "inner", leave_one_behind, &result), -EBUSY);
    assert_int_equal(coro_loop_tasks(loop), 1);
    return 0;
}

static void result_is_not_taken_for_an_error_of_the_run(void **state)
{
    struct fixture *fixture = *state;
    int results[] = {-EBUSY, -ENOTSUP};

    for (int i = 0; i < 2; i++) {
        assert_int_equal(coro_run(fixture->loop, "main", leave_one_behind, &results[i]),
                         results[i]);
        assert_int_equal(coro_loop_tasks(fixture->loop), 0);
    }
    assert_int_equal(coro_run(fixture->loop, "main", run_another, NULL), 0);
}

static int wait_until_the_past(struct coro_loop *loop, void *argument)
{
    assert_int_equal(coro_suspend(loop, INT64_MIN), -ETIMEDOUT);
    assert_int_equal(coro_suspend(loop, -1), -ETIMEDOUT);
    assert_int_equal(coro_suspend(loop, 0), -ETIMEDOUT);
    assert_int_equal(coro_sleep(loop, INT64_MIN), 0);
    return 0;
}

static void deadlines_before_the_clock_are_over(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_run(fixture->loop, "main", wait_until_the_past, NULL), 0);
}

static void visit(void *context, const char *kind, const char *name)
{
    note(context, kind);
    note(context, "=");
    note(context, name);
    note(context, ";");
}

static void close_names_and_ends_what_is_pending(void **state)
{
    struct fixture *fixture = *state;
    struct letter letter = make_letter(fixture, 'x');
    struct coro_future *future;

    letter.alarm.name = "egg";
    assert_int_equal(coro_future_create(&future, fixture->loop, "reply"), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, "sleeper", sleep_long, NULL), 0);
    assert_int_equal(coro_call_later(fixture->loop, &letter.alarm, LONG_TIME), 0);
    coro_loop_pending(fixture->loop, visit, fixture);
    assert_non_null(strstr(fixture->log, "task=sleeper;"));
    assert_non_null(strstr(fixture->log, "future=reply;"));
    assert_non_null(strstr(fixture->log, "alarm=egg;"));
    fixture->log[0] = '\0';
    assert_int_equal(coro_loop_close(fixture->loop, LONG_TIME), 0);
    fixture->loop = NULL;
    assert_non_null(strstr(fixture->log, "task 'sleeper'"));
    assert_non_null(strstr(fixture->log, "future 'reply'"));
    assert_non_null(strstr(fixture->log, "alarm 'egg'"));
    assert_true(coro_future_is_cancelled(future));
    coro_future_release(future);
}

/* Until it is let go. */
static int be_stubborn(struct coro_loop *loop, void *argument)
{
    const bool *let_go = argument;
    struct coro_scope shield;
    int error = coro_scope_enter_shielded(&shield, loop, CORO_FOREVER);

    if (error)
        return error;
    while (!*let_go && !error)
        error = coro_sleep(loop, MILLISECOND);
    return coro_scope_leave(&shield, error);
}

static void close_has_patience_with_a_shielded_task(void **state)
{
    struct fixture *fixture = *state;
    bool let_go = true;

    assert_int_equal(coro_spawn(fixture->loop, NULL, "stubborn", be_stubborn, &let_go), 0);
    assert_int_equal(coro_loop_run(fixture->loop), 0);
    let_go = false;
    assert_int_equal(coro_spawn(fixture->loop, NULL, "stubborn", be_stubborn, &let_go), 0);
    assert_int_equal(coro_yield(fixture->loop), -EPERM);

    /* It enters its shield in the first turn; cancelled before, it would never get there. */
    assert_int_equal(coro_spawn(fixture->loop, NULL, "main", sleep_short, NULL), 0);
    while (coro_loop_tasks(fixture->loop) > 1)
        coro_loop_turn(fixture->loop);
    assert_int_equal(coro_loop_close(fixture->loop, MILLISECOND), -EBUSY);
    let_go = true;
    assert_int_equal(coro_loop_close(fixture->loop, LONG_TIME), 0);
    fixture->loop = NULL;
}

static void close_ends_a_shield_that_alone_holds_its_future(void **state)
{
    struct fixture *fixture = *state;
    struct coro_future *future, *shield;

    assert_int_equal(coro_future_create(&future, fixture->loop, NULL), 0);
    assert_int_equal(coro_shield(&shield, future), 0);
    coro_future_release(future);
    assert_int_equal(coro_loop_close(fixture->loop, LONG_TIME), 0);
    fixture->loop = NULL;
    assert_true(coro_future_is_cancelled(shield));
    coro_future_release(shield);
}

struct link {
    struct coro_done done;
    struct coro_future *next;
    int called;
};

static void set_next(struct coro_done *done, struct coro_future *future)
{
    struct link *link = (struct link *)done;

    link->called++;
    if (link->next)
        assert_int_equal(coro_future_set_result(link->next, NULL), 0);
}

/* What is to be called in the next turn may have more called. */
static void destroy_makes_the_last_calls(void **state)
{
    struct fixture *fixture = *state;
    struct link links[2] = {{.done.function = set_next}, {.done.function = set_next}};
    struct coro_future *futures[2];

    for (int i = 0; i < 2; i++) {
        assert_int_equal(coro_future_create(&futures[i], fixture->loop, NULL), 0);
        assert_int_equal(coro_future_on_done(futures[i], &links[i].done), 0);
    }
    links[0].next = futures[1];
    assert_int_equal(coro_future_set_result(futures[0], NULL), 0);
    assert_int_equal(coro_loop_destroy(fixture->loop), 0);
    fixture->loop = NULL;
    assert_int_equal(links[0].called, 1);
    assert_int_equal(links[1].called, 1);
    coro_future_release(futures[0]);
    coro_future_release(futures[1]);
}

static void close_takes_null(void **state)
{
    assert_int_equal(coro_loop_close(NULL, 0), 0);
}

/* Deeper than any stack here, a page at a time at most. */
static int dig(const volatile char *above, int depth)
{
    volatile char frame[1024];

    frame[0] = above[0];
    return depth == 0 ? 0 : dig(frame, depth - 1) + frame[0];
}

static int dig_too_deep(struct coro_loop *loop, void *argument)
{
    return dig(argument, 1000000);
}

/* What the program does where it was started to die of it. */
static int overflow(void)
{
    struct rlimit no_core = {0, 0};
    struct coro_loop *loop;
    char first = 1;

    setrlimit(RLIMIT_CORE, &no_core);
    if (coro_loop_create(&loop, test_engine(), NULL) == 0 &&
        coro_spawn(loop, NULL, "too deep", dig_too_deep, &first) == 0)
        coro_loop_run(loop);
    return EXIT_SUCCESS;
}

/* A program of its own, because the test framework has a handler of SIGSEGV too. */
_Noreturn static void become_overflow(int descriptor)
{
    dup2(descriptor, STDERR_FILENO);
    execl("/proc/self/exe", "overflow", test_engine_name(), "overflow", NULL);
    _exit(EXIT_SUCCESS);
}

static void overflow_names_the_task(void **state)
{
    char text[4096];
    size_t length = 0;
    ssize_t count;
    int ends[2], status;
    pid_t child;

    if (RUNNING_ON_VALGRIND)
        skip(); /* this program's file is Valgrind's then */
    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        become_overflow(ends[1]);
    close(ends[1]);
    while (length < sizeof text - 1 &&
           (count = read(ends[0], text + length, sizeof text - 1 - length)) > 0)
        length += (size_t)count;
    close(ends[0]);
    text[length] = '\0';
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_non_null(strstr(text, "stack overflow in task 'too deep'"));
    assert_non_null(strstr(text, "256 KiB"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(alarms_ring_in_the_order_of_their_times, setup, teardown),
        cmocka_unit_test_setup_teardown(alarm_is_moved, setup, teardown),
        cmocka_unit_test_setup_teardown(alarm_that_rings_at_once_again_lets_others_run, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(run_until_complete_leaves_the_others, setup, teardown),
        cmocka_unit_test_setup_teardown(loop_that_runs_cannot_be_run_or_closed, setup, teardown),
        cmocka_unit_test_setup_teardown(run_cancels_what_main_leaves_behind, setup, teardown),
        cmocka_unit_test_setup_teardown(stop_before_the_result_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(close_names_and_ends_what_is_pending, setup, teardown),
        cmocka_unit_test_setup_teardown(close_has_patience_with_a_shielded_task, setup, teardown),
        cmocka_unit_test_setup_teardown(close_takes_null, setup, teardown),
        cmocka_unit_test_setup_teardown(overflow_names_the_task, setup, teardown),
        cmocka_unit_test_setup_teardown(result_is_not_taken_for_an_error_of_the_run, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(deadlines_before_the_clock_are_over, setup, teardown),
        cmocka_unit_test_setup_teardown(close_ends_a_shield_that_alone_holds_its_future, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(destroy_makes_the_last_calls, setup, teardown),
    };

    if (argc == 3 && strcmp(argv[2], "overflow") == 0) {
        test_engine_choose(argc - 1, argv);
        return overflow();
    }
    test_engine_choose(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
