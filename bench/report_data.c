#include "bench/report_data.h"

#include "bench/json.h"
#include "bench/lines.h"
#include "bench/memory.h"
#include "bench/results.h"
#include "bench/scenario.h"
#include "bench/statistics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MOST = 100000 };

size_t report_data_row(const struct report_data *data, const char *label)
{
    size_t row = 0;

    while (row < data->row_count && strcmp(data->rows[row].label, label) != 0)
        row++;
    return row;
}

size_t report_data_columns(const struct report_data *data, enum report_subject subject, size_t *at)
{
    size_t count = 0;

    for (size_t j = 0; j < data->column_count; j++)
        if (data->columns[j].subject == subject)
            at[count++] = j;
    return count;
}

bool report_data_measured(const struct report_data *data, size_t row, size_t column)
{
    const struct report_cell *cell = &data->rows[row].cells[column];

    return cell->outcome == OUTCOME_MEASURED && isfinite(cell->median);
}

const cJSON *report_data_recorded(const struct report_data *data, const struct report_run *run,
                                  size_t column)
{
    const cJSON *recorded;

    cJSON_ArrayForEach(recorded, run->cells)
    {
        const char *scenario = json_text_or_null(recorded, "scenario");

        if (scenario != NULL && strcmp(scenario, data->columns[column].scenario) == 0)
            return recorded;
    }
    return NULL;
}

double report_data_median(const struct report_data *data, size_t row, size_t column,
                          double (*read)(const cJSON *recorded, const void *argument),
                          const void *argument)
{
    double *found = memory_zeroed(data->run_count + 1, sizeof(*found)), median = NAN;
    size_t count = 0;

    for (size_t i = 0; i < data->run_count; i++) {
        const struct report_run *run = &data->runs[i];
        const cJSON *recorded;

        if (run->row != row || run->closing)
            continue;
        recorded = report_data_recorded(data, run, column);
        found[count] = recorded != NULL ? read(recorded, argument) : NAN;
        if (isfinite(found[count]))
            count++;
    }
    if (count > 0)
        median = statistics_median(found, count);
    free(found);
    return median;
}

/* Of web clients: one for each of web_values. */
static const struct kind {
    const char *value;
    enum report_subject subject;
    enum plot_quantity quantity;
    const char *axis;
} web_kinds[] = {
    {"over_ideal", REPORT_RESULT, PLOT_TIMES, "times the ideal"},
    {"rate", REPORT_RESULT, PLOT_RATE, "URLs per second"},
    {"fetch_over_ideal", REPORT_FETCH, PLOT_TIMES, "times the ideal"},
    {"fetch_rate", REPORT_FETCH, PLOT_RATE, "URLs per second"},
    {"cpu", REPORT_PROCESSOR, PLOT_MICROSECONDS, "of CPU time per URL"},
    {"memory", REPORT_PEAK, PLOT_MEBIBYTES, "of resident memory at most"},
    {"connections", REPORT_OPENED, PLOT_NUMBER, "connections"},
};

static const struct kind rate = {NULL, REPORT_RESULT, PLOT_RATE, "requests per second"};
static const struct kind seconds = {NULL, REPORT_RESULT, PLOT_SECONDS, "per request"};

static void read_kind(struct report_column *column, const cJSON *object)
{
    const struct kind *kind = column->less_is_better ? &seconds : &rate;
    const char *name = json_text_or_null(object, "value");
    const struct web_value *value =
        name != NULL && isfinite(column->urls) ? web_value_of_name(name) : NULL;

    for (size_t i = 0; value != NULL && i < sizeof(web_kinds) / sizeof(web_kinds[0]); i++)
        if (strcmp(web_kinds[i].value, name) == 0)
            kind = &web_kinds[i];
    column->title = value != NULL ? value->title : NULL;
    column->subject = kind->subject;
    column->quantity = kind->quantity;
    column->axis = kind->axis;
}

