#include "bench/html.h"
#include "bench/memory.h"
#include "bench/plot_chart.h"
#include "bench/report_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What only web clients have: their time over the ideal, and the connections that they open. */

/* The column of the same list that shows its other time. */
static size_t fetch_of(const struct report_data *data, size_t column)
{
    size_t other = 0;

    while (other < data->column_count &&
           (data->columns[other].subject != REPORT_FETCH ||
            data->columns[other].quantity != PLOT_TIMES ||
            strcmp(data->columns[other].scenario, data->columns[column].scenario) != 0))
        other++;
    return other;
}

static void write_times(struct report *report, size_t row, size_t column)
{
    const struct report_data *data = report->data;
    size_t fetch = fetch_of(data, column);

    if (report_write_outcome(report, row, column))
        return;
    fputs("<td class=\"heat\"><b>", report->file);
    report_write_quantity(report->file, PLOT_TIMES, data->rows[row].cells[column].median);
    fputs("</b><small>", report->file);
    if (fetch < data->column_count && report_data_measured(data, row, fetch))
        report_write_quantity(report->file, PLOT_TIMES, data->rows[row].cells[fetch].median);
    fputs("</small></td>", report->file);
}

/* With the range of the rounds where they differ. */
static void write_count(struct report *report, size_t row, size_t column)
{
    const struct report_data *data = report->data;
    const struct report_cell *cell = &data->rows[row].cells[column];
    double low = INFINITY, high = -INFINITY;

    if (report_write_outcome(report, row, column))
        return;
    for (size_t i = 0; i < data->round_count; i++) {
        low = fmin(low, cell->rounds[i]);
        high = fmax(high, cell->rounds[i]);
    }
    fputs("<td class=\"heat\">", report->file);
    report_write_quantity(report->file, PLOT_NUMBER, cell->median);
    if (low < high) {
        fputs("<small>", report->file);
        html_text(report->file, "%.0f–%.0f", low, high);
        fputs("</small>", report->file);
    }
    fputs("</td>", report->file);
}

/* Without the unit, which the section's title says. */
static void write_header(struct report *report, const char *header)
{
    const char *unit = strstr(header, " (");
    char *text =
        memory_text_of_length(header, unit != NULL ? (size_t)(unit - header) : strlen(header));

    report_write_header(report, text);
    free(text);
}

static void write_table(struct report *report, const char *caption, const size_t *columns,
                        size_t count,
                        void (*write_cell)(struct report *report, size_t row, size_t column))
{
    const struct report_data *data = report->data;

    report_begin_table(report, "ratios", caption);
    for (size_t j = 0; j < count; j++)
        write_header(report, data->columns[columns[j]].header);
    report_begin_rows(report);
    for (size_t i = 0; i < data->row_count; i++) {
        fputs("<tr><th scope=\"row\">", report->file);
        html_escape(report->file, data->rows[i].label);
        fputs("</th>", report->file);
        for (size_t j = 0; j < count; j++)
            write_cell(report, i, columns[j]);
        fputs("</tr>\n", report->file);
    }
    report_end_table(report);
}

static void write_tables(struct report *report, const char *caption, const size_t *columns,
                         size_t count,
                         void (*write_cell)(struct report *report, size_t row, size_t column))
{
    size_t end;

    for (size_t j = 0; j < count; j = end) {
        end = report_table_end(report->data, columns, count, j);
        write_table(report, caption, columns + j, end - j, write_cell);
    }
}

/* A picture of one time, over the lists of a delay that are fetched all at once. */
struct curve {
    enum report_subject subject;
    double delay;
};

static bool belongs(const struct report_column *column, const struct curve *curve)
{
    return column->subject == curve->subject && column->quantity == PLOT_TIMES &&
           column->delay == curve->delay && column->urls == column->concurrency;
}

/* The column of the curve with the least number of URLs above that; or column_count. */
static size_t next_column(const struct report_data *data, const struct curve *curve, double above)
{
    size_t next = data->column_count;

    for (size_t j = 0; j < data->column_count; j++)
        if (belongs(&data->columns[j], curve) && data->columns[j].urls > above &&
            (next == data->column_count || data->columns[j].urls < data->columns[next].urls))
            next = j;
    return next;
}

/* As far as the axis goes: what lies beyond would press the others together. */
static double limit_of(const struct report_data *data, const struct curve *curve)
{
    double limit = 0;

    for (size_t j = 0; j < data->column_count; j++)
        if (belongs(&data->columns[j], curve))
            limit = fmax(limit, REPORT_FAR * report_middle_of(data, j));
    return limit;
}

/*
 * Returns the greatest number that lies beyond the limit; NAN: there is none. A line ends where it
 * leaves the axis, since one between the points around would say what is not so.
 */
static double add_row(struct plot_chart *chart, const struct report_data *data, size_t row,
                      const struct curve *curve, double limit)
{
    double beyond = NAN;
    bool begun = false, ended = false;
    size_t next = next_column(data, curve, 0);

    plot_chart_add_series(chart, report_name_in_pictures(data, row),
                          report_colour(data, row, PLOT_FAINT));
    for (; next < data->column_count; next = next_column(data, curve, data->columns[next].urls)) {
        double value = data->rows[row].cells[next].median;

        if (!report_data_measured(data, row, next))
            continue;
        if (value > limit) {
            beyond = fmax(beyond, value);
            ended = begun;
        } else if (!ended) {
            plot_chart_add_point(chart, data->columns[next].urls, value);
            begun = true;
        }
    }
    return beyond;
}

