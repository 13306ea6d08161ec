#ifndef BENCH_REPORT_PARTS_H
#define BENCH_REPORT_PARTS_H

#include "bench/plot.h"
#include "bench/plot_axis.h"
#include "bench/report.h"

#include <stdio.h>

/* A report that is being written. */
struct report {
    FILE *file; /* HTML */
    const struct report_data *data;
    const struct table *table;
    const struct report_past *past;
    struct plots *plots; /* where a picture belongs, the HTML has a marker until all are drawn */
};

/* Begins and ends a section; title is plain text, name identifies it. */
void report_begin_section(struct report *report, const char *name, const char *title);
void report_end_section(struct report *report);

/* A paragraph for a section whose data the run does not have; how says how to get it (HTML). */
void report_write_absence(struct report *report, const char *what, const char *how);

/* Pictures side by side. */
void report_begin_figures(struct report *report);
void report_end_figures(struct report *report);

/* One of them, with its heading and a line below it (NULL: none), both plain text. */
void report_write_figure(struct report *report, size_t picture, const char *heading,
                         const char *caption);

/* What stands where a picture belongs, until it is drawn: printf it with the picture's number. */
#define REPORT_MARKER_BEGIN "<!--picture "
#define REPORT_MARKER_END "-->"

/* A number with its unit, escaped. */
void report_write_quantity(FILE *file, enum plot_quantity quantity, double value);

/* A file's name, escaped; not where it lies, which is nobody else's matter. */
void report_write_source(FILE *file, const char *path);

/* What a column's numbers are. */
enum plot_quantity report_quantity(const struct report_column *column);

/* A row's colour in all pictures: the reference's, its own, or one for all others. */
enum plot_colour report_colour(const struct report_data *data, size_t row, enum plot_colour others);

/* The reports' sections, in their order. */
void report_write_verdict(struct report *report);
void report_write_change(struct report *report);
void report_write_ratios(struct report *report);
void report_write_dots(struct report *report);
void report_write_percentiles(struct report *report);
void report_write_offered(struct report *report);
void report_write_processor(struct report *report);
void report_write_memory(struct report *report);
void report_write_connections(struct report *report);
void report_write_order(struct report *report);
void report_write_lines(struct report *report);

#endif
