#include "tests/fuzz/tables.h"

#include "bench/json.h"
#include "tests/fuzz/fuzz.h"

#include <math.h>
#include <string.h>

static void print(char **text, const struct table *table,
                  void (*printer)(FILE *, const struct table *, enum table_detail),
                  enum table_detail detail)
{
    size_t size = 0;
    FILE *file = open_memstream(text, &size);

    REQUIRE(file != NULL);
    printer(file, table, detail);
    REQUIRE(fclose(file) == 0);
    REQUIRE(size > 0 && strlen(*text) == size && (*text)[size - 1] == '\n');
}

static void print_json(FILE *file, const struct table *table, enum table_detail ignored)
{
    table_print_json(file, table);
}

static void check_json(const struct table *table)
{
    char *text = NULL;
    cJSON *document;

    print(&text, table, print_json, TABLE_PLAIN);
    document = json_parse(text, strlen(text));
    REQUIRE(document != NULL);
    REQUIRE(strchr(text, '\n')[1] == '\0');
    cJSON_Delete(document);
    free(text);
}

/* Each row is a line, whatever its name is. */
static void check_markdown(const struct table *table)
{
    char *text = print_markdown(table);
    size_t lines = 0;

    for (const char *at = text; *at == '|'; at = strchr(at, '\n') + 1)
        lines++;
    REQUIRE(lines == table->row_count + 2);
    free(text);
}

char *print_markdown(const struct table *table)
{
    char *text = NULL;

    print(&text, table, table_print_markdown, TABLE_PLAIN);
    return text;
}

static void check_cell(const struct table_cell *cell)
{
    if (cell->outcome != OUTCOME_MEASURED)
        return;
    REQUIRE(isfinite(cell->value) && cell->value > 0);
    if (cell->sample_count > 0)
        REQUIRE(cell->minimum <= cell->value && cell->value <= cell->maximum);
}

void check_table(const struct table *table)
{
    char *text = NULL;

    for (size_t row = 0; row < table->row_count; row++)
        for (size_t column = 0; column < table->column_count; column++)
            check_cell(&table->cells[row][column]);
    check_json(table);
    check_markdown(table);
    for (int detail = TABLE_PLAIN; detail <= TABLE_SPREAD; detail++) {
        print(&text, table, table_print_markdown, (enum table_detail)detail);
        free(text);
        print(&text, table, table_print_csv, (enum table_detail)detail);
        free(text);
    }
}

void check_problem(const struct problem *problem, const char *path)
{
    REQUIRE(memchr(problem->text, '\0', sizeof(problem->text)) != NULL);
    REQUIRE(strncmp(problem->text, path, strlen(path)) == 0);
    REQUIRE(strlen(problem->text) > strlen(path) + 2);
}
