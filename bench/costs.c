#include "bench/costs.h"

#include "bench/json.h"
#include "bench/memory.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Where a run's record has the CPU time of what a row is. */
struct cpu_part {
    const char *member;
    const char *part;
};

static double read_cpu(const cJSON *recorded, const void *argument)
{
    const struct cpu_part *part = argument;

    return json_number_or(cJSON_GetObjectItemCaseSensitive(recorded, part->member), part->part,
                          NAN);
}

double costs_cpu(const struct report_data *data, size_t row, size_t column, const char *part)
{
    const char *member = data->web ? "client_cpu_per_request" : "cpu_per_request";

    return report_data_median(data, row, column, read_cpu, &(struct cpu_part){member, part});
}

bool costs_column_is_loaded(const struct report_data *data, size_t index)
{
    const struct report_column *column = &data->columns[index];

    return column->quantity == PLOT_RATE && column->subject == REPORT_RESULT &&
           (data->web || column->alone) && !isfinite(column->offered);
}

/* One column of the table: a number of each row. */
struct cost {
    char *header;
    double (*of)(const struct report_data *data, size_t row, const struct cost *cost);
    size_t column;           /* of the document, where it is about one */
    const char *connections; /* where it is about system calls */
};

static double lines_of_row(const struct report_data *data, size_t row, const struct cost *cost)
{
    return data->rows[row].lines;
}

static double calls_of_row(const struct report_data *data, size_t row, const struct cost *cost)
{
    return json_number_or(data->rows[row].system_calls, cost->connections, NAN);
}

static double memory_of_row(const struct report_data *data, size_t row, const struct cost *cost)
{
    return data->rows[row].memory_per_connection;
}

static double user_of_row(const struct report_data *data, size_t row, const struct cost *cost)
{
    return report_data_measured(data, row, cost->column)
               ? 1e6 * costs_cpu(data, row, cost->column, "user")
               : NAN;
}

static double cpu_of_row(const struct report_data *data, size_t row, const struct cost *cost)
{
    return user_of_row(data, row, cost) + 1e6 * costs_cpu(data, row, cost->column, "system");
}

static bool is_shown(const struct report_data *data, size_t row)
{
    return !data->rows[row].peer && data->rows[row].repeats == NULL;
}

static bool has_any(const struct report_data *data, const struct cost *cost)
{
    for (size_t row = 0; row < data->row_count; row++)
        if (is_shown(data, row) && isfinite(cost->of(data, row, cost)))
            return true;
    return false;
}

struct costs {
    const struct report_data *data;
    struct cost *list;
    size_t count;
};

/* Takes over the header. What no row has is no column. */
static void add(struct costs *costs, struct cost cost)
{
    if (!has_any(costs->data, &cost)) {
        free(cost.header);
        return;
    }
    costs->list = memory_grown(costs->list, costs->count, sizeof(*costs->list));
    costs->list[costs->count++] = cost;
}

/* Headers have no unit that a table of measurements is told by: these are not compared. */
static void add_all(struct costs *costs)
{
    const struct report_data *data = costs->data;

    add(costs, (struct cost){.header = memory_text("Lines of code"), .of = lines_of_row});
    for (size_t i = 0; i < 2; i++)
        add(costs,
            (struct cost){.header = memory_text(i == 0 ? "Calls, 1 connection" : "Calls, 64"),
                          .of = calls_of_row,
                          .connections = i == 0 ? "1" : "64"});
    for (size_t j = 0; j < data->column_count; j++) {
        const char *header = data->columns[j].header;
        int length = (int)strcspn(header, "(");

        if (!costs_column_is_loaded(data, j))
            continue;
        while (length > 0 && header[length - 1] == ' ')
            length--;
        add(costs, (struct cost){.header = memory_printf("%.*s: CPU µs", length, header),
                                 .of = cpu_of_row,
                                 .column = j});
        add(costs, (struct cost){.header = memory_printf("%.*s: of it user", length, header),
                                 .of = user_of_row,
                                 .column = j});
    }
    add(costs,
        (struct cost){.header = memory_text("Bytes per idle connection"), .of = memory_of_row});
}

static void fill(struct table *table, const struct costs *costs, const char *path)
{
    const struct report_data *data = costs->data;

    *table = (struct table){.source = memory_text(path)};
    if (data->web)
        table->first_header = "Client";
    for (size_t i = 0; i < costs->count; i++)
        table_add_column(table, costs->list[i].header);
    for (size_t row = 0; row < data->row_count; row++) {
        struct table_cell *cells;

        if (!is_shown(data, row))
            continue;
        cells = table_add_row(table, data->rows[row].label);
        for (size_t i = 0; i < costs->count; i++) {
            double value = costs->list[i].of(data, row, &costs->list[i]);

            if (isfinite(value))
                cells[i] = (struct table_cell){.outcome = OUTCOME_MEASURED, .value = value};
        }
    }
}

int costs_table(const char *path, const cJSON *document, struct table *table,
                struct problem *problem)
{
    struct report_data data;
    struct costs costs = {.data = &data};
    int error;

    *table = (struct table){0};
    error = report_data_read(&data, path, document, problem);
    if (error < 0)
        return error;
    add_all(&costs);
    if (costs.count > 0)
        fill(table, &costs, path);
    else
        error = problem_set(problem, -EINVAL,
                            "%s says nothing of what rows cost; fibbench run of this version does",
                            path);
    for (size_t i = 0; i < costs.count; i++)
        free(costs.list[i].header);
    free(costs.list);
    report_data_finish(&data);
    return error;
}
