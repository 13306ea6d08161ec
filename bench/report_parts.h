#ifndef BENCH_REPORT_PARTS_H
#define BENCH_REPORT_PARTS_H

#include "bench/plot.h"
#include "bench/plot_axis.h"
#include "bench/report.h"

#include <stdio.h>

/* What a page calls the rows. */
struct report_words {
    const char *row; /* "server" */
    const char *rows;
    const char *header;    /* above their names in a table */
    const char *processes; /* at an axis */
    const char *title;     /* of the page */
};

/* A report that is being written. */
struct report {
    FILE *file; /* HTML */
    const struct report_data *data;
    const struct report_words *words;
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

/* A column's header, escaped, such that it breaks between its phrases if at all. */
void report_write_phrases(FILE *file, const char *text);

/*
 * A table that scrolls where it is too wide: it begins with the header of the rows' names, the
 * other headers follow, then the rows, as HTML. class and caption may be NULL; texts are plain.
 */
void report_begin_table(struct report *report, const char *class, const char *caption);
void report_write_header(struct report *report, const char *header);
void report_begin_rows(struct report *report);
void report_end_table(struct report *report);

/* A cell with a number and its unit, or with a dash where it is NAN. */
void report_write_number_cell(struct report *report, enum plot_quantity quantity, double value);

/* The cell where there is no number but an outcome: returns false, and writes nothing, else. */
bool report_write_outcome(struct report *report, size_t row, size_t column);

/*
 * Of count columns, where the table ends that begins with the one at first, so that there are as
 * few tables as fit on paper: where the URLs' delay changes, else all equally wide.
 */
size_t report_table_end(const struct report_data *data, const size_t *columns, size_t count,
                        size_t first);

/*
 * Every row relative to the reference in the columns of a subject: as few tables as fit on paper.
 * Nothing where there are no such columns.
 */
void report_write_ratio_tables(struct report *report, enum report_subject subject);

/* A row's colour in all pictures: the reference's, its own, or one for all others. */
enum plot_colour report_colour(const struct report_data *data, size_t row, enum plot_colour others);

/* A row's name where a picture names it, else NULL: only some have a colour. */
const char *report_name_in_pictures(const struct report_data *data, size_t row);

/* What the numbers of a column are compared with: the reference's median, or where it has none that
 * of all medians; NAN without any. Rows that lie further from it than by that factor would press
 * the others together, and stand in words. */
double report_middle_of(const struct report_data *data, size_t column);
enum { REPORT_FAR = 2 };

/* The reports' sections, in their order. */
void report_write_verdict(struct report *report);
void report_write_change(struct report *report);
void report_write_ratios(struct report *report);
void report_write_dots(struct report *report);
void report_write_percentiles(struct report *report);
void report_write_offered(struct report *report);
void report_write_processor(struct report *report);
void report_write_memory(struct report *report);
void report_write_peak(struct report *report);
void report_write_connections(struct report *report);
void report_write_ideal(struct report *report);
void report_write_opened(struct report *report);
void report_write_order(struct report *report);
void report_write_lines(struct report *report);

#endif
