/*
 * The same on an event base that belongs to somebody else: event_base_dispatch drives the host's
 * timer and the coroutines, and a callback of the host starts a task.
 */

#include "examples/main_task.h"
#include "lib/coro/engine_event.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

enum { TICKS = 4, PERIOD_MS = 80 };

struct program {
    struct coro_loop *loop;
    struct event *timer;
    int ticks;
};

static int sleep_in_task(struct coro_loop *loop, void *argument)
{
    int error = coro_sleep(loop, SECONDS(1.5 * PERIOD_MS / 1000));

    if (error == 0)
        printf("coroutine: started %s, and has slept\n", coro_task_name(coro_self(loop)));
    return error;
}

static void tick(evutil_socket_t none, short events, void *argument)
{
    struct program *program = argument;

    printf("host: tick %d\n", ++program->ticks);
    if (program->ticks == 2)
        coro_spawn(program->loop, NULL, "by a callback", sleep_in_task, NULL);
    if (program->ticks == TICKS)
        event_del(program->timer);
}

static struct coro_loop *attach(struct event_base *host)
{
    struct coro_engine *engine;
    struct coro_loop *loop;

    if (coro_engine_event_create(&engine, host) != 0)
        return NULL;
    if (coro_loop_create(&loop, engine, NULL) == 0)
        return loop;
    coro_engine_destroy(engine);
    return NULL;
}

int main(void)
{
    struct timeval period = {.tv_usec = PERIOD_MS * 1000};
    struct event_base *host = event_base_new();
    struct program program = {NULL};

    if (host == NULL || (program.loop = attach(host)) == NULL ||
        (program.timer = event_new(host, -1, EV_PERSIST, tick, &program)) == NULL ||
        event_add(program.timer, &period) != 0 ||
        coro_spawn(program.loop, NULL, "by main", sleep_in_task, NULL) != 0) {
        fprintf(stderr, "cannot start\n");
        return EXIT_FAILURE;
    }

    event_base_dispatch(host); /* until neither has anything to do */

    printf("host: %zu tasks are left\n", coro_loop_tasks(program.loop));
    coro_loop_close(program.loop, 0);
    event_free(program.timer);
    event_base_free(host);
    return EXIT_SUCCESS;
}
