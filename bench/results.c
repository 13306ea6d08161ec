#include "bench/results.h"

#include "bench/caption.h"
#include "bench/json.h"
#include "bench/memory.h"
#include "bench/statistics.h"
#include "bench/version.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char FORMAT[] = "fibbench-results";

enum { SAMPLES_MOST = 100000 };

static void add_date(cJSON *object)
{
    time_t now = time(NULL);
    struct tm fields;
    char text[32];

    gmtime_r(&now, &fields);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &fields);
    cJSON_AddStringToObject(object, "date", text);
}

cJSON *results_head(const struct plan *plan, const cJSON *host)
{
    cJSON *head = cJSON_CreateObject(), *program, *plan_object;

    cJSON_AddStringToObject(head, "format", FORMAT);
    cJSON_AddNumberToObject(head, "version", RESULTS_VERSION);
    program = cJSON_AddObjectToObject(head, "program");
    cJSON_AddStringToObject(program, "version", version_number());
    cJSON_AddStringToObject(program, "revision", version_revision());
    cJSON_AddBoolToObject(program, "modified", version_is_modified());
    add_date(head);
    cJSON_AddItemToObject(head, "host", cJSON_Duplicate(host, true));
    plan_object = plan_to_json(plan);
    while (plan_object->child != NULL) {
        cJSON *member = cJSON_DetachItemViaPointer(plan_object, plan_object->child);

        cJSON_AddItemToObject(head, member->string, member);
    }
    cJSON_Delete(plan_object);
    return head;
}

/* The samples of one cell, gathered over the rounds. */
struct gathered {
    enum outcome *outcomes;
    size_t outcome_count;
    double *values;
    size_t value_count;
};

static void gather(struct gathered *gathered, const cJSON *cell, const char *column)
{
    int outcome = outcome_of_name(json_text_or_null(cell, "outcome"));
    const cJSON *value =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(cell, "values"), column);

    gathered->outcomes =
        memory_grown(gathered->outcomes, gathered->outcome_count, sizeof(enum outcome));
    gathered->outcomes[gathered->outcome_count++] = (enum outcome)outcome;
    if (!cJSON_IsNumber(value))
        return;
    gathered->values = memory_grown(gathered->values, gathered->value_count, sizeof(double));
    gathered->values[gathered->value_count++] = value->valuedouble;
}

static void gather_cell(struct gathered *gathered, const cJSON *records, const char *label,
                        const struct scenario_column *column)
{
    const cJSON *record, *cell;

    cJSON_ArrayForEach(record, records)
    {
        if (strcmp(json_text_or_null(record, "row"), label) != 0)
            continue;
        cJSON_ArrayForEach(cell, cJSON_GetObjectItemCaseSensitive(record, "cells"))
        {
            if (strcmp(json_text_or_null(cell, "scenario"), column->scenario->name) == 0)
                gather(gathered, cell, column->group->column);
        }
    }
}

static cJSON *make_cell(const cJSON *records, const char *label,
                        const struct scenario_column *column)
{
    struct gathered gathered = {0};
    cJSON *cell = cJSON_CreateObject(), *rounds;
    enum outcome outcome;

    gather_cell(&gathered, records, label, column);
    outcome = outcome_of_rounds(gathered.outcomes, gathered.outcome_count);
    cJSON_AddStringToObject(cell, "column", column->group->column);
    cJSON_AddStringToObject(cell, "outcome", outcome_name(outcome));
    if (gathered.value_count > 0) {
        const double *values = gathered.values;
        size_t count = gathered.value_count;

        cJSON_AddNumberToObject(cell, "median", statistics_median(values, count));
        cJSON_AddNumberToObject(cell, "minimum", statistics_minimum(values, count));
        cJSON_AddNumberToObject(cell, "maximum", statistics_maximum(values, count));
        cJSON_AddNumberToObject(cell, "deviation", statistics_deviation(values, count));
        cJSON_AddItemToObject(cell, "samples", cJSON_CreateDoubleArray(values, (int)count));
    }
    rounds = cJSON_AddArrayToObject(cell, "rounds");
    for (size_t i = 0; i < gathered.outcome_count; i++)
        cJSON_AddItemToArray(rounds, cJSON_CreateString(outcome_name(gathered.outcomes[i])));
    free(gathered.outcomes);
    free(gathered.values);
    return cell;
}

static void add_columns(cJSON *document, const struct scenario_column *columns, size_t count)
{
    cJSON *list = cJSON_AddArrayToObject(document, "columns");

    for (size_t i = 0; i < count; i++) {
        cJSON *one = cJSON_CreateObject();

        cJSON_AddStringToObject(one, "name", columns[i].group->column);
        cJSON_AddStringToObject(one, "header", columns[i].group->header);
        cJSON_AddStringToObject(one, "scenario", columns[i].scenario->name);
        cJSON_AddStringToObject(one, "better", columns[i].group->slow ? "lower" : "higher");
        cJSON_AddItemToArray(list, one);
    }
}

