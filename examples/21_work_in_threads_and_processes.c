/*
 * The last nine digits of fib(10000) to fib(10999), each by iteration, in ten jobs of a hundred:
 * one after the other, in threads, and in processes. With two CPUs, two workers take about half the
 * time, and what it costs to hand a job over does not show in jobs of this size.
 *
 * Nine digits, since they are enough to tell right from wrong and fit a machine word; the whole
 * numbers have some 2,200 digits.
 */

#include "examples/main_task.h"
#include "lib/coro/combine.h"
#include "lib/coro/executor.h"
#include "lib/coro/future.h"
#include "lib/coro/group.h"
#include "lib/coro/process_pool.h"

#include <inttypes.h>
#include <stdio.h>

enum { FIRST = 10000, JOBS = 10, JOB_LENGTH = 100, NINE_DIGITS = 1000000000, WORKERS = 2 };

struct job {
    unsigned first;
    uint64_t sum; /* of the last nine digits */
    struct coro_process_pool *pool;
};

static uint32_t fib_last_digits(unsigned n)
{
    uint32_t current = 0, next = 1;

    for (unsigned i = 0; i < n; i++) {
        uint32_t sum = (current + next) % NINE_DIGITS;

        current = next;
        next = sum;
    }
    return current;
}

static uint64_t sum_job(unsigned first)
{
    uint64_t sum = 0;

    for (unsigned n = first; n < first + JOB_LENGTH; n++)
        sum += fib_last_digits(n);
    return sum;
}

static int run_inline(struct coro_loop *loop, struct job *jobs)
{
    for (size_t i = 0; i < JOBS; i++)
        jobs[i].sum = sum_job(jobs[i].first);
    return 0;
}

static int thread_job(void *argument)
{
    struct job *job = argument;

    job->sum = sum_job(job->first);
    return 0;
}

static int run_in_threads(struct coro_loop *loop, struct job *jobs)
{
    struct coro_executor_options options = {.threads = WORKERS};
    struct coro_future *futures[JOBS] = {NULL};
    struct coro_executor *executor;
    int error = coro_executor_create(&executor, loop, &options);

    if (error != 0)
        return error;
    for (size_t i = 0; i < JOBS && error == 0; i++)
        error = coro_submit_to_executor(executor, thread_job, &jobs[i], coro_discard_nothing,
                                        &futures[i]);
    if (error == 0)
        error = coro_gather(futures, JOBS, NULL);
    coro_executor_destroy(executor);
    for (size_t i = 0; i < JOBS; i++)
        coro_future_release(futures[i]);
    return error;
}

static ssize_t process_job(const void *input, size_t size, void *output, size_t capacity)
{
    *(uint64_t *)output = sum_job(*(const unsigned *)input);
    return sizeof(uint64_t);
}

static int process_task(struct coro_loop *loop, void *argument)
{
    struct job *job = argument;
    ssize_t made = coro_run_in_process(job->pool, process_job, &job->first, sizeof(job->first),
                                       &job->sum, sizeof(job->sum));

    return made < 0 ? (int)made : 0;
}

static int run_group(struct coro_loop *loop, struct job *jobs)
{
    struct coro_group *group;
    int error = coro_group_create(&group, loop), joined;

    if (error != 0)
        return error;
    for (size_t i = 0; i < JOBS && error == 0; i++)
        error = coro_group_spawn(group, NULL, "job", process_task, &jobs[i]);
    if (error != 0)
        coro_group_cancel(group);
    joined = coro_group_join(group);
    coro_group_destroy(group);
    return joined != 0 ? joined : error;
}

static int run_in_processes(struct coro_loop *loop, struct job *jobs)
{
    struct coro_process_pool *pool;
    int error = coro_process_pool_create(&pool, loop, WORKERS);

    if (error != 0)
        return error;
    for (size_t i = 0; i < JOBS; i++)
        jobs[i].pool = pool;
    error = run_group(loop, jobs);
    coro_process_pool_destroy(pool);
    return error;
}

static int run_and_time(struct coro_loop *loop, const char *name,
                        int (*way)(struct coro_loop *loop, struct job *jobs))
{
    struct job jobs[JOBS];
    uint64_t sum = 0;
    double began;
    int error;

    for (unsigned i = 0; i < JOBS; i++)
        jobs[i] = (struct job){.first = FIRST + i * JOB_LENGTH};
    began = seconds_now();
    error = way(loop, jobs);
    for (size_t i = 0; i < JOBS; i++)
        sum += jobs[i].sum;
    printf("%s: %.3f s, the sum is %" PRIu64 "\n", name, seconds_now() - began, sum);
    return error;
}

static int compare_ways(struct coro_loop *loop, void *argument)
{
    int error = run_and_time(loop, "inline", run_inline);

    if (error == 0)
        error = run_and_time(loop, "threads", run_in_threads);
    if (error == 0)
        error = run_and_time(loop, "processes", run_in_processes);
    return error;
}

int main(void)
{
    return run_main_task(compare_ways, NULL);
}
