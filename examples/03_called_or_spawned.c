/*
 * To await a coroutine is to call it. There is no object between the function and its run that
 * could be awaited twice or be forgotten: called twice it runs twice. A task is a run of a function
 * that goes on by itself; it runs once, and may be awaited as often as one likes.
 */

#include "examples/main_task.h"
#include "lib/coro/future.h"

#include <errno.h>
#include <stdio.h>

static int count_runs(struct coro_loop *loop, void *argument)
{
    int *runs = argument;
    int error = coro_sleep(loop, SECONDS(0.001));

    return error != 0 ? error : ++*runs;
}

static int call_twice(struct coro_loop *loop)
{
    int runs = 0;

    printf("called: %d\n", count_runs(loop, &runs));
    printf("called again: %d\n", count_runs(loop, &runs));
    return 0;
}

static int await_twice(struct coro_loop *loop)
{
    struct coro_task *task;
    int runs = 0;
    int error = coro_spawn(loop, &task, "count runs", count_runs, &runs);

    if (error != 0)
        return error;
    printf("a task's function has run %d times before anybody waits\n", runs);
    printf("awaited: %d\n", coro_await(coro_task_future(task), NULL));
    printf("awaited again: %d\n", coro_await(coro_task_future(task), NULL));
    coro_release(task);
    return 0;
}

static int await_oneself(struct coro_loop *loop)
{
    int error = coro_await(coro_task_future(coro_self(loop)), NULL);

    printf("oneself: %s\n", coro_message(loop, error));
    return 0;
}

/* Runs on the loop's own stack, where there is no task that could be suspended. */
static void await_in_callback(struct coro_alarm *alarm)
{
    int error = coro_sleep(alarm->loop, SECONDS(1));

    printf("outside of tasks: %s\n", error == -EPERM ? "-EPERM" : coro_strerror(error));
}

static int await_outside(struct coro_loop *loop)
{
    struct coro_alarm alarm = {.function = await_in_callback};
    int error = coro_call_later(loop, &alarm, 0);

    return error != 0 ? error : coro_sleep(loop, SECONDS(0.001));
}

static int compare(struct coro_loop *loop, void *argument)
{
    int error = call_twice(loop);

    if (error == 0)
        error = await_twice(loop);
    if (error == 0)
        error = await_oneself(loop);
    if (error == 0)
        error = await_outside(loop);
    return error;
}

int main(void)
{
    return run_main_task(compare, NULL);
}
