#include "bench/results.h"

#include "bench/caption.h"
#include "bench/file.h"
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

int results_read(const char *path, cJSON **document, struct problem *problem)
{
    size_t length;
    char *text;
    int error = file_read(path, &text, &length, problem);

    if (error < 0)
        return error;
    error = results_parse(path, text, length, document, problem);
    free(text);
    return error;
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

static bool is_positive(const cJSON *number)
{
    return cJSON_IsNumber(number) && isfinite(number->valuedouble) && number->valuedouble > 0;
}

static int read_interval(const cJSON *interval, struct table_cell *cell, struct problem *problem)
{
    const cJSON *low = cJSON_GetArrayItem(interval, 0), *high = cJSON_GetArrayItem(interval, 1);

    if (interval == NULL)
        return 0;
    if (cJSON_GetArraySize(interval) != 2 || !is_positive(low) || !is_positive(high) ||
        low->valuedouble > high->valuedouble)
        return problem_set(problem, -EINVAL, "\"interval\" is not two numbers above 0 in order");
    cell->low = low->valuedouble;
    cell->high = high->valuedouble;
    return 0;
}

static int read_ratio(const cJSON *object, struct ratio *ratio, struct problem *problem)
{
    const cJSON *low = cJSON_GetObjectItemCaseSensitive(object, "low");
    const cJSON *high = cJSON_GetObjectItemCaseSensitive(object, "high");
    const cJSON *median = cJSON_GetObjectItemCaseSensitive(object, "median");

    if (object == NULL)
        return 0;
    if (!is_positive(low) || !is_positive(median) || !is_positive(high) ||
        low->valuedouble > median->valuedouble || median->valuedouble > high->valuedouble)
        return problem_set(problem, -EINVAL,
                           "\"ratio\" lacks a \"low\", \"median\" and \"high\" above 0 in order");
    *ratio = (struct ratio){
        .rounds = (size_t)fmin(fmax(json_number_or(object, "rounds", 1), 1), SAMPLES_MOST),
        .estimate = median->valuedouble,
        .low = low->valuedouble,
        .high = high->valuedouble,
        .confidence = json_number_or(object, "confidence", 0),
        .p = json_number_or(object, "p", 1),
        .p_adjusted = json_number_or(object, "p_adjusted", 1),
        .smallest_effect = json_number_or(object, "smallest_effect", 0),
        .verdict = ratio_verdict_of_name(json_text_or_null(object, "verdict")),
    };
    return 0;
}

static int read_numbers(const cJSON *object, struct table_cell *cell, struct problem *problem)
{
    int error = read_samples(object, cell, problem);

    if (error == 0)
        error = read_interval(cJSON_GetObjectItemCaseSensitive(object, "interval"), cell, problem);
    if (error == 0)
        error =
            read_ratio(cJSON_GetObjectItemCaseSensitive(object, "ratio"), &cell->ratio, problem);
    return error;
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
    return cell->outcome == OUTCOME_MEASURED ? read_numbers(object, cell, problem) : 0;
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

/* Columns of web clients are too many for one table. */
static void set_title(struct table *table, const cJSON *column)
{
    const char *name = json_text_or_null(column, "value");
    const struct web_value *value = name != NULL ? web_value_of_name(name) : NULL;

    if (value == NULL || !cJSON_HasObjectItem(column, "urls"))
        return;
    table->titles[table->column_count - 1] = value->title;
    table->first_header = "Client";
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
        set_title(table, one);
    }
    cJSON_ArrayForEach(one, rows)
    {
        error = read_row(one, table, problem);
        if (error < 0)
            return error;
    }
    return 0;
}

bool results_are_of_web_clients(const cJSON *document)
{
    return cJSON_HasObjectItem(document, "too_long");
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
    table->caption = caption_of(document, TABLE_VERDICTS);
    return 0;
}
