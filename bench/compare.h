#ifndef BENCH_COMPARE_H
#define BENCH_COMPARE_H

#include "bench/problem.h"
#include "bench/table.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Compares two tables, cell by cell.
 *
 * Rows match by name, else by counterpart (one published row may match two); columns by header.
 *
 * A number is worse, or better, when it is beyond the threshold: by more than so many percent of
 * the old value. Where both cells have samples it must be beyond noise as well: the one-sided exact
 * Mann-Whitney test of the rounds in the direction seen gives p <= 0.05 (three rounds against three
 * reach that when all of one lie beyond all of the other; two against two cannot). Beyond the
 * threshold, but not beyond noise, is "noisy". A number that became X is worse, X that became a
 * number better, and so with the graver outcomes; a cell that one side did not measure says
 * nothing.
 *
 * Relative: each column is divided, on either side, by the geometric mean of the rows in which both
 * have numbers, so that what carries over between machines is compared: how rows stand to each
 * other. A column with fewer than two such rows then says nothing about numbers.
 */
enum verdict { VERDICT_NONE, VERDICT_SAME, VERDICT_BETTER, VERDICT_WORSE, VERDICT_NOISY };

struct compare_settings {
    double threshold; /* percent */
    bool relative;
};

struct compared_cell {
    const struct table_cell *old;
    const struct table_cell *new;
    double ratio; /* new to old, of what was compared; 0: not both are numbers */
    double p;     /* of the test; meaningful where tested */
    bool tested;
    bool favourable; /* the difference is for the better: tells noisy cells apart */
    enum verdict verdict;
};

struct compared_column {
    const char *header;
    enum table_unit unit;
    size_t old; /* column of the old table */
    size_t new;
    size_t common;   /* rows in which both have numbers */
    double old_mean; /* geometric, of those; 0 without any */
    double new_mean;
};

struct compared_row {
    size_t old;
    size_t new;
    struct compared_cell *cells; /* one per compared column */
};

/* Names point into the tables, which must live as long. */
struct comparison {
    struct compared_column *columns;
    size_t column_count;
    struct compared_row *rows;
    size_t row_count;
    const char **only_old; /* rows without a match */
    size_t only_old_count;
    const char **only_new;
    size_t only_new_count;
    const char **only_columns; /* of either side */
    size_t only_column_count;
};

/*
 * Returns 0 and fills *comparison, which the caller finishes; -EINVAL with the problem where a name
 * stands twice in a table, or no row or no column is in both.
 */
int compare_tables(struct comparison *comparison, const struct table *old, const struct table *new,
                   const struct compare_settings *settings, struct problem *problem);

void comparison_finish(struct comparison *comparison);

/* "~", "better", "worse", "noisy"; "" for VERDICT_NONE. */
const char *verdict_name(enum verdict verdict);

/* How many cells have that verdict; of noisy ones only those that are not favourable. */
size_t comparison_count(const struct comparison *comparison, enum verdict verdict);

#endif
