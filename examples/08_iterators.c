/*
 * An iterator whose next step suspends: a function that returns 1 and the next value, 0 at the end,
 * or an error. Everything in the library that hands out things one by one does it this way. While
 * one task waits for its next value, another one has its own.
 */

#include "examples/main_task.h"

#include <stdio.h>

struct countdown {
    int left;
    int64_t pause;
};

static int countdown_next(struct coro_loop *loop, struct countdown *countdown, int *value)
{
    int error;

    if (countdown->left == 0)
        return 0;
    error = coro_sleep(loop, countdown->pause);
    if (error < 0)
        return error;
    *value = countdown->left--;
    return 1;
}

struct iteration {
    const char *name;
    struct countdown countdown;
};

static int iterate(struct coro_loop *loop, void *argument)
{
    struct iteration *iteration = argument;
    int value, status;

    while ((status = countdown_next(loop, &iteration->countdown, &value)) == 1)
        printf("%s: %d\n", iteration->name, value);
    printf("%s: the end\n", iteration->name);
    return status;
}

static int iterate_both(struct coro_loop *loop, void *argument)
{
    struct iteration slow = {.name = "slow", .countdown = {.left = 2, .pause = SECONDS(0.2)}};
    struct iteration fast = {.name = "fast", .countdown = {.left = 4, .pause = SECONDS(0.08)}};
    struct coro_task *task;
    int error = coro_spawn(loop, &task, slow.name, iterate, &slow), joined;

    if (error != 0)
        return error;
    error = iterate(loop, &fast);
    joined = coro_join(task, CORO_FOREVER, NULL);
    coro_release(task);
    return error != 0 ? error : joined;
}

int main(void)
{
    return run_main_task(iterate_both, NULL);
}
