/*
 * A first program: makes a loop, runs a function as a task of it until the function has returned,
 * and closes the loop. Where the function waits, other tasks of the loop would run.
 */

#include "lib/coro/coro.h"
#include "lib/coro/engine_poll.h"
#include "lib/coro/future.h"

#include <stdio.h>
#include <stdlib.h>

static int greet(struct coro_loop *loop, void *argument)
{
    const char *name = argument;
    int error;

    printf("hello\n");
    error = coro_sleep(loop, 10 * 1000 * 1000); /* nanoseconds */
    if (error < 0)
        return error;
    printf("%s\n", name);
    return 2;
}

int main(void)
{
    char name[] = "world";
    struct coro_engine *engine;
    struct coro_loop *loop;
    int result = coro_engine_poll_create(&engine, "epoll");

    if (result < 0) {
        fprintf(stderr, "no engine: %s\n", coro_strerror(result));
        return EXIT_FAILURE;
    }
    result = coro_loop_create(&loop, engine, NULL);
    if (result < 0) {
        fprintf(stderr, "no loop: %s\n", coro_strerror(result));
        coro_engine_destroy(engine);
        return EXIT_FAILURE;
    }
    result = coro_run(loop, "greeter", greet, name);
    if (result < 0)
        fprintf(stderr, "failed: %s\n", coro_strerror(result));
    else
        printf("%d words\n", result);
    coro_loop_close(loop, 0);
    return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
