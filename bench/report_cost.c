#include "bench/html.h"
#include "bench/json.h"
#include "bench/memory.h"
#include "bench/plot_chart.h"
#include "bench/plot_dots.h"
#include "bench/report_parts.h"

#include <math.h>
#include <stdlib.h>

/* What a strategy costs: CPU per request, memory per connection, lines of code. */

enum { PICTURES = 4 };

static const char measure_again[] =
    "<code>fibbench run --profile table</code> of this version records it.";

static double read_cpu(const cJSON *recorded, const void *argument)
{
    return json_number_or(cJSON_GetObjectItemCaseSensitive(recorded, "cpu_per_request"), argument,
                          NAN);
}

static double read_switches(const cJSON *recorded, const void *argument)
{
    const cJSON *server = cJSON_GetObjectItemCaseSensitive(recorded, "server");

    return (json_number_or(server, "voluntary_switches", NAN) +
            json_number_or(server, "involuntary_switches", NAN)) /
           json_number_or(server, "requests", NAN);
}

static bool add_cpu(struct report *report, size_t column)
{
    const struct report_data *data = report->data;
    struct plot_axis x = plot_axis_of(PLOT_RATE, "requests per second");
    struct plot_axis y = plot_axis_of(PLOT_SECONDS, "server's CPU time per request");
    struct plot_chart chart;
    bool shown;

    y.logarithmic = true;
    plot_chart_init(&chart, "CPU time per request against the rate", x, y);
    chart.sticks = true;
    for (size_t i = 0; i < data->row_count; i++) {
        double user, system, rate = data->rows[i].cells[column].median;

        if (!report_data_measured(data, i, column) || data->rows[i].repeats != NULL)
            continue;
        user = report_data_median(data, i, column, read_cpu, "user");
        system = report_data_median(data, i, column, read_cpu, "system");
        plot_chart_add_series(&chart, data->rows[i].label, report_colour(data, i, PLOT_MUTED));
        plot_chart_add_point(&chart, rate, user);
        plot_chart_add_point(&chart, rate, user + system);
    }
    shown = plot_chart_points(&chart) > 0;
    if (shown)
        report_write_figure(report, plot_chart_draw(report->plots, &chart),
                            data->columns[column].header, NULL);
    plot_chart_finish(&chart);
    return shown;
}

static bool is_loaded(const struct report_column *column)
{
    return !column->seconds && column->alone && !isfinite(column->offered);
}

static bool has_cpu(const struct report_data *data, size_t column)
{
    for (size_t i = 0; i < data->row_count; i++)
        if (isfinite(report_data_median(data, i, column, read_cpu, "user")))
            return true;
    return false;
}

static void write_number_cell(FILE *file, enum plot_quantity quantity, double value)
{
    fputs("<td class=\"number\">", file);
    if (isfinite(value))
        report_write_quantity(file, quantity, value);
    else
        fputs("–", file);
    fputs("</td>", file);
}

static void write_call_counts(struct report *report, const struct report_row *row)
{
    const cJSON *one;
    bool first = true;

    fputs("<td>", report->file);
    cJSON_ArrayForEach(one, row->system_calls)
    {
        if (!cJSON_IsNumber(one))
            continue;
        html_text(report->file, "%s%.2f at %s", first ? "" : ", ", one->valuedouble, one->string);
        first = false;
    }
    fputs(first ? "–</td>" : "</td>", report->file);
}

/* The figures of one column, since most points of the pictures stand too close to be named. */
static void write_table(struct report *report, size_t column)
{
    const struct report_data *data = report->data;

    fputs("<div class=\"scroll\" tabindex=\"0\"><table>\n<caption>", report->file);
    html_escape(report->file, data->columns[column].header);
    fputs("</caption>\n<thead><tr><th>Server</th><th>Requests per "
          "second</th><th>User</th><th>System</th><th>Context switches per request</th><th>System "
          "calls per request, at connections</th></tr></thead>\n<tbody>\n",
          report->file);
    for (size_t i = 0; i < data->row_count; i++) {
        if (!report_data_measured(data, i, column))
            continue;
        fputs("<tr><th scope=\"row\">", report->file);
        html_escape(report->file, data->rows[i].label);
        fputs("</th>", report->file);
        write_number_cell(report->file, PLOT_RATE, data->rows[i].cells[column].median);
        write_number_cell(report->file, PLOT_SECONDS,
                          report_data_median(data, i, column, read_cpu, "user"));
        write_number_cell(report->file, PLOT_SECONDS,
                          report_data_median(data, i, column, read_cpu, "system"));
        write_number_cell(report->file, PLOT_NUMBER,
                          report_data_median(data, i, column, read_switches, NULL));
        write_call_counts(report, &data->rows[i]);
        fputs("</tr>\n", report->file);
    }
    fputs("</tbody></table></div>\n", report->file);
}

