/*
 * Five sleeps of 0 to 4 units, gathered: they take as long as the longest one, and the values come
 * in the order of the futures, whichever was done first. Sleeps that block the thread take their
 * sum, gathered or not.
 */

#include "examples/main_task.h"
#include "lib/coro/combine.h"
#include "lib/coro/future.h"

#include <stdio.h>
#include <time.h>

#define UNIT SECONDS(0.03)

enum { COUNT = 5 };

static int sleep_suspended(struct coro_loop *loop, void *argument)
{
    int *units = argument;
    int error = coro_sleep(loop, *units * UNIT);

    return error != 0 ? error : coro_return(loop, units);
}

static int sleep_blocking(struct coro_loop *loop, void *argument)
{
    int *units = argument;
    struct timespec time = {.tv_nsec = (long)(*units * UNIT)};

    nanosleep(&time, NULL); /* the whole loop stands still */
    return coro_return(loop, units);
}

static int gather(struct coro_future *const *futures, const char *name)
{
    void *values[COUNT];
    int error = coro_gather(futures, COUNT, values);

    if (error != 0)
        return error;
    printf("%s:", name);
    for (size_t i = 0; i < COUNT; i++)
        printf(" %d", *(int *)values[i]);
    printf(" units\n");
    return 0;
}

static int run_and_time(struct coro_loop *loop, const char *name, coro_function *function)
{
    static int units[COUNT] = {3, 0, 4, 1, 2};
    struct coro_future *futures[COUNT] = {NULL};
    double began = seconds_now();
    int error = 0;

    for (size_t i = 0; i < COUNT && error == 0; i++) {
        struct coro_task *task = NULL;

        error = coro_spawn(loop, &task, name, function, &units[i]);
        if (error == 0)
            futures[i] = coro_task_future(task);
    }
    if (error == 0)
        error = gather(futures, name);
    for (size_t i = 0; i < COUNT; i++)
        coro_future_release(futures[i]);
    printf("%s: %.3f s\n", name, seconds_now() - began);
    return error;
}

static int compare_sleeps(struct coro_loop *loop, void *argument)
{
    int error = run_and_time(loop, "suspended", sleep_suspended);

    return error != 0 ? error : run_and_time(loop, "blocking", sleep_blocking);
}

int main(void)
{
    return run_main_task(compare_sleeps, NULL);
}
