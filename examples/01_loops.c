/*
 * Loops: made on an engine, run, run again, and closed. A thread may have several, and there is no
 * current one: whatever runs in a loop is handed it. To use another engine is to create another
 * one; nothing else changes.
 */

#include "examples/main_task.h"
#include "lib/coro/engine_event.h"
#include "lib/coro/engine_poll.h"
#include "lib/coro/engine_uv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int create_engine(struct coro_engine **engine, const char *name)
{
    if (strcmp(name, "libuv") == 0)
        return coro_engine_uv_create(engine, NULL);
    if (strcmp(name, "libevent") == 0)
        return coro_engine_event_create(engine, NULL);
    return coro_engine_poll_create(engine, name);
}

static struct coro_loop *create_loop(const char *engine_name)
{
    struct coro_engine *engine;
    struct coro_loop *loop;
    int error = create_engine(&engine, engine_name);

    if (error == 0) {
        error = coro_loop_create(&loop, engine, NULL);
        if (error == 0)
            return loop; /* which owns the engine from here on */
        coro_engine_destroy(engine);
    }
    fprintf(stderr, "%s: %s\n", engine_name, coro_strerror(error));
    exit(EXIT_FAILURE);
}

static int sleep_and_tell(struct coro_loop *loop, void *argument)
{
    const char *engine = argument;
    int error = coro_sleep(loop, SECONDS(0.001));

    if (error == 0)
        printf("%s: slept, with %zu task running\n", engine, coro_loop_tasks(loop));
    return error;
}

static int run_own_loop(struct coro_loop *loop, void *argument)
{
    printf("from its own task: %s\n", coro_loop_run(loop) == -EBUSY ? "it runs already" : "?");
    printf("from its own task: %s\n",
           coro_loop_close(loop, 0) == -EBUSY ? "nor can it be closed" : "?");
    return 0;
}

static int start(struct coro_loop *loop, coro_function *function, const char *argument)
{
    return coro_spawn(loop, NULL, "example", function, (void *)argument);
}

static int use(const char *name)
{
    struct coro_loop *loop = create_loop(name);
    int error = start(loop, sleep_and_tell, name);

    if (error == 0)
        error = coro_loop_run(loop); /* until there are no tasks */
    if (error == 0)
        error = start(loop, sleep_and_tell, name);
    if (error == 0)
        error = coro_loop_run(loop);
    coro_loop_close(loop, SECONDS(1));
    return error;
}

/* What is started in a loop waits there until that loop runs. */
static int use_two(void)
{
    struct coro_loop *first = create_loop("epoll"), *second = create_loop("poll");
    int error = start(first, sleep_and_tell, "the first loop");

    if (error == 0)
        error = start(second, sleep_and_tell, "the second loop");
    if (error == 0)
        error = coro_loop_run(second);
    if (error == 0)
        error = coro_loop_run(first);
    if (error == 0)
        error = start(first, run_own_loop, NULL);
    if (error == 0)
        error = coro_loop_run(first);
    coro_loop_close(second, SECONDS(1));
    coro_loop_close(first, SECONDS(1));
    return error;
}

int main(void)
{
    static const char *const engines[] = {"select", "poll", "epoll", "libuv", "libevent"};
    int error = 0;

    for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]) && error == 0; i++)
        error = use(engines[i]);
    if (error == 0)
        error = use_two();
    return error == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
