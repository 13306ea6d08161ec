#include "clients/histogram.h"

#include <math.h>

enum { VALUES_BEYOND = 10 };

static unsigned bucket_of(uint64_t value)
{
    unsigned shift;

    if (value < HISTOGRAM_STEPS)
        return (unsigned)value;
    shift = 63 - HISTOGRAM_SHIFT - (unsigned)__builtin_clzll(value);
    return shift * HISTOGRAM_STEPS + (unsigned)(value >> shift);
}

static int64_t middle_of(unsigned bucket)
{
    unsigned shift;
    uint64_t lowest;

    if (bucket < 2 * HISTOGRAM_STEPS)
        return bucket;
    shift = bucket / HISTOGRAM_STEPS - 1;
    lowest = (uint64_t)(bucket % HISTOGRAM_STEPS + HISTOGRAM_STEPS) << shift;
    return (int64_t)(lowest + ((UINT64_C(1) << shift) >> 1));
}

void histogram_add(struct histogram *histogram, int64_t value, uint64_t times)
{
    if (times == 0)
        return;
    if (value < 0)
        value = 0;
    if (histogram->count == 0 || value < histogram->minimum)
        histogram->minimum = value;
    if (value > histogram->maximum)
        histogram->maximum = value;
    histogram->counts[bucket_of((uint64_t)value)] += times;
    histogram->count += times;
    histogram->sum += (double)value * (double)times;
}

double histogram_mean(const struct histogram *histogram)
{
    return histogram->count > 0 ? histogram->sum / (double)histogram->count : 0;
}

int64_t histogram_quantile(const struct histogram *histogram, double quantile)
{
    double wanted = ceil(quantile * (double)histogram->count);
    uint64_t seen = 0;
    int64_t value = 0;

    for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS && seen < histogram->count; bucket++) {
        if (histogram->counts[bucket] == 0)
            continue;
        seen += histogram->counts[bucket];
        value = middle_of(bucket);
        if ((double)seen >= wanted)
            break;
    }
    if (value < histogram->minimum)
        return histogram->minimum;
    return value > histogram->maximum ? histogram->maximum : value;
}

int histogram_quantile_known(const struct histogram *histogram, double quantile, int64_t *value)
{
    /* The small surplus keeps 10,000 samples at 0.999 from failing by a rounding error. */
    if ((double)histogram->count * (1 - quantile) + 1e-6 < VALUES_BEYOND)
        return 0;
    *value = histogram_quantile(histogram, quantile);
    return 1;
}