static int read_column(struct report_column *column, const cJSON *object, struct problem *problem)
{
    const char *better = json_text_or_null(object, "better");
    int error = json_text(object, "header", &column->header, problem);

    if (error == 0)
        error = json_text(object, "name", &column->name, problem);
    if (error == 0)
        error = json_text(object, "scenario", &column->scenario, problem);
    column->less_is_better = better != NULL && strcmp(better, "lower") == 0;
    column->offered = json_number_or(object, "offered", NAN);
    column->connections = json_number_or(object, "connections", NAN);
    column->pipeline = json_number_or(object, "pipeline", NAN);
    column->urls = json_number_or(object, "urls", NAN);
    column->concurrency = json_number_or(object, "concurrency", NAN);
    column->delay = json_number_or(object, "delay_seconds", NAN);
    read_kind(column, object);
    return error;
}

static enum report_verdict verdict_of_name(const char *name)
{
    static const struct {
        const char *name;
        enum report_verdict verdict;
    } verdicts[] = {
        {"faster", REPORT_FASTER},         {"slower", REPORT_SLOWER},
        {"equivalent", REPORT_EQUIVALENT}, {"inconclusive", REPORT_INCONCLUSIVE},
        {"null", REPORT_REFERENCE},
    };

    for (size_t i = 0; name != NULL && i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
        if (strcmp(verdicts[i].name, name) == 0)
            return verdicts[i].verdict;
    return REPORT_UNJUDGED;
}

static bool has_flags(const cJSON *flags)
{
    return (cJSON_IsObject(flags) || cJSON_IsArray(flags)) && flags->child != NULL;
}

static int read_cell(struct report_cell *cell, const cJSON *object, struct problem *problem)
{
    const cJSON *ratio = cJSON_GetObjectItemCaseSensitive(object, "ratio");
    const cJSON *interval = cJSON_GetObjectItemCaseSensitive(object, "interval");
    const cJSON *flags = cJSON_GetObjectItemCaseSensitive(object, "flags");
    const cJSON *ends[] = {cJSON_GetArrayItem(interval, 0), cJSON_GetArrayItem(interval, 1)};
    const char *name = NULL;
    int outcome, error = json_text(object, "outcome", &name, problem);

    if (error < 0)
        return error;
    outcome = outcome_of_name(name);
    if (outcome < 0)
        return problem_set(problem, -EINVAL, "\"outcome\" is '%s', which is none", name);
    *cell = (struct report_cell){
        .outcome = (enum outcome)outcome,
        .median = json_number_or(object, "median", NAN),
        .low = cJSON_IsNumber(ends[0]) ? ends[0]->valuedouble : NAN,
        .high = cJSON_IsNumber(ends[1]) ? ends[1]->valuedouble : NAN,
        .flags = has_flags(flags) ? flags : NULL,
        .ratio =
            {
                .median = json_number_or(ratio, "median", NAN),
                .low = json_number_or(ratio, "low", NAN),
                .high = json_number_or(ratio, "high", NAN),
                .interval = true,
                .smallest_effect = json_number_or(ratio, "smallest_effect", NAN),
                .verdict = verdict_of_name(json_text_or_null(ratio, "verdict")),
            },
    };
    return 0;
}

static void read_row_facts(struct report_row *row, const cJSON *object, const cJSON *document)
{
    const char *backend = json_text_or_null(object, "backend");
    bool web = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, "web"));

    row->family = json_text_or_null(object, "family");
    row->repeats =
        json_text_or_null(cJSON_GetObjectItemCaseSensitive(document, "repeat_of"), row->label);
    row->peer = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, "peer"));
    row->highlight = -1;
    row->memory_per_connection = json_number_or(object, "memory_per_connection", NAN);
    row->system_calls = cJSON_GetObjectItemCaseSensitive(object, "system_calls_per_request");
    row->lines = json_number_or(object, "lines", NAN);
    /* An older document does not say; this build's sources are the next best. */
    if (isnan(row->lines) && backend != NULL && lines_of(backend, web) > 0)
        row->lines = lines_of(backend, web);
}

static int read_row(struct report_data *data, const cJSON *object, struct problem *problem)
{
    struct report_row *row = &data->rows[data->row_count];
    const cJSON *cells = NULL, *one;
    size_t column = 0;
    int error = json_text(object, "label", &row->label, problem);

    if (error == 0)
        error = json_array(object, "cells", &cells, problem);
    if (error < 0)
        return error;
    if (report_data_row(data, row->label) < data->row_count)
        return problem_set(problem, -EINVAL, "two rows are called '%s'", row->label);
    if ((size_t)cJSON_GetArraySize(cells) != data->column_count)
        return problem_set(problem, -EINVAL, "row '%s' has %d cells for %zu columns", row->label,
                           cJSON_GetArraySize(cells), data->column_count);
    data->row_count++;
    row->cells = memory_zeroed(data->column_count + 1, sizeof(*row->cells));
    read_row_facts(row, object, data->document);
    cJSON_ArrayForEach(one, cells)
    {
        error = read_cell(&row->cells[column], one, problem);
        if (error < 0)
            return error;
        if (row->cells[column].ratio.verdict > REPORT_REFERENCE)
            data->judged = true;
        column++;
    }
    return 0;
}

