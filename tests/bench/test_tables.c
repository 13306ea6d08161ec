#include "bench/compare.h"
#include "bench/markdown.h"
#include "bench/memory.h"
#include "bench/table.h"
#include "tests/harness/assertions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The published table, as it stands in the project's reference. */
static const char PUBLISHED[] =
    "# Words\n\n```\n| a | b (req/s) |\n|---|---|\n| in | code |\n```\n"
    "| option | meaning |\n|---|---|\n| `--x` | a \\| b |\n\n"
    "| Server version         | 1 fast (req/s) | 2 fast (req/s each) | 1 slow (s/req) |\n"
    "|------------------------|------:|------:|----:|\n"
    "| Synchronous            | 38000 |     X | 1   |\n"
    "| Threads                | 34000 | 17000 | 1   |\n"
    "| asyncio: Streams       |  4500 |  2600 | 1   |\n"
    "\nMore words.\n";

static void read_table(struct table *table, const char *text)
{
    struct problem problem;

    if (markdown_table("file", text, 1, table, &problem) < 0)
        fail_msg("%s", problem.text);
}

static void test_numbers_are_rounded(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {38123, "38100"}, {38000, "38000"},     {999.6, "1000"}, {123.4, "123"},
        {12.34, "12.3"},  {1.0512, "1.05"},     {2, "2.00"},     {0.2012, "0.201"},
        {0.02, "0.0200"}, {1234567, "1230000"},
    };
    char text[TABLE_NUMBER];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(table_format_number(cases[i].value, text), cases[i].text);
}

static void test_names_cannot_end_a_cell(void **state)
{
    struct table table = {0}, again;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);

    table_add_column(&table, "1 | fast\n(req/s)");
    table_add_row(&table, "a | b\r\nc")[0].outcome = OUTCOME_DIED;
    table_print_markdown(file, &table, TABLE_PLAIN);
    fclose(file);
    read_table(&again, text);
    assert_int_equal(again.row_count, 1);
    assert_int_equal(again.column_count, 1);
    assert_string_equal(again.columns[0], "1 | fast (req/s)");
    assert_string_equal(again.rows[0], "a | b  c");
    assert_int_equal(again.cells[0][0].outcome, OUTCOME_DIED);
    table_finish(&again);
    table_finish(&table);
    free(text);
}

/* Time is faster, memory is less; both are better. */
static void test_words_of_verdicts(void **state)
{
    static const char *const headers[] = {"a (req/s)", "b (MiB)", "c (µs/req)"};
    static const char *const words[] = {"1.20 faster)", "1.20 less)", "1.20 less)"};
    struct table_cell measured = {.outcome = OUTCOME_MEASURED, .value = 10, .low = 9, .high = 11};
    struct table table = {0};
    struct table_cell *cells;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);

    measured.ratio = (struct ratio){.rounds = 8, .estimate = 1.2, .verdict = RATIO_FASTER};
    for (size_t i = 0; i < 3; i++)
        table_add_column(&table, headers[i]);
    cells = table_add_row(&table, "row");
    for (size_t i = 0; i < 3; i++)
        cells[i] = measured;
    table_print_markdown(file, &table, TABLE_VERDICTS);
    fclose(file);
    for (size_t i = 0; i < 3; i++)
        assert_non_null(strstr(text, words[i]));
    assert_true(strstr(text, words[0]) < strstr(text, words[1]));
    table_finish(&table);
    free(text);
}

