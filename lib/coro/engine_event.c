#include "lib/coro/engine_event.h"

#include "lib/coro/engine.h"
#include "lib/coro/registered.h"

#include <event2/event_struct.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

struct engine_event {
    struct coro_engine base;
    struct event_base *events;
    bool owns_events;
    struct event turn;  /* made active: behind what is ready already */
    struct event again; /* a timer of nothing: after libevent has polled once more */
    struct event
        alive; /* pending while there are tasks or timers: keeps libevent's loop from returning */
    struct event wakeup; /* an eventfd */
    struct event timer;  /* a timerfd */
    int64_t deadline;    /* that the timer is set to; CORO_FOREVER: stopped */
    bool driven;         /* coro_loop_run is in charge, not a host */
    struct registered descriptors;
};

struct readiness {
    struct event event;
    struct coro_watch *watch;
};

static struct engine_event *engine_of(struct coro_engine *engine)
{
    return (struct engine_event *)engine;
}

/* Makes an event that does not by itself keep libevent's loop from returning, as libevent marks its
 * own. */
static void assign_quiet(struct event *event, struct event_base *base, int descriptor, short what,
                         event_callback_fn callback, void *argument)
{
    event_assign(event, base, descriptor, what, callback, argument);
    event->ev_evcallback.evcb_flags |= EVLIST_INTERNAL;
}

/* libevent tells an error as readiness for all that is watched. */
static void on_ready(evutil_socket_t descriptor, short what, void *argument)
{
    struct readiness *readiness = argument;

    coro_watch_ready(readiness->watch, (what & EV_READ ? (unsigned)CORO_READ : 0) |
                                           (what & EV_WRITE ? (unsigned)CORO_WRITE : 0));
}

static int watch_for(struct engine_event *self, struct readiness *readiness, unsigned events)
{
    short what = EV_PERSIST;

    if (events == 0)
        return 0;
    what |= (short)((events & CORO_READ ? EV_READ : 0) | (events & CORO_WRITE ? EV_WRITE : 0));
    assign_quiet(&readiness->event, self->events, readiness->watch->descriptor, what, on_ready,
                 readiness);
    errno = 0;
    if (event_add(&readiness->event, NULL) == 0)
        return 0;
    return errno ? -errno : -EINVAL;
}

static int add(struct coro_engine *engine, struct coro_watch *watch, unsigned events)
{
    struct engine_event *self = engine_of(engine);
    int error = registered_add(&self->descriptors, watch->descriptor);
    struct readiness *readiness;

    if (error)
        return error;
    readiness = calloc(1, sizeof *readiness);
    if (!readiness) {
        error = -ENOMEM;
        goto unregister;
    }
    readiness->watch = watch;
    error = watch_for(self, readiness, events);
    if (error)
        goto free_readiness;
    watch->engine_data = readiness;
    return 0;

free_readiness:
    free(readiness);
unregister:
    registered_remove(&self->descriptors, watch->descriptor);
    return error;
}

static void unwatch(struct readiness *readiness)
{
    if (event_initialized(&readiness->event))
        event_del(&readiness->event);
}

static int modify(struct coro_engine *engine, struct coro_watch *watch, unsigned events)
{
    unwatch(watch->engine_data);
    return watch_for(engine_of(engine), watch->engine_data, events);
}

static void forget(struct coro_engine *engine, struct coro_watch *watch)
{
    unwatch(watch->engine_data);
    free(watch->engine_data);
    registered_remove(&engine_of(engine)->descriptors, watch->descriptor);
}

/*
 * libevent's own timers count on a clock that only moves a few milliseconds at a time, from when
 * its callbacks began: they come late, or early. A timerfd is as exact as the deadline, and is set
 * only when the first deadline of all changes.
 */
static void set_timer(struct engine_event *self, int64_t deadline)
{
    struct itimerspec time = {.it_value = {0, 0}};

    if (deadline == self->deadline)
        return;
    self->deadline = deadline;
    if (deadline != CORO_FOREVER) {
        time.it_value.tv_sec = deadline / 1000000000;
        time.it_value.tv_nsec = deadline % 1000000000;
    }
    timerfd_settime(event_get_fd(&self->timer), TFD_TIMER_ABSTIME, &time, NULL);
}

static void swallow(int descriptor)
{
    uint64_t count;

    /* Non-blocking: nothing there is as good. */
    if (read(descriptor, &count, sizeof count) < 0)
        return;
}

/* A time that never comes. It must be no longer than libevent can hold in milliseconds. */
static const struct timeval never = {.tv_sec = 1000000};
static const struct timeval at_once = {.tv_sec = 0};

