/* Scopes: deadlines, cancelling a part of a task, shields, and how they nest. */
#include "lib/coro/future.h"
#include "lib/coro/scope.h"
#include "tests/harness/assertions.h"
#include "tests/unit/coro_engines.h"

#include <errno.h>
#include <stdlib.h>

#define MILLISECOND INT64_C(1000000)
#define LONG_TIME (60000 * MILLISECOND)

struct fixture {
    struct coro_loop *loop;
    struct coro_scope *scope;
    struct coro_task *task;
    int results[8];
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

/* What the function returns, run as the only task; a minute is for ever here. */
static int outcome(struct fixture *fixture, coro_function *function)
{
    return coro_run(fixture->loop, "subject", function, fixture);
}

static int sleep_long(struct coro_loop *loop, void *argument)
{
    return coro_sleep(loop, LONG_TIME);
}

static int return_seven(struct coro_loop *loop, void *argument)
{
    coro_sleep(loop, MILLISECOND);
    return 7;
}

static int time_out(struct coro_loop *loop, void *argument)
{
    return coro_timeout(loop, 2 * MILLISECOND, sleep_long, NULL);
}

static int be_in_time(struct coro_loop *loop, void *argument)
{
    return coro_timeout(loop, LONG_TIME, return_seven, NULL);
}

static void deadline_ends_what_takes_too_long(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(outcome(fixture, time_out), -ETIMEDOUT);
    assert_int_equal(outcome(fixture, be_in_time), 7);
}

static int go_on_after_the_deadline(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_scope scope;
    int status;

    assert_int_equal(coro_scope_enter(&scope, loop, coro_now(loop) + MILLISECOND), 0);
    fixture->results[0] = coro_sleep(loop, LONG_TIME);
    fixture->results[1] = coro_yield(loop);
    fixture->results[2] = coro_called_off(loop);
    status = coro_scope_leave(&scope, -ECANCELED);
    fixture->results[3] = coro_yield(loop);
    fixture->results[4] = coro_called_off(loop);
    return status;
}

static void every_call_fails_until_the_scope_is_left(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(outcome(fixture, go_on_after_the_deadline), -ETIMEDOUT);
    assert_int_equal(fixture->results[0], -ECANCELED);
    assert_int_equal(fixture->results[1], -ECANCELED);
    assert_int_equal(fixture->results[2], true);
    assert_int_equal(fixture->results[3], 0);
    assert_int_equal(fixture->results[4], false);
}

static int begin_too_late(struct coro_loop *loop, void *argument)
{
    struct coro_scope scope;

    assert_int_equal(coro_scope_enter(&scope, loop, 1), 0);
    return coro_scope_leave(&scope, coro_yield(loop));
}

static void deadline_that_is_over_counts_at_once(void **state)
{
    assert_int_equal(outcome(*state, begin_too_late), -ETIMEDOUT);
}

/* Of two deadlines the outer one comes first: the inner scope is called off by it, and only the
 * outer one turns it into a time-out. */
static int nest_with_outer_first(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_scope outer, inner;

    assert_int_equal(coro_scope_enter(&outer, loop, coro_now(loop) + MILLISECOND), 0);
    assert_int_equal(coro_scope_enter(&inner, loop, coro_now(loop) + LONG_TIME), 0);
    fixture->results[0] = coro_scope_leave(&inner, coro_sleep(loop, LONG_TIME));
    return coro_scope_leave(&outer, fixture->results[0]);
}

static int nest_with_inner_first(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_scope outer, inner;

    assert_int_equal(coro_scope_enter(&outer, loop, coro_now(loop) + LONG_TIME), 0);
    assert_int_equal(coro_scope_enter(&inner, loop, coro_now(loop) + MILLISECOND), 0);
    fixture->results[0] = coro_scope_leave(&inner, coro_sleep(loop, LONG_TIME));
    fixture->results[1] = coro_yield(loop);
    return coro_scope_leave(&outer, fixture->results[1]);
}

static void scopes_nest(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(outcome(fixture, nest_with_outer_first), -ETIMEDOUT);
    assert_int_equal(fixture->results[0], -ECANCELED);
    assert_int_equal(outcome(fixture, nest_with_inner_first), 0);
    assert_int_equal(fixture->results[0], -ETIMEDOUT);
    assert_int_equal(fixture->results[1], 0);
}

static int wait_in_a_scope(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_scope scope;

    assert_int_equal(coro_scope_enter(&scope, loop, CORO_FOREVER), 0);
    fixture->scope = &scope;
    fixture->results[0] = coro_scope_leave(&scope, coro_sleep(loop, LONG_TIME));
    return coro_yield(loop);
}

static int cancel_the_scope(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    assert_false(coro_scope_is_called_off(fixture->scope));
    coro_scope_cancel(fixture->scope);
    assert_true(coro_scope_is_called_off(fixture->scope));
    return 0;
}

static int move_the_deadline(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    coro_scope_set_deadline(fixture->scope, coro_now(loop) + MILLISECOND);
    return 0;
}

static void scope_is_cancelled_alone(void **state)
{
    struct fixture *fixture = *state;
    struct coro_task *task;

    assert_int_equal(coro_spawn(fixture->loop, &task, NULL, wait_in_a_scope, fixture), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, cancel_the_scope, fixture), 0);
    assert_int_equal(coro_run_until_complete(fixture->loop, coro_task_future(task), NULL), 0);
    assert_int_equal(fixture->results[0], -ECANCELED);
    assert_false(coro_is_cancelled(task));
    coro_release(task);
}

