#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include "bench/outcome.h"

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
};

enum table_unit { UNIT_NONE, UNIT_REQUESTS_PER_SECOND, UNIT_SECONDS_PER_REQUEST };

/* Rows and columns with names; all of it belongs to the table. */
struct table {
    char *source;  /* the file it was read from */
    char *caption; /* the line below it; may be NULL */
    char **columns;
    size_t column_count;
    char **rows;
    struct table_cell **cells; /* a row of column_count each */
    size_t row_count;
};

void table_finish(struct table *table);

/* Both copy the text. A row has cells of OUTCOME_NONE; columns come before rows. */
void table_add_column(struct table *table, const char *header);
struct table_cell *table_add_row(struct table *table, const char *name);

/* What a column's header says: "1 fast (req/s)" are requests per second. */
enum table_unit table_unit_of(const char *header);

/*
 * Whether two headers name one column: their letters and digits are the same, but for case; blanks
 * and marks up are nothing.
 */
bool table_same_header(const char *left, const char *right);

/* About three digits that matter: 38123 is "38100", 1.0512 "1.05". Returns text. */
enum { TABLE_NUMBER = 32 };
char *table_format_number(double value, char text[static TABLE_NUMBER]);

/*
 * Prints it as Markdown, its caption below; with_spread adds the least and the greatest of the
 * rounds to each number. The first column's header is "Server version".
 */
void table_print_markdown(FILE *file, const struct table *table, bool with_spread);

/* As comma-separated values (RFC 4180), numbers unrounded. */
void table_print_csv(FILE *file, const struct table *table, bool with_spread);

/* As one JSON object on one line. */
void table_print_json(FILE *file, const struct table *table);

#endif
