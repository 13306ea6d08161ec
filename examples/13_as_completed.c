/*
 * Results in the order in which they come, not in that of their start.
 */

#include "examples/main_task.h"
#include "lib/coro/combine.h"
#include "lib/coro/future.h"

#include <stdio.h>

#define UNIT SECONDS(0.06)

static int units[] = {4, 1, 3, 2};

enum { COUNT = sizeof(units) / sizeof(units[0]) };

static int sleep_units(struct coro_loop *loop, void *argument)
{
    int *duration = argument;
    int error = coro_sleep(loop, *duration * UNIT);

    return error != 0 ? error : coro_return(loop, duration);
}

static int print_as_completed(struct coro_future *const *futures)
{
    struct coro_completions *completions;
    struct coro_future *future;
    int status = coro_as_completed(&completions, futures, COUNT);

    if (status != 0)
        return status;
    while ((status = coro_completions_next(completions, &future)) == 1)
        printf("the one of %d\n", *(int *)coro_future_value(future));
    coro_completions_destroy(completions);
    return status;
}

static int start_and_print(struct coro_loop *loop, void *argument)
{
    struct coro_future *futures[COUNT] = {NULL};
    int error = 0;

    for (size_t i = 0; i < COUNT && error == 0; i++) {
        struct coro_task *task = NULL;

        error = coro_spawn(loop, &task, "sleep", sleep_units, &units[i]);
        if (error == 0) {
            futures[i] = coro_task_future(task);
            printf("started: %d units\n", units[i]);
        }
    }
    if (error == 0)
        error = print_as_completed(futures);
    for (size_t i = 0; i < COUNT; i++)
        coro_future_release(futures[i]);
    return error;
}

int main(void)
{
    return run_main_task(start_and_print, NULL);
}
