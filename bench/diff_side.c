#include "bench/diff_side.h"

#include "bench/differences.h"
#include "bench/file.h"
#include "bench/host.h"
#include "bench/json.h"
#include "bench/markdown.h"
#include "bench/memory.h"
#include "bench/results.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void remove_row(struct table *table, size_t row)
{
    for (size_t column = 0; column < table->column_count; column++)
        free(table->cells[row][column].samples);
    free(table->cells[row]);
    free(table->rows[row]);
    table->row_count--;
    memmove(&table->cells[row], &table->cells[row + 1],
            (table->row_count - row) * sizeof(struct table_cell *));
    memmove(&table->rows[row], &table->rows[row + 1], (table->row_count - row) * sizeof(char *));
}

static void remove_repeats(struct diff_side *side)
{
    const cJSON *repeats = cJSON_GetObjectItemCaseSensitive(side->document, "repeat_of");

    for (size_t row = side->table.row_count; row-- > 0;)
        if (cJSON_GetObjectItemCaseSensitive(repeats, side->table.rows[row]) != NULL)
            remove_row(&side->table, row);
}

int diff_side_read(struct diff_side *side, const char *path, unsigned number,
                   struct problem *problem)
{
    size_t length;
    char *text;
    int error = file_read(path, &text, &length, problem);

    side->path = path;
    if (error < 0)
        return error;
    if (text[strspn(text, " \t\r\n")] == '{')
        error = results_parse(path, text, length, &side->document, problem);
    else if (memchr(text, '\0', length) != NULL)
        error = problem_set(problem, -EINVAL, "%s is neither JSON nor text", path);
    else
        error = markdown_table(path, text, number, &side->table, problem);
    free(text);
    if (error == 0 && side->document != NULL)
        error = results_table(path, side->document, &side->table, problem);
    if (error == 0)
        remove_repeats(side);
    return error;
}

void diff_side_finish(struct diff_side *side)
{
    table_finish(&side->table);
    cJSON_Delete(side->document);
}

static const cJSON *host_of(const struct diff_side *side)
{
    return cJSON_GetObjectItemCaseSensitive(side->document, "host");
}

bool diff_sides_are_shapes(const struct diff_side *old, const struct diff_side *new)
{
    return old->document == NULL || new->document == NULL;
}

const char *diff_sides_why_relative(const struct diff_side *old, const struct diff_side *new)
{
    struct differences differences = {0};
    const char *why = NULL;

    if (diff_sides_are_shapes(old, new))
        return "one side is a published table";
    if (!host_is_same(host_of(old), host_of(new)))
        return "the machines differ";
    differences_find(&differences, old->document, new->document);
    if (differences_have(&differences, "placement.name"))
        why = "the placements differ";
    else if (differences_have(&differences, "slow_n"))
        why = "the slow requests differ";
    differences_finish(&differences);
    return why;
}

static struct compare_margin *add_margins(struct compare_margin *margins, size_t *count,
                                          const struct diff_side *side)
{
    const cJSON *column;

    cJSON_ArrayForEach(column, cJSON_GetObjectItemCaseSensitive(side->document, "columns"))
    {
        struct compare_margin one = {json_text_or_null(column, "header"),
                                     100 * json_number_or(column, "delta", 0)};

        if (one.header == NULL || !(one.percent > 0))
            continue;
        margins = memory_grown(margins, *count, sizeof(one));
        margins[(*count)++] = one;
    }
    return margins;
}

struct compare_margin *diff_sides_margins(const struct diff_side *old, const struct diff_side *new,
                                          size_t *count)
{
    *count = 0;
    return add_margins(add_margins(NULL, count, old), count, new);
}
