#ifndef SHARED_H
#define SHARED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { SHARED_LOOPS_MAX = 1024 };

/* Counters and flags, mapped so that processes forked later see the same. */
struct shared {
    atomic_bool stopping, cancelled;
    atomic_long active; /* connections at this moment */
    atomic_long peak;
    atomic_ullong connections, refused, requests, errors, abandoned, dropped;
    atomic_ullong accepted[SHARED_LOOPS_MAX]; /* connections per loop */
};

/* Returns the mapping, zeroed, or NULL where memory has run out. */
struct shared *shared_create(void);

/* Takes NULL. */
void shared_destroy(struct shared *shared);

#endif