/* A margin of more than all of the number says nothing; from where to where does. */
static void test_wide_intervals(void **state)
{
    static const struct {
        double low, high;
        const char *cell;
    } cases[] = {
        {9, 11, "10.0 (±10 %)"},
        {9.5, 10.1, "10.0 (±5.0 %)"},
        {4, 20, "10.0 (4.00 to 20.0)"},
        {4, 39000, "10.0 (4.00 to 39000)"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct table table = {0}, again;
        char *text = NULL;
        size_t size = 0;
        FILE *file = open_memstream(&text, &size);

        table_add_column(&table, "1 fast (req/s)");
        table_add_row(&table, "row")[0] = (struct table_cell){
            .outcome = OUTCOME_MEASURED, .value = 10, .low = cases[i].low, .high = cases[i].high};
        table_print_markdown(file, &table, TABLE_VERDICTS);
        fclose(file);
        assert_non_null(strstr(text, cases[i].cell));
        read_table(&again, text);
        assert_float_equal(again.cells[0][0].value, 10, 0);
        table_finish(&again);
        table_finish(&table);
        free(text);
    }
}

static void test_units_and_headers(void **state)
{
    assert_int_equal(table_unit_of("2 fast (req/s each)"), UNIT_REQUESTS_PER_SECOND);
    assert_int_equal(table_unit_of("1 slow (s/req)"), UNIT_SECONDS_PER_REQUEST);
    assert_int_equal(table_unit_of("10 URLs: CPU (µs/req)"), UNIT_CPU_PER_REQUEST);
    assert_int_equal(table_unit_of("10 URLs: memory (MiB)"), UNIT_MEBIBYTES);
    assert_int_equal(table_unit_of("10 URLs (x ideal)"), UNIT_TIMES_IDEAL);
    assert_int_equal(table_unit_of("10 URLs (connections)"), UNIT_CONNECTIONS);
    assert_int_equal(table_unit_of("Server version"), UNIT_NONE);
    assert_true(table_same_header("1 fast (req/s)", " **1 Fast** (req / s)"));
    assert_false(table_same_header("1 fast (req/s)", "2 fast (req/s)"));
}

static void test_markdown_cells(void **state)
{
    static const struct {
        const char *text;
        double value;
    } numbers[] = {
        {"38000", 38000},
        {"38,000", 38000},
        {"1,234,567.5", 1234567.5},
        {"1.1", 1.1},
        {"1.2e4", 12000},
        {"**38000**", 38000},
        {"`2`", 2},
        {"0.201 (0.2 to 0.21)", 0.201},
    };
    static const char *const bad[] = {
        "l000", "1000x", "-5", "0",  "nan", "inf",    "1e999",    "3,80", "0x10",    "1..2",
        "1 2",  "ok",    "+1", ".5", "(1)", "1,2345", "38.000.0", "1e",   "12,345,6"};
    struct table_cell cell;

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        assert_int_equal(markdown_cell(numbers[i].text, &cell), 0);
        assert_int_equal(cell.outcome, OUTCOME_MEASURED);
        assert_float_equal(cell.value, numbers[i].value, 1e-9);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (markdown_cell(bad[i], &cell) != -EINVAL)
            fail_msg("'%s' is taken for good", bad[i]);
    assert_int_equal(markdown_cell("x", &cell), 0);
    assert_int_equal(cell.outcome, OUTCOME_UNSERVED);
    assert_int_equal(markdown_cell("*did not start*", &cell), 0);
    assert_int_equal(cell.outcome, OUTCOME_NOT_STARTED);
    assert_int_equal(markdown_cell("\xe2\x80\x93", &cell), 0);
    assert_int_equal(cell.outcome, OUTCOME_NONE);
    assert_int_equal(markdown_cell("", &cell), 0);
    assert_int_equal(cell.outcome, OUTCOME_NONE);
}

static void test_markdown_tables(void **state)
{
    struct problem problem;
    struct table table;

    read_table(&table, PUBLISHED);
    assert_int_equal(table.row_count, 3);
    assert_int_equal(table.column_count, 3);
    assert_string_equal(table.rows[2], "asyncio: Streams");
    assert_float_equal(table.cells[2][1].value, 2600, 0);
    assert_int_equal(table.cells[0][1].outcome, OUTCOME_UNSERVED);
    table_finish(&table);
    assert_int_equal(markdown_table("file", PUBLISHED, 2, &table, &problem), -ENOENT);
    assert_int_equal(markdown_table("file", "", 1, &table, &problem), -ENOENT);
    assert_int_equal(markdown_table("file", "| a (req/s) |", 1, &table, &problem), -ENOENT);
}

/* Without the outer pipes, with CRLF, with a column that has no unit, with a cell too few. */
static void test_markdown_is_read_loosely(void **state)
{
    struct table table;

    read_table(&table, "name|remark|1 fast (req/s)|2 fast (req/s)\r\n:--|:-:|--:|-\r\n"
                       "a\\|b|anything at all|10|20\r\nc||30\r\n\r\nd|x|1|1\r\n");
    assert_int_equal(table.row_count, 2);
    assert_int_equal(table.column_count, 2);
    assert_string_equal(table.rows[0], "a|b");
    assert_float_equal(table.cells[0][1].value, 20, 0);
    assert_int_equal(table.cells[1][1].outcome, OUTCOME_NONE);
    table_finish(&table);
}

static void test_markdown_problems_name_their_place(void **state)
{
    static const char *const texts[][2] = {
        {"\n| a | b (req/s) |\n|-|-|\n| r | 1 |\n| s | 1o |\n",
         "file, line 5: row 's', column 'b (req/s)': '1o'"},
        {"| a | b (req/s) |\n|-|-|\n| r | 1 | 2 |\n", "file, line 3: more cells"},
        {"| a | b (req/s) |\n|-|-|\n\n| r | 1 |\n", "the table has no rows"},
    };
    struct problem problem;
    struct table table;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(markdown_table("file", texts[i][0], 1, &table, &problem), -EINVAL);
        if (strstr(problem.text, texts[i][1]) == NULL)
            fail_msg("%s", problem.text);
    }
}

