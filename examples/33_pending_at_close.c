/*
 * Closing a loop ends what is still pending, and names it: nothing is forgotten in silence. Each
 * task that is left is cancelled, and has its chance to clean up.
 */

#include "examples/main_task.h"
#include "lib/coro/engine_poll.h"
#include "lib/coro/future.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static int serve(struct coro_loop *loop, void *argument)
{
    int error = coro_sleep(loop, CORO_FOREVER);

    printf("%s cleans up: %s\n", coro_task_name(coro_self(loop)), coro_strerror(error));
    return error;
}

static int lose_an_error(struct coro_loop *loop, void *argument)
{
    return coro_fail(loop, -EIO, "the printer is on fire");
}

static void never(struct coro_alarm *alarm)
{
    printf("never called\n");
}

/* Where nothing is said here, the sentences go to standard error. */
static void complain(void *context, const char *sentence)
{
    printf("complaint: %s\n", sentence);
}

static int start(struct coro_loop *loop, struct coro_alarm *alarm, struct coro_future **future)
{
    int error = coro_spawn(loop, NULL, "server", serve, NULL);

    if (error == 0)
        error = coro_spawn(loop, NULL, "forgotten", lose_an_error, NULL);
    if (error == 0)
        error = coro_call_later(loop, alarm, SECONDS(3600));
    if (error == 0)
        error = coro_future_create(future, loop, "promise");
    return error;
}

static void stop(struct coro_alarm *alarm)
{
    coro_loop_stop(alarm->loop);
}

int main(void)
{
    struct coro_loop_options options = {.complain = complain};
    struct coro_alarm hourly = {.function = never, .name = "hourly"};
    struct coro_alarm soon = {.function = stop, .name = "soon"};
    struct coro_future *promise = NULL;
    struct coro_engine *engine;
    struct coro_loop *loop;
    int error;

    if (coro_engine_poll_create(&engine, NULL) != 0)
        return EXIT_FAILURE;
    if (coro_loop_create(&loop, engine, &options) != 0) {
        coro_engine_destroy(engine);
        return EXIT_FAILURE;
    }
    error = start(loop, &hourly, &promise);
    if (error == 0)
        error = coro_call_later(loop, &soon, SECONDS(0.005));
    if (error == 0)
        error = coro_loop_run(loop);
    printf("stopped, with %zu task left\n", coro_loop_tasks(loop));
    if (coro_loop_destroy(loop) == -EBUSY)
        printf("cannot be destroyed while it has tasks, only closed\n");
    if (error == 0)
        error = coro_loop_close(loop, SECONDS(1));
    printf("the promise: %s\n", coro_future_message(promise));
    coro_future_release(promise); /* which may outlive the loop */
    return error == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
