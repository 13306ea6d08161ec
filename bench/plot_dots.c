#include "bench/plot_dots.h"

#include "bench/memory.h"
#include "bench/plot_label.h"

#include <math.h>
#include <stdlib.h>

enum { WIDTH = 520, ROW = 25, TOP = 8, BOTTOM = 52, RIGHT = 20, CHARACTERS = 24 };

void plot_dots_init(struct plot_dots *dots, const char *description, struct plot_axis x)
{
    *dots = (struct plot_dots){.description = memory_text(description), .x = x, .mark = NAN};
}

struct plot_dots_row *plot_dots_add_row(struct plot_dots *dots, const char *label,
                                        enum plot_colour colour)
{
    dots->rows = memory_grown(dots->rows, dots->count, sizeof(*dots->rows));
    dots->rows[dots->count] = (struct plot_dots_row){
        .label = memory_text(label), .colour = colour, .median = NAN, .low = NAN, .high = NAN};
    return &dots->rows[dots->count++];
}

void plot_dots_add_value(struct plot_dots *dots, struct plot_dots_row *row, double value)
{
    if (!plot_axis_takes(&dots->x, value))
        return;
    row->values = memory_grown(row->values, row->count, sizeof(double));
    row->values[row->count++] = value;
    plot_axis_cover(&dots->x, value);
}

void plot_dots_set_median(struct plot_dots *dots, struct plot_dots_row *row, double median,
                          double low, double high)
{
    row->median = median;
    row->low = low;
    row->high = high;
    plot_axis_cover(&dots->x, median);
    plot_axis_cover(&dots->x, low);
    plot_axis_cover(&dots->x, high);
}

void plot_dots_finish(struct plot_dots *dots)
{
    for (size_t i = 0; i < dots->count; i++) {
        free(dots->rows[i].label);
        free(dots->rows[i].values);
        free(dots->rows[i].note);
    }
    free(dots->rows);
    free(dots->description);
    *dots = (struct plot_dots){0};
}

/* Room for the longest label. */
static double left_of(const struct plot_dots *dots)
{
    double left = 60;

    for (size_t i = 0; i < dots->count; i++) {
        char *cut = plot_text_cut(dots->rows[i].label, CHARACTERS);

        left = fmax(left, plot_text_width(cut, PLOT_FONT) + 14);
        free(cut);
    }
    return left;
}

static void write_label(struct plots *plots, const char *text, const char *place,
                        const char *alignment, enum plot_colour colour)
{
    fputs("set label ", plots_script(plots));
    plots_text(plots, text);
    fprintf(plots_script(plots), " at %s %s textcolor rgb %s\n", place, alignment,
            plot_colour_code(colour));
}

static void write_rows(struct plots *plots, const struct plot_dots *dots, double left)
{
    char place[96];

    for (size_t i = 0; i < dots->count; i++) {
        const struct plot_dots_row *row = &dots->rows[i];
        char *cut = plot_text_cut(row->label, CHARACTERS);

        snprintf(place, sizeof(place), "screen %.5f, first %zu", (left - 8) / WIDTH, i);
        write_label(plots, cut, place, "right",
                    row->colour == PLOT_DOT || row->colour == PLOT_ACCENT ? PLOT_INK : row->colour);
        free(cut);
        if (row->note == NULL)
            continue;
        if (dots->bars && isfinite(row->median))
            snprintf(place, sizeof(place), "first %.10g, first %zu offset 0.5, 0", row->median, i);
        else
            snprintf(place, sizeof(place), "graph 0.01, first %zu", i);
        write_label(plots, row->note, place, "left", PLOT_MUTED);
    }
}

/* Behind its values: not through words that stand in their place. */
static void write_row_lines(FILE *script, const struct plot_dots *dots, size_t row)
{
    if (dots->rows[row].note != NULL)
        return;
    fprintf(script,
            "set arrow from graph 0, first %zu to graph 1, first %zu nohead back lw 1 lc rgb %s\n",
            row, row, plot_colour_code(PLOT_GRID));
    if (isfinite(dots->mark))
        fprintf(
            script,
            "set arrow from first %.10g, first %.1f to first %.10g, first %.1f nohead back lw 1 "
            "lc rgb %s\n",
            dots->mark, (double)row - 0.5, dots->mark, (double)row + 0.5,
            plot_colour_code(PLOT_MUTED));
}

