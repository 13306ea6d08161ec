#include "bench/markdown.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/tables.h"

#include <string.h>

static const char PATH[] = "file.md";

/* A carriage return within a name is printed as a blank. */
static bool same_name(const char *printed, const char *name)
{
    while (*printed != '\0' && *printed == (*name == '\r' ? ' ' : *name)) {
        printed++;
        name++;
    }
    return *printed == *name;
}

/* What the program prints of a table it reads again as the same, but for the rounding. */
static void check_again(const struct table *table)
{
    struct problem problem;
    struct table again;
    char *text = print_markdown(table);

    REQUIRE(markdown_table(PATH, text, 1, &again, &problem) == 0);
    REQUIRE(again.row_count == table->row_count && again.column_count == table->column_count);
    for (size_t row = 0; row < table->row_count; row++) {
        REQUIRE(same_name(again.rows[row], table->rows[row]));
        for (size_t column = 0; column < table->column_count; column++)
            REQUIRE(again.cells[row][column].outcome == table->cells[row][column].outcome);
    }
    table_finish(&again);
    free(text);
}

/* Numbers that rounding could make too large, or too small, for a double. */
static bool has_extremes(const struct table *table)
{
    for (size_t row = 0; row < table->row_count; row++)
        for (size_t column = 0; column < table->column_count; column++)
            if (table->cells[row][column].value > 1e300 ||
                (table->cells[row][column].outcome == OUTCOME_MEASURED &&
                 table->cells[row][column].value < 1e-300))
                return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    REQUIRE(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    for (unsigned number = 1; number <= 2; number++) {
        struct problem problem = {.text = ""};
        struct table table;

        if (markdown_table(PATH, text, number, &table, &problem) < 0) {
            check_problem(&problem, PATH);
            continue;
        }
        REQUIRE(table.row_count > 0 && table.column_count > 0);
        check_table(&table);
        if (!has_extremes(&table))
            check_again(&table);
        table_finish(&table);
    }
    free(text);
    return 0;
}
