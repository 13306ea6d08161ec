/*
 * The sum of 0 to 99,999,999 in four ranges, each handed to a process of a pool: bytes go in, bytes
 * come out, and the loop goes on meanwhile. A process computes beside the others whatever locks or
 * state it has, and one that crashes is an error of its job alone.
 */

#include "examples/main_task.h"
#include "lib/coro/future.h"
#include "lib/coro/group.h"
#include "lib/coro/process_pool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

enum { RANGES = 4, RANGE_LENGTH = 25000000, PROCESSES = 2 };

struct range {
    uint64_t first, past;
};

struct sum {
    uint64_t value;
    pid_t computed_by;
};

static ssize_t sum_range(const void *input, size_t size, void *output, size_t capacity)
{
    const struct range *range = input;
    struct sum *sum = output;

    *sum = (struct sum){.computed_by = getpid()};
    for (uint64_t number = range->first; number < range->past; number++)
        sum->value += number;
    return sizeof(*sum);
}

static ssize_t crash(const void *input, size_t size, void *output, size_t capacity)
{
    abort();
}

struct job {
    struct coro_process_pool *pool;
    struct range range;
    struct sum sum;
};

static int sum_task(struct coro_loop *loop, void *argument)
{
    struct job *job = argument;
    ssize_t made = coro_run_in_process(job->pool, sum_range, &job->range, sizeof(job->range),
                                       &job->sum, sizeof(job->sum));

    return made < 0 ? (int)made : 0;
}

static int sum_ranges(struct coro_loop *loop, struct job *jobs)
{
    struct coro_group *group;
    int error = coro_group_create(&group, loop), joined;

    if (error != 0)
        return error;
    for (size_t i = 0; i < RANGES && error == 0; i++)
        error = coro_group_spawn(group, NULL, "sum", sum_task, &jobs[i]);
    if (error != 0)
        coro_group_cancel(group);
    joined = coro_group_join(group);
    coro_group_destroy(group);
    return joined != 0 ? joined : error;
}

static bool has_computed(const struct job *jobs, size_t count, pid_t process)
{
    for (size_t i = 0; i < count; i++)
        if (jobs[i].sum.computed_by == process)
            return true;
    return false;
}

static void print_sums(const struct job *jobs)
{
    uint64_t total = 0;
    unsigned processes = 0;

    for (size_t i = 0; i < RANGES; i++) {
        printf("%" PRIu64 " to %" PRIu64 ": %" PRIu64 "\n", jobs[i].range.first,
               jobs[i].range.past - 1, jobs[i].sum.value);
        total += jobs[i].sum.value;
        processes += !has_computed(jobs, i, jobs[i].sum.computed_by);
    }
    printf("in all: %" PRIu64 "\n", total);
    printf("computed by %u processes, %s\n", processes,
           has_computed(jobs, RANGES, getpid()) ? "this one among them" : "none of them this one");
}

static int run_jobs(struct coro_loop *loop, struct coro_process_pool *pool)
{
    struct job jobs[RANGES];
    char byte;
    int error;

    for (size_t i = 0; i < RANGES; i++)
        jobs[i] = (struct job){
            .pool = pool,
            .range = {.first = i * RANGE_LENGTH, .past = (i + 1) * RANGE_LENGTH},
        };
    error = sum_ranges(loop, jobs);
    if (error != 0)
        return error;
    print_sums(jobs);
    if (coro_run_in_process(pool, crash, NULL, 0, &byte, sizeof(byte)) == -EOWNERDEAD)
        printf("a job that crashed: %s\n", coro_message(loop, -EOWNERDEAD));
    error = sum_ranges(loop, jobs);
    if (error == 0)
        printf("the pool goes on\n");
    return error;
}

static int use_pool(struct coro_loop *loop, void *argument)
{
    struct coro_process_pool *pool;
    int error = coro_process_pool_create(&pool, loop, PROCESSES);

    if (error != 0)
        return error;
    error = run_jobs(loop, pool);
    coro_process_pool_destroy(pool);
    return error;
}

int main(void)
{
    return run_main_task(use_pool, NULL);
}
