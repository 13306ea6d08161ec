#include "lib/coro/engine_poll.h"

#include "lib/coro/engine.h"
#include "lib/poll/poller.h"
#include "lib/poll/spin.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* Both sides speak of the same bits, so that events need no translation. */
_Static_assert((int)CORO_READ == (int)POLLER_READ && (int)CORO_WRITE == (int)POLLER_WRITE &&
                   (int)CORO_ERROR == (int)POLLER_ERROR,
               "events must mean the same in engine.h and in poller.h");

enum { BATCH = 256 };

struct engine_poll {
    struct coro_engine base;
    struct poller *poller;
    struct spin spin;
    int wakeup; /* an eventfd; watched with no owner */
    struct poller_event events[BATCH];
};

static struct poller *poller_of(struct coro_engine *engine)
{
    return ((struct engine_poll *)engine)->poller;
}

static int add(struct coro_engine *engine, struct coro_watch *watch, unsigned events)
{
    return poller_add(poller_of(engine), watch->descriptor, events, watch);
}

static int modify(struct coro_engine *engine, struct coro_watch *watch, unsigned events)
{
    return poller_modify(poller_of(engine), watch->descriptor, events, watch);
}

static void forget(struct coro_engine *engine, struct coro_watch *watch)
{
    poller_remove(poller_of(engine), watch->descriptor);
}

/* Rounded up: waking before the deadline would only mean waiting again. */
static int timeout_until(int64_t deadline)
{
    struct timespec now;

    if (deadline == 0)
        return 0;
    if (deadline == CORO_FOREVER)
        return -1;
    clock_gettime(CLOCK_MONOTONIC, &now);

    int64_t left = deadline - (now.tv_sec * INT64_C(1000000000) + now.tv_nsec);

    if (left <= 0)
        return 0;
    left = left / 1000000 + (left % 1000000 > 0);
    return left < INT_MAX ? (int)left : INT_MAX;
}

static void swallow_wakeups(const struct engine_poll *self)
{
    uint64_t count;

    /* Non-blocking: nothing there is as good. */
    if (read(self->wakeup, &count, sizeof count) < 0)
        return;
}

static int wait_ready(struct coro_engine *engine, int64_t deadline)
{
    struct engine_poll *self = (struct engine_poll *)engine;
    int ready = spin_poll(&self->spin, self->poller, self->events, BATCH, timeout_until(deadline));

    if (ready < 0)
        return ready == -EINTR ? 0 : ready;
    for (int i = 0; i < ready; i++) {
        if (self->events[i].owner)
            coro_watch_ready(self->events[i].owner, self->events[i].events);
        else
            swallow_wakeups(self);
    }
    return 0;
}

static void wake(struct coro_engine *engine)
{
    const struct engine_poll *self = (struct engine_poll *)engine;
    uint64_t one = 1;

    /* Fails only where so many are waiting to be read that the loop is awake anyway. */
    if (write(self->wakeup, &one, sizeof one) < 0)
        return;
}

static void destroy(struct coro_engine *engine)
{
    struct engine_poll *self = (struct engine_poll *)engine;

    poller_destroy(self->poller);
    close(self->wakeup);
    free(self);
}

static const struct coro_engine_operations operations = {
    .name = "poll",
    .add = add,
    .modify = modify,
    .remove = forget,
    .wait = wait_ready,
    .wake = wake,
    .destroy = destroy,
};

int coro_engine_poll_create(struct coro_engine **engine, const char *poller)
{
    enum poller_kind kind = POLLER_EPOLL;
    int error = poller ? poller_kind_parse(poller, &kind) : 0;

    if (error)
        return error;

    struct engine_poll *self = calloc(1, sizeof *self);

    if (!self)
        return -ENOMEM;
    self->base.operations = &operations;
    spin_init(&self->spin, 0);
    self->wakeup = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (self->wakeup < 0) {
        error = -errno;
        goto free_self;
    }
    error = poller_create(&self->poller, kind);
    if (error)
        goto close_wakeup;
    error = poller_add(self->poller, self->wakeup, POLLER_READ, NULL);
    if (error)
        goto destroy_poller;
    *engine = &self->base;
    return 0;

destroy_poller:
    poller_destroy(self->poller);
close_wakeup:
    close(self->wakeup);
free_self:
    free(self);
    return error;
}

void coro_engine_poll_spin(struct coro_engine *engine, long microseconds)
{
    spin_init(&((struct engine_poll *)engine)->spin, microseconds);
}
