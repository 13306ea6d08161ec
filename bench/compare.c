#include "bench/compare.h"

#include "bench/counterpart.h"
#include "bench/memory.h"
#include "bench/statistics.h"

#include <errno.h>
#include <stdlib.h>

static const double SIGNIFICANT = 0.05;

const char *verdict_name(enum verdict verdict)
{
    static const char *const names[] = {
        [VERDICT_NONE] = "",       [VERDICT_SAME] = "~",      [VERDICT_BETTER] = "better",
        [VERDICT_WORSE] = "worse", [VERDICT_NOISY] = "noisy",
    };

    return names[verdict];
}

static int check_unique(const struct table *table, struct problem *problem)
{
    for (size_t i = 0; i < table->row_count; i++)
        for (size_t j = 0; j < i; j++)
            if (counterpart_same_name(table->rows[i], table->rows[j]))
                return problem_set(problem, -EINVAL,
                                   "%s: the row '%.80s' stands twice in the table", table->source,
                                   table->rows[i]);
    for (size_t i = 0; i < table->column_count; i++)
        for (size_t j = 0; j < i; j++)
            if (table_same_header(table->columns[i], table->columns[j]))
                return problem_set(problem, -EINVAL,
                                   "%s: the column '%.80s' stands twice in the table",
                                   table->source, table->columns[i]);
    return 0;
}

static void add_name(const char ***names, size_t *count, const char *name)
{
    *names = memory_grown(*names, *count, sizeof(**names));
    (*names)[(*count)++] = name;
}

static size_t find_column(const struct table *table, const char *header)
{
    size_t column = 0;

    while (column < table->column_count && !table_same_header(table->columns[column], header))
        column++;
    return column;
}

static int match_columns(struct comparison *comparison, const struct table *old,
                         const struct table *new, struct problem *problem)
{
    for (size_t i = 0; i < old->column_count; i++) {
        const char *header = old->columns[i];
        struct compared_column column = {
            header, table_unit_of(header), i, find_column(new, header), 0, 0, 0};

        if (column.new == new->column_count || column.unit == UNIT_NONE) {
            add_name(&comparison->only_columns, &comparison->only_column_count, header);
            continue;
        }
        comparison->columns =
            memory_grown(comparison->columns, comparison->column_count, sizeof(column));
        comparison->columns[comparison->column_count++] = column;
    }
    for (size_t i = 0; i < new->column_count; i++)
        if (find_column(old, new->columns[i]) == old->column_count)
            add_name(&comparison->only_columns, &comparison->only_column_count, new->columns[i]);
    if (comparison->column_count == 0)
        return problem_set(problem, -EINVAL, "%s and %s have no column in common", old->source,
                           new->source);
    return 0;
}

static bool has_row(const struct table *table, const char *name)
{
    for (size_t i = 0; i < table->row_count; i++)
        if (counterpart_same_name(table->rows[i], name))
            return true;
    return false;
}

static void add_pair(struct comparison *comparison, size_t old, size_t new)
{
    struct compared_row row = {old, new,
                               memory_zeroed(comparison->column_count, sizeof(*row.cells))};

    comparison->rows = memory_grown(comparison->rows, comparison->row_count, sizeof(row));
    comparison->rows[comparison->row_count++] = row;
}

/* A counterpart counts only for a row whose own name the other table does not have. */
static bool rows_match(const struct table *old, size_t i, const struct table *new, size_t j)
{
    if (counterpart_same_name(old->rows[i], new->rows[j]))
        return true;
    return !has_row(new, old->rows[i]) && !has_row(old, new->rows[j]) &&
           counterpart_matches(old->rows[i], new->rows[j]);
}

static int match_rows(struct comparison *comparison, const struct table *old,
                      const struct table *new, struct problem *problem)
{
    bool *matched = memory_zeroed(new->row_count, sizeof(*matched));

    for (size_t i = 0; i < old->row_count; i++) {
        size_t before = comparison->row_count;

        for (size_t j = 0; j < new->row_count; j++)
            if (rows_match(old, i, new, j)) {
                add_pair(comparison, i, j);
                matched[j] = true;
            }
        if (comparison->row_count == before)
            add_name(&comparison->only_old, &comparison->only_old_count, old->rows[i]);
    }
    for (size_t j = 0; j < new->row_count; j++)
        if (!matched[j])
            add_name(&comparison->only_new, &comparison->only_new_count, new->rows[j]);
    free(matched);
    if (comparison->row_count == 0)
        return problem_set(problem, -EINVAL, "%s and %s have no row in common", old->source,
                           new->source);
    return 0;
}

static bool both_measured(const struct compared_cell *cell)
{
    return cell->old->outcome == OUTCOME_MEASURED && cell->new->outcome == OUTCOME_MEASURED;
}

