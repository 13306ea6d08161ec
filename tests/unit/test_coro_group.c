/* Groups of tasks that end together: success, failure, cancellation from all sides, and misuse. */
#include "lib/coro/group.h"
#include "lib/coro/scope.h"
#include "tests/unit/coro_fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static struct coro_group *open_group(struct coro_loop *loop)
{
    struct coro_group *group;

    assert_int_equal(coro_group_create(&group, loop), 0);
    return group;
}

static void add(struct coro_group *group, coro_function *function, void *argument)
{
    assert_int_equal(coro_group_spawn(group, NULL, "child", function, argument), 0);
}

static void close_group(struct coro_group *group)
{
    assert_int_equal(coro_group_destroy(group), 0);
}

static int note_after_a_while(struct coro_loop *loop, void *argument)
{
    settle(loop);
    note(argument, 'n');
    return 1; /* a count is a success */
}

/* Cleans up for several turns when it is cancelled. */
static int sleep_and_clean_up(struct coro_loop *loop, void *argument)
{
    struct coro_scope scope;
    int error = coro_sleep(loop, 3600 * 1000 * MILLISECOND);

    assert_int_equal(error, -ECANCELED);
    assert_int_equal(coro_scope_enter_shielded(&scope, loop, CORO_FOREVER), 0);
    settle(loop);
    coro_scope_leave(&scope, 0);
    note(argument, 'c');
    return error;
}

static int fail_after_a_while(struct coro_loop *loop, void *argument)
{
    settle(loop);
    note(argument, 'f');
    return coro_fail(loop, -EIO, "the disk is on fire");
}

static int fail_on_cancel(struct coro_loop *loop, void *argument)
{
    int error = coro_sleep(loop, 3600 * 1000 * MILLISECOND);

    assert_int_equal(error, -ECANCELED);
    note(argument, 'p');
    return coro_fail(loop, -EPIPE, "could not say good-bye");
}

static int wait_for_three(struct coro_loop *loop, void *argument)
{
    struct coro_group *group = open_group(loop);

    for (int i = 0; i < 3; i++)
        add(group, note_after_a_while, argument);
    assert_int_equal(coro_group_tasks(group), 3);
    assert_int_equal(coro_group_join(group), 0);
    assert_int_equal(coro_group_tasks(group), 0);
    note(argument, 'j');
    assert_int_equal(coro_group_join(group), 0);
    close_group(group);
    return coro_sleep(loop, 0); /* is not called off */
}

static void test_join_waits_for_all(void **state)
{
    struct fixture *fixture = *state;

    run(fixture, wait_for_three, fixture);
    assert_string_equal(fixture->log, "nnnj");
}

static int join_nobody(struct coro_loop *loop, void *argument)
{
    struct coro_group *group = open_group(loop);

    assert_int_equal(coro_group_join(group), 0);
    close_group(group);
    assert_int_equal(coro_group_destroy(NULL), 0);
    return 0;
}

static void test_an_empty_group(void **state)
{
    run(*state, join_nobody, NULL);
}

struct breeding {
    struct fixture *fixture;
    struct coro_group *group;
    int left;
};

static int breed(struct coro_loop *loop, void *argument)
{
    struct breeding *breeding = argument;

    if (breeding->left-- <= 0)
        return 0;
    assert_int_equal(coro_yield(loop), 0);
    note(breeding->fixture, 'b');
    return coro_group_spawn(breeding->group, NULL, NULL, breed, breeding);
}

static int join_generations(struct coro_loop *loop, void *argument)
{
    struct breeding breeding = {.fixture = argument, .group = open_group(loop), .left = 5};

    add(breeding.group, breed, &breeding);
    assert_int_equal(coro_group_join(breeding.group), 0);
    assert_string_equal(breeding.fixture->log, "bbbbb");
    close_group(breeding.group);
    return 0;
}

static void test_tasks_start_tasks_during_the_join(void **state)
{
    run(*state, join_generations, *state);
}

