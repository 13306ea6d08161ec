/* Futures: results, errors with their messages, cancelling, done callbacks, tasks as futures. */
#include "lib/coro/future.h"
#include "tests/harness/assertions.h"
#include "tests/unit/coro_engines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MILLISECOND INT64_C(1000000)

struct fixture {
    struct coro_loop *loop;
    struct coro_future *future;
    struct coro_task *task;
    char complaints[512];
    int results[4], count;
    void *value;
};

static void take_complaint(void *context, const char *sentence)
{
    struct fixture *fixture = context;

    strncat(fixture->complaints, sentence,
            sizeof fixture->complaints - strlen(fixture->complaints) - 1);
}

static struct coro_loop *create_loop(struct fixture *fixture)
{
    const struct coro_loop_options options = {
        .complain = take_complaint,
        .complain_context = fixture,
    };
    struct coro_loop *loop;

    assert_int_equal(coro_loop_create(&loop, test_engine(), &options), 0);
    return loop;
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    fixture->loop = create_loop(fixture);
    assert_int_equal(coro_future_create(&fixture->future, fixture->loop, "answer"), 0);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    coro_future_release(fixture->future);
    assert_int_equal(coro_loop_destroy(fixture->loop), 0);
    free(fixture);
    return 0;
}

static void spawn(struct fixture *fixture, coro_function *function)
{
    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, function, fixture), 0);
}

static void run(struct fixture *fixture)
{
    assert_int_equal(coro_loop_run(fixture->loop), 0);
}

static int await_it(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    int place = fixture->count++;

    fixture->results[place] = coro_await(fixture->future, &fixture->value);
    return 0;
}

static int set_it(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    return coro_future_set_result(fixture->future, fixture);
}

static void has_nothing_before_its_result(void **state)
{
    struct fixture *fixture = *state;

    assert_false(coro_future_is_done(fixture->future));
    assert_false(coro_future_is_cancelled(fixture->future));
    assert_int_equal(coro_future_status(fixture->future), -EINPROGRESS);
    assert_null(coro_future_value(fixture->future));
    assert_string_equal(coro_future_message(fixture->future), "");
    assert_string_equal(coro_future_name(fixture->future), "answer");
    assert_ptr_equal(coro_future_loop(fixture->future), fixture->loop);
    assert_null(coro_future_task(fixture->future));
}

static void is_awaited_by_many_before_and_after(void **state)
{
    struct fixture *fixture = *state;

    memset(fixture->results, 1, sizeof fixture->results);
    spawn(fixture, await_it);
    spawn(fixture, await_it);
    spawn(fixture, set_it);
    spawn(fixture, await_it);
    run(fixture);
    assert_int_equal(fixture->count, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(fixture->results[i], 0);
    assert_ptr_equal(fixture->value, fixture);
    fixture->value = NULL;
    assert_int_equal(coro_await(fixture->future, &fixture->value), 0);
    assert_ptr_equal(fixture->value, fixture);
}

static void keeps_its_first_result(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_future_set_error(fixture->future, 1, NULL), -EINVAL);
    assert_int_equal(coro_future_set_result(fixture->future, NULL), 0);
    assert_int_equal(coro_future_set_result(fixture->future, fixture), -EALREADY);
    assert_int_equal(coro_future_set_error(fixture->future, -EIO, "late"), -EALREADY);
    assert_int_equal(coro_future_cancel(fixture->future), -EALREADY);
    assert_int_equal(coro_future_status(fixture->future), 0);
    assert_null(coro_future_value(fixture->future));
}

static void error_has_a_message(void **state)
{
    struct fixture *fixture = *state;
    char text[] = "the disk is on fire";

    assert_int_equal(coro_future_set_error(fixture->future, -EIO, text), 0);
    memset(text, 'x', sizeof text - 1);
    assert_int_equal(coro_future_status(fixture->future), -EIO);
    assert_string_equal(coro_future_message(fixture->future), "the disk is on fire");
}