void report_write_processor(struct report *report)
{
    const struct report_data *data = report->data;
    size_t shown = 0, first = data->column_count;

    report_begin_section(report, "processor", "CPU per request against rate");
    for (size_t j = 0; j < data->column_count && first == data->column_count; j++)
        if (is_loaded(&data->columns[j]) && has_cpu(data, j))
            first = j;
    if (first == data->column_count) {
        report_write_absence(report, "This run did not record the servers' CPU time.",
                             measure_again);
        report_end_section(report);
        return;
    }
    fputs("<p>Each server is a stick: its lower end the time in its own code (user), its upper end "
          "that and the kernel's. At one request per round trip the kernel is nearly all of it; "
          "the lower ends tell strategies apart. Right and down is better.</p>\n",
          report->file);
    report_begin_figures(report);
    for (size_t j = 0; j < data->column_count && shown < PICTURES; j++)
        if (is_loaded(&data->columns[j]))
            shown += add_cpu(report, j);
    report_end_figures(report);
    write_table(report, first);
    report_end_section(report);
}

static int compare_numbers(const void *left, const void *right)
{
    const double *const *one = left, *const *other = right;

    return (**one > **other) - (**one < **other);
}

/* Bars, the least first, of a number that rows have. Returns whether any has. */
static bool add_bars(struct report *report, const char *heading, const char *caption,
                     struct plot_axis axis, double (*number_of)(const struct report_row *row))
{
    const struct report_data *data = report->data;
    double *numbers = memory_zeroed(data->row_count + 1, sizeof(*numbers));
    double **order = memory_zeroed(data->row_count + 1, sizeof(*order));
    struct plot_dots dots;
    size_t count = 0;

    plot_dots_init(&dots, heading, axis);
    dots.bars = true;
    for (size_t i = 0; i < data->row_count; i++) {
        numbers[i] = number_of(&data->rows[i]);
        if (isfinite(numbers[i]))
            order[count++] = &numbers[i];
    }
    qsort(order, count, sizeof(*order), compare_numbers);
    for (size_t i = 0; i < count; i++) {
        size_t row = (size_t)(order[i] - numbers);
        struct plot_dots_row *bar = plot_dots_add_row(&dots, data->rows[row].label, PLOT_ACCENT);

        plot_dots_set_median(&dots, bar, numbers[row], NAN, NAN);
        bar->note = plot_quantity_digits(axis.quantity, numbers[row]);
    }
    if (count > 0)
        report_write_figure(report, plot_dots_draw(report->plots, &dots), heading, caption);
    plot_dots_finish(&dots);
    free(numbers);
    free(order);
    return count > 0;
}

static double memory_of(const struct report_row *row)
{
    return row->repeats == NULL && row->memory_per_connection > 0 ? row->memory_per_connection
                                                                  : NAN;
}

/* A backend's options change nothing in its sources: it stands once. */
static double lines_of(const struct report_row *row)
{
    return row->repeats == NULL && row->lines > 0 ? row->lines : NAN;
}

void report_write_memory(struct report *report)
{
    struct plot_axis axis = plot_axis_of(PLOT_BYTES, "of resident memory per idle connection");

    axis.from_zero = true;
    report_begin_section(report, "memory", "Memory per connection");
    report_begin_figures(report);
    if (!add_bars(report, "The server's resident memory per connection",
                  "Without the kernel's own buffers.", axis, memory_of))
        report_write_absence(report, "This run did not measure memory per connection.",
                             measure_again);
    report_end_figures(report);
    report_end_section(report);
}

void report_write_lines(struct report *report)
{
    struct plot_axis axis = plot_axis_of(PLOT_NUMBER, "lines, without blank ones and comments");

    axis.from_zero = true;
    report_begin_section(report, "lines", "Lines of code per backend");
    fputs("<p>What somebody has to read, and keep, who copies the strategy: its own sources and "
          "those that it shares with a sibling; not what all servers here are lent, nor the "
          "libraries, which can be the larger part.</p>\n",
          report->file);
    report_begin_figures(report);
    if (!add_bars(report, "Lines of code", NULL, axis, lines_of))
        report_write_absence(report, "No row of this run is a backend of fibserver.",
                             "<code>fibbench run --backends NAME</code> measures some.");
    report_end_figures(report);
    report_end_section(report);
}
