#include "lib/coro/engine_uv.h"

#include "lib/coro/engine.h"
#include "lib/coro/registered.h"

#include <stdbool.h>

struct engine_uv {
    struct coro_engine base;
    uv_loop_t *loop, own;
    uv_async_t wakeup; /* keeps uv_run from returning while there are tasks or timers */
    uv_check_t turn;   /* runs right after libuv has polled */
    uv_idle_t no_wait; /* active: polling does not wait */
    uv_timer_t timer;  /* for the deadline of the coroutine loop */
    int64_t deadline;  /* that the timer stands for; CORO_FOREVER: stopped */
    bool driven;       /* coro_loop_run is in charge, not a host */
    bool due;          /* a turn is wanted from the host */
    unsigned open;     /* handles of the engine's own that are not closed */
    struct registered descriptors;
};

/* libuv frees no handle at once, so it cannot lie in the watch. */
struct poll {
    uv_poll_t handle;
    struct coro_watch *watch;
    unsigned wanted;  /* events */
    unsigned started; /* events that libuv polls for */
};

static struct engine_uv *engine_of(struct coro_engine *engine)
{
    return (struct engine_uv *)engine;
}

static void on_ready(uv_poll_t *handle, int status, int ready);

/* Starting costs two system calls even where nothing changes. */
static int poll_as_wanted(struct poll *poll)
{
    unsigned events = poll->wanted;
    int error = 0;

    if (events == poll->started)
        return 0;
    if (events)
        error = uv_poll_start(&poll->handle,
                              (events & CORO_READ ? UV_READABLE : 0) |
                                  (events & CORO_WRITE ? UV_WRITABLE : 0),
                              on_ready);
    else
        uv_poll_stop(&poll->handle);
    if (!error)
        poll->started = events;
    return error;
}

static void on_ready(uv_poll_t *handle, int status, int ready)
{
    struct poll *poll = handle->data;
    unsigned events =
        (ready & UV_READABLE ? (unsigned)CORO_READ : 0) | (ready & UV_WRITABLE ? CORO_WRITE : 0U);

    if (status >= 0) {
        coro_watch_ready(poll->watch, events);
        return;
    }
    /* libuv's word for a reset, after which it has stopped the handle. */
    poll->started = 0;
    coro_watch_ready(poll->watch, CORO_ERROR);
    if (!uv_is_closing((uv_handle_t *)handle))
        poll_as_wanted(poll);
}

static void free_poll(uv_handle_t *handle)
{
    free(handle->data);
}

static int add(struct coro_engine *engine, struct coro_watch *watch, unsigned events)
{
    struct engine_uv *self = engine_of(engine);
    int error = registered_add(&self->descriptors, watch->descriptor);
    struct poll *poll;

    if (error)
        return error;
    poll = malloc(sizeof *poll);
    error = poll ? uv_poll_init(self->loop, &poll->handle, watch->descriptor) : -ENOMEM;
    if (error) {
        free(poll);
        goto unregister;
    }
    poll->handle.data = poll;
    poll->watch = watch;
    poll->wanted = events;
    poll->started = 0;
    uv_unref((uv_handle_t *)&poll->handle);
    error = poll_as_wanted(poll);
    if (error) {
        uv_close((uv_handle_t *)&poll->handle, free_poll);
        goto unregister;
    }
    watch->engine_data = poll;
    return 0;

unregister:
    registered_remove(&self->descriptors, watch->descriptor);
    return error;
}

static int modify(struct coro_engine *engine, struct coro_watch *watch, unsigned events)
{
    struct poll *poll = watch->engine_data;

    poll->wanted = events;
    return poll_as_wanted(poll);
}

static void forget(struct coro_engine *engine, struct coro_watch *watch)
{
    struct poll *poll = watch->engine_data;

    uv_close((uv_handle_t *)&poll->handle, free_poll);
    registered_remove(&engine_of(engine)->descriptors, watch->descriptor);
}

static void do_not_wait(uv_idle_t *idle)
{
    /* Being active is all it is for. */
}

static void on_timer(uv_timer_t *timer)
{
    struct engine_uv *self = timer->data;

    /* libuv runs timers before it polls: who is ready by then is not late. */
    self->deadline = CORO_FOREVER;
    self->due = true;
    uv_idle_start(&self->no_wait, do_not_wait);
}

/*
 * libuv counts in milliseconds of the same clock, rounded down: from the one after the deadline on
 * it has passed for certain. To count from uv_now is right however old that is.
 */
