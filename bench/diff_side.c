#include "bench/diff_side.h"

#include "bench/file.h"
#include "bench/markdown.h"
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
