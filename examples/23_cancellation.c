/*
 * How work ends before it is done. A deadline belongs to a scope, a part of a task, and what is
 * called in it needs to know nothing of it. The tasks of a group end together: the first error
 * cancels the others. And who is cancelled stays so: each call that suspends fails until the scope
 * is left or the task has ended, so nobody overlooks it.
 */

#include "examples/main_task.h"
#include "lib/coro/future.h"
#include "lib/coro/group.h"
#include "lib/coro/scope.h"

#include <errno.h>
#include <stdio.h>

static int sleep_long(struct coro_loop *loop)
{
    int error = coro_sleep(loop, SECONDS(60));

    printf("the sleep: %s\n", error == -ECANCELED ? "called off" : coro_strerror(error));
    error = coro_sleep(loop, SECONDS(60));
    printf("the next one: %s\n", error == -ECANCELED ? "called off" : coro_strerror(error));
    return error;
}

static int show_deadline(struct coro_loop *loop)
{
    struct coro_scope scope;
    int error = coro_scope_enter(&scope, loop, coro_now(loop) + SECONDS(0.01));

    if (error != 0)
        return error;
    error = coro_scope_leave(&scope, sleep_long(loop));
    printf("the scope: %s\n", error == -ETIMEDOUT ? "-ETIMEDOUT" : coro_strerror(error));
    error = coro_sleep(loop, SECONDS(0.001));
    printf("after it: %s\n", error == 0 ? "sleeps again" : coro_strerror(error));
    return error;
}

static int wait_long(struct coro_loop *loop, void *argument)
{
    int error = coro_sleep(loop, SECONDS(60));

    printf("the %s task: %s\n", coro_task_name(coro_self(loop)),
           error == -ECANCELED ? "cancelled" : coro_strerror(error));
    return error;
}

static int fail_soon(struct coro_loop *loop, void *argument)
{
    int error = coro_sleep(loop, SECONDS(0.01));

    if (error != 0)
        return error;
    printf("one fails\n");
    return coro_fail(loop, -EIO, "out of paper");
}

static int start_three(struct coro_group *group)
{
    int error = coro_group_spawn(group, NULL, "first", wait_long, NULL);

    if (error == 0)
        error = coro_group_spawn(group, NULL, "second", wait_long, NULL);
    if (error == 0)
        error = coro_group_spawn(group, NULL, "third", fail_soon, NULL);
    return error;
}

static int show_group(struct coro_loop *loop)
{
    struct coro_group *group;
    int error = coro_group_create(&group, loop);

    if (error != 0)
        return error;
    error = start_three(group);
    if (error != 0)
        coro_group_cancel(group);
    error = coro_group_join(group);
    printf("the group, with %zu tasks left: %s\n", coro_group_tasks(group),
           coro_message(loop, error));
    coro_group_destroy(group);
    return error == -EIO ? 0 : error;
}

static int show_task(struct coro_loop *loop)
{
    struct coro_task *task;
    int error = coro_spawn(loop, &task, "stubborn", wait_long, NULL), result;

    if (error != 0)
        return error;
    coro_yield(loop); /* so that it has begun */
    coro_cancel(task);
    printf("cancelled, which is a request: it has %s\n",
           coro_has_ended(task) ? "ended" : "not ended");
    error = coro_join(task, CORO_FOREVER, &result);
    if (error == 0)
        printf("joined: %s\n", result == -ECANCELED ? "-ECANCELED" : "another result");
    coro_release(task);
    return error;
}

static int show(struct coro_loop *loop, void *argument)
{
    int error = show_deadline(loop);

    if (error == 0)
        error = show_group(loop);
    if (error == 0)
        error = show_task(loop);
    return error;
}

int main(void)
{
    return run_main_task(show, NULL);
}
