#include "src/select/loop.h"

#include "common/clock.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>

enum { BATCH = 256 };

int loop_init(struct loop *loop, enum poller_kind kind, long spin_us)
{
    *loop = (struct loop){.now_ms = clock_ms()};
    loop->last = &loop->first;
    spin_init(&loop->spin, spin_us);
    return poller_create(&loop->poller, kind);
}

void loop_finish(struct loop *loop)
{
    poller_destroy(loop->poller);
}

int loop_watch(struct loop *loop, struct watcher *watcher, unsigned events)
{
    watcher->events = events;
    return poller_add(loop->poller, watcher->descriptor, events, watcher);
}

void loop_change(struct loop *loop, struct watcher *watcher, unsigned events)
{
    if (events == watcher->events)
        return;
    if (poller_modify(loop->poller, watcher->descriptor, events, watcher) == 0)
        watcher->events = events;
}

void loop_forget(struct loop *loop, struct watcher *watcher)
{
    watcher->ready = NULL;
    poller_remove(loop->poller, watcher->descriptor);
}

void loop_add_timer(struct loop *loop, struct timer *timer)
{
    timer->due_ms = 0;
    timer->next = loop->timers;
    loop->timers = timer;
}

void loop_defer(struct loop *loop, struct deferred *deferred, void (*run)(struct deferred *))
{
    if (deferred->run == NULL) {
        deferred->next = NULL;
        *loop->last = deferred;
        loop->last = &deferred->next;
    }
    deferred->run = run;
}

static int timeout_ms(const struct loop *loop)
{
    int64_t first = INT64_MAX, left;

    if (loop->first != NULL)
        return 0;
    for (const struct timer *timer = loop->timers; timer != NULL; timer = timer->next) {
        if (timer->due_ms > 0 && timer->due_ms < first)
            first = timer->due_ms;
    }
    if (first == INT64_MAX)
        return -1;
    left = first - clock_ms();
    return left <= 0 ? 0 : left < INT_MAX ? (int)left : INT_MAX;
}

/*
 * Due is what was due when the poller returned. What became due during the callbacks waits for the
 * next look at the descriptors: a client's line may have come in time and lie there unread.
 */
static void run_timers(struct loop *loop)
{
    for (struct timer *timer = loop->timers; timer != NULL; timer = timer->next) {
        if (timer->due_ms > 0 && timer->due_ms <= loop->now_ms) {
            timer->due_ms = 0;
            timer->expired(timer);
        }
    }
}

/* Only what is queued now: what is deferred meanwhile has its turn after the next look at the
 * descriptors. */
static void run_deferred(struct loop *loop)
{
    struct deferred *deferred = loop->first;

    loop->first = NULL;
    loop->last = &loop->first;
    while (deferred != NULL) {
        struct deferred *next = deferred->next;
        void (*run)(struct deferred *) = deferred->run;

        deferred->run = NULL;
        run(deferred);
        deferred = next;
    }
}

int loop_run(struct loop *loop)
{
    struct poller_event events[BATCH];

    while (!loop->stopped) {
        int count = spin_poll(&loop->spin, loop->poller, events, BATCH, timeout_ms(loop));

        if (count < 0 && count != -EINTR)
            return count;
        loop->now_ms = clock_ms();
        for (int i = 0; i < count; i++) {
            struct watcher *watcher = events[i].owner;

            if (watcher->ready != NULL)
                watcher->ready(watcher, events[i].events);
        }
        run_timers(loop);
        run_deferred(loop);
    }
    /* What the last deferred callbacks deferred in turn: to free themselves. */
    while (loop->first != NULL)
        run_deferred(loop);
    return 0;
}

void loop_stop(struct loop *loop)
{
    loop->stopped = true;
}
