#ifndef IDLE_RING_H
#define IDLE_RING_H

#include "src/idle.h"
#include "src/session.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * All connections of one loop, the longest idle first: one timer of a library's loop serves them
 * all. For loops whose timers may come before a look at the sockets: who is overdue is warned
 * first, and closed only if the next check still finds him silent, since a line that came in time
 * may lie unread behind a long computation. Not thread-safe.
 */

/* A connection's place in the ring, part of the caller's struct. */
struct idle_place {
    struct idle_place *previous, *next;
    const struct session *session;
    struct idle idle;
    bool warned;
};

struct idle_ring {
    struct idle_place head;
    int64_t limit_ms; /* 0: nobody is ever overdue */
};

void idle_ring_init(struct idle_ring *ring, int64_t limit_ms);

/* The session is borrowed until idle_ring_remove. */
void idle_ring_add(struct idle_ring *ring, struct idle_place *place, const struct session *session);
void idle_ring_remove(struct idle_place *place);

/* Notes what the session has done, by the clock. To be called after whatever may have moved it. */
void idle_ring_note(struct idle_ring *ring, struct idle_place *place);

/* The first place, and the one behind another; NULL at the end. */
struct idle_place *idle_ring_first(const struct idle_ring *ring);
struct idle_place *idle_ring_next(const struct idle_ring *ring, const struct idle_place *place);

/* A connection to be closed, for the timer; NULL where there is none (any more). */
struct idle_place *idle_ring_overdue(struct idle_ring *ring);

/* In how many milliseconds the timer is to come again, 1 at least. */
uint64_t idle_ring_wait(struct idle_ring *ring);

#endif