static void cancelled_future_says_so(void **state)
{
    struct fixture *fixture = *state;

    spawn(fixture, await_it);
    assert_int_equal(coro_future_cancel(fixture->future), 0);
    assert_true(coro_future_is_cancelled(fixture->future));
    run(fixture);
    assert_int_equal(fixture->results[0], -ECANCELED);
}

static int cancel_the_task(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    coro_cancel(fixture->task);
    return 0;
}

static void cancelling_who_waits_leaves_the_future_alone(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_spawn(fixture->loop, &fixture->task, NULL, await_it, fixture), 0);
    spawn(fixture, cancel_the_task);
    run(fixture);
    coro_release(fixture->task);
    assert_int_equal(fixture->results[0], -ECANCELED);
    assert_false(coro_future_is_done(fixture->future));
    assert_int_equal(coro_future_set_result(fixture->future, NULL), 0);
}

static int await_the_last_reference(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_future *future = fixture->future;

    fixture->future = NULL;
    fixture->results[0] = coro_await(future, &fixture->value);
    return 0;
}

static int set_and_let_go(struct coro_loop *loop, void *argument)
{
    struct coro_future *future = argument;

    coro_future_set_error(future, -EIO, "gone with the last reference");
    coro_future_release(future);
    return 0;
}

static void who_waits_holds_it(void **state)
{
    struct fixture *fixture = *state;
    struct coro_future *future = fixture->future;

    spawn(fixture, await_the_last_reference);
    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, set_and_let_go, future), 0);
    run(fixture);
    assert_int_equal(fixture->results[0], -EIO);
}

static void outlives_its_loop(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_loop_destroy(fixture->loop), 0);
    assert_null(coro_future_loop(fixture->future));
    assert_int_equal(coro_await(fixture->future, NULL), -EPERM);
    coro_future_release(fixture->future);
    fixture->loop = create_loop(fixture);
    fixture->future = NULL;
}

struct listening {
    struct coro_done done;
    struct fixture *fixture;
    int place;
};

static void note_place(struct coro_done *done, struct coro_future *future)
{
    struct listening *listening = (struct listening *)done;
    struct fixture *fixture = listening->fixture;

    assert_ptr_equal(future, fixture->future);
    assert_true(coro_future_is_done(future));
    fixture->results[fixture->count++] = listening->place;
}

static int sleep_a_little(struct coro_loop *loop, void *argument)
{
    return coro_sleep(loop, 2 * MILLISECOND);
}

static void callbacks_come_in_their_order_after_the_result(void **state)
{
    struct fixture *fixture = *state;
    struct listening listening[3];

    for (int i = 0; i < 3; i++) {
        listening[i] = (struct listening){{.function = note_place}, fixture, i};
        assert_int_equal(coro_future_on_done(fixture->future, &listening[i].done), 0);
    }
    assert_true(coro_future_forget(&listening[1].done));
    assert_false(coro_future_forget(&listening[1].done));
    assert_int_equal(coro_future_set_result(fixture->future, NULL), 0);
    assert_int_equal(fixture->count, 0);
    assert_false(coro_future_forget(&listening[2].done));
    spawn(fixture, sleep_a_little);
    run(fixture);
    assert_int_equal(fixture->count, 2);
    assert_int_equal(fixture->results[0], 0);
    assert_int_equal(fixture->results[1], 2);
}

static void callback_of_a_done_future_comes_too(void **state)
{
    struct fixture *fixture = *state;
    struct listening listening = {{.function = note_place}, fixture, 7};

    assert_int_equal(coro_future_set_result(fixture->future, NULL), 0);
    assert_int_equal(coro_future_on_done(fixture->future, &listening.done), 0);
    assert_int_equal(fixture->count, 0);
    spawn(fixture, sleep_a_little);
    run(fixture);
    assert_int_equal(fixture->count, 1);
}

static int return_a_value(struct coro_loop *loop, void *argument)
{
    return coro_return(loop, argument);
}

static int fail_with_a_message(struct coro_loop *loop, void *argument)
{
    coro_yield(loop);
    return coro_fail(loop, -EINVAL, "no host in '%s'", "http:/");
}

static int fail_in_two_steps(struct coro_loop *loop, void *argument)
{
    coro_fail(loop, -ENOENT, "another matter");
    return -EIO;
}

