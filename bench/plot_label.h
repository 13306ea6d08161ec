#ifndef BENCH_PLOT_LABEL_H
#define BENCH_PLOT_LABEL_H

#include <stdbool.h>
#include <stddef.h>

/* Texts in pictures: how much room they take, and where there is some. Pixels, y downwards. */

/* About how wide a text of that size is, which nobody can know before the reader's font does. */
double plot_text_width(const char *text, double size);

/* The text cut to at most so many characters, "…" at the end where it was. New memory. */
char *plot_text_cut(const char *text, size_t characters);

struct plot_box {
    double left;
    double top;
    double right;
    double bottom;
};

bool plot_box_overlaps(const struct plot_box *one, const struct plot_box *other);

/*
 * Moves count places along a line apart, so that each two are at least `least` apart and all lie
 * within low and high, as far as there is room; their order stays.
 */
void plot_spread(double *places, size_t count, double least, double low, double high);

#endif
