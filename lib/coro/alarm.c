#include "lib/coro/internal.h"

int loop_reserve_timer(struct coro_loop *loop)
{
    int error = timers_reserve(&loop->timers, loop->timer_users + 1);

    if (!error)
        loop->timer_users++;
    return error;
}

void loop_release_timer(struct coro_loop *loop)
{
    loop->timer_users--;
}

static struct coro_alarm *owner(struct coro_timer *timer)
{
    return (struct coro_alarm *)((char *)timer - offsetof(struct coro_alarm, timer));
}

static void expire(struct coro_timer *timer)
{
    struct coro_alarm *alarm = owner(timer);

    loop_release_timer(alarm->loop);
    alarm->function(alarm);
}

struct coro_alarm *timer_alarm(struct coro_timer *timer)
{
    return timer->expire == expire ? owner(timer) : NULL;
}

int coro_call_at(struct coro_loop *loop, struct coro_alarm *alarm, int64_t deadline)
{
    if (alarm->timer.place == 0) {
        if (loop_reserve_timer(loop) < 0)
            return -ENOMEM;
        alarm->loop = loop;
        alarm->timer.expire = expire;
    }
    /* One that arms itself again for a time that is over must not keep this turn from ending. */
    if (loop->turning && deadline <= coro_now(loop))
        deadline = coro_now(loop) + 1;
    if (deadline == CORO_FOREVER)
        deadline--;
    timers_set(&loop->timers, &alarm->timer, deadline);
    loop_want_turn(loop);
    return 0;
}

int coro_call_later(struct coro_loop *loop, struct coro_alarm *alarm, int64_t nanoseconds)
{
    int64_t now = loop_clock();

    return coro_call_at(loop, alarm,
                        nanoseconds < CORO_FOREVER - now ? now + nanoseconds : CORO_FOREVER);
}

void coro_call_cancel(struct coro_alarm *alarm)
{
    if (alarm->timer.place == 0)
        return;
    timers_remove(&alarm->loop->timers, &alarm->timer);
    loop_release_timer(alarm->loop);
}
