#ifndef BENCH_PLOT_DOTS_H
#define BENCH_PLOT_DOTS_H

#include "bench/plot.h"
#include "bench/plot_axis.h"

/* A picture with a line for each row: its values as dots, their median as a tick. */

struct plot_dots_row {
    char *label;
    enum plot_colour colour;
    double *values;
    size_t count;
    double median; /* NAN: none */
    double low;    /* of its interval; NAN: none */
    double high;
    char *note; /* instead of values, such as "X"; or behind the bar */
};

struct plot_dots {
    char *description;
    struct plot_axis x;
    bool bars;   /* a bar from the low end to the median, for one number per row */
    double mark; /* a vertical line; NAN: none */
    struct plot_dots_row *rows;
    size_t count;
};

/* Begins one; the text is copied. plot_dots_finish ends it. */
void plot_dots_init(struct plot_dots *dots, const char *description, struct plot_axis x);

/* Adds a row without values, the first one on top. The label is copied. */
struct plot_dots_row *plot_dots_add_row(struct plot_dots *dots, const char *label,
                                        enum plot_colour colour);

/* Adds a value; one that the axis cannot show is left out. */
void plot_dots_add_value(struct plot_dots *dots, struct plot_dots_row *row, double value);

/* Sets the median, and its interval, which may be NAN. */
void plot_dots_set_median(struct plot_dots *dots, struct plot_dots_row *row, double median,
                          double low, double high);

/* Puts it among the pictures. Returns its number. */
size_t plot_dots_draw(struct plots *plots, struct plot_dots *dots);

void plot_dots_finish(struct plot_dots *dots);

#endif
