#ifndef BENCH_PLOT_AXIS_H
#define BENCH_PLOT_AXIS_H

#include "bench/plot.h"

#include <stdbool.h>

/* What an axis counts; it decides how its numbers are written. */
enum plot_quantity {
    PLOT_NUMBER,
    PLOT_RATE, /* per second */
    PLOT_SECONDS,
    PLOT_MICROSECONDS, /* the same, counted in these */
    PLOT_BYTES,
    PLOT_MEBIBYTES,
    PLOT_TIMES,      /* of something else */
    PLOT_PERCENT,    /* a share */
    PLOT_PERCENTILE, /* 1 / (1 - q), so that a log axis spreads the tail */
};

struct plot_axis {
    enum plot_quantity quantity;
    const char *title;
    bool logarithmic;
    bool from_zero; /* linear axes only */
    double low;
    double high; /* below low: nothing is covered yet */
};

/* An axis that covers nothing yet. */
struct plot_axis plot_axis_of(enum plot_quantity quantity, const char *title);

/* Widens it to the value; NAN, and 0 or less on a logarithmic one, is ignored. */
void plot_axis_cover(struct plot_axis *axis, double value);

/* Whether the value can stand on it. */
bool plot_axis_takes(const struct plot_axis *axis, double value);

/* Adds some room at both ends. */
void plot_axis_settle(struct plot_axis *axis);

/* Where a value stands on it: 0 at the low end, 1 at the high end. */
double plot_axis_place(const struct plot_axis *axis, double value);

/* The range and the tics of gnuplot's axis of that letter, with about so many tics at most. */
void plot_axis_write(struct plots *plots, const struct plot_axis *axis, char letter, unsigned most);

/*
 * A value with its unit as people write it, "12 µs", "70 k"; or all three digits that matter, so
 * that a column of them looks alike, "12.0 µs", "70.0 k". New memory.
 */
char *plot_quantity_text(enum plot_quantity quantity, double value);
char *plot_quantity_digits(enum plot_quantity quantity, double value);

#endif