static void read_values(struct report_data *data, struct report_run *run)
{
    run->values = memory_zeroed(data->column_count + 1, sizeof(double));
    for (size_t i = 0; i < data->column_count; i++) {
        const cJSON *recorded = report_data_recorded(data, run, i);
        const cJSON *values = cJSON_GetObjectItemCaseSensitive(recorded, "values");
        double value = json_number_or(values, data->columns[i].name, NAN);

        run->values[i] = value > 0 ? value : NAN;
        if (cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(recorded, "clients")) > 1)
            data->columns[i].alone = false;
    }
}

static int read_run(struct report_data *data, const cJSON *object, struct problem *problem)
{
    struct report_run *run = &data->runs[data->run_count];
    const char *label = NULL;
    int error = json_text(object, "row", &label, problem);

    if (error == 0)
        error = json_count(object, "round", ROUNDS_MOST, &run->round, problem);
    if (error == 0)
        error = json_array(object, "cells", &run->cells, problem);
    if (error < 0)
        return error;
    run->row = report_data_row(data, label);
    if (run->row == data->row_count)
        return problem_set(problem, -EINVAL, "a measurement is of row '%s', which is none", label);
    run->closing = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, "closing"));
    if (run->round >= data->round_count)
        data->round_count = run->round + 1;
    data->run_count++;
    read_values(data, run);
    return 0;
}

static void mark_columns_alone(struct report_data *data)
{
    for (size_t i = 0; i < data->column_count; i++) {
        data->columns[i].alone = true;
        for (size_t j = 0; j < data->column_count; j++)
            if (j != i && strcmp(data->columns[i].scenario, data->columns[j].scenario) == 0)
                data->columns[i].alone = false;
    }
}

/* By round, from the runs. Of a run that was repeated the last one counts. */
static void gather_rounds(struct report_data *data)
{
    for (size_t i = 0; i < data->row_count; i++)
        for (size_t j = 0; j < data->column_count; j++) {
            struct report_cell *cell = &data->rows[i].cells[j];

            cell->rounds = memory_zeroed(data->round_count + 1, sizeof(double));
            for (size_t k = 0; k < data->round_count; k++)
                cell->rounds[k] = NAN;
        }
    for (size_t i = 0; i < data->run_count; i++) {
        const struct report_run *run = &data->runs[i];

        for (size_t j = 0; j < data->column_count && !run->closing; j++)
            data->rows[run->row].cells[j].rounds[run->round] = run->values[j];
    }
}

static void find_reference(struct report_data *data)
{
    const char *label = json_text_or_null(data->document, "reference");

    data->reference = report_data_row(data, label != NULL ? label : "null");
    if (data->reference == data->row_count)
        data->reference = 0;
}

/* A row that does not compare with the reference says with which it does. */
static void find_references_of_rows(struct report_data *data)
{
    const cJSON *object;
    size_t row = 0;

    cJSON_ArrayForEach(object, cJSON_GetObjectItemCaseSensitive(data->document, "rows"))
    {
        const char *label = json_text_or_null(object, "against");
        size_t against = label != NULL ? report_data_row(data, label) : data->row_count;

        data->rows[row++].reference = against < data->row_count ? against : data->reference;
    }
}

/* What a document of version 1 does not have: the range of the rounds, which claims nothing. */
static void compute_ratio(struct report_data *data, size_t row, size_t column)
{
    const struct report_cell *reference = &data->rows[data->rows[row].reference].cells[column];
    struct report_cell *cell = &data->rows[row].cells[column];
    double *ratios = memory_zeroed(data->round_count + 1, sizeof(*ratios));
    size_t count = 0;

    for (size_t i = 0; i < data->round_count; i++) {
        double ratio = cell->rounds[i] / reference->rounds[i];

        if (isfinite(ratio))
            ratios[count++] = data->columns[column].less_is_better ? 1 / ratio : ratio;
    }
    if (count > 0) {
        cell->ratio.median = statistics_median(ratios, count);
        cell->ratio.low = statistics_minimum(ratios, count);
        cell->ratio.high = statistics_maximum(ratios, count);
        cell->ratio.interval = false;
    }
    free(ratios);
}