static void hold_loop(struct engine_event *self, bool needed)
{
    bool held = event_pending(&self->alive, EV_TIMEOUT, NULL);

    if (needed && !held)
        event_add(&self->alive, &never);
    else if (held && !needed)
        event_del(&self->alive);
}

static void on_turn(evutil_socket_t none, short what, void *argument)
{
    struct engine_event *self = argument;
    int64_t deadline;

    if (self->driven)
        return;
    deadline = coro_loop_turn(self->base.loop);
    hold_loop(self, coro_loop_tasks(self->base.loop) > 0 || deadline != CORO_FOREVER);
    if (deadline == 0)
        event_add(&self->again, &at_once);
    else
        set_timer(self, deadline);
}

/*
 * All that polling has found ready is active before the first callback runs, so one turn behind
 * them serves them all. While coro_loop_run waits, it is this event, which counts, that ends
 * EVLOOP_ONCE: those that libevent takes for its own do not.
 */
static void schedule(struct coro_engine *engine)
{
    event_active(&engine_of(engine)->turn, 0, 0);
}

static void on_timer(evutil_socket_t descriptor, short what, void *argument)
{
    struct engine_event *self = argument;

    swallow(descriptor);
    self->deadline = CORO_FOREVER;
    schedule(argument);
}

static void on_wakeup(evutil_socket_t descriptor, short what, void *argument)
{
    swallow(descriptor);
    schedule(argument);
}

static void wake(struct coro_engine *engine)
{
    uint64_t one = 1;

    /* Fails only where so many are waiting to be read that the loop is awake anyway. */
    if (write(event_get_fd(&engine_of(engine)->wakeup), &one, sizeof one) < 0)
        return;
}

static int wait_ready(struct coro_engine *engine, int64_t deadline)
{
    struct engine_event *self = engine_of(engine);
    int result;

    hold_loop(self, true);
    if (deadline > 0)
        set_timer(self, deadline);
    else
        schedule(engine); /* EVLOOP_NONBLOCK would go on while descriptors are ready */
    self->driven = true;
    result = event_base_loop(self->events, EVLOOP_ONCE);
    self->driven = false;
    return result < 0 ? -EIO : 0;
}

static void remove_descriptor_event(struct event *event)
{
    if (!event_initialized(event))
        return;
    event_del(event);
    close(event_get_fd(event));
}

static void destroy(struct coro_engine *engine)
{
    struct engine_event *self = engine_of(engine);

    remove_descriptor_event(&self->wakeup);
    remove_descriptor_event(&self->timer);
    event_del(&self->turn);
    event_del(&self->again);
    event_del(&self->alive);
    if (self->owns_events)
        event_base_free(self->events);
    registered_finish(&self->descriptors);
    free(self);
}

static const struct coro_engine_operations operations = {
    .name = "event",
    .add = add,
    .modify = modify,
    .remove = forget,
    .wait = wait_ready,
    .schedule = schedule,
    .wake = wake,
    .destroy = destroy,
};

/* Takes over a descriptor that may be the failure to get one. */
static int watch_own(struct engine_event *self, struct event *event, int descriptor,
                     event_callback_fn callback)
{
    if (descriptor < 0)
        return -errno;
    assign_quiet(event, self->events, descriptor, EV_READ | EV_PERSIST, callback, self);
    return event_add(event, NULL) == 0 ? 0 : -ENOMEM;
}

static void do_nothing(evutil_socket_t none, short what, void *argument)
{
    /* Being pending is all it is for. */
}

static int set_up(struct engine_event *self)
{
    int error;

    event_assign(&self->turn, self->events, -1, 0, on_turn, self);
    event_assign(&self->again, self->events, -1, 0, on_turn, self);
    event_assign(&self->alive, self->events, -1, 0, do_nothing, self);
    error = watch_own(self, &self->wakeup, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), on_wakeup);
    if (!error)
        error = watch_own(self, &self->timer,
                          timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), on_timer);
    return error;
}

int coro_engine_event_create(struct coro_engine **engine, struct event_base *base)
{
    struct engine_event *self = calloc(1, sizeof *self);
    int error;

    if (!self)
        return -ENOMEM;
    self->base.operations = &operations;
    self->deadline = CORO_FOREVER;
    self->owns_events = !base;
    self->events = base ? base : event_base_new();
    if (!self->events) {
        free(self);
        return -ENOMEM;
    }
    error = set_up(self);
    if (error)
        destroy(&self->base);
    else
        *engine = &self->base;
    return error;
}

struct event_base *coro_engine_event_base(struct coro_engine *engine)
{
    return engine_of(engine)->events;
}