/* Cuts and stray bytes anywhere must be refused or read, and never read beyond. */
static void test_markdown_survives_anything(void **state)
{
    size_t length = strlen(PUBLISHED);
    struct problem problem;
    struct table table;

    for (size_t cut = 0; cut < length; cut++)
        for (const char *stray = "|\\`:-\n1"; *stray != '\0'; stray++) {
            char *text = memory_text_of_length(PUBLISHED, cut + 1);

            text[cut] = *stray;
            if (markdown_table("file", text, 1, &table, &problem) == 0)
                table_finish(&table);
            free(text);
        }
}

static char *print_table(const struct table *table)
{
    char *text = NULL;
    size_t length;
    FILE *file = open_memstream(&text, &length);

    table_print_markdown(file, table, TABLE_PLAIN);
    fclose(file);
    return text;
}

/* What is printed is read again as it was, also with a pipe in a name. */
static void test_printed_table_can_be_read(void **state)
{
    struct table table, again;
    char *text;

    read_table(
        &table,
        "| a | b (req/s) | c (s/req) |\n|-|-|-|\n| r\\|s | 38000 | X |\n| t | - | 0.201 |\n");
    text = print_table(&table);
    assert_string_equal(text, "| Server version | b (req/s) | c (s/req) |\n"
                              "|----------------|----------:|----------:|\n"
                              "| r\\|s           |     38000 |         X |\n"
                              "| t              |         - |     0.201 |\n");
    read_table(&again, text);
    assert_string_equal(again.rows[0], "r|s");
    assert_float_equal(again.cells[1][1].value, 0.201, 1e-9);
    assert_int_equal(again.cells[0][1].outcome, OUTCOME_UNSERVED);
    free(text);
    table_finish(&table);
    table_finish(&again);
}

/* A table of one rate column and one time column. */
static void compare_texts(struct comparison *comparison, struct table *old, struct table *new,
                          const char *old_rows, const char *new_rows, bool relative)
{
    static const char HEAD[] = "| v | fast (req/s) | slow (s/req) |\n|-|-|-|\n";
    struct compare_settings settings = {.threshold = 20, .relative = relative};
    char *old_text = memory_printf("%s%s", HEAD, old_rows);
    char *new_text = memory_printf("%s%s", HEAD, new_rows);
    struct problem problem;

    read_table(old, old_text);
    read_table(new, new_text);
    if (compare_tables(comparison, old, new, &settings, &problem) < 0)
        fail_msg("%s", problem.text);
    free(old_text);
    free(new_text);
}

static void test_verdicts_without_samples(void **state)
{
    struct comparison comparison;
    struct table old, new;
    static const enum verdict expected[][2] = {
        {VERDICT_SAME, VERDICT_SAME},     {VERDICT_WORSE, VERDICT_WORSE},
        {VERDICT_BETTER, VERDICT_BETTER}, {VERDICT_WORSE, VERDICT_BETTER},
        {VERDICT_SAME, VERDICT_NONE},     {VERDICT_WORSE, VERDICT_BETTER},
    };

    compare_texts(&comparison, &old, &new,
                  "|a|100|1|\n|b|100|1|\n|c|100|1|\n|d|100|X|\n|e|X|1|\n|f|X|died|\n",
                  "|a|81|1.19|\n|b|79|1.21|\n|c|121|0.79|\n|d|X|5|\n|e|X|-|\n|f|died|X|\n", false);
    assert_int_equal(comparison.row_count, 6);
    for (size_t row = 0; row < 6; row++)
        for (size_t column = 0; column < 2; column++)
            assert_int_equal(comparison.rows[row].cells[column].verdict, expected[row][column]);
    assert_int_equal(comparison_count(&comparison).worse, 4);
    comparison_finish(&comparison);
    table_finish(&old);
    table_finish(&new);
}

