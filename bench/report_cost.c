#include "bench/costs.h"
#include "bench/html.h"
#include "bench/json.h"
#include "bench/memory.h"
#include "bench/plot_chart.h"
#include "bench/plot_dots.h"
#include "bench/report_parts.h"

#include <math.h>
#include <stdlib.h>

/* What a strategy costs: CPU per request, memory, lines of code. */

enum { PICTURES = 4 };

static const char measure_again[] =
    "<code>fibbench run --profile table</code> of this version records it.";

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
    struct plot_axis x = plot_axis_of(PLOT_RATE, data->columns[column].axis);
    struct plot_axis y = plot_axis_of(PLOT_SECONDS, data->web ? "client's CPU time per URL"
                                                              : "server's CPU time per request");
    struct plot_chart chart;
    bool shown;

    y.logarithmic = true;
    plot_chart_init(&chart, "CPU time per request against the rate", x, y);
    chart.sticks = true;
    for (size_t i = 0; i < data->row_count; i++) {
        double user, system, rate = data->rows[i].cells[column].median;

        if (!report_data_measured(data, i, column) || data->rows[i].repeats != NULL)
            continue;
        user = costs_cpu(data, i, column, "user");
        system = costs_cpu(data, i, column, "system");
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

static bool has_cpu(const struct report_data *data, size_t column)
{
    for (size_t i = 0; i < data->row_count; i++)
        if (isfinite(costs_cpu(data, i, column, "user")))
            return true;
    return false;
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

static void write_table_headers(struct report *report, size_t column)
{
    report_begin_table(report, NULL, report->data->columns[column].header);
    report_write_header(report, report->data->web ? "URLs per second" : "Requests per second");
    report_write_header(report, "User");
    report_write_header(report, "System");
    if (!report->data->web) {
        report_write_header(report, "Context switches per request");
        report_write_header(report, "System calls per request, at connections");
    }
    report_begin_rows(report);
}

/* The figures of one column, since most points of the pictures stand too close to be named. */
static void write_table(struct report *report, size_t column)
{
    const struct report_data *data = report->data;

    write_table_headers(report, column);
    for (size_t i = 0; i < data->row_count; i++) {
        if (!report_data_measured(data, i, column))
            continue;
        fputs("<tr><th scope=\"row\">", report->file);
        html_escape(report->file, data->rows[i].label);
        fputs("</th>", report->file);
        report_write_number_cell(report, PLOT_RATE, data->rows[i].cells[column].median);
        report_write_number_cell(report, PLOT_SECONDS, costs_cpu(data, i, column, "user"));
        report_write_number_cell(report, PLOT_SECONDS, costs_cpu(data, i, column, "system"));
        if (!data->web) {
            report_write_number_cell(report, PLOT_NUMBER,
                                     report_data_median(data, i, column, read_switches, NULL));
            write_call_counts(report, &data->rows[i]);
        }
        fputs("</tr>\n", report->file);
    }
    report_end_table(report);
}

/* The column whose figures stand in a table: the first, of lists of URLs that of the longest, where
 * the start of the client counts least. Or column_count. */
static size_t table_column(const struct report_data *data)
{
    size_t chosen = data->column_count;

    for (size_t j = 0; j < data->column_count; j++)
        if (costs_column_is_loaded(data, j) && has_cpu(data, j) &&
            (chosen == data->column_count || data->columns[j].urls > data->columns[chosen].urls))
            chosen = j;
    return chosen;
}

static void write_sticks(struct report *report)
{
    const struct report_data *data = report->data;
    size_t shown = 0;

    fprintf(report->file,
            "<p>Each %s is a stick: its lower end the time in its own code (user), its upper end "
            "that and the kernel's. %s Right and down is better.</p>\n",
            report->words->row,
            data->web ? "It includes the start of the process, which of 1000 URLs is a small part "
                        "and of one URL is everything."
                      : "At one request per round trip the kernel is nearly all of it; the lower "
                        "ends tell strategies apart.");
    report_begin_figures(report);
    for (size_t j = 0; j < data->column_count && shown < PICTURES; j++)
        if (costs_column_is_loaded(data, j))
            shown += add_cpu(report, j);
    report_end_figures(report);
}

void report_write_processor(struct report *report)
{
    const struct report_data *data = report->data;
    size_t column = table_column(data);

    report_begin_section(report, "processor",
                         data->web ? "CPU per URL" : "CPU per request against rate");
    if (column < data->column_count) {
        write_sticks(report);
        write_table(report, column);
    } else if (data->web) {
        report_write_absence(report,
                             "This run has no list that the server answers at once, where the "
                             "client alone decides how fast it goes.",
                             "<code>fibbench run --profile web</code> has four.");
    } else {
        report_write_absence(report, "This run did not record the servers' CPU time.",
                             measure_again);
    }
    if (data->web)
        fputs("<p>Relative to the reference, as above: above 1 takes less.</p>\n", report->file);
    report_write_ratio_tables(report, REPORT_PROCESSOR);
    report_end_section(report);
}

static int compare_numbers(const void *left, const void *right)
{
    const double *const *one = left, *const *other = right;

    return (**one > **other) - (**one < **other);
}

/* Bars, the least first, of a number that rows have; of a column, where it is of one. Returns
 * whether any has it. */
static bool add_bars(struct report *report, const char *heading, const char *caption,
                     struct plot_axis axis, size_t column,
                     double (*number_of)(const struct report_row *row, size_t column))
{
    const struct report_data *data = report->data;
    double *numbers = memory_zeroed(data->row_count + 1, sizeof(*numbers));
    double **order = memory_zeroed(data->row_count + 1, sizeof(*order));
    struct plot_dots dots;
    size_t count = 0;

    plot_dots_init(&dots, heading, axis);
    dots.bars = true;
    for (size_t i = 0; i < data->row_count; i++) {
        numbers[i] = number_of(&data->rows[i], column);
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

static double memory_of(const struct report_row *row, size_t column)
{
    (void)column;
    return row->repeats == NULL && row->memory_per_connection > 0 ? row->memory_per_connection
                                                                  : NAN;
}

static double peak_of(const struct report_row *row, size_t column)
{
    const struct report_cell *cell = &row->cells[column];

    return row->repeats == NULL && cell->outcome == OUTCOME_MEASURED ? cell->median : NAN;
}

/* A backend's options change nothing in its sources: it stands once. */
static double number_of_lines(const struct report_row *row, size_t column)
{
    (void)column;
    return row->repeats == NULL && row->lines > 0 ? row->lines : NAN;
}

void report_write_memory(struct report *report)
{
    struct plot_axis axis = plot_axis_of(PLOT_BYTES, "of resident memory per idle connection");

    axis.from_zero = true;
    report_begin_section(report, "memory", "Memory per connection");
    report_begin_figures(report);
    if (!add_bars(report, "The server's resident memory per connection",
                  "Without the kernel's own buffers.", axis, 0, memory_of))
        report_write_absence(report, "This run did not measure memory per connection.",
                             measure_again);
    report_end_figures(report);
    report_end_section(report);
}

static double longest_delay(const struct report_data *data)
{
    double longest = 0;

    for (size_t j = 0; j < data->column_count; j++)
        if (data->columns[j].subject == REPORT_PEAK)
            longest = fmax(longest, data->columns[j].delay);
    return longest;
}

void report_write_peak(struct report *report)
{
    const struct report_data *data = report->data;
    double delay = longest_delay(data);
    bool shown = false;

    report_begin_section(report, "memory", "Peak memory");
    fputs("<p>The most that any one process of the client had resident at a time, the program and "
          "its libraries among it; a process that starts others counts with the largest of them. "
          "The pictures are of the lists with the longest delay.</p>\n",
          report->file);
    report_begin_figures(report);
    for (size_t j = 0; j < data->column_count; j++) {
        const struct report_column *column = &data->columns[j];
        struct plot_axis axis = plot_axis_of(column->quantity, column->axis);

        axis.from_zero = true;
        if (column->subject == REPORT_PEAK && column->delay == delay)
            shown |= add_bars(report, column->header, NULL, axis, j, peak_of);
    }
    report_end_figures(report);
    if (shown)
        fputs("<p>Relative to the reference, as above: above 1 takes less.</p>\n", report->file);
    else
        report_write_absence(report, "This run did not measure memory.",
                             "<code>fibbench run --profile web</code> does.");
    report_write_ratio_tables(report, REPORT_PEAK);
    report_end_section(report);
}

void report_write_lines(struct report *report)
{
    struct plot_axis axis = plot_axis_of(PLOT_NUMBER, "lines, without blank ones and comments");
    bool web = report->data->web;

    axis.from_zero = true;
    report_begin_section(report, "lines",
                         web ? "Lines of code per strategy" : "Lines of code per backend");
    fprintf(report->file,
            "<p>What somebody has to read, and keep, who copies the strategy: its own sources and "
            "those that it shares with a sibling; not what all %s here are lent, nor the "
            "libraries, which can be the larger part.</p>\n",
            report->words->rows);
    report_begin_figures(report);
    if (!add_bars(report, "Lines of code", NULL, axis, 0, number_of_lines))
        report_write_absence(report,
                             web ? "No row of this run is a strategy of webclient."
                                 : "No row of this run is a backend of fibserver.",
                             web ? "<code>fibbench run --profile web</code> measures all of them."
                                 : "<code>fibbench run --backends NAME</code> measures some.");
    report_end_figures(report);
    report_end_section(report);
}
