#include "bench/compare_print.h"
#include "bench/json.h"
#include "bench/memory.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

static const char *name_of(enum verdict verdict)
{
    static const char *const names[] = {
        [VERDICT_NONE] = "none",   [VERDICT_SAME] = "same",   [VERDICT_BETTER] = "better",
        [VERDICT_WORSE] = "worse", [VERDICT_NOISY] = "noisy",
    };

    return names[verdict];
}

static const char *shape_of(enum verdict verdict)
{
    static const char *const names[] = {
        [VERDICT_NONE] = "cannot tell",      [VERDICT_SAME] = "reproduced",
        [VERDICT_BETTER] = "not reproduced", [VERDICT_WORSE] = "not reproduced",
        [VERDICT_NOISY] = "cannot tell",
    };

    return names[verdict];
}

static cJSON *value_to_json(const struct table_cell *cell)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "outcome", outcome_name(cell->outcome));
    if (cell->outcome == OUTCOME_MEASURED)
        cJSON_AddNumberToObject(object, "value", cell->value);
    if (cell->sample_count > 0)
        cJSON_AddNumberToObject(object, "samples", (double)cell->sample_count);
    return object;
}

static void add_or_null(cJSON *object, const char *name, bool there, double value)
{
    if (there)
        cJSON_AddNumberToObject(object, name, value);
    else
        cJSON_AddNullToObject(object, name);
}

static void add_numbers(cJSON *object, const struct compared_cell *cell)
{
    bool compared = cell->ratio > 0;

    add_or_null(object, "ratio", compared, cell->ratio);
    if (cell->confidence > 0)
        cJSON_AddItemToObject(object, "interval",
                              cJSON_CreateDoubleArray((double[]){cell->low, cell->high}, 2));
    else
        cJSON_AddNullToObject(object, "interval");
    add_or_null(object, "confidence", cell->confidence > 0, cell->confidence);
    add_or_null(object, "p", cell->tested, cell->p);
    add_or_null(object, "p_adjusted", cell->tested, cell->p_adjusted);
    add_or_null(object, "threshold", compared, cell->threshold);
    add_or_null(object, "rounds_needed", cell->rounds_needed > 0, (double)cell->rounds_needed);
}

static void add_recheck(cJSON *object, const struct compared_cell *cell)
{
    static const char *const results[] = {
        [RECHECK_NONE] = "none",
        [RECHECK_CONFIRMED] = "confirmed",
        [RECHECK_REFUTED] = "not confirmed",
        [RECHECK_UNCLEAR] = "unclear",
    };
    cJSON *recheck;

    if (cell->recheck == RECHECK_NONE) {
        cJSON_AddNullToObject(object, "recheck");
        return;
    }
    recheck = cJSON_AddObjectToObject(object, "recheck");
    cJSON_AddStringToObject(recheck, "result", results[cell->recheck]);
    cJSON_AddStringToObject(recheck, "first_verdict", name_of(cell->first_verdict));
    if (cell->again == NULL)
        return;
    cJSON_AddItemToObject(recheck, "new", value_to_json(cell->again->new));
    add_numbers(recheck, cell->again);
    cJSON_AddStringToObject(recheck, "verdict", name_of(cell->again->verdict));
}

static cJSON *cell_to_json(const struct compare_heading *heading,
                           const struct comparison *comparison, size_t row, size_t column)
{
    const struct compared_row *compared = &comparison->rows[row];
    const struct compared_cell *cell = &compared->cells[column];
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "column", comparison->columns[column].header);
    cJSON_AddStringToObject(object, "old_row", heading->old->rows[compared->old]);
    cJSON_AddStringToObject(object, "new_row", heading->new->rows[compared->new]);
    cJSON_AddItemToObject(object, "old", value_to_json(cell->old));
    cJSON_AddItemToObject(object, "new", value_to_json(cell->new));
    add_numbers(object, cell);
    cJSON_AddStringToObject(object, "verdict", name_of(cell->verdict));
    if (heading->settings.shapes && !cell->reference)
        cJSON_AddStringToObject(object, "shape", shape_of(cell->verdict));
    cJSON_AddBoolToObject(object, "equivalent", cell->equivalent);
    cJSON_AddBoolToObject(object, "favourable", cell->favourable);
    cJSON_AddBoolToObject(object, "reference", cell->reference);
    add_recheck(object, cell);
    return object;
}

static cJSON *column_to_json(const struct compare_heading *heading,
                             const struct compared_column *column)
{
    cJSON *object = cJSON_CreateObject();
    bool relative = heading->settings.relative;

    cJSON_AddStringToObject(object, "column", column->header);
    cJSON_AddStringToObject(object, "better",
                            table_unit_more_is_better(column->unit) ? "higher" : "lower");
    cJSON_AddNumberToObject(object, "rows", (double)column->common);
    cJSON_AddNumberToObject(object, "tests", (double)column->tests);
    add_or_null(object, "geometric_mean", column->common > 0,
                column->common > 0 ? column->new_mean / column->old_mean : 0);
    if (relative && column->common >= 2)
        cJSON_AddStringToObject(object, "divided_by",
                                column->by_reference ? heading->settings.reference
                                                     : "geometric mean");
    else
        cJSON_AddNullToObject(object, "divided_by");
    return object;
}

