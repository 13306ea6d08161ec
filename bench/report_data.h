#ifndef BENCH_REPORT_DATA_H
#define BENCH_REPORT_DATA_H

#include "bench/outcome.h"
#include "bench/plot_axis.h"
#include "bench/problem.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * A results document as a report looks at it: rows by columns, every round apart. Numbers that the
 * document does not have are NAN, texts NULL: documents of version 1 lack much. Texts belong to the
 * document, which must live as long.
 */

enum { REPORT_HIGHLIGHTS = 8 };

/* How sure a ratio is. Without a verdict in the document nothing is claimed. */
enum report_verdict {
    REPORT_UNJUDGED,
    REPORT_REFERENCE,
    REPORT_FASTER,
    REPORT_SLOWER,
    REPORT_EQUIVALENT,
    REPORT_INCONCLUSIVE,
};

/* To the row's reference in the same round; above 1 is better, whatever the unit. */
struct report_ratio {
    double median;
    double low; /* of the interval; of the rounds' range where !interval */
    double high;
    bool interval;
    double smallest_effect;
    enum report_verdict verdict;
};

struct report_cell {
    enum outcome outcome;
    double median;
    double low; /* of the median's interval */
    double high;
    double *rounds; /* one per round, NAN where it gave no number */
    struct report_ratio ratio;
    const cJSON *flags; /* NULL: none */
};

/* What a column is about. That of a run of servers is always the first. */
enum report_subject {
    REPORT_RESULT, /* what a user gets or waits for */
    REPORT_FETCH,  /* of it what the server saw */
    REPORT_PROCESSOR,
    REPORT_PEAK, /* memory */
    REPORT_OPENED,
};

struct report_column {
    const char *name;
    const char *header;
    const char *scenario;
    const char *title; /* of all columns of URLs that show the same; NULL: it is of servers */
    enum report_subject subject;
    enum plot_quantity quantity;
    const char *axis; /* what an axis of its numbers counts */
    bool less_is_better;
    bool alone; /* its scenario has one client process and no other column */
    double offered;
    double connections;
    double pipeline;
    double urls; /* NAN where it is of servers, like the next two */
    double concurrency;
    double delay; /* seconds */
};

struct report_row {
    const char *label;
    const char *family;
    const char *repeats; /* the label of the row that it repeats (A/A) */
    size_t reference;    /* row that its ratios refer to; itself: none */
    bool peer;
    int highlight; /* 0 .. REPORT_HIGHLIGHTS - 1: its colour; -1: none */
    double lines;
    double memory_per_connection;
    const cJSON *system_calls; /* per request, by number of connections */
    struct report_cell *cells; /* one per column */
};

/* One server process: a row in a round. They stand in the order in which they ran. */
struct report_run {
    size_t row;
    size_t round;
    bool closing; /* the reference once more, at the end of its block */
    double *values;
    const cJSON *cells; /* as recorded, one per scenario */
};

struct report_data {
    const cJSON *document;
    struct report_column *columns;
    size_t column_count;
    struct report_row *rows;
    size_t row_count;
    struct report_run *runs;
    size_t run_count;
    size_t round_count;
    bool web;         /* rows are web clients, not servers */
    size_t reference; /* row that the ratios of most rows refer to */
    bool judged;      /* there is at least one verdict */
};

/*
 * Reads it. source is the file's name for problems. Returns 0 and fills *data, which the caller
 * finishes; -EINVAL with the problem where the document is not what a results file holds.
 */
int report_data_read(struct report_data *data, const char *source, const cJSON *document,
                     struct problem *problem);

void report_data_finish(struct report_data *data);

/* The row of that label, or row_count. */
size_t report_data_row(const struct report_data *data, const char *label);

/* The columns of a subject, in their order; at has room for all columns. Returns how many. */
size_t report_data_columns(const struct report_data *data, enum report_subject subject, size_t *at);

/* Whether the cell is a number. */
bool report_data_measured(const struct report_data *data, size_t row, size_t column);

/* What was recorded of a column's scenario in a run, or NULL. */
const cJSON *report_data_recorded(const struct report_data *data, const struct report_run *run,
                                  size_t column);

/*
 * The median over a row's runs (the closing ones left out) of a number that read finds in what is
 * recorded of a column's scenario; NAN where it finds none.
 */
double report_data_median(const struct report_data *data, size_t row, size_t column,
                          double (*read)(const cJSON *recorded, const void *argument),
                          const void *argument);

#endif
