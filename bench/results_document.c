#include "bench/analysis.h"
#include "bench/json.h"
#include "bench/memory.h"
#include "bench/noise.h"
#include "bench/passes.h"
#include "bench/record.h"
#include "bench/results.h"
#include "bench/statistics.h"
#include "bench/statistics_interval.h"
#include "bench/validity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The samples of one cell, gathered over the rounds. */
struct gathered {
    enum outcome *outcomes;
    size_t outcome_count;
    double *values;
    size_t value_count;
};

/* Of the reference's closing run only what went wrong counts: its numbers are for the ratios. */
static void gather(struct gathered *gathered, const cJSON *cell, const char *column, bool closing)
{
    int outcome = outcome_of_name(json_text_or_null(cell, "outcome"));
    const cJSON *value =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(cell, "values"), column);

    if (closing && outcome == OUTCOME_MEASURED)
        return;
    gathered->outcomes =
        memory_grown(gathered->outcomes, gathered->outcome_count, sizeof(enum outcome));
    gathered->outcomes[gathered->outcome_count++] = (enum outcome)outcome;
    if (closing || !cJSON_IsNumber(value))
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
        if (strcmp(json_text_or_null(record, "row"), label) != 0 || record_is_superseded(record))
            continue;
        cJSON_ArrayForEach(cell, cJSON_GetObjectItemCaseSensitive(record, "cells"))
        {
            if (strcmp(json_text_or_null(cell, "scenario"), column->scenario->name) == 0)
                gather(gathered, cell, column->group->column, record_is_closing(record));
        }
    }
}

static void add_numbers(cJSON *cell, const double *values, size_t count, uint64_t seed)
{
    cJSON_AddNumberToObject(cell, "median", statistics_median(values, count));
    cJSON_AddNumberToObject(cell, "minimum", statistics_minimum(values, count));
    cJSON_AddNumberToObject(cell, "maximum", statistics_maximum(values, count));
    cJSON_AddNumberToObject(cell, "deviation", statistics_deviation(values, count));
    cJSON_AddItemToObject(cell, "samples", cJSON_CreateDoubleArray(values, (int)count));
    if (count > 1) {
        struct statistics_interval interval =
            statistics_bootstrap_median(values, count, 0.95, seed);

        cJSON_AddItemToObject(
            cell, "interval",
            cJSON_CreateDoubleArray((const double[]){interval.low, interval.high}, 2));
    }
}

static cJSON *make_cell(const cJSON *records, const char *label,
                        const struct scenario_column *column, const struct ratio *ratio,
                        uint64_t seed)
{
    struct gathered gathered = {0};
    cJSON *cell = cJSON_CreateObject(), *rounds;

    gather_cell(&gathered, records, label, column);
    cJSON_AddStringToObject(cell, "column", column->group->column);
    cJSON_AddStringToObject(
        cell, "outcome",
        outcome_name(outcome_of_rounds(gathered.outcomes, gathered.outcome_count)));
    if (gathered.value_count > 0)
        add_numbers(cell, gathered.values, gathered.value_count, seed);
    if (ratio->rounds > 0)
        cJSON_AddItemToObject(cell, "ratio", ratio_to_json(ratio));
    rounds = cJSON_AddArrayToObject(cell, "rounds");
    for (size_t i = 0; i < gathered.outcome_count; i++)
        cJSON_AddItemToArray(rounds, cJSON_CreateString(outcome_name(gathered.outcomes[i])));
    validity_add_to_row(cell, records, label, column->scenario->name, gathered.values,
                        gathered.value_count);
    free(gathered.outcomes);
    free(gathered.values);
    return cell;
}

static cJSON *make_column(const struct scenario_column *column, double margin)
{
    cJSON *object = scenario_column_to_json(column);

    cJSON_AddNumberToObject(object, "delta", margin);
    return object;
}

/* A document under way, and what of the plan the analysis needs. */
struct making {
    cJSON *document;
    const cJSON *records;
    const struct noise *earlier;
    const char **labels;
    size_t *against;
    struct analysis_rows rows;
    double margin; /* the greatest of the columns' */
};