/* Adds to the words about the rows that the axis does not reach. */
static void add_beyond(FILE *words, bool first, const char *label, double value)
{
    char *text = plot_quantity_digits(PLOT_TIMES, value);

    fprintf(words, "%s%s (up to %s)", first ? "Off the axis: " : ", ", label, text);
    free(text);
}

static bool add_picture(struct report *report, const struct curve *curve)
{
    const struct report_data *data = report->data;
    struct plot_axis x = plot_axis_of(PLOT_NUMBER, "URLs, all at once");
    struct plot_axis y = plot_axis_of(PLOT_TIMES, "times the ideal");
    char *heading = memory_printf("%s, %.4g ms", data->columns[next_column(data, curve, 0)].title,
                                  curve->delay * 1000);
    double limit = limit_of(data, curve);
    char *caption = NULL;
    struct plot_chart chart;
    bool first = true, shown;
    size_t length;
    FILE *words = open_memstream(&caption, &length);

    x.logarithmic = true;
    plot_chart_init(&chart, heading, x, y);
    chart.dots = true;
    chart.mark = 1;
    for (size_t i = 0; i < data->row_count; i++) {
        double beyond = add_row(&chart, data, i, curve, limit);

        if (words == NULL || !isfinite(beyond))
            continue;
        add_beyond(words, first, data->rows[i].label, beyond);
        first = false;
    }
    if (words != NULL)
        fclose(words);
    shown = plot_chart_points(&chart) > 0;
    if (shown)
        report_write_figure(report, plot_chart_draw(report->plots, &chart), heading,
                            first ? NULL : caption);
    plot_chart_finish(&chart);
    free(heading);
    free(caption);
    return shown;
}

/* One for each delay, where two lists at least make a line. */
static bool add_pictures(struct report *report, enum report_subject subject)
{
    const struct report_data *data = report->data;
    bool shown = false;

    for (size_t j = 0; j < data->column_count; j++) {
        struct curve curve = {subject, data->columns[j].delay};
        size_t least = next_column(data, &curve, 0);

        if (!belongs(&data->columns[j], &curve) || least != j ||
            next_column(data, &curve, data->columns[least].urls) == data->column_count)
            continue;
        shown |= add_picture(report, &curve);
    }
    return shown;
}

/* The wall times over an ideal; at has room for all columns. Returns how many. */
static size_t columns_over_ideal(const struct report_data *data, size_t *at)
{
    size_t count = report_data_columns(data, REPORT_RESULT, at), kept = 0;

    for (size_t i = 0; i < count; i++)
        if (data->columns[at[i]].quantity == PLOT_TIMES)
            at[kept++] = at[i];
    return kept;
}

static void write_curves(struct report *report)
{
    bool shown;

    report_begin_figures(report);
    shown = add_pictures(report, REPORT_RESULT);
    shown |= add_pictures(report, REPORT_FETCH);
    report_end_figures(report);
    if (shown)
        fputs("<p class=\"note\">Axes begin where the data do, and end at twice the reference's "
              "greatest number; of a client beyond that the greatest stands in words.</p>\n",
              report->file);
    else
        report_write_absence(report,
                             "This run has no two lists of one delay and different length, each "
                             "fetched all at once, to draw a line.",
                             "<code>fibbench run --profile web</code> has.");
}

void report_write_ideal(struct report *report)
{
    const struct report_data *data = report->data;
    size_t *columns = memory_zeroed(data->column_count, sizeof(*columns));
    size_t count = columns_over_ideal(data, columns);

    report_begin_section(report, "ideal", "Time over the ideal");
    if (count == 0) {
        report_write_absence(report, "This run has no list that the server answers with a delay.",
                             "<code>fibbench run --profile web</code> has nine.");
    } else {
        fputs(
            "<p>The ideal is the number of URLs by how many at a time by the delay: what a client "
            "takes that needs no time of its own. Wall time is from the start of the process to "
            "its end; below it stands fetch, from the first connection to the last answer by the "
            "server's clock. What lies between them is the program's start and end; of a short "
            "list it can be most of the time.</p>\n",
            report->file);
        write_tables(report, "Wall time, and fetch below", columns, count, write_times);
        write_curves(report);
    }
    report_end_section(report);
    free(columns);
}

void report_write_opened(struct report *report)
{
    const struct report_data *data = report->data;
    size_t *columns = memory_zeroed(data->column_count, sizeof(*columns));
    size_t count = report_data_columns(data, REPORT_OPENED, columns);

    report_begin_section(report, "opened", "Connections opened");
    if (count == 0)
        report_write_absence(report, "This run did not count connections.",
                             "<code>fibbench run --profile web</code> does.");
    else
        fputs("<p>As the server, or nginx before it, counted them, medians of the rounds; below "
              "the range where rounds differ. A client that keeps its connections opens no more "
              "than it fetches at "
              "a time; one that opens a connection for each URL shows it.</p>\n",
              report->file);
    write_tables(report, NULL, columns, count, write_count);
    report_end_section(report);
    free(columns);
}