static int keep_a_task(struct coro_loop *loop, void *argument)
{
    struct coro_group *group = open_group(loop);
    struct coro_task *task;

    assert_int_equal(coro_group_spawn(group, &task, "kept", note_after_a_while, argument), 0);
    assert_string_equal(coro_task_name(task), "kept");
    assert_int_equal(coro_group_join(group), 0);
    close_group(group);
    assert_int_equal(join(task), 1);
    return 0;
}

static void test_a_task_outlives_its_group(void **state)
{
    run(*state, keep_a_task, *state);
}

static int fail_while_joining(struct coro_loop *loop, void *argument)
{
    struct coro_group *group = open_group(loop);

    add(group, sleep_and_clean_up, argument);
    add(group, fail_after_a_while, argument);
    add(group, sleep_and_clean_up, argument);
    assert_int_equal(coro_group_join(group), -EIO);
    assert_string_equal(coro_message(loop, -EIO), "the disk is on fire");
    assert_false(coro_called_off(loop));
    close_group(group);
    return coro_sleep(loop, 0);
}

static void test_the_first_error_cancels_the_others(void **state)
{
    struct fixture *fixture = *state;

    run(fixture, fail_while_joining, fixture);
    assert_string_equal(fixture->log, "fcc");
    assert_int_equal(fixture->complaints, 0);
}

static int fail_while_the_opener_works(struct coro_loop *loop, void *argument)
{
    struct coro_group *group = open_group(loop);

    add(group, fail_after_a_while, argument);
    add(group, sleep_and_clean_up, argument);
    assert_int_equal(coro_sleep(loop, 3600 * 1000 * MILLISECOND), -ECANCELED);
    assert_int_equal(coro_yield(loop), -ECANCELED);
    assert_int_equal(coro_group_spawn(group, NULL, NULL, breed, NULL), -ECANCELED);
    assert_int_equal(coro_group_join(group), -EIO);
    close_group(group);
    return coro_sleep(loop, 0);
}

static void test_the_opener_learns_of_an_error(void **state)
{
    struct fixture *fixture = *state;

    run(fixture, fail_while_the_opener_works, fixture);
    assert_string_equal(fixture->log, "fc");
}

static int fail_twice(struct coro_loop *loop, void *argument)
{
    struct coro_group *group = open_group(loop);

    add(group, fail_on_cancel, argument);
    add(group, fail_after_a_while, argument);
    assert_int_equal(coro_group_join(group), -EIO);
    assert_string_equal(coro_message(loop, -EIO), "the disk is on fire");
    close_group(group);
    return 0;
}

static void test_the_second_error_is_told_too(void **state)
{
    struct fixture *fixture = *state;

    run(fixture, fail_twice, fixture);
    assert_string_equal(fixture->log, "fp");
    assert_int_equal(fixture->complaints, 1);
    assert_non_null(strstr(fixture->complaint, "good-bye"));
}

static int nest(struct coro_loop *loop, void *argument)
{
    struct coro_group *outer = open_group(loop), *inner;
    int result;

    add(outer, sleep_and_clean_up, argument);
    inner = open_group(loop);
    add(inner, fail_after_a_while, argument);
    add(inner, sleep_and_clean_up, argument);
    result = coro_group_join(inner);
    assert_int_equal(result, -EIO);
    close_group(inner);
    assert_int_equal(coro_sleep(loop, 0), 0); /* the outer one is not concerned */
    assert_int_equal(coro_group_tasks(outer), 1);
    assert_int_equal(coro_group_fail(outer, result), -EIO);
    assert_int_equal(coro_group_join(outer), -EIO);
    assert_string_equal(coro_message(loop, -EIO), "the disk is on fire");
    close_group(outer);
    return 0;
}

static void test_groups_nest(void **state)
{
    struct fixture *fixture = *state;

    run(fixture, nest, fixture);
    assert_string_equal(fixture->log, "fcc");
}

static int cancel_itself(struct coro_loop *loop, void *argument)
{
    coro_cancel(coro_self(loop));
    return coro_yield(loop);
}

static int await_what_was_cancelled(struct coro_loop *loop, void *argument)
{
    return coro_await(argument, NULL);
}

