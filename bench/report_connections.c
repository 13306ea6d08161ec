#include "bench/memory.h"
#include "bench/plot_chart.h"
#include "bench/report_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Throughput over the number of connections, a picture for each depth of pipeline. */

static bool belongs(const struct report_column *column, double pipeline)
{
    return column->quantity == PLOT_RATE && column->alone && !isfinite(column->offered) &&
           column->connections > 0 && column->pipeline == pipeline;
}

/* The column of that pipeline with the least number of connections above that; or column_count. */
static size_t next_column(const struct report_data *data, double pipeline, double above)
{
    size_t next = data->column_count;

    for (size_t j = 0; j < data->column_count; j++)
        if (belongs(&data->columns[j], pipeline) && data->columns[j].connections > above &&
            (next == data->column_count ||
             data->columns[j].connections < data->columns[next].connections))
            next = j;
    return next;
}

static size_t count_columns(const struct report_data *data, double pipeline)
{
    size_t count = 0, next = next_column(data, pipeline, 0);

    for (; next < data->column_count; count++)
        next = next_column(data, pipeline, data->columns[next].connections);
    return count;
}

static void add_row(struct plot_chart *chart, const struct report_data *data, size_t row,
                    double pipeline)
{
    size_t next = next_column(data, pipeline, 0);

    plot_chart_add_series(chart, report_name_in_pictures(data, row),
                          report_colour(data, row, PLOT_FAINT));
    while (next < data->column_count) {
        if (report_data_measured(data, row, next))
            plot_chart_add_point(chart, data->columns[next].connections,
                                 data->rows[row].cells[next].median);
        next = next_column(data, pipeline, data->columns[next].connections);
    }
}

static void add_picture(struct report *report, double pipeline)
{
    struct plot_axis x = plot_axis_of(PLOT_NUMBER, "connections");
    struct plot_axis y = plot_axis_of(PLOT_RATE, "requests per second");
    struct plot_chart chart;
    char *heading = pipeline == 1
                        ? memory_text("One request under way on each connection")
                        : memory_printf("%.0f requests under way on each connection", pipeline);

    x.logarithmic = true;
    y.from_zero = true;
    plot_chart_init(&chart, heading, x, y);
    chart.dots = true;
    for (size_t i = 0; i < report->data->row_count; i++)
        add_row(&chart, report->data, i, pipeline);
    if (plot_chart_points(&chart) > 0)
        report_write_figure(report, plot_chart_draw(report->plots, &chart), heading, NULL);
    plot_chart_finish(&chart);
    free(heading);
}

void report_write_connections(struct report *report)
{
    const struct report_data *data = report->data;
    bool shown = false;

    report_begin_section(report, "connections", "Throughput over connections");
    report_begin_figures(report);
    for (size_t j = 0; j < data->column_count; j++) {
        double pipeline = data->columns[j].pipeline;
        bool first = belongs(&data->columns[j], pipeline);

        for (size_t k = 0; k < j; k++)
            first = first && !belongs(&data->columns[k], pipeline);
        if (!first || count_columns(data, pipeline) < 2)
            continue;
        add_picture(report, pipeline);
        shown = true;
    }
    report_end_figures(report);
    if (!shown)
        report_write_absence(report,
                             "This run does not have two numbers of connections to compare.",
                             "<code>fibbench run --profile full</code> measures 1 to 10,000; "
                             "<code>--scenarios</code> adds single ones to another profile.");
    report_end_section(report);
}
