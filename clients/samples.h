#ifndef CLIENTS_SAMPLES_H
#define CLIENTS_SAMPLES_H

#include "clients/histogram.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Durations kept one by one, so that a quantile of them is one of them and not the middle of a
 * bucket. Equal ones that come together (the answers of one read to the requests of one write) take
 * one place. There is room for SAMPLES_MOST; whoever adds more keeps a histogram for the rest.
 */
enum { SAMPLES_MOST = 1 << 22 };

struct sample {
    uint64_t value : 48; /* nanoseconds: three days */
    uint64_t times : 16;
};

/* All zero is an empty collection. */
struct samples {
    struct sample *kept;
    size_t count;
    size_t room;
    uint64_t *up_to; /* once sorted: how many durations the kept ones up to here stand for */
    bool full;       /* one did not find room; none does from then on */
};

/* Makes room. Returns false, and marks the collection as full, where there is none to be had. */
bool samples_grow(struct samples *samples);

/*
 * Keeps value (nanoseconds, a negative one as 0) times over. Returns false where it cannot: there
 * is no room, or one of the two is too large for it.
 */
static inline bool samples_add(struct samples *samples, int64_t value, uint64_t times)
{
    if ((samples->count == samples->room || samples->full) && !samples_grow(samples))
        return false;
    if (value > INT64_C(0xffffffffffff) || times > 0xffff) {
        samples->full = true;
        return false;
    }
    samples->kept[samples->count++] =
        (struct sample){.value = value > 0 ? (uint64_t)value : 0, .times = times & 0xffff};
    return true;
}

/*
 * When all have been added: counts them in the histogram, which holds those without a place here,
 * and sorts them. Without memory for that they are dropped and the collection is full.
 */
void samples_settle(struct samples *samples, struct histogram *histogram);

/* Whether all that were added are here, sorted. */
bool samples_are_exact(const struct samples *samples);

/*
 * The smallest of those sorted that at least the share quantile (0..1) of them does not exceed; 0
 * where there are none.
 */
int64_t samples_quantile(const struct samples *samples, double quantile);

/* Frees what it holds; it is empty then. */
void samples_finish(struct samples *samples);

#endif