static void find_rows(struct making *making, const struct plan *plan)
{
    const struct variant_list *variants = &plan->variants;
    struct analysis_rows *rows = &making->rows;

    making->labels = memory_zeroed(variants->count, sizeof(*making->labels));
    making->against = memory_zeroed(variants->count, sizeof(*making->against));
    *rows = (struct analysis_rows){
        .labels = making->labels,
        .count = variants->count,
        .reference = plan_reference(plan),
        .against = making->against,
        .repeat = variants->count,
        .repeated = variants->count,
        .rounds = plan->rounds,
        .seed = plan->seed,
    };
    for (size_t i = 0; i < rows->count; i++) {
        const char *repeats = variants->variants[i].repeats;

        making->labels[i] = variants->variants[i].label;
        making->against[i] = plan_reference_of(plan, i);
        if (repeats == NULL)
            continue;
        rows->repeat = i;
        rows->repeated = (size_t)(variant_list_find(variants, repeats) - variants->variants);
    }
}

/* The run's own noise: as a bound, and as what would have been said of it. */
static void add_noise(struct making *making, const char *column, const struct ratio *ratio)
{
    if (ratio->rounds == 0)
        return;
    if (ratio->confidence >= 0.95)
        cJSON_AddNumberToObject(cJSON_GetObjectItemCaseSensitive(making->document, "noise"), column,
                                ratio_bound(ratio));
    cJSON_AddItemToObject(cJSON_GetObjectItemCaseSensitive(making->document, "repeat"), column,
                          ratio_to_json(ratio));
}

static void add_column(struct making *making, const struct scenario_column *column)
{
    const struct analysis_rows *rows = &making->rows;
    double margin = fmax(VERDICT_MARGIN, noise_bound(making->earlier, column->group->column));
    struct analysis_values values =
        analysis_gather(making->records, rows, column->scenario->name, column->group->column);
    bool more_is_better = !client_group_is_time(column->group);
    struct ratio *ratios = memory_zeroed(rows->count, sizeof(*ratios)), repeat;
    size_t at = 0;
    cJSON *row;

    analysis_compare(&values, rows, more_is_better, margin, ratios);
    repeat = analysis_repeat(&values, rows, more_is_better, margin);
    add_noise(making, column->group->column, &repeat);
    cJSON_AddItemToArray(cJSON_GetObjectItemCaseSensitive(making->document, "columns"),
                         make_column(column, margin));
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(making->document, "rows"))
    {
        cJSON_AddItemToArray(
            cJSON_GetObjectItemCaseSensitive(row, "cells"),
            make_cell(making->records, rows->labels[at], column, &ratios[at], rows->seed));
        at++;
    }
    making->margin = fmax(making->margin, margin);
    analysis_values_finish(&values);
    free(ratios);
}

/* What counts, and what was repeated, with the cause. */
static void add_records(struct making *making)
{
    cJSON *repeats = cJSON_AddArrayToObject(making->document, "repeats");
    cJSON *measurements = cJSON_AddArrayToObject(making->document, "measurements");
    const cJSON *record;

    cJSON_ArrayForEach(record, making->records)
    {
        const cJSON *superseded = cJSON_GetObjectItemCaseSensitive(record, "superseded");
        cJSON *one;

        if (superseded == NULL) {
            cJSON_AddItemToArray(measurements, cJSON_Duplicate(record, true));
            continue;
        }
        one = cJSON_CreateObject();
        cJSON_AddNumberToObject(one, "round", json_number_or(record, "round", 0));
        json_add_text(one, "row", json_text_or_null(record, "row"));
        json_add_text(one, "cause", json_text_or_null(superseded, "cause"));
        cJSON_AddNumberToObject(one, "value", json_number_or(superseded, "value", 0));
        cJSON_AddItemToObject(one, "record", cJSON_Duplicate(record, true));
        cJSON_AddItemToArray(repeats, one);
    }
}

cJSON *results_document(const struct plan *plan, const cJSON *head, const cJSON *records,
                        double seconds, const struct noise *earlier)
{
    struct making making = {
        .document = cJSON_Duplicate(head, true), .records = records, .earlier = earlier};
    struct scenario_column columns[SCENARIO_COLUMNS_MAXIMUM];
    size_t count = scenario_columns(plan->scenarios, plan->selected, columns);
    cJSON *row;

    find_rows(&making, plan);
    cJSON_AddNumberToObject(making.document, "seconds", round(seconds * 10) / 10);
    cJSON_AddArrayToObject(making.document, "columns");
    cJSON_AddObjectToObject(making.document, "noise");
    cJSON_AddObjectToObject(making.document, "repeat");
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(making.document, "rows"))
    {
        passes_add_to_row(row, records);
        cJSON_AddArrayToObject(row, "cells");
    }
    for (size_t i = 0; i < count; i++)
        add_column(&making, &columns[i]);
    cJSON_AddNumberToObject(making.document, "delta", making.margin);
    add_records(&making);
    free(making.labels);
    free(making.against);
    return making.document;
}
