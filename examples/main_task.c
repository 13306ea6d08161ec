#include "examples/main_task.h"

#include "lib/coro/engine_poll.h"
#include "lib/coro/future.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct first_task {
    coro_function *function;
    void *argument;
};

/* The message of an error belongs to the task: it is printed where it is still known. */
static int run_first(struct coro_loop *loop, void *argument)
{
    const struct first_task *first = argument;
    int result = first->function(loop, first->argument);

    if (result < 0)
        fprintf(stderr, "failed: %s\n", coro_message(loop, result));
    return result;
}

int run_main_task(coro_function *function, void *argument)
{
    struct first_task first = {.function = function, .argument = argument};
    struct coro_engine *engine;
    struct coro_loop *loop;
    int error, result;

    error = coro_engine_poll_create(&engine, NULL);
    if (error < 0) {
        fprintf(stderr, "no engine: %s\n", coro_strerror(error));
        return EXIT_FAILURE;
    }
    error = coro_loop_create(&loop, engine, NULL);
    if (error < 0) {
        fprintf(stderr, "no loop: %s\n", coro_strerror(error));
        coro_engine_destroy(engine);
        return EXIT_FAILURE;
    }
    result = coro_run(loop, "main", run_first, &first);
    error = coro_loop_close(loop, SECONDS(1));
    return result < 0 || error < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}
