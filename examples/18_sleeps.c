/*
 * Two sleeps, of 0.08 s and 0.09 s: one after the other they take the sum; in two threads, or as
 * two tasks of one thread, as long as the longer one. Waiting needs no second thread.
 */

#include "examples/main_task.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

static const double durations[] = {0.08, 0.09};

enum { COUNT = sizeof(durations) / sizeof(durations[0]) };

static void sleep_blocking(double seconds)
{
    struct timespec time = {.tv_nsec = (long)(seconds * 1e9)};

    nanosleep(&time, NULL);
}

static int sleep_in_turn(struct coro_loop *loop)
{
    for (size_t i = 0; i < COUNT; i++)
        sleep_blocking(durations[i]);
    return 0;
}

static void *thread_main(void *argument)
{
    sleep_blocking(*(const double *)argument);
    return NULL;
}

static int sleep_in_threads(struct coro_loop *loop)
{
    pthread_t threads[COUNT];
    size_t started = 0;
    int error = 0;

    for (; started < COUNT && error == 0; started += error == 0)
        error = -pthread_create(&threads[started], NULL, thread_main, (void *)&durations[started]);
    while (started > 0)
        pthread_join(threads[--started], NULL);
    return error;
}

static int sleep_task(struct coro_loop *loop, void *argument)
{
    return coro_sleep(loop, SECONDS(*(const double *)argument));
}

static int sleep_in_tasks(struct coro_loop *loop)
{
    struct coro_task *tasks[COUNT] = {NULL};
    int error = 0;

    for (size_t i = 0; i < COUNT && error == 0; i++)
        error = coro_spawn(loop, &tasks[i], "sleep", sleep_task, (void *)&durations[i]);
    for (size_t i = 0; i < COUNT; i++) {
        if (tasks[i] != NULL && error == 0)
            error = coro_join(tasks[i], CORO_FOREVER, NULL);
        coro_release(tasks[i]);
    }
    return error;
}

static int run_and_time(struct coro_loop *loop, const char *name,
                        int (*way)(struct coro_loop *loop))
{
    double began = seconds_now();
    int error = way(loop);

    printf("%s: %.3f s\n", name, seconds_now() - began);
    return error;
}

static int compare_ways(struct coro_loop *loop, void *argument)
{
    int error = run_and_time(loop, "synchronous", sleep_in_turn);

    if (error == 0)
        error = run_and_time(loop, "threads", sleep_in_threads);
    if (error == 0)
        error = run_and_time(loop, "event loop", sleep_in_tasks);
    return error;
}

int main(void)
{
    return run_main_task(compare_ways, NULL);
}