/* Another machine, twice as fast throughout, but for one row that lost its place. */
static void test_relative_compares_shapes(void **state)
{
    struct comparison comparison;
    struct table old, new;

    compare_texts(&comparison, &old, &new, "|a|100|1|\n|b|200|X|\n|c|400|2|\n",
                  "|a|200|0.5|\n|b|400|X|\n|c|800|1|\n", true);
    assert_int_equal(comparison_count(&comparison).same, 6);
    assert_float_equal(comparison.rows[0].cells[0].ratio, 1, 1e-9);
    comparison_finish(&comparison);
    table_finish(&old);
    table_finish(&new);
    compare_texts(&comparison, &old, &new, "|a|100|1|\n|b|200|X|\n|c|400|2|\n",
                  "|a|200|0.5|\n|b|400|X|\n|c|200|-|\n", true);
    assert_int_equal(comparison.rows[2].cells[0].verdict, VERDICT_WORSE);
    assert_int_equal(comparison.rows[0].cells[0].verdict, VERDICT_BETTER);
    /* One row alone has nothing to stand to. */
    assert_int_equal(comparison.rows[0].cells[1].verdict, VERDICT_NONE);
    comparison_finish(&comparison);
    table_finish(&old);
    table_finish(&new);
}

static void test_rows_match_by_counterpart(void **state)
{
    struct comparison comparison;
    struct table old, new;

    compare_texts(&comparison, &old, &new,
                  "|Synchronous|1|1|\n|asyncio: Streams|2|2|\n|Coroutines|3|3|\n|Callbacks|4|4|\n",
                  "|sync|1|1|\n|uv|2|2|\n|event|3|3|\n|uv --offload=always|4|4|\n|callbacks|5|5|\n"
                  "|select|6|6|\n",
                  true);
    assert_int_equal(comparison.row_count, 4);
    assert_int_equal(comparison.rows[1].old, 1);
    assert_int_equal(comparison.rows[1].new, 1);
    assert_int_equal(comparison.rows[2].old, 1);
    assert_int_equal(comparison.rows[2].new, 2);
    /* The same name goes before a counterpart. */
    assert_int_equal(comparison.rows[3].new, 4);
    assert_int_equal(comparison.only_old_count, 1);
    assert_string_equal(comparison.only_old[0], "Coroutines");
    assert_int_equal(comparison.only_new_count, 2);
    comparison_finish(&comparison);
    table_finish(&old);
    table_finish(&new);
}

static void test_tables_that_cannot_be_compared(void **state)
{
    static const char *const pairs[][3] = {
        {"| v | a (req/s) |\n|-|-|\n|x|1|\n", "| v | b (req/s) |\n|-|-|\n|x|1|\n",
         "no column in common"},
        {"| v | a (req/s) |\n|-|-|\n|x|1|\n", "| v | a (req/s) |\n|-|-|\n|y|1|\n",
         "no row in common"},
        {"| v | a (req/s) |\n|-|-|\n|x|1|\n|X|1|\n", "| v | a (req/s) |\n|-|-|\n|x|1|\n",
         "the row 'X' stands twice"},
        {"| v | a (req/s) | A (req/s) |\n|-|-|-|\n|x|1|1|\n", "| v | a (req/s) |\n|-|-|\n|x|1|\n",
         "the column 'A (req/s)' stands twice"},
    };
    struct compare_settings settings = {.threshold = 20};

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct comparison comparison;
        struct problem problem;
        struct table old, new;

        read_table(&old, pairs[i][0]);
        read_table(&new, pairs[i][1]);
        assert_int_equal(compare_tables(&comparison, &old, &new, &settings, &problem), -EINVAL);
        if (strstr(problem.text, pairs[i][2]) == NULL)
            fail_msg("%s", problem.text);
        table_finish(&old);
        table_finish(&new);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_rounded),
        cmocka_unit_test(test_names_cannot_end_a_cell),
        cmocka_unit_test(test_words_of_verdicts),
        cmocka_unit_test(test_wide_intervals),
        cmocka_unit_test(test_units_and_headers),
        cmocka_unit_test(test_markdown_cells),
        cmocka_unit_test(test_markdown_tables),
        cmocka_unit_test(test_markdown_is_read_loosely),
        cmocka_unit_test(test_markdown_problems_name_their_place),
        cmocka_unit_test(test_markdown_survives_anything),
        cmocka_unit_test(test_printed_table_can_be_read),
        cmocka_unit_test(test_verdicts_without_samples),
        cmocka_unit_test(test_relative_compares_shapes),
        cmocka_unit_test(test_rows_match_by_counterpart),
        cmocka_unit_test(test_tables_that_cannot_be_compared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
