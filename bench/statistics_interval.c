#include "bench/statistics_interval.h"

#include "bench/memory.h"
#include "bench/random.h"
#include "bench/statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Beyond it the distributions are counted too long, and the normal one is as good. */
enum { RESAMPLES = 10000, EXACT_MOST = 128 };

static double middle(const double *sorted, size_t count)
{
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

/* The median of a resample: counting how often each value is drawn spares sorting it. */
static double resampled_median(struct random *random, const double *sorted, size_t count,
                               unsigned *drawn)
{
    size_t seen = 0, lower = (count - 1) / 2, upper = count / 2, i = 0;
    double low;

    memset(drawn, 0, count * sizeof(*drawn));
    for (size_t j = 0; j < count; j++)
        drawn[random_below(random, count)]++;
    while (seen + drawn[i] <= lower)
        seen += drawn[i++];
    low = sorted[i];
    while (seen + drawn[i] <= upper)
        seen += drawn[i++];
    return (low + sorted[i]) / 2;
}

struct statistics_interval statistics_bootstrap_median(const double *values, size_t count,
                                                       double confidence, uint64_t seed)
{
    double *sorted = statistics_sorted(values, count);
    double *medians = memory_zeroed(RESAMPLES, sizeof(*medians));
    unsigned *drawn = memory_zeroed(count, sizeof(*drawn));
    size_t tail = (size_t)floor((1 - confidence) / 2 * RESAMPLES + 1e-9);
    struct statistics_interval interval = {.estimate = middle(sorted, count),
                                           .confidence = confidence};
    struct random random;

    random_init(&random, seed, count);
    for (size_t i = 0; i < RESAMPLES; i++)
        medians[i] = resampled_median(&random, sorted, count, drawn);
    statistics_sort(medians, RESAMPLES);
    interval.low = medians[tail];
    interval.high = medians[RESAMPLES - 1 - tail];
    free(drawn);
    free(medians);
    free(sorted);
    return interval;
}

/*
 * Between the values that have `cut` others outside of them on either side. share: how likely the
 * statistic is `cut` or less; of both tails.
 */
static struct statistics_interval between(const double *sorted, size_t count, size_t cut,
                                          double share)
{
    return (struct statistics_interval){
        .estimate = middle(sorted, count),
        .low = sorted[cut],
        .high = sorted[count - 1 - cut],
        .confidence = 1 - 2 * share,
    };
}

/* The greatest cut whose tail is within the wanted one, 0 where none is; *share is its tail. */
static size_t cut_of(const double *chances, size_t count, double confidence, double *share)
{
    double tail = chances[0];
    size_t cut = 0;

    while (cut + 1 < (count + 1) / 2 && tail + chances[cut + 1] <= (1 - confidence) / 2 + 1e-12)
        tail += chances[++cut];
    *share = tail;
    return cut;
}

/* The same where the statistic is nearly normal. */
static size_t normal_cut(double mean, double variance, double confidence, double *share)
{
    double cut = floor(mean + statistics_normal_quantile((1 - confidence) / 2) * sqrt(variance));

    cut = fmax(0, cut - 1);
    *share = 0.5 * erfc((mean - cut - 0.5) / sqrt(2 * variance));
    return (size_t)cut;
}

struct statistics_interval statistics_median_interval(const double *values, size_t count,
                                                      double confidence)
{
    double *sorted = statistics_sorted(values, count), share;
    double *chances = memory_zeroed(count + 1, sizeof(*chances));
    double n = (double)count;
    struct statistics_interval interval;
    size_t cut;

    for (size_t i = 0; i <= count; i++)
        chances[i] =
            exp(lgamma(n + 1) - lgamma((double)i + 1) - lgamma(n - (double)i + 1) - n * log(2));
    cut = cut_of(chances, count, confidence, &share);
    interval = between(sorted, count, cut, share);
    /* A single value is its own interval, in which no one can trust. */
    interval.confidence = fmax(0, interval.confidence);
    free(chances);
    free(sorted);
    return interval;
}

/* How likely each sum is of the ranks 1 to count, each taken with an even chance. */
static double *signed_rank_chances(size_t count)
{
    size_t most = count * (count + 1) / 2;
    double *chances = memory_zeroed(most + 1, sizeof(*chances));

    chances[0] = 1;
    for (size_t rank = 1; rank <= count; rank++)
        for (size_t sum = most + 1; sum-- > 0;)
            chances[sum] = chances[sum] / 2 + (sum >= rank ? chances[sum - rank] / 2 : 0);
    return chances;
}

struct statistics_interval statistics_pseudomedian(const double *values, size_t count,
                                                   double confidence)
{
    size_t pairs = count * (count + 1) / 2, cut, at = 0;
    double *averages = memory_zeroed(pairs, sizeof(*averages)), n = (double)count, share;
    struct statistics_interval interval;

    for (size_t i = 0; i < count; i++)
        for (size_t j = i; j < count; j++)
            averages[at++] = (values[i] + values[j]) / 2;
    statistics_sort(averages, pairs);
    if (count <= EXACT_MOST) {
        double *chances = signed_rank_chances(count);

        cut = cut_of(chances, pairs, confidence, &share);
        free(chances);
    } else {
        cut = normal_cut(n * (n + 1) / 4, n * (n + 1) * (2 * n + 1) / 24, confidence, &share);
    }
    interval = between(averages, pairs, cut, share);
    free(averages);
    return interval;
}

/* With that share the other distribution, moved up by `by`. */
static void mix(double *chances, const double *other, size_t width, size_t by, double share)
{
    for (size_t i = 0; i < width; i++)
        chances[i] = (1 - share) * chances[i] + (i >= by ? share * other[i - by] : 0);
}

/*
 * How likely it is, of left + right values in random order, that so many pairs of one of each stand
 * in the wrong order. Building up the order from its last value: that is one of the left with the
 * chance i / (i + j), behind all j of the right.
 */
static double *rank_chances(size_t left, size_t right)
{
    size_t width = left * right + 1;
    double *chances = memory_zeroed((left + 1) * width, sizeof(*chances)), *last;

    for (size_t j = 0; j <= right; j++)
        for (size_t i = 0; i <= left; i++) {
            double *now = chances + i * width;

            now[0] = i == 0 || j == 0 ? 1 : now[0];
            if (i > 0 && j > 0)
                mix(now, now - width, width, j, (double)i / (double)(i + j));
        }
    last = memory_zeroed(width, sizeof(*last));
    memcpy(last, chances + left * width, width * sizeof(*last));
    free(chances);
    return last;
}

struct statistics_interval statistics_shift(const double *from, size_t from_count, const double *to,
                                            size_t to_count, double confidence)
{
    size_t pairs = from_count * to_count, cut, at = 0;
    double *differences = memory_zeroed(pairs, sizeof(*differences)), share;
    double m = (double)from_count, n = (double)to_count;
    struct statistics_interval interval;

    for (size_t i = 0; i < from_count; i++)
        for (size_t j = 0; j < to_count; j++)
            differences[at++] = to[j] - from[i];
    statistics_sort(differences, pairs);
    if (from_count + to_count <= EXACT_MOST) {
        double *chances = rank_chances(from_count, to_count);

        cut = cut_of(chances, pairs, confidence, &share);
        free(chances);
    } else {
        cut = normal_cut(m * n / 2, m * n * (m + n + 1) / 12, confidence, &share);
    }
    interval = between(differences, pairs, cut, share);
    interval.confidence = fmax(0, interval.confidence);
    free(differences);
    return interval;
}
