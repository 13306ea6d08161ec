#ifndef BENCH_PLOT_SVG_H
#define BENCH_PLOT_SVG_H

#include "bench/problem.h"

#include <stddef.h>

struct plot_picture {
    size_t number;
    unsigned width;
    unsigned height;
    char *description;
    char *svg; /* NULL until it is drawn */
};

/*
 * Makes of a file that gnuplot wrote an element for an HTML page: colours become the page's
 * variables, identifiers unique, placeholders the texts. Returns 0 and picture->svg, in new memory;
 * -EINVAL with the problem where the file is not what gnuplot 5 writes.
 */
int plot_svg_adapt(struct plot_picture *picture, const char *drawn, char *const *texts,
                   size_t text_count, struct problem *problem);

#endif
