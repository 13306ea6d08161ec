/*
 * A task is a future, whose result is what its function returns: a status, a value beside it, a
 * message with an error. Whatever takes futures takes tasks.
 */

#include "examples/main_task.h"
#include "lib/coro/future.h"

#include <errno.h>
#include <stdio.h>

static int divide_ten(struct coro_loop *loop, void *argument)
{
    static int quotient;
    int divisor = *(int *)argument;
    int error = coro_yield(loop);

    if (error != 0)
        return error;
    if (divisor == 0)
        return coro_fail(loop, -EDOM, "cannot divide %d by zero", 10);
    quotient = 10 / divisor;
    return coro_return(loop, &quotient);
}

/* This one knows futures only. */
static void tell(struct coro_future *future)
{
    void *value;
    int error = coro_await(future, &value);

    if (error == 0)
        printf("'%s' has the value %d\n", coro_future_name(future), *(int *)value);
    else
        printf("'%s' has failed: %s\n", coro_future_name(future), coro_future_message(future));
}

static int start_and_tell(struct coro_loop *loop, int divisor, const char *name)
{
    struct coro_task *task;
    int error = coro_spawn(loop, &task, name, divide_ten, &divisor);

    if (error != 0)
        return error;
    printf("'%s' has %s\n", coro_task_name(task), coro_has_ended(task) ? "ended" : "not ended");
    tell(coro_task_future(task));
    printf("'%s' has %s\n", coro_task_name(task), coro_has_ended(task) ? "ended" : "not ended");
    /* A task gives itself its result; nobody else does. */
    if (coro_future_set_result(coro_task_future(task), NULL) == -EPERM)
        printf("'%s' takes no other result\n", coro_task_name(task));
    coro_release(task);
    return 0;
}

static int start_both(struct coro_loop *loop, void *argument)
{
    int error = start_and_tell(loop, 5, "ten by five");

    return error != 0 ? error : start_and_tell(loop, 0, "ten by zero");
}

int main(void)
{
    return run_main_task(start_both, NULL);
}
