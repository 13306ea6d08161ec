#ifndef CLIENTS_HISTOGRAM_H
#define CLIENTS_HISTOGRAM_H

#include <stdint.h>

/*
 * Durations counted in buckets whose width grows with their value: each power of two is divided
 * into 128 equal buckets, and values below 128 have a bucket each. A value taken back from a bucket
 * is its middle, so it is at most 1/256 (0.4 %) off; minimum, maximum and mean are exact. Memory is
 * fixed (58 KiB) and adding costs no search. The method is that of HdrHistogram by Gil Tene
 * (http://hdrhistogram.org), with the precision fixed.
 */
enum {
    HISTOGRAM_SHIFT = 7,
    HISTOGRAM_STEPS = 1 << HISTOGRAM_SHIFT,
    HISTOGRAM_BUCKETS = (64 - HISTOGRAM_SHIFT) * HISTOGRAM_STEPS,
};

/* All zero is an empty histogram. */
struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t count;
    int64_t minimum;
    int64_t maximum;
    double sum;
};

/* Counts value (nanoseconds, say) times over. A negative value counts as 0. */
void histogram_add(struct histogram *histogram, int64_t value, uint64_t times);

/* The mean of all values, exact but for the rounding of a double; 0 where there are none. */
double histogram_mean(const struct histogram *histogram);

/*
 * The smallest value that at least the share quantile (0..1) of all values does not exceed, within
 * the error above and never outside minimum..maximum. 0 where there are no values.
 */
int64_t histogram_quantile(const struct histogram *histogram, double quantile);

/*
 * Sets *value to the quantile and returns 1 where at least 10 values lie beyond it, so that it says
 * more than the largest few do; else returns 0 and leaves *value alone.
 */
int histogram_quantile_known(const struct histogram *histogram, double quantile, int64_t *value);

#endif