static int end_cancelled(struct coro_loop *loop, void *argument)
{
    struct coro_group *group = open_group(loop);
    struct coro_future *future;

    add(group, cancel_itself, argument);
    add(group, note_after_a_while, argument);
    assert_int_equal(coro_group_join(group), 0);
    close_group(group);

    /* Nobody has cancelled this one: it has failed with -ECANCELED. */
    assert_int_equal(coro_future_create(&future, loop, NULL), 0);
    coro_future_cancel(future);
    group = open_group(loop);
    add(group, await_what_was_cancelled, future);
    add(group, sleep_and_clean_up, argument);
    assert_int_equal(coro_group_join(group), -ECANCELED);
    close_group(group);
    coro_future_release(future);
    return coro_sleep(loop, 0);
}

static void test_to_be_cancelled_is_no_failure(void **state)
{
    struct fixture *fixture = *state;

    run(fixture, end_cancelled, fixture);
    assert_string_equal(fixture->log, "nc");
}

static int open_and_join(struct coro_loop *loop, void *argument)
{
    struct coro_group *group = open_group(loop);
    int error;

    add(group, sleep_and_clean_up, argument);
    add(group, sleep_and_clean_up, argument);
    error = coro_group_join(group);
    note(argument, 'j');
    close_group(group);
    return error;
}

static int cancel_the_opener(struct coro_loop *loop, void *argument)
{
    struct coro_task *task = start(loop, open_and_join, argument);

    settle(loop);
    coro_cancel(task);
    assert_int_equal(join(task), -ECANCELED);
    return 0;
}

static void test_the_opener_is_cancelled_while_joining(void **state)
{
    struct fixture *fixture = *state;

    run(fixture, cancel_the_opener, fixture);
    assert_string_equal(fixture->log, "ccj");
}

static int cancel_the_opener_twice(struct coro_loop *loop, void *argument)
{
    struct coro_task *task = start(loop, open_and_join, argument);

    settle(loop);
    coro_cancel(task);
    for (int i = 0; i < 4; i++) {
        coro_yield(loop);
        coro_cancel(task);
    }
    assert_int_equal(join(task), -ECANCELED);
    return 0;
}

static void test_the_opener_is_cancelled_again(void **state)
{
    struct fixture *fixture = *state;

    run(fixture, cancel_the_opener_twice, fixture);
    assert_string_equal(fixture->log, "ccj");
}

static int join_when_cancelled(struct coro_loop *loop, void *argument)
{
    coro_cancel(coro_self(loop));
    assert_int_equal(open_and_join(loop, argument), -ECANCELED);
    return 0;
}

static void test_a_cancelled_task_joins(void **state)
{
    struct fixture *fixture = *state;

    run(fixture, join_when_cancelled, fixture);
    /* They were cancelled before their first turn, and begin nevertheless. */
    assert_string_equal(fixture->log, "ccj");
}

static int limit_a_group(struct coro_loop *loop, void *argument)
{
    assert_int_equal(coro_timeout(loop, MILLISECOND, open_and_join, argument), -ETIMEDOUT);
    return coro_sleep(loop, 0);
}

static void test_a_group_in_limited_time(void **state)
{
    struct fixture *fixture = *state;

    run(fixture, limit_a_group, fixture);
    assert_string_equal(fixture->log, "ccj");
}

static int cancel_group_later(struct coro_loop *loop, void *argument)
{
    struct breeding *breeding = argument;

    settle(loop);
    coro_group_cancel(breeding->group);
    coro_group_cancel(breeding->group);
    return coro_yield(loop); /* is one of the group itself */
}

static int cancel_the_group(struct coro_loop *loop, void *argument)
{
    struct breeding breeding = {.fixture = argument, .group = open_group(loop)};

    add(breeding.group, sleep_and_clean_up, argument);
    add(breeding.group, cancel_group_later, &breeding);
    assert_int_equal(coro_group_join(breeding.group), 0);
    coro_group_cancel(breeding.group);
    close_group(breeding.group);

    breeding.group = open_group(loop);
    add(breeding.group, sleep_and_clean_up, argument);
    assert_int_equal(coro_yield(loop), 0);
    coro_group_cancel(breeding.group);
    assert_int_equal(coro_yield(loop), -ECANCELED);
    assert_int_equal(coro_group_join(breeding.group), 0);
    close_group(breeding.group);
    return coro_yield(loop);
}

