/*
 * Something that cannot tell when it is ready, and has to be asked: an alarm asks, and arms itself
 * again until the answer is yes; then it gives a future its result. Whoever waits for the future
 * knows nothing of the asking.
 */

#include "examples/main_task.h"
#include "lib/coro/future.h"

#include <stddef.h>
#include <stdio.h>

struct oven {
    int degrees;
};

static bool is_hot(struct oven *oven)
{
    oven->degrees += 60;
    printf("asked: %d degrees\n", oven->degrees);
    return oven->degrees >= 200;
}

struct poll {
    struct coro_alarm alarm;
    struct coro_future *future;
    struct oven *oven;
};

static void ask(struct coro_alarm *alarm)
{
    struct poll *poll = (struct poll *)((char *)alarm - offsetof(struct poll, alarm));
    int error = 0;

    if (is_hot(poll->oven))
        coro_future_set_result(poll->future, poll->oven);
    else
        error = coro_call_later(alarm->loop, alarm, SECONDS(0.005));
    if (error != 0)
        coro_future_set_error(poll->future, error, NULL);
}

static int wait_for(struct coro_loop *loop, struct poll *poll)
{
    void *oven;
    int error = coro_call_later(loop, &poll->alarm, SECONDS(0.005));

    if (error == 0)
        error = coro_await(poll->future, &oven);
    coro_call_cancel(&poll->alarm); /* armed still, where this task was cancelled */
    if (error == 0)
        printf("ready: %d degrees\n", ((struct oven *)oven)->degrees);
    return error;
}

static int bake(struct coro_loop *loop, void *argument)
{
    struct oven oven = {.degrees = 20};
    struct poll poll = {.alarm = {.function = ask, .name = "oven"}, .oven = &oven};
    int error = coro_future_create(&poll.future, loop, "oven");

    if (error != 0)
        return error;
    error = wait_for(loop, &poll);
    coro_future_release(poll.future);
    return error;
}

int main(void)
{
    return run_main_task(bake, NULL);
}
