#ifndef WEB_RETRY_H
#define WEB_RETRY_H

/*
 * Trying again: how long to wait, and those that wait. Only GET is sent, which is idempotent
 * (RFC 9110, section 9.2.2), so every transient failure may be tried again.
 */

#include "clients/web/target.h"

#include <stddef.h>

enum {
    RETRY_WAIT_MOST_S = 60,   /* the waits double up to this one */
    RETRY_AFTER_MOST_S = 120, /* a server that wants more time is not asked again */
};

/*
 * Milliseconds to wait after that many attempts (1, 2, ...), from first_ms doubling. seed takes
 * away up to a half, so that those that failed together do not come back together. after_s is the
 * server's Retry-After, 0 for none: it counts as it is (RFC 9110, section 10.2.3). Returns -1 where
 * the server wants more than RETRY_AFTER_MOST_S.
 */
long retry_wait_ms(long first_ms, unsigned attempts, long after_s, uint64_t seed);

/* Targets that wait for their due, the next one first: a heap. Zeroed to begin with. */
struct retries {
    struct target **heap;
    size_t count, room;
};

/* Takes the target over, unless it returns -ENOMEM. */
int retries_add(struct retries *retries, struct target *target);

/* The next one, not taken out; NULL: none waits. */
const struct target *retries_first(const struct retries *retries);

/* Takes it out: it is the caller's. There must be one. */
struct target *retries_take(struct retries *retries);

/* Frees the heap, and what still waits. */
void retries_finish(struct retries *retries);

#endif