static void test_a_group_is_cancelled(void **state)
{
    struct fixture *fixture = *state;

    run(fixture, cancel_the_group, fixture);
    assert_string_equal(fixture->log, "cc");
}

static int join_of_another(struct coro_loop *loop, void *argument)
{
    struct coro_group *group = argument;

    assert_int_equal(coro_group_join(group), -EPERM);
    assert_non_null(strstr(coro_message(loop, -EPERM), "opened it"));
    return 0;
}

static int misuse(struct coro_loop *loop, void *argument)
{
    struct coro_group *group = open_group(loop), *inner = open_group(loop);
    struct coro_scope scope;

    add(group, join_of_another, group);
    assert_int_equal(coro_group_destroy(group), -EBUSY);
    assert_string_equal(coro_message(loop, -EBUSY),
                        "a group with 1 tasks was not joined before it was to be destroyed");
    assert_int_equal(coro_group_join(group), -EINVAL); /* the inner one first */
    assert_non_null(strstr(coro_message(loop, -EINVAL), "still open"));
    assert_int_equal(coro_group_join(inner), 0);
    close_group(inner);
    assert_int_equal(coro_scope_enter(&scope, loop, CORO_FOREVER), 0);
    assert_int_equal(coro_group_join(group), -EINVAL);
    assert_int_equal(coro_scope_leave(&scope, 0), 0);
    assert_int_equal(coro_group_fail(group, 0), -EINVAL);
    assert_int_equal(coro_group_join(group), 0);
    assert_int_equal(coro_group_spawn(group, NULL, NULL, breed, NULL), -EINVAL);
    assert_int_equal(coro_group_fail(group, -EIO), -EIO); /* too late */
    assert_int_equal(coro_group_join(group), 0);
    close_group(group);
    return 0;
}

static void test_misuse(void **state)
{
    struct fixture *fixture = *state;
    struct coro_group *group;

    assert_int_equal(coro_group_create(&group, fixture->loop), -EPERM);
    run(fixture, misuse, NULL);
}

static int forget_to_join(struct coro_loop *loop, void *argument)
{
    open_group(loop);
    return 0;
}

static void forget_in_child(int out)
{
    struct coro_loop *loop;

    dup2(out, STDERR_FILENO);
    signal(SIGABRT, SIG_DFL);
    if (coro_loop_create(&loop, test_engine(), NULL) < 0)
        _exit(1);
    coro_run(loop, "forgetful", forget_to_join, NULL);
    _exit(0);
}

static void test_a_group_that_is_not_joined(void **state)
{
    char said[512] = "";
    int ends[2], status;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        forget_in_child(ends[1]);
    close(ends[1]);
    assert_true(read(ends[0], said, sizeof said - 1) > 0);
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(said, "'forgetful'"));
    assert_non_null(strstr(said, "not joined"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        WITH_LOOP(test_join_waits_for_all),
        WITH_LOOP(test_an_empty_group),
        WITH_LOOP(test_tasks_start_tasks_during_the_join),
        WITH_LOOP(test_a_task_outlives_its_group),
        WITH_LOOP(test_the_first_error_cancels_the_others),
        WITH_LOOP(test_the_opener_learns_of_an_error),
        WITH_LOOP(test_the_second_error_is_told_too),
        WITH_LOOP(test_groups_nest),
        WITH_LOOP(test_to_be_cancelled_is_no_failure),
        WITH_LOOP(test_the_opener_is_cancelled_while_joining),
        WITH_LOOP(test_the_opener_is_cancelled_again),
        WITH_LOOP(test_a_cancelled_task_joins),
        WITH_LOOP(test_a_group_in_limited_time),
        WITH_LOOP(test_a_group_is_cancelled),
        WITH_LOOP(test_misuse),
        cmocka_unit_test(test_a_group_that_is_not_joined),
    };

    test_engine_choose(argc, argv);
    return cmocka_run_group_tests_name("coro groups", tests, NULL, NULL);
}
