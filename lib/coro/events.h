#ifndef CORO_EVENTS_H
#define CORO_EVENTS_H

/*
 * Something that has happened, or not: any number of tasks of a loop wait until it has. All of
 * these are called in the thread of the loop; from another one, coro_loop_post a call that sets the
 * event.
 *
 * A task that is made to go on by coro_wake while it waits here has got nothing: the call returns
 * the error that it was woken with, or -EINTR.
 */

/* Beside this file also where both are installed. */
#include "coro.h"
#include "line.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The caller owns it; its fields are the library's. It does not move in memory. */
struct coro_event {
    struct coro_loop *loop;
    struct coro_line line;
    bool is_set;
};

/* Not set at first. */
void coro_event_init(struct coro_event *event, struct coro_loop *loop);

/* Before its memory goes. There is nothing to free: returns 0, or -EBUSY while a task waits. */
int coro_event_finish(struct coro_event *event);

/* Lets everybody go on who waits, and who comes later. From within tasks and outside; never
 * suspends. Who waited goes on even if the event is cleared before he runs. */
void coro_event_set(struct coro_event *event);

/* Has those wait who come from now on. */
void coro_event_clear(struct coro_event *event);

bool coro_event_is_set(const struct coro_event *event);

/* Suspends until the event is set; not at all where it is. Returns 0; -ECANCELED where the task is
 * called off before; -EPERM outside of tasks. */
int coro_event_wait(struct coro_event *event);

#ifdef __cplusplus
}
#endif

#endif