static void set_timer(struct engine_uv *self, int64_t deadline)
{
    uint64_t now = uv_now(self->loop), due;

    if (deadline == self->deadline)
        return;
    self->deadline = deadline;
    if (deadline == CORO_FOREVER) {
        uv_timer_stop(&self->timer);
        return;
    }
    due = (uint64_t)(deadline / 1000000 + (deadline % 1000000 > 0));
    uv_timer_start(&self->timer, on_timer, due > now ? due - now : 0, 0);
}

static void hold_loop(struct engine_uv *self, bool needed)
{
    if (needed)
        uv_ref((uv_handle_t *)&self->wakeup);
    else
        uv_unref((uv_handle_t *)&self->wakeup);
}

/* The descriptors that are ready have all been told by now, so one turn serves them. */
static void on_polled(uv_check_t *check)
{
    struct engine_uv *self = check->data;
    int64_t deadline;

    if (self->driven || !self->due)
        return;
    self->due = false;
    deadline = coro_loop_turn(self->base.loop);
    hold_loop(self, coro_loop_tasks(self->base.loop) > 0 || deadline != CORO_FOREVER);
    if (deadline == 0) {
        self->due = true;
        uv_idle_start(&self->no_wait, do_not_wait);
        return;
    }
    if (!self->due)
        uv_idle_stop(&self->no_wait);
    set_timer(self, deadline);
}

static void schedule(struct coro_engine *engine)
{
    struct engine_uv *self = engine_of(engine);

    self->due = true;
    uv_idle_start(&self->no_wait, do_not_wait);
}

static int wait_ready(struct coro_engine *engine, int64_t deadline)
{
    struct engine_uv *self = engine_of(engine);

    hold_loop(self, true);
    self->driven = true;
    if (deadline > 0)
        set_timer(self, deadline);
    uv_run(self->loop, deadline > 0 ? UV_RUN_ONCE : UV_RUN_NOWAIT);
    self->driven = false;
    self->due = false;
    uv_idle_stop(&self->no_wait);
    return 0;
}

static void wake(struct coro_engine *engine)
{
    uv_async_send(&engine_of(engine)->wakeup);
}

static void on_wakeup(uv_async_t *wakeup)
{
    struct engine_uv *self = wakeup->data;

    self->due = true;
}

/* The last handle takes the engine with it. */
static void on_closed(uv_handle_t *handle)
{
    struct engine_uv *self = handle->data;

    if (--self->open == 0 && self->loop != &self->own)
        free(self);
}

static void destroy(struct coro_engine *engine)
{
    struct engine_uv *self = engine_of(engine);

    registered_finish(&self->descriptors);
    uv_close((uv_handle_t *)&self->wakeup, on_closed);
    uv_close((uv_handle_t *)&self->turn, on_closed);
    uv_close((uv_handle_t *)&self->no_wait, on_closed);
    uv_close((uv_handle_t *)&self->timer, on_closed);
    if (self->loop != &self->own)
        return;
    uv_run(self->loop, UV_RUN_NOWAIT);
    uv_loop_close(self->loop);
    free(self);
}

static const struct coro_engine_operations operations = {
    .name = "uv",
    .add = add,
    .modify = modify,
    .remove = forget,
    .wait = wait_ready,
    .schedule = schedule,
    .wake = wake,
    .destroy = destroy,
};

/* Only the first can fail. */
static int open_handles(struct engine_uv *self)
{
    int error = uv_async_init(self->loop, &self->wakeup, on_wakeup);

    if (error)
        return error;
    uv_check_init(self->loop, &self->turn);
    uv_idle_init(self->loop, &self->no_wait);
    uv_timer_init(self->loop, &self->timer);
    self->wakeup.data = self->turn.data = self->no_wait.data = self->timer.data = self;
    self->open = 4;
    uv_check_start(&self->turn, on_polled);
    uv_unref((uv_handle_t *)&self->wakeup);
    uv_unref((uv_handle_t *)&self->turn);
    uv_unref((uv_handle_t *)&self->timer);
    return 0;
}

int coro_engine_uv_create(struct coro_engine **engine, uv_loop_t *loop)
{
    struct engine_uv *self = calloc(1, sizeof *self);
    int error = 0;

    if (!self)
        return -ENOMEM;
    self->base.operations = &operations;
    self->deadline = CORO_FOREVER;
    self->loop = loop ? loop : &self->own;
    if (!loop)
        error = uv_loop_init(&self->own);
    if (error)
        goto free_self;
    error = open_handles(self);
    if (error)
        goto close_loop;
    *engine = &self->base;
    return 0;

close_loop:
    if (!loop)
        uv_loop_close(&self->own);
free_self:
    free(self);
    return error; /* libuv's errors are -errno */
}

uv_loop_t *coro_engine_uv_loop(struct coro_engine *engine)
{
    return engine_of(engine)->loop;
}
