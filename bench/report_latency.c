#include "bench/json.h"
#include "bench/memory.h"
#include "bench/plot_chart.h"
#include "bench/report_parts.h"
#include "bench/statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Latency by percentile, and against the offered load. */

enum { LEVELS_MOST = 64, PICTURES = 6 };

static bool is_fast_client(const cJSON *client)
{
    const char *mode = json_text_or_null(client, "mode");

    return mode == NULL || strcmp(mode, "slow") != 0;
}

static bool same_level(double one, double other)
{
    return fabs(one - other) <= 1e-3 * (1 - one);
}

/* A client's latency at that level: from its list, or from the few that have names; else NAN. */
static double latency_of(const cJSON *client, double level)
{
    static const struct {
        double level;
        const char *name;
    } names[] = {{0.5, "p50"}, {0.9, "p90"}, {0.99, "p99"}, {0.999, "p999"}};
    const cJSON *latency = cJSON_GetObjectItemCaseSensitive(client, "latency"), *pair;

    cJSON_ArrayForEach(pair, cJSON_GetObjectItemCaseSensitive(client, "percentiles"))
    {
        const cJSON *at = cJSON_GetArrayItem(pair, 0), *value = cJSON_GetArrayItem(pair, 1);

        if (cJSON_IsNumber(at) && cJSON_IsNumber(value) && same_level(level, at->valuedouble))
            return value->valuedouble;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (same_level(level, names[i].level))
            return json_number_or(latency, names[i].name, NAN);
    return NAN;
}

/* The mean over the fast clients of a scenario, in one run. */
static double read_latency(const cJSON *recorded, const void *argument)
{
    double level = *(const double *)argument, sum = 0;
    unsigned count = 0;
    const cJSON *client;

    cJSON_ArrayForEach(client, cJSON_GetObjectItemCaseSensitive(recorded, "clients"))
    {
        double latency = is_fast_client(client) ? latency_of(client, level) : NAN;

        if (isfinite(latency)) {
            sum += latency;
            count++;
        }
    }
    return count > 0 ? sum / count : NAN;
}

/* The levels that any run of a column has, ascending. */
struct levels {
    double at[LEVELS_MOST];
    size_t count;
};

static void add_level(struct levels *levels, double level)
{
    size_t i = levels->count;

    for (size_t j = 0; j < levels->count; j++)
        if (same_level(levels->at[j], level))
            return;
    if (levels->count == LEVELS_MOST || !(level >= 0.5 && level < 1))
        return;
    for (; i > 0 && levels->at[i - 1] > level; i--)
        levels->at[i] = levels->at[i - 1];
    levels->at[i] = level;
    levels->count++;
}

static void find_levels(const struct report_data *data, size_t column, struct levels *levels)
{
    static const double named[] = {0.5, 0.9, 0.99, 0.999};

    *levels = (struct levels){.count = 0};
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
        add_level(levels, named[i]);
    for (size_t i = 0; i < data->run_count; i++) {
        const cJSON *recorded = report_data_recorded(data, &data->runs[i], column), *client, *pair;

        cJSON_ArrayForEach(client, cJSON_GetObjectItemCaseSensitive(recorded, "clients"))
        {
            cJSON_ArrayForEach(pair, cJSON_GetObjectItemCaseSensitive(client, "percentiles"))
            {
                const cJSON *at = cJSON_GetArrayItem(pair, 0);

                if (is_fast_client(client) && cJSON_IsNumber(at))
                    add_level(levels, at->valuedouble);
            }
        }
    }
}

/* Returns whether there was anything to show. */
static bool add_percentiles(struct report *report, size_t column)
{
    const struct report_data *data = report->data;
    struct plot_axis x = plot_axis_of(PLOT_PERCENTILE, "of the requests were answered within");
    struct plot_axis y = plot_axis_of(PLOT_SECONDS, "latency");
    struct plot_chart chart;
    struct levels levels;
    bool shown;

    x.logarithmic = y.logarithmic = true;
    plot_chart_init(&chart, "Latency by percentile", x, y);
    chart.dots = true;
    find_levels(data, column, &levels);
    for (size_t i = 0; i < data->row_count; i++) {
        plot_chart_add_series(&chart, report_name_in_pictures(data, i),
                              report_colour(data, i, PLOT_FAINT));
        for (size_t j = 0; j < levels.count && report_data_measured(data, i, column); j++)
            plot_chart_add_point(&chart, 1 / (1 - levels.at[j]),
                                 report_data_median(data, i, column, read_latency, &levels.at[j]));
    }
    shown = plot_chart_points(&chart) > 0;
    if (shown)
        report_write_figure(report, plot_chart_draw(report->plots, &chart),
                            data->columns[column].header, NULL);
    plot_chart_finish(&chart);
    return shown;
}

void report_write_percentiles(struct report *report)
{
    const struct report_data *data = report->data;
    size_t shown = 0;

    report_begin_section(report, "percentiles", "Latency by percentile");
    fputs(
        "<p>Medians of the rounds; a percentile stands only where at least ten samples lie beyond "
        "it. Colours and names go to one row of each family first; rows beyond that are grey. In "
        "an open loop (its pictures come first) latency counts from when a request was due.</p>\n",
        report->file);
    report_begin_figures(report);
    for (int open = 1; open >= 0; open--)
        for (size_t j = 0; j < data->column_count && shown < PICTURES; j++)
            if (isfinite(data->columns[j].offered) == (open == 1) &&
                (open == 1 || data->columns[j].quantity == PLOT_RATE))
                shown += add_percentiles(report, j);
    report_end_figures(report);
    if (shown == 0)
        report_write_absence(report, "This run recorded no latencies of fast clients.",
                             "<code>fibbench run --scenarios fast</code> does.");
    else if (shown == PICTURES)
        fputs("<p class=\"note\">The first six columns; the results file has all.</p>\n",
              report->file);
    report_end_section(report);
}

/* The quantile of each row over the open-loop columns, in the order of their load. */
static bool add_offered(struct report *report, const char *heading, double level)
{
    const struct report_data *data = report->data;
    struct plot_axis x = plot_axis_of(PLOT_PERCENT, "of the reference's capacity offered");
    struct plot_axis y = plot_axis_of(PLOT_SECONDS, "latency from the due time");
    struct plot_chart chart;
    bool shown;

    y.logarithmic = true;
    plot_chart_init(&chart, heading, x, y);
    chart.dots = true;
    for (size_t i = 0; i < data->row_count; i++) {
        double last = 0;

        plot_chart_add_series(&chart, report_name_in_pictures(data, i),
                              report_colour(data, i, PLOT_FAINT));
        for (;;) {
            size_t next = data->column_count;

            for (size_t j = 0; j < data->column_count; j++)
                if (data->columns[j].offered > last &&
                    (next == data->column_count ||
                     data->columns[j].offered < data->columns[next].offered))
                    next = j;
            if (next == data->column_count)
                break;
            last = data->columns[next].offered;
            if (report_data_measured(data, i, next))
                plot_chart_add_point(&chart, last,
                                     report_data_median(data, i, next, read_latency, &level));
        }
    }
    shown = plot_chart_points(&chart) > 0;
    if (shown)
        report_write_figure(report, plot_chart_draw(report->plots, &chart), heading, NULL);
    plot_chart_finish(&chart);
    return shown;
}

static size_t count_loads(const struct report_data *data)
{
    size_t count = 0;

    for (size_t j = 0; j < data->column_count; j++)
        count += isfinite(data->columns[j].offered);
    return count;
}

void report_write_offered(struct report *report)
{
    bool shown = false;

    report_begin_section(report, "offered", "Latency against offered load");
    if (count_loads(report->data) >= 2) {
        fputs("<p>Requests come on a Poisson schedule whatever the server does, at a share of what "
              "the reference can serve. Where a line turns upwards, that server has run out.</p>\n",
              report->file);
        report_begin_figures(report);
        shown |= add_offered(report, "Median", 0.5);
        shown |= add_offered(report, "99th percentile", 0.99);
        report_end_figures(report);
    }
    if (!shown)
        report_write_absence(report, "This run offered no fixed loads (open loop).",
                             "<code>fibbench run --profile full</code> does; "
                             "<code>--scenarios</code> adds single ones to another profile.");
    report_end_section(report);
}
