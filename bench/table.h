#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include "bench/outcome.h"
#include "bench/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* One cell of a table: a number, or the outcome that stands in its place. */
struct table_cell {
    enum outcome outcome;
    double value;   /* the median of the samples, where there are some */
    double minimum; /* of them */
    double maximum;
    double *samples; /* one per round; NULL in a published table */
    size_t sample_count;
    double low; /* of the median's interval; 0 where it is not known, like high */
    double high;
    struct ratio ratio; /* to the table's reference; without rounds where it is not known */
};

enum table_unit {
    UNIT_NONE,
    UNIT_REQUESTS_PER_SECOND,
    UNIT_SECONDS_PER_REQUEST,
    UNIT_CPU_PER_REQUEST, /* microseconds */
    UNIT_TIMES_IDEAL,
    UNIT_MEBIBYTES,
    UNIT_CONNECTIONS,
};

/* Rows and columns with names; all of it belongs to the table. */
struct table {
    char *source;             /* the file it was read from */
    char *caption;            /* the line below it; may be NULL */
    const char *first_header; /* of the rows' names; NULL: "Server version" */
    char **columns;
    const char **titles; /* of the table of its own that a column stands in; NULL: of the one */
    size_t column_count;
    char **rows;
    struct table_cell **cells; /* a row of column_count each */
    size_t row_count;
};

void table_finish(struct table *table);

/* Both copy the text. A column has no title, unless it is given one. A row has cells of
 * OUTCOME_NONE; columns come before rows. */
void table_add_column(struct table *table, const char *header);
struct table_cell *table_add_row(struct table *table, const char *name);

/* What a column's header says: "1 fast (req/s)" are requests per second. */
enum table_unit table_unit_of(const char *header);

/* Of all but requests per second fewer are better. */
bool table_unit_more_is_better(enum table_unit unit);

/*
 * Whether two headers name one column: their letters and digits are the same, but for case; blanks
 * and marks up are nothing.
 */
bool table_same_header(const char *left, const char *right);

/* About three digits that matter: 38123 is "38100", 1.0512 "1.05". Returns text. */
enum { TABLE_NUMBER = 32 };
char *table_format_number(double value, char text[static TABLE_NUMBER]);

/* What stands behind each number in Markdown, in parentheses, where it is known. */
enum table_detail {
    TABLE_PLAIN,    /* nothing */
    TABLE_VERDICTS, /* how far the interval reaches, the ratio to the reference, and the verdict */
    TABLE_SPREAD,   /* the least and the greatest of the rounds */
};

/*
 * Prints it as Markdown, its caption below. Where columns have titles it is a table for each title,
 * which stands above it.
 */
void table_print_markdown(FILE *file, const struct table *table, enum table_detail detail);

/*
 * As comma-separated values (RFC 4180), numbers unrounded; TABLE_PLAIN gives one field for a cell,
 * else all that is known of it follows.
 */
void table_print_csv(FILE *file, const struct table *table, enum table_detail detail);

/* As one JSON object on one line. */
void table_print_json(FILE *file, const struct table *table);

#endif