static void write_frame(struct plots *plots, const struct plot_dots *dots, double left,
                        double height)
{
    FILE *script = plots_script(plots);
    char place[64];

    fprintf(script,
            "set lmargin at screen %.5f\nset rmargin at screen %.5f\n"
            "set tmargin at screen %.5f\nset bmargin at screen %.5f\n"
            "set yrange [%zu.5:-0.5]\nunset ytics\n",
            left / WIDTH, 1 - (dots->bars ? 3.5 : 1) * RIGHT / WIDTH, 1 - TOP / height,
            BOTTOM / height, dots->count - 1);
    plot_axis_write(plots, &dots->x, 'x', 5);
    for (size_t i = 0; i < dots->count; i++)
        write_row_lines(script, dots, i);
    snprintf(place, sizeof(place), "graph 1, screen %.5f", 12 / height);
    write_label(plots, dots->x.title, place, "right", PLOT_INK);
}

/*
 * Each row's dots are moved apart, up and down in turn, so that equal ones show as many; the median
 * and its interval lie below them.
 */
static void write_data(FILE *script, const struct plot_dots *dots)
{
    for (size_t i = 0; i < dots->count; i++) {
        const struct plot_dots_row *row = &dots->rows[i];

        fprintf(script, "$d%zu << EOD\n", i);
        for (size_t j = 0; j < row->count; j++)
            fprintf(script, "%.10g %.3f\n", row->values[j],
                    (double)i - 0.1 + ((double)(j * 3 % 7) - 3) * 0.085);
        fprintf(script, "EOD\n$m%zu << EOD\n", i);
        if (isfinite(row->median))
            fprintf(script, "%.10g %.3f\n%.10g %.3f\n", row->median, (double)i + 0.2, row->median,
                    (double)i + 0.46);
        fprintf(script, "EOD\n$i%zu << EOD\n", i);
        if (dots->bars && isfinite(row->median))
            fprintf(script, "%.10g %zu\n%.10g %zu\n", dots->x.low, i, row->median, i);
        else if (isfinite(row->low) && isfinite(row->high))
            fprintf(script, "%.10g %.3f\n%.10g %.3f\n", row->low, (double)i + 0.33, row->high,
                    (double)i + 0.33);
        fputs("EOD\n", script);
    }
}

static void write_plot(FILE *script, const struct plot_dots *dots)
{
    bool first = true;

    fputs("plot ", script);
    for (size_t i = 0; i < dots->count; i++) {
        const struct plot_dots_row *row = &dots->rows[i];
        const char *colour = plot_colour_code(row->colour == PLOT_DOT ? PLOT_ACCENT : row->colour);

        if (row->count > 0) {
            fprintf(script, "%s$d%zu with points pt 7 ps 0.36 lc rgb %s notitle",
                    first ? "" : ", \\\n", i, plot_colour_code(row->colour));
            first = false;
        }
        if (isfinite(row->low) || (dots->bars && isfinite(row->median))) {
            fprintf(script, "%s$i%zu with lines lw %g lc rgb %s notitle", first ? "" : ", \\\n", i,
                    dots->bars ? 11.0 : 3.0, colour);
            first = false;
        }
        if (isfinite(row->median) && !dots->bars) {
            fprintf(script, "%s$m%zu with lines lw 2 lc rgb %s notitle", first ? "" : ", \\\n", i,
                    colour);
            first = false;
        }
    }
    /* gnuplot takes no plot of nothing, and draws no frame without one. */
    if (first)
        fputs("NaN notitle", script);
    fputc('\n', script);
}

size_t plot_dots_draw(struct plots *plots, struct plot_dots *dots)
{
    double height = (double)dots->count * ROW + TOP + BOTTOM, left = left_of(dots);
    size_t number = plots_begin(plots, WIDTH, (unsigned)height, dots->description);

    plot_axis_settle(&dots->x);
    write_data(plots_script(plots), dots);
    write_frame(plots, dots, left, height);
    write_rows(plots, dots, left);
    write_plot(plots_script(plots), dots);
    return number;
}