static void deadline_is_moved(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, wait_in_a_scope, fixture), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, move_the_deadline, fixture), 0);
    assert_int_equal(coro_loop_run(fixture->loop), 0);
    assert_int_equal(fixture->results[0], -ETIMEDOUT);
}

static int clean_up_in_a_shield(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_scope shield;

    fixture->results[0] = coro_sleep(loop, LONG_TIME);
    assert_int_equal(coro_scope_enter_shielded(&shield, loop, coro_now(loop) + LONG_TIME), 0);
    fixture->results[1] = coro_sleep(loop, MILLISECOND);
    fixture->results[2] = coro_scope_leave(&shield, 0);
    fixture->results[3] = coro_yield(loop);
    return fixture->results[0];
}

static int be_cancelled_in_a_shield(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_scope shield;

    assert_int_equal(coro_scope_enter_shielded(&shield, loop, CORO_FOREVER), 0);
    fixture->results[0] = coro_sleep(loop, 3 * MILLISECOND);
    coro_scope_leave(&shield, 0);
    return coro_yield(loop);
}

static int clean_up_too_long(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_scope shield;

    fixture->results[0] = coro_sleep(loop, LONG_TIME);
    assert_int_equal(coro_scope_enter_shielded(&shield, loop, coro_now(loop) + MILLISECOND), 0);
    fixture->results[1] = coro_sleep(loop, LONG_TIME);
    return coro_scope_leave(&shield, fixture->results[1]);
}

static int cancel_the_task(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    coro_cancel(fixture->task);
    return 0;
}

static int outcome_of_cancelled(struct fixture *fixture, coro_function *function)
{
    int status;

    assert_int_equal(coro_spawn(fixture->loop, &fixture->task, NULL, function, fixture), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, cancel_the_task, fixture), 0);
    status = coro_run_until_complete(fixture->loop, coro_task_future(fixture->task), NULL);
    assert_int_equal(coro_loop_run(fixture->loop), 0);
    coro_release(fixture->task);
    return status;
}

static void shield_lets_a_cancelled_task_clean_up(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(outcome_of_cancelled(fixture, clean_up_in_a_shield), -ECANCELED);
    assert_int_equal(fixture->results[1], 0);
    assert_int_equal(fixture->results[2], 0);
    assert_int_equal(fixture->results[3], -ECANCELED);
}

static void shield_keeps_cancellation_out_until_it_is_left(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(outcome_of_cancelled(fixture, be_cancelled_in_a_shield), -ECANCELED);
    assert_int_equal(fixture->results[0], 0);
}

static void deadline_bounds_a_shield(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(outcome_of_cancelled(fixture, clean_up_too_long), -ECANCELED);
    assert_int_equal(fixture->results[1], -ECANCELED);
}

static int leave_in_the_wrong_order(struct coro_loop *loop, void *argument)
{
    struct coro_scope outer, inner;

    assert_int_equal(coro_scope_enter(&outer, loop, CORO_FOREVER), 0);
    assert_int_equal(coro_scope_enter(&inner, loop, CORO_FOREVER), 0);
    assert_int_equal(coro_scope_leave(&outer, 0), -EINVAL);
    assert_int_equal(coro_scope_leave(&inner, 0), 0);
    return coro_scope_leave(&outer, 0);
}

static void wrong_order_is_an_error(void **state)
{
    assert_int_equal(outcome(*state, leave_in_the_wrong_order), 0);
}

static void scope_outside_of_tasks_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    struct coro_scope scope;

    assert_int_equal(coro_scope_enter(&scope, fixture->loop, CORO_FOREVER), -EPERM);
    assert_int_equal(coro_timeout(fixture->loop, 1, sleep_long, NULL), -EPERM);
    assert_false(coro_called_off(fixture->loop));
}

static int clean_up_past_the_deadline(struct coro_loop *loop, void *argument)
{
    struct coro_scope scope, shield;
    int result;

    assert_int_equal(coro_scope_enter(&scope, loop, coro_now(loop) + 50 * MILLISECOND), 0);
    coro_scope_cancel(&scope);
    result = coro_yield(loop);
    assert_int_equal(coro_scope_enter_shielded(&shield, loop, CORO_FOREVER), 0);
    coro_sleep(loop, 80 * MILLISECOND);
    coro_scope_leave(&shield, 0);
    return coro_scope_leave(&scope, result);
}

static void cancelled_scope_stays_cancelled_past_its_deadline(void **state)
{
    assert_int_equal(outcome(*state, clean_up_past_the_deadline), -ECANCELED);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(deadline_ends_what_takes_too_long, setup, teardown),
        cmocka_unit_test_setup_teardown(every_call_fails_until_the_scope_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(deadline_that_is_over_counts_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(scopes_nest, setup, teardown),
        cmocka_unit_test_setup_teardown(scope_is_cancelled_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(deadline_is_moved, setup, teardown),
        cmocka_unit_test_setup_teardown(shield_lets_a_cancelled_task_clean_up, setup, teardown),
        cmocka_unit_test_setup_teardown(shield_keeps_cancellation_out_until_it_is_left, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(deadline_bounds_a_shield, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_order_is_an_error, setup, teardown),
        cmocka_unit_test_setup_teardown(scope_outside_of_tasks_is_an_error, setup, teardown),
        cmocka_unit_test_setup_teardown(cancelled_scope_stays_cancelled_past_its_deadline, setup,
                                        teardown),
    };

    test_engine_choose(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
