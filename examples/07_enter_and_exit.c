/*
 * Work between an entry and an exit that both suspend, a session that is opened and closed. The
 * exit also happens where the work fails, and where it is cancelled: then a shielded scope lets it
 * suspend nevertheless, with a deadline of its own.
 */

#include "examples/main_task.h"
#include "lib/coro/future.h"
#include "lib/coro/scope.h"

#include <errno.h>
#include <stdio.h>

static int open_session(struct coro_loop *loop)
{
    int error = coro_sleep(loop, SECONDS(0.002));

    if (error == 0)
        printf("  opened\n");
    return error;
}

static int close_session(struct coro_loop *loop)
{
    int error = coro_sleep(loop, SECONDS(0.002));

    printf("  %s\n", error == 0 ? "closed" : coro_strerror(error));
    return error;
}

/* What it returns is the work's result; the exit's error where the work has none. */
static int with_session(struct coro_loop *loop, coro_function *work, void *argument)
{
    struct coro_scope shield;
    int result = open_session(loop), error;

    if (result != 0)
        return result; /* nothing was opened */
    result = work(loop, argument);
    error = coro_scope_enter_shielded(&shield, loop, coro_now(loop) + SECONDS(5));
    if (error == 0)
        error = coro_scope_leave(&shield, close_session(loop));
    return result != 0 ? result : error;
}

static int succeed(struct coro_loop *loop, void *argument)
{
    printf("  works\n");
    return coro_yield(loop);
}

static int fail(struct coro_loop *loop, void *argument)
{
    return coro_fail(loop, -EIO, "the work has failed");
}

static int work_for_ever(struct coro_loop *loop, void *argument)
{
    printf("  works, and is cancelled\n");
    coro_cancel(coro_self(loop)); /* anybody may */
    return coro_sleep(loop, CORO_FOREVER);
}

static int session_task(struct coro_loop *loop, void *argument)
{
    coro_function *const *work = argument;

    return with_session(loop, *work, NULL);
}

static int use_session(struct coro_loop *loop, const char *name, coro_function *work)
{
    struct coro_task *task;
    int error = coro_spawn(loop, &task, name, session_task, &work);

    if (error != 0)
        return error;
    printf("%s:\n", name);
    error = coro_await(coro_task_future(task), NULL);
    printf("  %s\n", error == 0 ? "success" : coro_message(loop, error));
    coro_release(task);
    return 0;
}

static int use_sessions(struct coro_loop *loop, void *argument)
{
    int error = use_session(loop, "success", succeed);

    if (error == 0)
        error = use_session(loop, "error", fail);
    if (error == 0)
        error = use_session(loop, "cancellation", work_for_ever);
    return error;
}

int main(void)
{
    return run_main_task(use_sessions, NULL);
}
