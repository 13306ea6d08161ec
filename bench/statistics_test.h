#ifndef BENCH_STATISTICS_TEST_H
#define BENCH_STATISTICS_TEST_H

#include <stddef.h>
#include <stdint.h>

/*
 * How likely the sum of the values is to lie as far from 0 as it does, or farther, when each could
 * as well have the other sign: the randomisation test of paired differences (Fisher, "The design of
 * experiments", 1935, section 21). Exact, by trying all signs, for up to 20 values; beyond that of
 * 100,000 drawn from the seed, the observed one counted among them (Phipson and Smyth 2010), so
 * that it is never 0. 14 values of one sign give 2/16384, none at all 1.
 */
double statistics_sign_flip_test(const double *values, size_t count, uint64_t seed);

/* The two-sided Mann-Whitney test: twice the smaller of both one-sided p-values, at most 1. */
double statistics_two_sided_rank_test(const double *left, size_t left_count, const double *right,
                                      size_t right_count);

/*
 * Holm's step-down adjustment (Holm 1979): with a limit on adjusted[i], the chance that any of the
 * tests finds what is not there stays below that limit, however they depend on each other. adjusted
 * may be p itself.
 */
void statistics_holm(const double *p, double *adjusted, size_t count);

/*
 * The smallest log ratio that would have been found four times in five (Bloom 1995, as a multiple
 * of the standard error): one whose 95 % interval, half as wide as given, lies wholly beyond the
 * margin, and whose p stays below the level among so many comparisons.
 */
double statistics_smallest_effect(double half_width, double margin, double level,
                                  size_t comparisons);

#endif
