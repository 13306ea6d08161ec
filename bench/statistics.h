#ifndef BENCH_STATISTICS_H
#define BENCH_STATISTICS_H

#include <stddef.h>

/* Ascending: in place; and as a copy in new memory, which the caller frees. */
void statistics_sort(double *values, size_t count);
double *statistics_sorted(const double *values, size_t count);

/* Of count values, at least one, in any order; the array stays as it is. */
double statistics_median(const double *values, size_t count);
double statistics_minimum(const double *values, size_t count);
double statistics_maximum(const double *values, size_t count);

/* Median of the absolute differences from the median: a spread that one outlier does not move. */
double statistics_deviation(const double *values, size_t count);

/* Of count values above 0, at least one. */
double statistics_geometric_mean(const double *values, size_t count);

/*
 * The one-sided p-value of the Mann-Whitney test (Mann and Whitney 1947): how likely values of
 * `low` rank as low among both as they do, or lower, when both come from one distribution. Exact,
 * conditional on ties, up to 64 values in all; beyond that the normal approximation with the tie
 * and continuity corrections. Both counts are at least 1. Three values wholly below three others
 * give 1/20.
 */
double statistics_rank_test(const double *low, size_t low_count, const double *high,
                            size_t high_count);

/* Below it lies a normal variable, of mean 0 and deviation 1, with this chance (0 < chance < 1). */
double statistics_normal_quantile(double chance);

#endif
