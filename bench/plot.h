#ifndef BENCH_PLOT_H
#define BENCH_PLOT_H

#include "bench/problem.h"
#include "bench/supervisor.h"

#include <stddef.h>
#include <stdio.h>

/*
 * Pictures that one run of gnuplot draws, as SVG to stand inside an HTML page. Their colours are
 * the page's, by CSS variables (--ink, --muted, --grid, --faint, --dot, --accent, --series0 ...),
 * so that light, dark and print look right. No text reaches gnuplot: it gets placeholders, for
 * which the texts are put in afterwards, escaped; so a label can neither be a command of gnuplot
 * nor markup.
 */
struct plots;

enum plot_colour {
    PLOT_INK,
    PLOT_MUTED,
    PLOT_GRID,
    PLOT_FAINT,
    PLOT_DOT,
    PLOT_ACCENT,
    PLOT_SERIES, /* and the seven behind it */
    PLOT_COLOURS = PLOT_SERIES + 8,
};

/* Point types of gnuplot that the pictures have. */
enum plot_point { PLOT_RING = 6, PLOT_DISC = 7 };

enum { PLOT_FONT = 13 }; /* pixels, as is every measure of a picture */

/* Begins an empty collection. Never NULL. */
struct plots *plots_create(void);

/* Takes NULL. */
void plots_destroy(struct plots *plots);

/*
 * Begins a picture. description is what somebody hears who does not see it; copied. What follows in
 * plots_script draws it. Returns its number.
 */
size_t plots_begin(struct plots *plots, unsigned width, unsigned height, const char *description);

/* The script, for commands. */
FILE *plots_script(struct plots *plots);

/* Writes a colour into the script, quoted, as gnuplot takes it behind `rgb`. */
const char *plot_colour_code(enum plot_colour colour);

/* Writes a quoted placeholder for the text into the script. */
void plots_text(struct plots *plots, const char *text);

/*
 * Draws all of them. Returns 0; -ENOENT where gnuplot is not installed; -EINTR where a signal asks
 * to end; another -errno; all with the problem, in gnuplot's own words where it left some.
 */
int plots_draw(struct plots *plots, struct supervisor *supervisor, struct problem *problem);

/* The picture of that number: an svg element. NULL where it was not drawn. */
const char *plots_svg(const struct plots *plots, size_t number);

#endif