static void take_means(struct comparison *comparison, size_t column)
{
    struct compared_column *taken = &comparison->columns[column];
    double *old = memory_zeroed(comparison->row_count, sizeof(*old));
    double *new = memory_zeroed(comparison->row_count, sizeof(*new));

    for (size_t i = 0; i < comparison->row_count; i++) {
        const struct compared_cell *cell = &comparison->rows[i].cells[column];

        if (!both_measured(cell))
            continue;
        old[taken->common] = cell->old->value;
        new[taken->common++] = cell->new->value;
    }
    if (taken->common > 0) {
        taken->old_mean = statistics_geometric_mean(old, taken->common);
        taken->new_mean = statistics_geometric_mean(new, taken->common);
    }
    free(old);
    free(new);
}

static double *scaled(const struct table_cell *cell, double factor)
{
    double *values = memory_zeroed(cell->sample_count, sizeof(*values));

    for (size_t i = 0; i < cell->sample_count; i++)
        values[i] = cell->samples[i] * factor;
    return values;
}

/* Whether the rounds of the lower side rank as low by chance. */
static void test_samples(struct compared_cell *cell, double new_factor)
{
    double *old = scaled(cell->old, 1), *new = scaled(cell->new, new_factor);
    size_t old_count = cell->old->sample_count, new_count = cell->new->sample_count;

    cell->p = cell->ratio < 1 ? statistics_rank_test(new, new_count, old, old_count)
                              : statistics_rank_test(old, old_count, new, new_count);
    cell->tested = true;
    free(old);
    free(new);
}

static void judge_numbers(struct compared_cell *cell, const struct compared_column *column,
                          const struct compare_settings *settings)
{
    double factor = settings->relative ? column->old_mean / column->new_mean : 1;
    double change;

    if (settings->relative && column->common < 2)
        return;
    cell->ratio = cell->new->value *factor / cell->old->value;
    cell->favourable = column->unit == UNIT_REQUESTS_PER_SECOND ? cell->ratio > 1 : cell->ratio < 1;
    if (cell->old->sample_count > 0 && cell->new->sample_count > 0)
        test_samples(cell, factor);
    change = 100 * (cell->ratio > 1 ? cell->ratio - 1 : 1 - cell->ratio);
    if (change <= settings->threshold)
        cell->verdict = VERDICT_SAME;
    else if (cell->tested && cell->p > SIGNIFICANT)
        cell->verdict = VERDICT_NOISY;
    else
        cell->verdict = cell->favourable ? VERDICT_BETTER : VERDICT_WORSE;
}

static void judge_cell(struct compared_cell *cell, const struct compared_column *column,
                       const struct compare_settings *settings)
{
    enum outcome old = cell->old->outcome, new = cell->new->outcome;

    if (old == OUTCOME_NONE || new == OUTCOME_NONE)
        cell->verdict = VERDICT_NONE;
    else if (both_measured(cell))
        judge_numbers(cell, column, settings);
    else if (old == new)
        cell->verdict = VERDICT_SAME;
    else
        /* Outcomes stand in the order of their gravity, a number first. */
        cell->verdict = new > old ? VERDICT_WORSE : VERDICT_BETTER;
}

static void compare_cells(struct comparison *comparison, const struct table *old,
                          const struct table *new, const struct compare_settings *settings)
{
    for (size_t i = 0; i < comparison->row_count; i++) {
        struct compared_row *row = &comparison->rows[i];

        for (size_t j = 0; j < comparison->column_count; j++) {
            row->cells[j].old = &old->cells[row->old][comparison->columns[j].old];
            row->cells[j].new = &new->cells[row->new][comparison->columns[j].new];
        }
    }
    for (size_t j = 0; j < comparison->column_count; j++) {
        take_means(comparison, j);
        for (size_t i = 0; i < comparison->row_count; i++)
            judge_cell(&comparison->rows[i].cells[j], &comparison->columns[j], settings);
    }
}

int compare_tables(struct comparison *comparison, const struct table *old, const struct table *new,
                   const struct compare_settings *settings, struct problem *problem)
{
    int error;

    *comparison = (struct comparison){0};
    error = check_unique(old, problem);
    if (error == 0)
        error = check_unique(new, problem);
    if (error == 0)
        error = match_columns(comparison, old, new, problem);
    if (error == 0)
        error = match_rows(comparison, old, new, problem);
    if (error < 0) {
        comparison_finish(comparison);
        return error;
    }
    compare_cells(comparison, old, new, settings);
    return 0;
}

void comparison_finish(struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->row_count; i++)
        free(comparison->rows[i].cells);
    free(comparison->rows);
    free(comparison->columns);
    free(comparison->only_old);
    free(comparison->only_new);
    free(comparison->only_columns);
    *comparison = (struct comparison){0};
}

size_t comparison_count(const struct comparison *comparison, enum verdict verdict)
{
    size_t count = 0;

    for (size_t i = 0; i < comparison->row_count; i++)
        for (size_t j = 0; j < comparison->column_count; j++) {
            const struct compared_cell *cell = &comparison->rows[i].cells[j];

            count += cell->verdict == verdict && (verdict != VERDICT_NOISY || !cell->favourable);
        }
    return count;
}
