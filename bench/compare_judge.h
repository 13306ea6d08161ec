#ifndef BENCH_COMPARE_JUDGE_H
#define BENCH_COMPARE_JUDGE_H

#include "bench/compare.h"

/*
 * Fills in what is known of each cell of a column whose cells are matched: ratio, interval, p, and
 * verdict, by the rules in compare.h. reference: the compared row to divide by; row_count: none.
 */
void compare_judge_column(struct comparison *comparison, size_t column,
                          const struct compare_settings *settings, size_t reference);

/*
 * How many rounds on either side a difference needs at least to show among so many tests: fewer
 * cannot reach a p that is small enough, however far apart they lie.
 */
size_t compare_rounds_needed(size_t tests);

#endif
