#ifndef BENCH_ANALYSIS_H
#define BENCH_ANALYSIS_H

#include "bench/verdict.h"

#include <cjson/cJSON.h>
#include <stddef.h>

/*
 * What a run's records say of each column: every row in relation to the reference, round by round,
 * and how much a row differed from itself. Rows that do not compare with the reference are put in
 * relation to another row's run of the round. A round's ratio is to the geometric mean of the
 * reference's two runs of that round: the same for all rows, so that no row gains by its place, and
 * with half the variance of one run; where one of the two has no number, to the other.
 */

/* Rows by name, and which of them plays what part. */
struct analysis_rows {
    const char *const *labels;
    size_t count;
    size_t reference;      /* index */
    const size_t *against; /* of each row that which it is put in relation to, itself for none;
                              NULL: of all the reference */
    size_t repeat;   /* of the row entered twice, under its second name; count: there is none */
    size_t repeated; /* under its first */
    unsigned rounds;
    uint64_t seed; /* for tests that draw */
};

/* The numbers of a column: for each row, and behind them for the reference's closing runs, one per
 * round, 0 where there is none. */
struct analysis_values {
    double *values;
    size_t rounds;
};

/* Gathers them from the records that count. analysis_values_finish follows. */
struct analysis_values analysis_gather(const cJSON *records, const struct analysis_rows *rows,
                                       const char *scenario, const char *column);
void analysis_values_finish(struct analysis_values *values);

/* What the rows of a round are put in relation to; 0 where the reference has no number. */
double analysis_ceiling(const struct analysis_values *values, const struct analysis_rows *rows,
                        size_t round);

/*
 * Fills ratios, one for each row, with what the rounds say; that of rows against none, and of rows
 * without a round in which both have numbers, has no rounds. higher: whether more is better.
 * Then judges them by the margin.
 */
void analysis_compare(const struct analysis_values *values, const struct analysis_rows *rows,
                      bool higher, double margin, struct ratio *ratios);

/* The row entered twice in relation to itself, judged by the margin as one comparison. */
struct ratio analysis_repeat(const struct analysis_values *values, const struct analysis_rows *rows,
                             bool higher, double margin);

#endif