cJSON *results_document(const struct plan *plan, const cJSON *head, const cJSON *records,
                        double seconds)
{
    cJSON *document = cJSON_Duplicate(head, true), *row;
    struct scenario_column columns[SCENARIO_COLUMNS_MAXIMUM];
    size_t count = scenario_columns(plan->selected, columns);

    cJSON_AddNumberToObject(document, "seconds", round(seconds * 10) / 10);
    add_columns(document, columns, count);
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(document, "rows"))
    {
        cJSON *cells = cJSON_AddArrayToObject(row, "cells");

        for (size_t i = 0; i < count; i++)
            cJSON_AddItemToArray(cells,
                                 make_cell(records, json_text_or_null(row, "label"), &columns[i]));
    }
    cJSON_AddItemToObject(document, "measurements", cJSON_Duplicate(records, true));
    return document;
}

int results_parse(const char *path, const char *text, size_t length, cJSON **document,
                  struct problem *problem)
{
    cJSON *parsed = json_parse(text, length);
    const char *format = json_text_or_null(parsed, "format");
    double version = json_number_or(parsed, "version", 0);
    int error = 0;

    if (parsed == NULL)
        error = problem_set(problem, -EINVAL, "%s is not valid JSON", path);
    else if (format == NULL || strcmp(format, FORMAT) != 0)
        error = problem_set(problem, -EINVAL,
                            "%s is JSON, but no results file: its \"format\" is not \"%s\"", path,
                            FORMAT);
    else if (version != RESULTS_VERSION && version != 1)
        error = problem_set(problem, -EINVAL,
                            "%s is a results file of version %g; this program reads up to version "
                            "%d",
                            path, version, RESULTS_VERSION);
    if (error < 0) {
        cJSON_Delete(parsed);
        return error;
    }
    *document = parsed;
    return 0;
}

static int read_samples(const cJSON *object, struct table_cell *cell, struct problem *problem)
{
    const cJSON *samples = NULL, *sample;
    int error = json_array(object, "samples", &samples, problem);
    size_t count;

    if (error < 0)
        return error;
    count = (size_t)cJSON_GetArraySize(samples);
    if (count == 0 || count > SAMPLES_MOST)
        return problem_set(problem, -EINVAL, "\"samples\" has %zu numbers", count);
    cell->samples = memory_zeroed(count, sizeof(*cell->samples));
    cJSON_ArrayForEach(sample, samples)
    {
        if (!cJSON_IsNumber(sample) || !isfinite(sample->valuedouble) || sample->valuedouble <= 0)
            return problem_set(problem, -EINVAL, "\"samples\" has one that is no number above 0");
        cell->samples[cell->sample_count++] = sample->valuedouble;
    }
    cell->value = statistics_median(cell->samples, count);
    cell->minimum = statistics_minimum(cell->samples, count);
    cell->maximum = statistics_maximum(cell->samples, count);
    return 0;
}

static int read_cell(const cJSON *object, struct table_cell *cell, struct problem *problem)
{
    const char *name = NULL;
    int error = json_text(object, "outcome", &name, problem);
    int outcome;

    if (error < 0)
        return error;
    outcome = outcome_of_name(name);
    if (outcome < 0)
        return problem_set(problem, -EINVAL, "\"outcome\" is '%s', which is none", name);
    cell->outcome = (enum outcome)outcome;
    return cell->outcome == OUTCOME_MEASURED ? read_samples(object, cell, problem) : 0;
}

static int read_row(const cJSON *row, struct table *table, struct problem *problem)
{
    const cJSON *list = NULL, *object;
    struct table_cell *cells;
    const char *label = NULL;
    size_t column = 0;
    int error = json_text(row, "label", &label, problem);

    if (error == 0)
        error = json_array(row, "cells", &list, problem);
    if (error < 0)
        return error;
    if ((size_t)cJSON_GetArraySize(list) != table->column_count)
        return problem_set(problem, -EINVAL, "row '%s' has %d cells for %zu columns", label,
                           cJSON_GetArraySize(list), table->column_count);
    cells = table_add_row(table, label);
    cJSON_ArrayForEach(object, list)
    {
        struct problem inner;

        error = read_cell(object, &cells[column], &inner);
        if (error < 0)
            return problem_set(problem, error, "row '%s', column '%s': %.500s", label,
                               table->columns[column], inner.text);
        column++;
    }
    return 0;
}

static int read_table(const cJSON *document, struct table *table, struct problem *problem)
{
    const cJSON *columns = NULL, *rows = NULL, *one;
    int error = json_array(document, "columns", &columns, problem);

    if (error == 0)
        error = json_array(document, "rows", &rows, problem);
    if (error < 0)
        return error;
    cJSON_ArrayForEach(one, columns)
    {
        const char *header = NULL;

        error = json_text(one, "header", &header, problem);
        if (error < 0)
            return error;
        table_add_column(table, header);
    }
    cJSON_ArrayForEach(one, rows)
    {
        error = read_row(one, table, problem);
        if (error < 0)
            return error;
    }
    return 0;
}

int results_table(const char *path, const cJSON *document, struct table *table,
                  struct problem *problem)
{
    struct problem inner;
    int error;

    *table = (struct table){.source = memory_text(path)};
    error = read_table(document, table, &inner);
    if (error < 0) {
        table_finish(table);
        return problem_set(problem, error, "%s: %.800s", path, inner.text);
    }
    table->caption = caption_of(document);
    return 0;
}
