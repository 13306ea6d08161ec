#include "bench/plot_chart.h"

#include "bench/memory.h"
#include "bench/plot_label.h"

#include <math.h>
#include <stdlib.h>

enum {
    WIDTH = 520,
    HEIGHT = 336,
    LEFT = 64,
    TOP = 34,
    BOTTOM = 52,
    LABEL = 17,
    RIGHT = 16,
    STICKS_RIGHT = 56
};
enum { LINE_LABEL_CHARACTERS = 19, POINT_LABEL_CHARACTERS = 22, CANDIDATES = 10 };

/* The plot's own area. */
struct area {
    double left;
    double right;
    double top;
    double bottom;
};

void plot_chart_init(struct plot_chart *chart, const char *description, struct plot_axis x,
                     struct plot_axis y)
{
    *chart =
        (struct plot_chart){.description = memory_text(description), .x = x, .y = y, .mark = NAN};
}

void plot_chart_add_series(struct plot_chart *chart, const char *label, enum plot_colour colour)
{
    chart->series = memory_grown(chart->series, chart->count, sizeof(*chart->series));
    chart->series[chart->count++] =
        (struct plot_series){.label = label != NULL ? memory_text(label) : NULL, .colour = colour};
}

void plot_chart_add_point(struct plot_chart *chart, double x, double y)
{
    struct plot_series *series = &chart->series[chart->count - 1];

    if (!plot_axis_takes(&chart->x, x) || !plot_axis_takes(&chart->y, y))
        return;
    series->x = memory_grown(series->x, series->count, sizeof(double));
    series->y = memory_grown(series->y, series->count, sizeof(double));
    series->x[series->count] = x;
    series->y[series->count++] = y;
    plot_axis_cover(&chart->x, x);
    plot_axis_cover(&chart->y, y);
}

size_t plot_chart_points(const struct plot_chart *chart)
{
    size_t count = 0;

    for (size_t i = 0; i < chart->count; i++)
        count += chart->series[i].count;
    return count;
}

void plot_chart_finish(struct plot_chart *chart)
{
    for (size_t i = 0; i < chart->count; i++) {
        free(chart->series[i].label);
        free(chart->series[i].x);
        free(chart->series[i].y);
    }
    free(chart->series);
    free(chart->description);
    *chart = (struct plot_chart){0};
}

static struct area area_of(const struct plot_chart *chart)
{
    double right = chart->sticks ? STICKS_RIGHT : RIGHT;

    for (size_t i = 0; i < chart->count && !chart->sticks; i++)
        if (chart->series[i].label != NULL && chart->series[i].count > 0) {
            char *cut = plot_text_cut(chart->series[i].label, LINE_LABEL_CHARACTERS);

            right = fmax(right, plot_text_width(cut, PLOT_FONT) + 12);
            free(cut);
        }
    return (struct area){LEFT, WIDTH - right, TOP, HEIGHT - BOTTOM};
}

/* A text with its left end, its middle (alignment "center") or its right end at a place in pixels.
 */
static void write_label(struct plots *plots, const char *text, double x, double y,
                        const char *alignment, enum plot_colour colour)
{
    FILE *script = plots_script(plots);

    fputs("set label ", script);
    plots_text(plots, text);
    fprintf(script, " at screen %.5f, screen %.5f %s front textcolor rgb %s\n", x / WIDTH,
            1 - y / HEIGHT, alignment, plot_colour_code(colour));
}

static void write_frame(struct plots *plots, const struct plot_chart *chart,
                        const struct area *area)
{
    FILE *script = plots_script(plots);

    fprintf(script,
            "set lmargin at screen %.5f\nset rmargin at screen %.5f\n"
            "set tmargin at screen %.5f\nset bmargin at screen %.5f\n",
            area->left / WIDTH, area->right / WIDTH, 1 - area->top / HEIGHT,
            1 - area->bottom / HEIGHT);
    plot_axis_write(plots, &chart->x, 'x', 6);
    plot_axis_write(plots, &chart->y, 'y', 7);
    fprintf(script, "set border 1 lc rgb %s\n", plot_colour_code(PLOT_MUTED));
    write_label(plots, chart->y.title, 4, 12, "left", PLOT_INK);
    write_label(plots, chart->x.title, area->right, HEIGHT - 12, "right", PLOT_INK);
    if (isfinite(chart->mark))
        fprintf(
            script,
            "set arrow from graph 0, first %.10g to graph 1, first %.10g nohead lw 1 lc rgb %s\n",
            chart->mark, chart->mark, plot_colour_code(PLOT_MUTED));
}

static void write_data(FILE *script, const struct plot_chart *chart)
{
    for (size_t i = 0; i < chart->count; i++) {
        fprintf(script, "$s%zu << EOD\n", i);
        for (size_t j = 0; j < chart->series[i].count; j++)
            fprintf(script, "%.10g %.10g\n", chart->series[i].x[j], chart->series[i].y[j]);
        fputs("EOD\n", script);
    }
}

static void write_plot(FILE *script, const struct plot_chart *chart)
{
    bool first = true;

    fputs("plot ", script);
    for (int named = 0; named <= 1; named++)
        for (size_t i = 0; i < chart->count; i++) {
            const struct plot_series *series = &chart->series[i];
            bool has_points = chart->sticks || (named && chart->dots);

            if ((series->label != NULL) != (named == 1) || series->count == 0)
                continue;
            fprintf(script, "%s$s%zu using 1:2 ", first ? "" : ", \\\n", i);
            if (!named && chart->discs)
                fputs("with points pt 7 ps 0.25", script);
            else
                fprintf(script, "with %s lw %g", has_points ? "linespoints pt 7 ps 0.45" : "lines",
                        named && !chart->sticks ? 2.0 : 1.2);
            fprintf(script, " lc rgb %s notitle", plot_colour_code(series->colour));
            first = false;
        }
    /* gnuplot takes no plot of nothing, and draws no frame without one. */
    if (first)
        fputs("NaN notitle", script);
    fputc('\n', script);
}

