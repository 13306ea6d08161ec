/*
 * fib(37) and fib(38) by plain recursion, three ways: one after the other, in two threads, and as
 * two tasks of one loop. Work for the CPU gets faster with a second CPU, and never with a second
 * task: tasks only help those who wait.
 */

#include "examples/main_task.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

struct computation {
    unsigned n;
    uint64_t result;
};

enum { COUNT = 2 };

static uint64_t fib(unsigned n)
{
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

static void compute(struct computation *computation)
{
    computation->result = fib(computation->n);
}

static int compute_in_turn(struct coro_loop *loop, struct computation *computations)
{
    for (size_t i = 0; i < COUNT; i++)
        compute(&computations[i]);
    return 0;
}

static void *thread_main(void *argument)
{
    compute(argument);
    return NULL;
}

static int compute_in_threads(struct coro_loop *loop, struct computation *computations)
{
    pthread_t threads[COUNT];
    size_t started = 0;
    int error = 0;

    for (; started < COUNT && error == 0; started += error == 0)
        error = -pthread_create(&threads[started], NULL, thread_main, &computations[started]);
    while (started > 0)
        pthread_join(threads[--started], NULL);
    return error;
}

static int compute_task(struct coro_loop *loop, void *argument)
{
    compute(argument);
    return 0;
}

static int compute_in_tasks(struct coro_loop *loop, struct computation *computations)
{
    struct coro_task *tasks[COUNT] = {NULL};
    int error = 0;

    for (size_t i = 0; i < COUNT && error == 0; i++)
        error = coro_spawn(loop, &tasks[i], "fib", compute_task, &computations[i]);
    for (size_t i = 0; i < COUNT; i++) {
        if (tasks[i] != NULL && error == 0)
            error = coro_join(tasks[i], CORO_FOREVER, NULL);
        coro_release(tasks[i]);
    }
    return error;
}

static int run_and_time(struct coro_loop *loop, const char *name,
                        int (*way)(struct coro_loop *loop, struct computation *computations))
{
    struct computation computations[COUNT] = {{.n = 37}, {.n = 38}};
    double began = seconds_now();
    int error = way(loop, computations);
    double took = seconds_now() - began;

    for (size_t i = 0; i < COUNT && error == 0; i++)
        printf("%s: fib(%u) = %llu\n", name, computations[i].n,
               (unsigned long long)computations[i].result);
    printf("%s: %.3f s\n", name, took);
    return error;
}

static int compare_ways(struct coro_loop *loop, void *argument)
{
    int error = run_and_time(loop, "synchronous", compute_in_turn);

    if (error == 0)
        error = run_and_time(loop, "threads", compute_in_threads);
    if (error == 0)
        error = run_and_time(loop, "tasks", compute_in_tasks);
    return error;
}

int main(void)
{
    return run_main_task(compare_ways, NULL);
}
