#include "bench/memory.h"
#include "bench/plot_chart.h"
#include "bench/plot_dots.h"
#include "bench/report_parts.h"
#include "bench/statistics.h"

#include <math.h>
#include <stdlib.h>

/* Every round visible: a picture per column, and the rounds in the order in which they ran. */

enum { ORDER_PICTURES = 4 };

static bool has_numbers(const struct report_data *data, size_t column)
{
    for (size_t i = 0; i < data->row_count; i++)
        if (report_data_measured(data, i, column))
            return true;
    return false;
}

static bool is_near(double value, double middle)
{
    return value < middle * REPORT_FAR && value > middle / REPORT_FAR;
}

double report_middle_of(const struct report_data *data, size_t column)
{
    double *medians = memory_zeroed(data->row_count, sizeof(*medians)), middle = NAN;
    size_t count = 0;

    for (size_t i = 0; i < data->row_count; i++)
        if (report_data_measured(data, i, column))
            medians[count++] = data->rows[i].cells[column].median;
    if (report_data_measured(data, data->reference, column))
        middle = data->rows[data->reference].cells[column].median;
    else if (count > 0)
        middle = statistics_median(medians, count);
    free(medians);
    return middle;
}

/* Whether the axis is to show the rows near the middle only, the others in words. */
static bool shows_near_only(const struct report_data *data, size_t column, double middle)
{
    size_t near = 0, all = 0;

    for (size_t i = 0; i < data->row_count; i++)
        if (report_data_measured(data, i, column)) {
            all++;
            near += is_near(data->rows[i].cells[column].median, middle);
        }
    return 3 * near >= 2 * all;
}

static char *range_text(const struct report_data *data, const struct report_cell *cell,
                        enum plot_quantity quantity)
{
    double low = INFINITY, high = -INFINITY;
    char *texts[2], *text;

    for (size_t i = 0; i < data->round_count; i++) {
        low = fmin(low, cell->rounds[i]);
        high = fmax(high, cell->rounds[i]);
    }
    if (!isfinite(low) || !isfinite(high))
        low = high = cell->median;
    texts[0] = plot_quantity_digits(quantity, low);
    texts[1] = plot_quantity_digits(quantity, high);
    text = memory_printf("off the axis: %s to %s", texts[0], texts[1]);
    free(texts[0]);
    free(texts[1]);
    return text;
}

static void add_row(struct plot_dots *dots, const struct report_data *data, size_t row,
                    size_t column, double middle)
{
    const struct report_cell *cell = &data->rows[row].cells[column];
    struct plot_dots_row *added = plot_dots_add_row(dots, data->rows[row].label,
                                                    row == data->reference ? PLOT_INK : PLOT_DOT);

    if (!report_data_measured(data, row, column)) {
        added->note = memory_text(cell->outcome == OUTCOME_NONE ? "not measured"
                                                                : outcome_name(cell->outcome));
        return;
    }
    if (isfinite(middle) && !is_near(cell->median, middle)) {
        added->note = range_text(data, cell, dots->x.quantity);
        return;
    }
    for (size_t i = 0; i < data->round_count; i++)
        plot_dots_add_value(dots, added, cell->rounds[i]);
    plot_dots_set_median(dots, added, cell->median, cell->low, cell->high);
    if (row == data->reference)
        dots->mark = cell->median;
}

static void add_dots(struct report *report, size_t column)
{
    const struct report_data *data = report->data;
    const struct report_column *head = &data->columns[column];
    struct plot_axis x = plot_axis_of(head->quantity, head->axis);
    double middle = report_middle_of(data, column);
    bool near_only = shows_near_only(data, column, middle);
    struct plot_dots dots;

    x.logarithmic = !near_only;
    plot_dots_init(&dots, head->header, x);
    for (size_t i = 0; i < data->row_count; i++)
        add_row(&dots, data, i, column, near_only ? middle : NAN);
    report_write_figure(report, plot_dots_draw(report->plots, &dots), head->header,
                        x.logarithmic ? "Logarithmic axis." : NULL);
    plot_dots_finish(&dots);
}

static void add_all_dots(struct report *report, enum report_subject subject)
{
    const struct report_data *data = report->data;

    for (size_t j = 0; j < data->column_count; j++)
        if (data->columns[j].subject == subject && has_numbers(data, j))
            add_dots(report, j);
}

void report_write_dots(struct report *report)
{
    report_begin_section(report, "rounds", "Every round");
    fprintf(report->file,
            "<p>A dot is one round: one %s process, freshly started%s. The tick is the median, the "
            "bar its 95 %% interval where the run has one, the thin line the "
            "reference's median. Axes begin where the data do, not at zero; of a row more than "
            "twice above or below the reference (or the middle row) the range stands in "
            "words.</p>\n",
            report->words->row, report->data->web ? ", with a webserver of its own" : "");
    report_begin_figures(report);
    add_all_dots(report, REPORT_RESULT);
    add_all_dots(report, REPORT_FETCH);
    report_end_figures(report);
    report_end_section(report);
}

/* Each row relative to its own median, so that all fit into one picture and only drift is left. */
static void add_runs(struct plot_chart *chart, const struct report_data *data, size_t column,
                     bool reference)
{
    plot_chart_add_series(chart, reference ? data->rows[data->reference].label : NULL,
                          reference ? PLOT_INK : PLOT_FAINT);
    for (size_t i = 0; i < data->run_count; i++) {
        const struct report_run *run = &data->runs[i];

        if ((run->row == data->reference) == reference)
            plot_chart_add_point(chart, (double)i + 1,
                                 run->values[column] / data->rows[run->row].cells[column].median);
    }
}

static void add_order(struct report *report, size_t column)
{
    struct plot_axis x = plot_axis_of(PLOT_NUMBER, report->words->processes);
    struct plot_axis y = plot_axis_of(PLOT_PERCENT, "of its row's own median");
    struct plot_chart chart;

    plot_chart_init(&chart, "Each run relative to the median of its row, in order", x, y);
    chart.discs = true;
    chart.dots = true;
    chart.mark = 1;
    add_runs(&chart, report->data, column, false);
    add_runs(&chart, report->data, column, true);
    report_write_figure(report, plot_chart_draw(report->plots, &chart),
                        report->data->columns[column].header, NULL);
    plot_chart_finish(&chart);
}

void report_write_order(struct report *report)
{
    const struct report_data *data = report->data;
    size_t shown = 0;

    report_begin_section(report, "order", "Rounds in the order they ran");
    if (data->round_count < 2) {
        report_write_absence(report, "This run has a single round.",
                             "<code>fibbench run --rounds N</code> measures more.");
        report_end_section(report);
        return;
    }
    fprintf(report->file,
            "<p>Each point is a %s process, relative to the median of its own row. A slope, a step "
            "or a dip that all rows share is the machine, not a %s; that is why rows alternate "
            "within a round.</p>\n",
            report->words->row, report->words->row);
    report_begin_figures(report);
    for (size_t j = 0; j < data->column_count && shown < ORDER_PICTURES; j++)
        if (data->columns[j].subject == REPORT_RESULT && has_numbers(data, j) &&
            report_data_measured(data, data->reference, j)) {
            add_order(report, j);
            shown++;
        }
    report_end_figures(report);
    report_end_section(report);
}