static double x_of(const struct plot_chart *chart, const struct area *area, double value)
{
    return area->left + plot_axis_place(&chart->x, value) * (area->right - area->left);
}

static double y_of(const struct plot_chart *chart, const struct area *area, double value)
{
    return area->bottom - plot_axis_place(&chart->y, value) * (area->bottom - area->top);
}

/* In the right margin, at the height of each line's end. */
static void name_lines(struct plots *plots, const struct plot_chart *chart, const struct area *area)
{
    double *places = memory_zeroed(chart->count + 1, sizeof(*places));
    size_t *named = memory_zeroed(chart->count + 1, sizeof(*named)), count = 0;

    for (size_t i = 0; i < chart->count; i++) {
        const struct plot_series *series = &chart->series[i];

        if (series->label == NULL || series->count == 0)
            continue;
        named[count] = i;
        places[count++] = y_of(chart, area, series->y[series->count - 1]);
    }
    plot_spread(places, count, LABEL, area->top, area->bottom);
    for (size_t i = 0; i < count; i++) {
        const struct plot_series *series = &chart->series[named[i]];
        char *cut = plot_text_cut(series->label, LINE_LABEL_CHARACTERS);

        write_label(plots, cut, area->right + 7, places[i], "left", series->colour);
        free(cut);
    }
    free(places);
    free(named);
}

/* Where a label may stand beside a point: its box for each candidate, the best first. */
static struct plot_box box_beside(double x, double y, double width, size_t candidate)
{
    static const struct {
        double side; /* 1: right of the point, 0: centred, -1: left */
        double down;
    } places[CANDIDATES] = {{1, 0},  {-1, 0},   {0, -14}, {0, 14},  {1, -11},
                            {1, 11}, {-1, -11}, {-1, 11}, {1, -22}, {1, 22}};
    double left = x + 8, top = y + places[candidate].down - 7;

    if (places[candidate].side < 0)
        left = x - 8 - width;
    else if (places[candidate].side == 0)
        left = x - width / 2;
    return (struct plot_box){left, top, left + width, top + 14};
}

struct placed {
    struct plot_box *boxes;
    size_t count;
};

static void occupy(struct placed *placed, struct plot_box box)
{
    placed->boxes = memory_grown(placed->boxes, placed->count, sizeof(*placed->boxes));
    placed->boxes[placed->count++] = box;
}

static bool is_free(const struct placed *placed, const struct area *area, struct plot_box box)
{
    if (box.left < area->left || box.right > WIDTH - 2 || box.top < area->top - 8 ||
        box.bottom > area->bottom - 1)
        return false;
    for (size_t i = 0; i < placed->count; i++)
        if (plot_box_overlaps(&placed->boxes[i], &box))
            return false;
    return true;
}

static void name_point(struct plots *plots, const struct plot_chart *chart, const struct area *area,
                       const struct plot_series *series, struct placed *placed)
{
    double x = x_of(chart, area, series->x[series->count - 1]);
    double y = y_of(chart, area, series->y[series->count - 1]);
    char *cut = plot_text_cut(series->label, POINT_LABEL_CHARACTERS);
    double width = plot_text_width(cut, PLOT_FONT);

    for (size_t i = 0; i < CANDIDATES; i++) {
        struct plot_box box = box_beside(x, y, width, i);

        if (!is_free(placed, area, box))
            continue;
        occupy(placed, box);
        write_label(plots, cut, box.left, (box.top + box.bottom) / 2, "left", series->colour);
        break;
    }
    free(cut);
}

/* Those in colour first: they are the ones that other pictures name. */
static void name_points(struct plots *plots, const struct plot_chart *chart,
                        const struct area *area)
{
    struct placed placed = {0};

    for (size_t i = 0; i < chart->count; i++)
        for (size_t j = 0; j < chart->series[i].count; j++) {
            const struct plot_series *series = &chart->series[i];
            double x = x_of(chart, area, series->x[j]), y = y_of(chart, area, series->y[j]);
            double before = j > 0 ? y_of(chart, area, series->y[j - 1]) : y;

            occupy(&placed,
                   (struct plot_box){x - 4, fmin(y, before) - 4, x + 4, fmax(y, before) + 4});
        }
    for (int pass = 0; pass <= 1; pass++)
        for (size_t i = 0; i < chart->count; i++) {
            const struct plot_series *series = &chart->series[i];

            if (series->label != NULL && series->count > 0 &&
                (series->colour == PLOT_MUTED) == (pass == 1))
                name_point(plots, chart, area, series, &placed);
        }
    free(placed.boxes);
}

size_t plot_chart_draw(struct plots *plots, struct plot_chart *chart)
{
    size_t number = plots_begin(plots, WIDTH, HEIGHT, chart->description);
    struct area area = area_of(chart);

    if (isfinite(chart->mark))
        plot_axis_cover(&chart->y, chart->mark);
    plot_axis_settle(&chart->x);
    plot_axis_settle(&chart->y);
    write_data(plots_script(plots), chart);
    write_frame(plots, chart, &area);
    if (chart->sticks)
        name_points(plots, chart, &area);
    else
        name_lines(plots, chart, &area);
    write_plot(plots_script(plots), chart);
    return number;
}
