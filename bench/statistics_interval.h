#ifndef BENCH_STATISTICS_INTERVAL_H
#define BENCH_STATISTICS_INTERVAL_H

#include <stddef.h>
#include <stdint.h>

/*
 * An estimate and the interval around it. confidence is what the interval has: of those without an
 * assumption on the distribution it is the wanted one or a little more, and less only where so few
 * values cannot give it; then the interval is the widest there is.
 */
struct statistics_interval {
    double estimate;
    double low;
    double high;
    double confidence;
};

/*
 * The median, and its interval by the percentile bootstrap (Efron 1979; Efron and Tibshirani, "An
 * introduction to the bootstrap", 1993, chapter 13) of 10,000 resamples drawn from the seed. Not
 * BCa: its acceleration comes from the jackknife, which is inconsistent for a median. Narrow where
 * values are few: three cannot tell more than their range, and the percentiles say so.
 */
struct statistics_interval statistics_bootstrap_median(const double *values, size_t count,
                                                       double confidence, uint64_t seed);

/* The median, and its interval between two order statistics (Thompson 1936): the sign test's. */
struct statistics_interval statistics_median_interval(const double *values, size_t count,
                                                      double confidence);

/*
 * The centre of values that lie symmetrically around it: the median of all averages of two of them
 * (Hodges and Lehmann 1963), with the interval of the signed-rank test (Hollander, Wolfe and
 * Chicken, "Nonparametric statistical methods", 2014, 3.2 and 3.3). Differences of pairs do, where
 * both of a pair come from one distribution; of ratios take the logarithms.
 */
struct statistics_interval statistics_pseudomedian(const double *values, size_t count,
                                                   double confidence);

/*
 * By how much `to` lies higher than `from`, two samples that are not paired: the median of all
 * differences (Hodges and Lehmann 1963), with the interval of the Mann-Whitney test (Hollander,
 * Wolfe and Chicken, 4.2 and 4.3).
 */
struct statistics_interval statistics_shift(const double *from, size_t from_count, const double *to,
                                            size_t to_count, double confidence);

#endif
