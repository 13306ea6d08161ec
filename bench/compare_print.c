#include "bench/compare_print.h"

#include "bench/counterpart.h"
#include "bench/json.h"
#include "bench/memory.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static void print_heading(FILE *file, const struct compare_heading *heading)
{
    fprintf(file, "old: %s\nnew: %s\n", heading->old->source, heading->new->source);
    if (heading->settings.relative)
        fprintf(file, "relative: each column is divided by the geometric mean of the rows that "
                      "both have");
    else
        fprintf(file, "absolute: the numbers as they stand");
    fprintf(file, heading->why != NULL ? ", because %s\n" : "\n", heading->why);
    fprintf(file,
            "worse or better: by more than %g %%, and beyond the spread of the rounds where "
            "both sides have them (p <= 0.05)\n",
            heading->settings.threshold);
    for (size_t i = 0; i < heading->note_count; i++)
        fprintf(file, "note: %s\n", heading->notes[i]);
}

/* "uv (asyncio: Streams)" where the two sides call it differently. */
static char *row_name(const struct compare_heading *heading, const struct compared_row *row)
{
    const char *old = heading->old->rows[row->old], *new = heading->new->rows[row->new];

    if (counterpart_same_name(old, new))
        return memory_text(new);
    return memory_printf("%s (%s)", new, old);
}

static void format_value(const struct table_cell *cell, char text[static TABLE_NUMBER])
{
    if (cell->outcome == OUTCOME_MEASURED)
        table_format_number(cell->value, text);
    else
        snprintf(text, TABLE_NUMBER, "%s", outcome_name(cell->outcome));
}

static void print_cell(FILE *file, const struct compared_cell *cell, const char *name, int width)
{
    char old[TABLE_NUMBER], new[TABLE_NUMBER], ratio[TABLE_NUMBER] = "";

    if (cell->old->outcome == OUTCOME_NONE && cell->new->outcome == OUTCOME_NONE)
        return;
    format_value(cell->old, old);
    format_value(cell->new, new);
    if (cell->ratio > 0)
        table_format_number(cell->ratio, ratio);
    fprintf(file, "  %-*s  %13s  %13s  %7s  %s", width, name, old, new, ratio,
            verdict_name(cell->verdict));
    if (cell->tested)
        fprintf(file, " (p=%.3f n=%zu+%zu)", cell->p, cell->old->sample_count,
                cell->new->sample_count);
    fputc('\n', file);
}

static void print_column(FILE *file, const struct compare_heading *heading,
                         const struct comparison *comparison, size_t column, char **names,
                         int width)
{
    const struct compared_column *head = &comparison->columns[column];
    char ratio[TABLE_NUMBER];

    fprintf(file, "\n%s\n  %-*s  %13s  %13s  %7s\n", head->header, width, "", "old", "new",
            "ratio");
    for (size_t i = 0; i < comparison->row_count; i++)
        print_cell(file, &comparison->rows[i].cells[column], names[i], width);
    if (head->common > 0 && !heading->settings.relative)
        fprintf(file, "  %-*s  %13s  %13s  %7s\n", width, "geometric mean", "", "",
                table_format_number(head->new_mean / head->old_mean, ratio));
    if (head->common < 2 && heading->settings.relative)
        fprintf(file, "  (numbers in fewer than two rows of both: nothing to compare)\n");
}

static void print_names(FILE *file, const char *title, const char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fprintf(file, "%s%s", i == 0 ? title : ", ", names[i]);
    if (count > 0)
        fputc('\n', file);
}

