/*
 * What suspension costs: the recursion of fib, with plain calls, and with a task for each call that
 * its caller waits for. The answer is the same; the price of a call becomes that of a spawn, two
 * switches and a turn of the loop.
 */

#include "examples/main_task.h"
#include "lib/coro/future.h"

#include <stdint.h>
#include <stdio.h>

struct call {
    unsigned n;
    uint64_t result;
    uint64_t calls; /* of this one and all that it has made */
};

static void fib_call(struct call *call)
{
    struct call one_less = {.n = call->n - 1}, two_less = {.n = call->n - 2};

    call->calls = 1;
    call->result = call->n;
    if (call->n < 2)
        return;
    fib_call(&one_less);
    fib_call(&two_less);
    call->result = one_less.result + two_less.result;
    call->calls += one_less.calls + two_less.calls;
}

static int fib_plain(struct coro_loop *loop, struct call *call)
{
    fib_call(call);
    return 0;
}

static int fib_awaited(struct coro_loop *loop, struct call *call);

static int fib_task(struct coro_loop *loop, void *argument)
{
    struct call *call = argument;
    struct call one_less = {.n = call->n - 1}, two_less = {.n = call->n - 2};
    int error;

    call->calls = 1;
    call->result = call->n;
    if (call->n < 2)
        return 0;
    error = fib_awaited(loop, &one_less);
    if (error == 0)
        error = fib_awaited(loop, &two_less);
    call->result = one_less.result + two_less.result;
    call->calls += one_less.calls + two_less.calls;
    return error;
}

static int fib_awaited(struct coro_loop *loop, struct call *call)
{
    struct coro_task *task;
    int error = coro_spawn(loop, &task, "fib", fib_task, call);

    if (error != 0)
        return error;
    error = coro_await(coro_task_future(task), NULL);
    coro_release(task);
    return error;
}

static int run_and_time(struct coro_loop *loop, const char *name, unsigned n,
                        int (*way)(struct coro_loop *loop, struct call *call))
{
    struct call call = {.n = n};
    double began = seconds_now();
    int error = way(loop, &call);
    double took = seconds_now() - began;

    printf("%s: fib(%u) = %llu by %llu calls, %.1f ns each\n", name, n,
           (unsigned long long)call.result, (unsigned long long)call.calls,
           took * 1e9 / (double)call.calls);
    return error;
}

static int compare_ways(struct coro_loop *loop, void *argument)
{
    int error = 0;

    for (unsigned n = 23; n <= 24 && error == 0; n++) {
        error = run_and_time(loop, "plain calls", n, fib_plain);
        if (error == 0)
            error = run_and_time(loop, "a task for each", n, fib_awaited);
    }
    return error;
}

int main(void)
{
    return run_main_task(compare_ways, NULL);
}
