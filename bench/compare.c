#include "bench/compare.h"

#include "bench/compare_judge.h"
#include "bench/counterpart.h"
#include "bench/memory.h"

#include <errno.h>
#include <stdlib.h>

const char *verdict_name(enum verdict verdict)
{
    static const char *const names[] = {
        [VERDICT_NONE] = "",       [VERDICT_SAME] = "~",      [VERDICT_BETTER] = "better",
        [VERDICT_WORSE] = "worse", [VERDICT_NOISY] = "noisy",
    };

    return names[verdict];
}

const char *compared_cell_words(const struct compared_cell *cell, bool shapes)
{
    if (cell->reference)
        return "reference";
    if (!shapes)
        return verdict_name(cell->verdict);
    switch (cell->verdict) {
    case VERDICT_SAME:
        return "reproduced";
    case VERDICT_BETTER:
        return "not reproduced: better";
    case VERDICT_WORSE:
        return "not reproduced: worse";
    default:
        return "cannot tell";
    }
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
        struct compared_column column = {.header = header,
                                         .unit = table_unit_of(header),
                                         .old = i,
                                         .new = find_column(new, header)};

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

static void match_cells(struct comparison *comparison, const struct table *old,
                        const struct table *new)
{
    for (size_t i = 0; i < comparison->row_count; i++) {
        struct compared_row *row = &comparison->rows[i];

        for (size_t j = 0; j < comparison->column_count; j++) {
            row->cells[j].old = &old->cells[row->old][comparison->columns[j].old];
            row->cells[j].new = &new->cells[row->new][comparison->columns[j].new];
        }
    }
}

/* The compared row of that name on either side; row_count where no reference is wanted. */
static int find_reference(const struct comparison *comparison, const struct table *old,
                          const struct table *new, const struct compare_settings *settings,
                          size_t *reference, struct problem *problem)
{
    const char *name = settings->reference;

    *reference = comparison->row_count;
    if (name == NULL)
        return 0;
    for (size_t i = 0; i < comparison->row_count && *reference == comparison->row_count; i++)
        if (counterpart_same_name(old->rows[comparison->rows[i].old], name) ||
            counterpart_same_name(new->rows[comparison->rows[i].new], name))
            *reference = i;
    if (*reference == comparison->row_count)
        return problem_set(problem, -EINVAL,
                           "the row '%.80s' to compare by is not in both %s and %s", name,
                           old->source, new->source);
    return 0;
}

int compare_tables(struct comparison *comparison, const struct table *old, const struct table *new,
                   const struct compare_settings *settings, struct problem *problem)
{
    size_t reference = 0;
    int error;

    *comparison = (struct comparison){0};
    error = check_unique(old, problem);
    if (error == 0)
        error = check_unique(new, problem);
    if (error == 0)
        error = match_columns(comparison, old, new, problem);
    if (error == 0)
        error = match_rows(comparison, old, new, problem);
    if (error == 0)
        error = find_reference(comparison, old, new, settings, &reference, problem);
    if (error < 0) {
        comparison_finish(comparison);
        return error;
    }
    match_cells(comparison, old, new);
    for (size_t j = 0; j < comparison->column_count; j++)
        compare_judge_column(comparison, j, settings, reference);
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

static void count_cell(const struct compared_cell *cell, struct comparison_counts *counts)
{
    switch (cell->verdict) {
    case VERDICT_WORSE:
        counts->worse++;
        break;
    case VERDICT_BETTER:
        counts->better++;
        break;
    case VERDICT_SAME:
        counts->same++;
        counts->equivalent += cell->equivalent;
        break;
    case VERDICT_NOISY:
        counts->noisy_worse += cell->beyond && !cell->favourable;
        counts->noisy_better += cell->beyond && cell->favourable;
        counts->noisy_within += !cell->beyond;
        break;
    case VERDICT_NONE:
        counts->missing += !cell->reference && (cell->old->outcome != OUTCOME_NONE ||
                                                cell->new->outcome != OUTCOME_NONE);
        break;
    }
}

struct comparison_counts comparison_count(const struct comparison *comparison)
{
    struct comparison_counts counts = {0};

    for (size_t i = 0; i < comparison->row_count; i++)
        for (size_t j = 0; j < comparison->column_count; j++)
            count_cell(&comparison->rows[i].cells[j], &counts);
    return counts;
}

const struct compared_cell *comparison_find(const struct comparison *comparison, size_t old_row,
                                            const struct table *new, const char *new_row,
                                            const char *header)
{
    for (size_t i = 0; i < comparison->row_count; i++) {
        const struct compared_row *row = &comparison->rows[i];

        if (row->old != old_row || !counterpart_same_name(new->rows[row->new], new_row))
            continue;
        for (size_t j = 0; j < comparison->column_count; j++)
            if (table_same_header(comparison->columns[j].header, header))
                return &row->cells[j];
    }
    return NULL;
}