static int pass_on(struct coro_loop *loop, void *argument)
{
    struct coro_task *inner;
    int status = coro_spawn(loop, &inner, "inner", fail_with_a_message, NULL);

    if (status == 0)
        status = coro_await(coro_task_future(inner), NULL);
    coro_release(inner);
    assert_string_equal(coro_message(loop, status), "no host in 'http:/'");
    assert_string_equal(coro_message(loop, -EDOM), strerror(EDOM));
    return status;
}

static int await_oneself(struct coro_loop *loop, void *argument)
{
    return coro_await(coro_task_future(coro_self(loop)), NULL);
}

/* The status of a task that runs the function. */
static int outcome(struct fixture *fixture, coro_function *function, void **value, char *message,
                   size_t size)
{
    struct coro_task *task;
    int status;

    assert_int_equal(coro_spawn(fixture->loop, &task, "subject", function, fixture), 0);
    status = coro_run_until_complete(fixture->loop, coro_task_future(task), value);
    snprintf(message, size, "%s", coro_future_message(coro_task_future(task)));
    coro_release(task);
    return status;
}

static void task_has_a_value(void **state)
{
    struct fixture *fixture = *state;
    void *value = NULL;
    char message[64];

    assert_int_equal(outcome(fixture, return_a_value, &value, message, sizeof message), 0);
    assert_ptr_equal(value, fixture);
    assert_string_equal(message, "");
}

static void error_passes_through_tasks_with_its_message(void **state)
{
    struct fixture *fixture = *state;
    char message[64];

    assert_int_equal(outcome(fixture, pass_on, NULL, message, sizeof message), -EINVAL);
    assert_string_equal(message, "no host in 'http:/'");
    assert_string_equal(fixture->complaints, "");
}

static void message_of_another_error_is_dropped(void **state)
{
    struct fixture *fixture = *state;
    char message[64];

    assert_int_equal(outcome(fixture, fail_in_two_steps, NULL, message, sizeof message), -EIO);
    assert_string_equal(message, strerror(EIO));
}

static void awaiting_oneself_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    char message[64];

    assert_int_equal(outcome(fixture, await_oneself, NULL, message, sizeof message), -EDEADLK);
}

static void awaiting_outside_of_tasks_is_an_error(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_await(fixture->future, NULL), -EPERM);
    assert_int_equal(coro_return(fixture->loop, NULL), -EPERM);
}

static void task_gives_itself_its_result(void **state)
{
    struct fixture *fixture = *state;
    struct coro_task *task;

    assert_int_equal(coro_spawn(fixture->loop, &task, NULL, sleep_a_little, NULL), 0);
    assert_int_equal(coro_future_set_result(coro_task_future(task), NULL), -EPERM);
    assert_int_equal(coro_future_set_error(coro_task_future(task), -EIO, NULL), -EPERM);
    assert_ptr_equal(coro_future_task(coro_task_future(task)), task);
    assert_int_equal(coro_future_cancel(coro_task_future(task)), 0);
    assert_false(coro_future_is_done(coro_task_future(task)));
    run(fixture);
    assert_true(coro_future_is_cancelled(coro_task_future(task)));
    coro_release(task);
}

static void failure_that_nobody_asked_for_is_complained_of(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_spawn(fixture->loop, NULL, "orphan", fail_with_a_message, NULL), 0);
    run(fixture);
    assert_non_null(strstr(fixture->complaints, "'orphan'"));
    assert_non_null(strstr(fixture->complaints, "no host in 'http:/'"));
}

static void nobody_is_called_after_the_loop(void **state)
{
    struct fixture *fixture = *state;
    struct listening listening[2] = {{{.function = note_place}, fixture, 0},
                                     {{.function = note_place}, fixture, 1}};

    for (int i = 0; i < 2; i++)
        assert_int_equal(coro_future_on_done(fixture->future, &listening[i].done), 0);
    assert_int_equal(coro_loop_destroy(fixture->loop), 0);
    assert_true(coro_future_forget(&listening[1].done));
    assert_int_equal(coro_future_set_result(fixture->future, NULL), 0);
    assert_int_equal(fixture->count, 0);
    fixture->loop = create_loop(fixture);
}