static void add_names(cJSON *object, const char *name, const char *const *names, size_t count)
{
    cJSON *list = cJSON_AddArrayToObject(object, name);

    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(names[i]));
}

static void add_differences(cJSON *object, const struct differences *differences)
{
    cJSON *list = cJSON_AddArrayToObject(object, "differences");

    for (size_t i = 0; i < differences->count; i++) {
        const struct difference *difference = &differences->list[i];
        cJSON *one = cJSON_CreateObject();

        cJSON_AddStringToObject(one, "member", difference->member);
        cJSON_AddStringToObject(one, "meaning", difference->meaning);
        cJSON_AddItemToObject(one, "old", cJSON_Duplicate(difference->old, true));
        cJSON_AddItemToObject(one, "new", cJSON_Duplicate(difference->new, true));
        cJSON_AddItemToArray(list, one);
    }
}

static cJSON *control_to_json(const struct recheck_control *control)
{
    cJSON *object = cJSON_CreateObject(), *to;

    cJSON_AddStringToObject(object, "column", control->header);
    json_add_text(object, "row", control->row);
    if (control->row == NULL)
        return object;
    to = cJSON_AddObjectToObject(object, "to_new");
    add_numbers(to, &control->to_new);
    to = cJSON_AddObjectToObject(object, "to_old");
    add_numbers(to, &control->to_old);
    cJSON_AddBoolToObject(object, "moved", control->moved);
    return object;
}

static void add_recheck_report(cJSON *object, const struct recheck_report *report)
{
    cJSON *recheck, *controls;

    if (report == NULL) {
        cJSON_AddNullToObject(object, "recheck");
        return;
    }
    recheck = cJSON_AddObjectToObject(object, "recheck");
    cJSON_AddStringToObject(recheck, "rule",
                            "worse only where the first comparison and a new measurement, compared "
                            "with old by the same rule on its own rounds alone, both say so");
    cJSON_AddNumberToObject(recheck, "rounds", report->rounds);
    cJSON_AddNumberToObject(recheck, "seed", (double)report->seed);
    cJSON_AddStringToObject(recheck, "results", report->results);
    controls = cJSON_AddArrayToObject(recheck, "controls");
    for (size_t i = 0; i < report->control_count; i++)
        cJSON_AddItemToArray(controls, control_to_json(&report->controls[i]));
}

static void add_counts(cJSON *object, const struct comparison *comparison)
{
    struct comparison_counts counts = comparison_count(comparison);

    cJSON_AddNumberToObject(object, "worse", (double)counts.worse);
    cJSON_AddNumberToObject(object, "better", (double)counts.better);
    cJSON_AddNumberToObject(object, "same", (double)counts.same);
    cJSON_AddNumberToObject(object, "equivalent", (double)counts.equivalent);
    cJSON_AddNumberToObject(object, "noisy", (double)counts.noisy_worse);
    cJSON_AddNumberToObject(object, "noisy_better", (double)counts.noisy_better);
    cJSON_AddNumberToObject(object, "noisy_within", (double)counts.noisy_within);
    cJSON_AddNumberToObject(object, "missing", (double)counts.missing);
}

void compare_print_json(FILE *file, const struct compare_heading *heading,
                        const struct comparison *comparison, int exit_status)
{
    const struct compare_settings *settings = &heading->settings;
    cJSON *object = cJSON_CreateObject(), *columns, *cells;

    cJSON_AddStringToObject(object, "old", heading->old->source);
    cJSON_AddStringToObject(object, "new", heading->new->source);
    cJSON_AddStringToObject(object, "mode", settings->relative ? "relative" : "absolute");
    json_add_text(object, "because", heading->why);
    json_add_text(object, "reference", settings->relative ? settings->reference : NULL);
    cJSON_AddBoolToObject(object, "shapes", settings->shapes);
    add_or_null(object, "fail_on", settings->threshold >= 0, settings->threshold);
    cJSON_AddNumberToObject(object, "level", compare_level);
    add_differences(object, &heading->differences);
    add_names(object, "notes", (const char *const *)heading->notes, heading->note_count);
    columns = cJSON_AddArrayToObject(object, "columns");
    for (size_t j = 0; j < comparison->column_count; j++)
        cJSON_AddItemToArray(columns, column_to_json(heading, &comparison->columns[j]));
    cells = cJSON_AddArrayToObject(object, "cells");
    for (size_t j = 0; j < comparison->column_count; j++)
        for (size_t i = 0; i < comparison->row_count; i++)
            cJSON_AddItemToArray(cells, cell_to_json(heading, comparison, i, j));
    add_names(object, "only_old", comparison->only_old, comparison->only_old_count);
    add_names(object, "only_new", comparison->only_new, comparison->only_new_count);
    add_names(object, "columns_not_compared", comparison->only_columns,
              comparison->only_column_count);
    add_recheck_report(object, heading->recheck);
    add_counts(object, comparison);
    cJSON_AddNumberToObject(object, "exit", exit_status);
    json_print_line(file, object);
    cJSON_Delete(object);
}
