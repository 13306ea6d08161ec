/*
 * A future: the place where one task leaves a result and others wait for it. It is given its result
 * once; awaited again it hands out the same. An error takes a message along.
 */

#include "examples/main_task.h"
#include "lib/coro/future.h"

#include <errno.h>
#include <stdio.h>

static const char *yes_or_no(bool answer)
{
    return answer ? "yes" : "no";
}

static int answer_later(struct coro_loop *loop, void *argument)
{
    static int answer = 42;
    struct coro_future *future = argument;
    int error = coro_sleep(loop, SECONDS(0.005));

    return error != 0 ? error : coro_future_set_result(future, &answer);
}

static int await_number(struct coro_future *future)
{
    void *value = NULL;
    int error = coro_await(future, &value);

    if (error == 0)
        printf("awaited: %d\n", *(int *)value);
    return error;
}

static int share_result(struct coro_loop *loop)
{
    struct coro_future *future;
    int error = coro_future_create(&future, loop, "answer");

    if (error != 0)
        return error;
    error = coro_spawn(loop, NULL, "answer later", answer_later, future);
    printf("done: %s\n", yes_or_no(coro_future_is_done(future)));
    if (error == 0)
        error = await_number(future);
    printf("done: %s\n", yes_or_no(coro_future_is_done(future)));
    if (error == 0)
        error = await_number(future);
    printf("a second result: %s\n", coro_strerror(coro_future_set_result(future, NULL)));
    coro_future_release(future);
    return error;
}

static int fail_later(struct coro_loop *loop, void *argument)
{
    struct coro_future *future = argument;
    int error = coro_yield(loop);

    return error != 0 ? error : coro_future_set_error(future, -ENOENT, "nobody knows the answer");
}

static int share_error(struct coro_loop *loop)
{
    struct coro_future *future;
    int error = coro_future_create(&future, loop, "answer");

    if (error != 0)
        return error;
    error = coro_spawn(loop, NULL, "fail later", fail_later, future);
    if (error != 0)
        goto out;
    error = coro_await(future, NULL);
    printf("failed: %s, %s\n", error == -ENOENT ? "-ENOENT" : "?", coro_message(loop, error));
    error = coro_await(future, NULL);
    printf("failed again: %s, %s\n", error == -ENOENT ? "-ENOENT" : "?",
           coro_future_message(future));
    error = 0;
out:
    coro_future_release(future);
    return error;
}

static int share(struct coro_loop *loop, void *argument)
{
    int error = share_result(loop);

    return error != 0 ? error : share_error(loop);
}

int main(void)
{
    return run_main_task(share, NULL);
}
