#ifndef POLL_SPIN_H
#define POLL_SPIN_H

#include "lib/poll/poller.h"

#include <stdint.h>

/*
 * Waiting awake for a while before sleeping. Where whoever sends runs on another CPU, waking a CPU
 * that sleeps may cost more than the work it is woken for; a spin saves that. It costs where it
 * finds nothing, above all where the sender needs this very CPU to send. So it accounts for itself:
 *
 * - A spin that finds nothing is followed by pauses, each twice as long as the last, in which waits
 *   sleep at once; one that finds something shortens them. The longest pause is so long that the
 *   spins between cost less than a hundredth of the time.
 * - A spin that finds something only because the scheduler took the CPU away meanwhile (so
 * getrusage says) was in the sender's way, and pauses as long as can be.
 *
 * It does not yield the CPU between two looks: a yield hands it to whoever is there, also to one
 * who computes, and who has yielded is not woken by what he waits for, as one who sleeps is.
 *
 * How long to spin at most: as long as sleeping costs, then it is never worse than twice the best
 * (A. Karlin, K. Li, M. Manasse, S. Owicki: Empirical Studies of Competitive Spinning, SOSP 1991).
 */

enum { SPIN_MOST_US = 10000 };

/* Its members belong to spin.c. One thread's. */
struct spin {
    int64_t limit_ns;                 /* 0: never */
    uint32_t pause, backoff, longest; /* in waits */
    uint32_t successes, window;
    long switches;
};

/* At most so many microseconds, up to SPIN_MOST_US; 0: never spins. */
void spin_init(struct spin *spin, long microseconds);

/*
 * Looks until there is something, and then sleeps until there is: look(context, 0) again and again
 * for as long as the spin takes, then look(context, timeout_ms). look returns 0 where there is
 * nothing. A timeout_ms of 0 is one look; another one may be exceeded by the spin. Returns what
 * look returned last.
 */
int spin_wait(struct spin *spin, int (*look)(void *context, int timeout_ms), void *context,
              int timeout_ms);

/* poller_wait with a spin before. */
int spin_poll(struct spin *spin, struct poller *poller, struct poller_event *events, int capacity,
              int timeout_ms);

#endif
