/*
 * Waiting for the first of two: it is there after 0.08 s, and nobody needs the other one any more.
 * The wait itself leaves both alone; who started the second cancels it.
 */

#include "examples/main_task.h"
#include "lib/coro/combine.h"
#include "lib/coro/future.h"

#include <stdio.h>

static const double durations[] = {0.09, 0.08};

enum { COUNT = sizeof(durations) / sizeof(durations[0]) };

static int sleep_task(struct coro_loop *loop, void *argument)
{
    double seconds = *(const double *)argument;
    int error = coro_sleep(loop, SECONDS(seconds));

    printf("the sleep of %.2f s: %s\n", seconds, error == 0 ? "completed" : coro_strerror(error));
    return error;
}

/* Waits for the first, and for the end of the other one, which uses nothing of this function's
 * then. */
static int keep_first(struct coro_future *const *futures)
{
    size_t first;
    ssize_t done = coro_wait(futures, COUNT, CORO_FIRST_COMPLETED, &first);

    if (done < 0)
        return (int)done;
    printf("%zd of %d done, the first is the one of %.2f s\n", done, COUNT, durations[first]);
    for (size_t i = 0; i < COUNT; i++)
        if (i != first)
            coro_future_cancel(futures[i]);
    done = coro_wait(futures, COUNT, CORO_ALL_COMPLETED, NULL);
    return done < 0 ? (int)done : 0;
}

static int race(struct coro_loop *loop, void *argument)
{
    struct coro_future *futures[COUNT] = {NULL};
    double began = seconds_now();
    int error = 0;

    for (size_t i = 0; i < COUNT && error == 0; i++) {
        struct coro_task *task = NULL;

        error = coro_spawn(loop, &task, "sleep", sleep_task, (void *)&durations[i]);
        if (error == 0)
            futures[i] = coro_task_future(task);
    }
    if (error == 0)
        error = keep_first(futures);
    for (size_t i = 0; i < COUNT; i++)
        coro_future_release(futures[i]);
    printf("after %.3f s\n", seconds_now() - began);
    return error;
}

int main(void)
{
    return run_main_task(race, NULL);
}