static void complete_ratios(struct report_data *data)
{
    for (size_t i = 0; i < data->row_count; i++)
        for (size_t j = 0; j < data->column_count; j++) {
            struct report_cell *cell = &data->rows[i].cells[j];

            if (i == data->rows[i].reference)
                cell->ratio.verdict = REPORT_REFERENCE;
            else if (isnan(cell->ratio.median) && report_data_measured(data, i, j))
                compute_ratio(data, i, j);
        }
}

static bool has_highlighted_family(const struct report_data *data, const char *family)
{
    for (size_t i = 0; i < data->row_count; i++) {
        const char *other = data->rows[i].family != NULL ? data->rows[i].family : "";

        if (data->rows[i].highlight >= 0 && strcmp(other, family) == 0)
            return true;
    }
    return false;
}

/* Colours go to the first row of each family, then to the others, as far as they suffice. */
static void choose_highlights(struct report_data *data)
{
    int next = 0;

    for (int pass = 0; pass <= 1; pass++)
        for (size_t i = 0; i < data->row_count && next < REPORT_HIGHLIGHTS; i++) {
            struct report_row *row = &data->rows[i];
            const char *family = row->family != NULL ? row->family : "";

            if (i == data->reference || row->repeats != NULL || row->highlight >= 0)
                continue;
            if (pass == 1 || !has_highlighted_family(data, family))
                row->highlight = next++;
        }
}

static int read_document(struct report_data *data, struct problem *problem)
{
    const cJSON *columns = NULL, *rows = NULL, *measurements = NULL, *one;
    int error = json_array(data->document, "columns", &columns, problem);

    if (error == 0)
        error = json_array(data->document, "rows", &rows, problem);
    if (error == 0)
        error = json_array(data->document, "measurements", &measurements, problem);
    if (error < 0)
        return error;
    if (cJSON_GetArraySize(columns) == 0 || cJSON_GetArraySize(rows) == 0)
        return problem_set(problem, -EINVAL, "it has no rows or no columns");
    data->columns = memory_zeroed((size_t)cJSON_GetArraySize(columns), sizeof(*data->columns));
    data->rows = memory_zeroed((size_t)cJSON_GetArraySize(rows), sizeof(*data->rows));
    data->runs = memory_zeroed((size_t)cJSON_GetArraySize(measurements) + 1, sizeof(*data->runs));
    cJSON_ArrayForEach(one, columns)
    {
        error = error < 0 ? error : read_column(&data->columns[data->column_count], one, problem);
        data->column_count++;
    }
    if (error == 0)
        mark_columns_alone(data);
    cJSON_ArrayForEach(one, rows)
    {
        error = error < 0 ? error : read_row(data, one, problem);
    }
    cJSON_ArrayForEach(one, measurements)
    {
        error = error < 0 ? error : read_run(data, one, problem);
    }
    return error;
}

int report_data_read(struct report_data *data, const char *source, const cJSON *document,
                     struct problem *problem)
{
    struct problem inner;
    int error;

    *data = (struct report_data){.document = document, .web = results_are_of_web_clients(document)};
    error = read_document(data, &inner);
    if (error < 0) {
        report_data_finish(data);
        return problem_set(problem, error, "%s: %.800s", source, inner.text);
    }
    gather_rounds(data);
    find_reference(data);
    find_references_of_rows(data);
    complete_ratios(data);
    choose_highlights(data);
    return 0;
}

void report_data_finish(struct report_data *data)
{
    for (size_t i = 0; i < data->row_count; i++) {
        for (size_t j = 0; j < data->column_count; j++)
            free(data->rows[i].cells[j].rounds);
        free(data->rows[i].cells);
    }
    for (size_t i = 0; i < data->run_count; i++)
        free(data->runs[i].values);
    free(data->columns);
    free(data->rows);
    free(data->runs);
    *data = (struct report_data){0};
}
