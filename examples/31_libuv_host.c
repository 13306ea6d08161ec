/*
 * Coroutines as guests of a libuv loop that belongs to somebody else: uv_run drives both, and the
 * host's own timer goes on beside them. Its callback talks to a task, too.
 */

#include "examples/main_task.h"
#include "lib/coro/engine_uv.h"
#include "lib/coro/future.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

enum { TICKS = 4, PERIOD_MS = 80 };

/* What the host's part and the coroutines share. */
struct program {
    struct coro_future *enough; /* set by the host's timer */
};

static void tick(uv_timer_t *timer)
{
    static int ticks;
    static char text[] = "the host has ticked enough";
    struct program *program = timer->data;

    printf("host: tick %d\n", ++ticks);
    if (ticks < TICKS)
        return;
    coro_future_set_result(program->enough, text);
    uv_close((uv_handle_t *)timer, NULL);
}

static int sleep_twice(struct coro_loop *loop, void *argument)
{
    static const double periods[] = {1.5, 2};

    for (int i = 0; i < 2; i++) {
        int error = coro_sleep(loop, SECONDS(periods[i] * PERIOD_MS / 1000));

        if (error != 0)
            return error;
        printf("coroutine: slept for %g periods\n", periods[i]);
    }
    return 0;
}

static int wait_for_host(struct coro_loop *loop, void *argument)
{
    struct program *program = argument;
    void *text;
    int error = coro_await(program->enough, &text);

    if (error == 0)
        printf("coroutine: %s\n", (const char *)text);
    return error;
}

static int start_coroutines(struct coro_loop *loop, struct program *program)
{
    int error = coro_future_create(&program->enough, loop, "enough");

    if (error == 0)
        error = coro_spawn(loop, NULL, "sleep twice", sleep_twice, NULL);
    if (error == 0)
        error = coro_spawn(loop, NULL, "wait for the host", wait_for_host, program);
    return error;
}

static struct coro_loop *attach(uv_loop_t *host)
{
    struct coro_engine *engine;
    struct coro_loop *loop;

    if (coro_engine_uv_create(&engine, host) != 0)
        return NULL;
    if (coro_loop_create(&loop, engine, NULL) == 0)
        return loop;
    coro_engine_destroy(engine);
    return NULL;
}

int main(void)
{
    struct program program = {NULL};
    uv_loop_t host;
    uv_timer_t timer = {.data = &program};
    struct coro_loop *loop;

    if (uv_loop_init(&host) != 0 || (loop = attach(&host)) == NULL ||
        start_coroutines(loop, &program) != 0) {
        fprintf(stderr, "cannot start\n");
        return EXIT_FAILURE;
    }
    uv_timer_init(&host, &timer);
    uv_timer_start(&timer, tick, PERIOD_MS, PERIOD_MS);

    uv_run(&host, UV_RUN_DEFAULT); /* until neither has anything to do */

    coro_future_release(program.enough);
    coro_loop_close(loop, 0);
    uv_run(&host, UV_RUN_DEFAULT); /* the engine's handles close in it */
    printf("host: closed %s\n", uv_loop_close(&host) == 0 ? "cleanly" : "with handles left");
    return EXIT_SUCCESS;
}
