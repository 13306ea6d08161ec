#ifndef BENCH_PLOT_CHART_H
#define BENCH_PLOT_CHART_H

#include "bench/plot.h"
#include "bench/plot_axis.h"

#include <stdbool.h>

/* A picture of y over x: lines that are named at their ends, or points that are named beside them.
 */

struct plot_series {
    char *label; /* NULL: a line among others, without a name */
    enum plot_colour colour;
    double *x;
    double *y;
    size_t count;
};

struct plot_chart {
    char *description;
    struct plot_axis x;
    struct plot_axis y;
    bool sticks; /* each series is one thing: its last point is named, where there is room */
    bool dots;   /* a disc at each point of a line that has a name */
    bool discs;  /* points without lines, where the series has no name */
    double mark; /* a horizontal line; NAN: none */
    struct plot_series *series;
    size_t count;
};

/* Begins one; the texts are copied. plot_chart_finish ends it. */
void plot_chart_init(struct plot_chart *chart, const char *description, struct plot_axis x,
                     struct plot_axis y);

/* Adds a series without points. The label may be NULL. */
void plot_chart_add_series(struct plot_chart *chart, const char *label, enum plot_colour colour);

/* Adds a point to the series that was added last; one that an axis cannot show is left out. */
void plot_chart_add_point(struct plot_chart *chart, double x, double y);

/* How many points there are in all. */
size_t plot_chart_points(const struct plot_chart *chart);

/* Puts it among the pictures. Series without a name lie below the others. Returns its number. */
size_t plot_chart_draw(struct plots *plots, struct plot_chart *chart);

void plot_chart_finish(struct plot_chart *chart);

#endif