void compare_print(FILE *file, const struct compare_heading *heading,
                   const struct comparison *comparison)
{
    char **names = memory_zeroed(comparison->row_count, sizeof(*names));
    int width = 0;

    print_heading(file, heading);
    for (size_t i = 0; i < comparison->row_count; i++) {
        names[i] = row_name(heading, &comparison->rows[i]);
        if ((int)strlen(names[i]) > width)
            width = (int)strlen(names[i]);
    }
    for (size_t j = 0; j < comparison->column_count; j++)
        print_column(file, heading, comparison, j, names, width);
    for (size_t i = 0; i < comparison->row_count; i++)
        free(names[i]);
    free(names);
    fputc('\n', file);
    print_names(file, "only in old: ", comparison->only_old, comparison->only_old_count);
    print_names(file, "only in new: ", comparison->only_new, comparison->only_new_count);
    print_names(file, "columns not compared: ", comparison->only_columns,
                comparison->only_column_count);
    fprintf(
        file, "%zu worse, %zu better, %zu the same, %zu worse but too noisy to say\n",
        comparison_count(comparison, VERDICT_WORSE), comparison_count(comparison, VERDICT_BETTER),
        comparison_count(comparison, VERDICT_SAME), comparison_count(comparison, VERDICT_NOISY));
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

static cJSON *cell_to_json(const struct compare_heading *heading,
                           const struct comparison *comparison, size_t row, size_t column)
{
    static const char *const verdicts[] = {
        [VERDICT_NONE] = "none",   [VERDICT_SAME] = "same",   [VERDICT_BETTER] = "better",
        [VERDICT_WORSE] = "worse", [VERDICT_NOISY] = "noisy",
    };
    const struct compared_row *compared = &comparison->rows[row];
    const struct compared_cell *cell = &compared->cells[column];
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "column", comparison->columns[column].header);
    cJSON_AddStringToObject(object, "old_row", heading->old->rows[compared->old]);
    cJSON_AddStringToObject(object, "new_row", heading->new->rows[compared->new]);
    cJSON_AddItemToObject(object, "old", value_to_json(cell->old));
    cJSON_AddItemToObject(object, "new", value_to_json(cell->new));
    add_or_null(object, "ratio", cell->ratio > 0, cell->ratio);
    add_or_null(object, "p", cell->tested, cell->p);
    cJSON_AddStringToObject(object, "verdict", verdicts[cell->verdict]);
    return object;
}

static void add_names(cJSON *object, const char *name, const char *const *names, size_t count)
{
    cJSON *list = cJSON_AddArrayToObject(object, name);

    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(names[i]));
}

void compare_print_json(FILE *file, const struct compare_heading *heading,
                        const struct comparison *comparison, int exit_status)
{
    cJSON *object = cJSON_CreateObject(), *cells;
    char *text;

    cJSON_AddStringToObject(object, "old", heading->old->source);
    cJSON_AddStringToObject(object, "new", heading->new->source);
    cJSON_AddStringToObject(object, "mode", heading->settings.relative ? "relative" : "absolute");
    json_add_text(object, "because", heading->why);
    cJSON_AddNumberToObject(object, "fail_on", heading->settings.threshold);
    add_names(object, "notes", (const char *const *)heading->notes, heading->note_count);
    cells = cJSON_AddArrayToObject(object, "cells");
    for (size_t j = 0; j < comparison->column_count; j++)
        for (size_t i = 0; i < comparison->row_count; i++)
            cJSON_AddItemToArray(cells, cell_to_json(heading, comparison, i, j));
    add_names(object, "only_old", comparison->only_old, comparison->only_old_count);
    add_names(object, "only_new", comparison->only_new, comparison->only_new_count);
    add_names(object, "columns_not_compared", comparison->only_columns,
              comparison->only_column_count);
    cJSON_AddNumberToObject(object, "worse", (double)comparison_count(comparison, VERDICT_WORSE));
    cJSON_AddNumberToObject(object, "better", (double)comparison_count(comparison, VERDICT_BETTER));
    cJSON_AddNumberToObject(object, "same", (double)comparison_count(comparison, VERDICT_SAME));
    cJSON_AddNumberToObject(object, "noisy", (double)comparison_count(comparison, VERDICT_NOISY));
    cJSON_AddNumberToObject(object, "exit", exit_status);
    text = cJSON_PrintUnformatted(object);
    fprintf(file, "%s\n", text);
    free(text);
    cJSON_Delete(object);
}
