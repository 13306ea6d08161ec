#ifndef CORO_TIMERS_H
#define CORO_TIMERS_H

/*
 * Timers in a binary heap. A timer that is moved to a later time, or stopped, stays where it is in
 * the heap and is dealt with when its old time comes: a connection that renews its idle deadline
 * with each request costs a store.
 */

#include "lib/coro/coro.h"

struct coro_timers {
    struct timer_slot {
        int64_t due; /* at most the timer's deadline */
        struct coro_timer *timer;
    } * slots;
    size_t count, capacity;
};

void timers_finish(struct coro_timers *timers);

/* Makes room for so many timers in all. Returns 0 or -ENOMEM. */
int timers_reserve(struct coro_timers *timers, size_t count);

/* Starts, moves or stops a timer (CORO_FOREVER). O(log n), constant where it becomes later. There
 * must be room for it. */
void timers_set(struct coro_timers *timers, struct coro_timer *timer, int64_t deadline);

/* Takes it out of the heap, before its memory goes. */
void timers_remove(struct coro_timers *timers, struct coro_timer *timer);

/* No timer is due before this; CORO_FOREVER for none. */
static inline int64_t timers_next(const struct coro_timers *timers)
{
    return timers->count > 0 ? timers->slots[0].due : INT64_MAX;
}

/* Takes out one timer that is due, and stops it; NULL where none is. */
struct coro_timer *timers_pop(struct coro_timers *timers, int64_t now);

#endif