static int fail_twice_alike(struct coro_loop *loop, void *argument)
{
    struct coro_future *first, *second;

    assert_int_equal(coro_future_create(&first, loop, NULL), 0);
    assert_int_equal(coro_future_create(&second, loop, NULL), 0);
    assert_int_equal(coro_future_set_error(first, -EIO, "the first disk"), 0);
    assert_int_equal(coro_future_set_error(second, -EIO, NULL), 0);
    assert_int_equal(coro_await(first, NULL), -EIO);
    assert_string_equal(coro_message(loop, -EIO), "the first disk");
    assert_int_equal(coro_await(second, NULL), -EIO);
    assert_string_equal(coro_message(loop, -EIO), strerror(EIO));
    coro_future_release(first);
    coro_future_release(second);
    return -EIO;
}

static void message_of_an_earlier_failure_is_not_taken_for_a_later_one(void **state)
{
    char message[64];

    assert_int_equal(outcome(*state, fail_twice_alike, NULL, message, sizeof message), -EIO);
    assert_string_equal(message, strerror(EIO));
}

static int await_and_join(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_task *task;
    int result = 1;

    assert_int_equal(coro_await(fixture->future, NULL), -EINTR);
    assert_int_equal(coro_await(fixture->future, NULL), -EDOM);
    assert_int_equal(coro_spawn(loop, &task, NULL, sleep_a_little, NULL), 0);
    assert_int_equal(coro_join(task, CORO_FOREVER, &result), -EINTR);
    assert_int_equal(result, 1);
    assert_int_equal(coro_join(task, CORO_FOREVER, &result), 0);
    assert_int_equal(result, 0);
    coro_release(task);
    return 0;
}

static int wake_three_times(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    int results[] = {0, -EDOM, 7};

    for (int i = 0; i < 3; i++) {
        assert_true(coro_wake(fixture->task, results[i]));
        assert_int_equal(coro_yield(loop), 0);
    }
    return 0;
}

/* A wait that somebody ends has not brought a result. */
static void waking_gives_no_result(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_spawn(fixture->loop, &fixture->task, NULL, await_and_join, fixture), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, wake_three_times, fixture), 0);
    assert_int_equal(coro_loop_run(fixture->loop), 0);
    assert_int_equal(coro_join(fixture->task, 0, NULL), 0);
    coro_release(fixture->task);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(has_nothing_before_its_result, setup, teardown),
        cmocka_unit_test_setup_teardown(is_awaited_by_many_before_and_after, setup, teardown),
        cmocka_unit_test_setup_teardown(keeps_its_first_result, setup, teardown),
        cmocka_unit_test_setup_teardown(error_has_a_message, setup, teardown),
        cmocka_unit_test_setup_teardown(cancelled_future_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(cancelling_who_waits_leaves_the_future_alone, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(who_waits_holds_it, setup, teardown),
        cmocka_unit_test_setup_teardown(outlives_its_loop, setup, teardown),
        cmocka_unit_test_setup_teardown(callbacks_come_in_their_order_after_the_result, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(callback_of_a_done_future_comes_too, setup, teardown),
        cmocka_unit_test_setup_teardown(task_has_a_value, setup, teardown),
        cmocka_unit_test_setup_teardown(error_passes_through_tasks_with_its_message, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(message_of_another_error_is_dropped, setup, teardown),
        cmocka_unit_test_setup_teardown(awaiting_oneself_is_an_error, setup, teardown),
        cmocka_unit_test_setup_teardown(awaiting_outside_of_tasks_is_an_error, setup, teardown),
        cmocka_unit_test_setup_teardown(task_gives_itself_its_result, setup, teardown),
        cmocka_unit_test_setup_teardown(failure_that_nobody_asked_for_is_complained_of, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(nobody_is_called_after_the_loop, setup, teardown),
        cmocka_unit_test_setup_teardown(message_of_an_earlier_failure_is_not_taken_for_a_later_one,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(waking_gives_no_result, setup, teardown),
    };

    test_engine_choose(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
