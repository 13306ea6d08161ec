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
 * Where both cells have the samples of their rounds, the ratio is the Hodges-Lehmann estimate of
 * two independent samples on the log scale, its interval that of the Mann-Whitney test (95 %), and
 * p the exact two-sided one, adjusted by Holm's method over the cells of a column that are tested.
 * A cell is worse or better when that p is at most compare_level and the estimate lies beyond the
 * threshold; the same when it lies within it (equivalent, when the whole interval does); else
 * noisy. Where one cell has samples, the interval is that of its centre, against the
 * other's number; there is no test, so all of it has to lie beyond; where none has, the ratio alone
 * decides.
 *
 * A number that became X is worse, X that became a number better, and so with the graver outcomes;
 * a cell that one side did not measure says nothing.
 *
 * Relative: each column is divided, on either side, by the geometric mean of the rows in which both
 * have numbers, or by one row, so that what carries over between machines is compared: how rows
 * stand to each other. It is done within each round, where all of these rows have the same number
 * of rounds, since what a round has in common is then gone; else by the medians. A column with
 * fewer than two such rows says nothing about numbers.
 */
enum verdict { VERDICT_NONE, VERDICT_SAME, VERDICT_BETTER, VERDICT_WORSE, VERDICT_NOISY };

/* A limit for p, and the confidence of the intervals. */
extern const double compare_level, compare_confidence;

/* In percent of the old value, where the user names none: with samples on both sides, without. */
extern const double compare_threshold_sampled, compare_threshold_plain;

/* The margin by which a run judged a column itself, in percent: what its machine can tell. */
struct compare_margin {
    const char *header;
    double percent;
};

struct compare_settings {
    double threshold; /* percent, for every cell; below 0: the least that the margins allow */
    const struct compare_margin *margins;
    size_t margin_count;
    bool relative;
    const char *reference; /* the row to divide by; NULL: the geometric mean */
    bool shapes;           /* reproduced only where the whole interval is within the threshold */
};

/* What a second measurement said of a cell that was worse. */
enum recheck_result {
    RECHECK_NONE,      /* there was none */
    RECHECK_CONFIRMED, /* worse again */
    RECHECK_REFUTED,   /* not worse */
    RECHECK_UNCLEAR,   /* too noisy, or the machine itself has changed */
};

struct compared_cell {
    const struct table_cell *old;
    const struct table_cell *new;
    double ratio; /* new to old, of what was compared; 0: not both are numbers */
    double low;   /* its interval; the ratio itself where no side has samples */
    double high;
    double confidence; /* of the interval; 0: there is none */
    double p;          /* of the test; meaningful where tested */
    double p_adjusted;
    bool tested;
    double threshold;     /* percent */
    size_t rounds_needed; /* on either side for any difference to show; 0: there are enough */
    bool favourable;      /* the difference is for the better: tells noisy cells apart */
    bool beyond;          /* the estimate lies beyond the threshold */
    bool equivalent;      /* the whole interval lies within it */
    bool reference;       /* what the others of its column were divided by */
    enum verdict verdict;
    enum verdict first_verdict;        /* before the recheck */
    enum recheck_result recheck;       /* changes the verdict */
    const struct compared_cell *again; /* what it rests on; NULL: not measured */
};

struct compared_column {
    const char *header;
    enum table_unit unit;
    size_t old; /* column of the old table */
    size_t new;
    size_t common;   /* rows in which both have numbers */
    double old_mean; /* geometric, of those; 0 without any */
    double new_mean;
    size_t tests;      /* cells that p is adjusted over */
    bool by_reference; /* what it was divided by, where it was */
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
 * stands twice in a table, no row or no column is in both, or not both have the reference.
 */
int compare_tables(struct comparison *comparison, const struct table *old, const struct table *new,
                   const struct compare_settings *settings, struct problem *problem);

void comparison_finish(struct comparison *comparison);

/* "~", "better", "worse", "noisy"; "" for VERDICT_NONE. */
const char *verdict_name(enum verdict verdict);

/* The verdict as diff says it: of shapes "reproduced", "not reproduced: worse", ...; of the row
 * that the others were divided by "reference". */
const char *compared_cell_words(const struct compared_cell *cell, bool shapes);

/* How many cells there are of each kind. */
struct comparison_counts {
    size_t worse;
    size_t better;
    size_t same;
    size_t equivalent;  /* of these */
    size_t noisy_worse; /* would be worse if they were not noisy */
    size_t noisy_better;
    size_t noisy_within; /* the interval leaves the threshold, the estimate does not */
    size_t missing;      /* one side only, or nothing to stand to */
};

struct comparison_counts comparison_count(const struct comparison *comparison);

/* NULL where it has none for that row of the old table, that of the new one, and that header. */
const struct compared_cell *comparison_find(const struct comparison *comparison, size_t old_row,
                                            const struct table *new, const char *new_row,
                                            const char *header);

#endif
