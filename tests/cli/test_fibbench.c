#include "tests/bench/command_line.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_help_and_version(void **state)
{
    struct context *context = *state;

    RUN(context, "--help");
    expect_status(context, 0);
    expect_text(context->output, "fibbench COMMAND");
    expect_text(context->output, "report");
    RUN(context, "--version");
    expect_status(context, 0);
    expect_text(context->output, "fibbench 0.");
    RUN(context, "run", "--help");
    expect_status(context, 0);
    expect_text(context->output, "--placement");
    RUN(context, "table", "--help");
    expect_status(context, 0);
    RUN(context, "diff", "--help");
    expect_status(context, 0);
    expect_text(context->output, "--fail-on");
}

/* Each is refused with status 1 and words that say what is wrong. */
static void test_wrong_usage(void **state)
{
    struct context *context = *state;
    static const struct {
        const char *arguments[6];
        const char *words;
    } cases[] = {
        {{"nonsense"}, "there is no command 'nonsense'"},
        {{"run"}, "-o FILE is missing"},
        {{"run", "--nonsense"}, "there is no option '--nonsense'"},
        {{"run", "--rounds"}, "--rounds needs a value"},
        {{"run", "--rounds", "0", "-o", "x"}, "whole number of 1 to 1000"},
        {{"run", "--duration", "x", "-o", "x"}, "--duration takes seconds"},
        {{"run", "word", "-o", "x"}, "'word' is no option"},
        {{"table"}, "one results file is needed"},
        {{"table", "/nonexistent"}, "cannot open /nonexistent: No such file"},
        {{"diff", "one"}, "two files are needed"},
        {{"diff", "--fail-on", "many", "a", "b"}, "--fail-on takes percent"},
        {{"diff", "--relative", "--absolute", "a", "b"}, "exclude each other"},
        {{"diff", "/nonexistent", "b"}, "cannot open /nonexistent"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        run_arguments(context, cases[i].arguments);
        expect_status(context, 1);
        expect_text(context->errors, cases[i].words);
    }
    RUN(context, "run", "--server", "/nonexistent", "--client", context->client, "-o",
        context->results);
    expect_status(context, 1);
    expect_text(context->errors, "cannot run /nonexistent: no such file");
    RUN(context, "run", "--server", context->server, "--client", "/nonexistent", "-o",
        context->results);
    expect_status(context, 1);
    expect_text(context->errors, "cannot run /nonexistent: No such file");
}

static void test_wrong_plans(void **state)
{
    struct context *context = *state;

    MEASURE(context, "--profile", "slowest");
    expect_status(context, 1);
    expect_text(context->errors, "these are: quick, table, full");
    MEASURE(context, "--backends", "uv,nonsense");
    expect_status(context, 1);
    expect_text(context->errors, "no backend 'nonsense'; these are: null, sync, uv");
    MEASURE(context, "--backends", "uv,uv");
    expect_status(context, 1);
    expect_text(context->errors, "two rows are called 'uv'");
    MEASURE(context, "--backends", "absent");
    expect_status(context, 1);
    expect_text(context->errors, "'absent' is not available here: no library");
    MEASURE(context, "--scenarios", "fast,faster");
    expect_status(context, 1);
    expect_text(context->errors, "no scenario 'faster'; these are: fast, fast2");
    MEASURE(context, "--placement", "everywhere");
    expect_status(context, 1);
    expect_text(context->errors, "same+pool, split");
    MEASURE(context, "--variant", "label only");
    expect_status(context, 1);
    expect_text(context->errors, "LABEL=COMMAND with {port}");
    MEASURE(context, "--variant", "a=command");
    expect_status(context, 1);
    expect_text(context->errors, "has no {port}");
    MEASURE(context, "--connect", "here");
    expect_status(context, 1);
    expect_text(context->errors, "HOST:PORT");
    RUN(context, "run", "--server", context->server, "--client", context->client, "-o",
        "/nonexistent/results.json");
    expect_status(context, 1);
    expect_text(context->errors, "cannot write in /nonexistent/: No such file");
    assert_int_equal(access(context->results, F_OK), -1);
}

static void test_dry_run(void **state)
{
    struct context *context = *state;
    cJSON *plan;
    char *first;

    RUN(context, "run", "--server", context->server, "--client", context->client, "--dry-run",
        "--seed", "7");
    expect_status(context, 0);
    expect_text(context->output, "4 rows, 3 rounds, seed 7");
    expect_text(context->output, "uv --offload=always");
    expect_text(context->output, "Takes about");
    RUN(context, "run", "--server", context->server, "--client", context->client, "--dry-run",
        "--seed", "7", "--json");
    expect_status(context, 0);
    plan = cJSON_Parse(context->output);
    assert_int_equal(cJSON_GetArraySize(member(plan, "order")), 3);
    assert_true(member(plan, "estimated_seconds")->valuedouble > 1);
    assert_true(member(plan, "estimated_seconds")->valuedouble < 120);
    cJSON_Delete(plan);
    first = strdup(context->output);
    RUN(context, "run", "--server", context->server, "--client", context->client, "--dry-run",
        "--seed", "7", "--json");
    assert_string_equal(context->output, first);
    RUN(context, "run", "--server", context->server, "--client", context->client, "--dry-run",
        "--seed", "8", "--json");
    assert_string_not_equal(context->output, first);
    free(first);
    assert_int_equal(access(context->results, F_OK), -1);
}

static void measure_at_speed(struct context *context, const char *speed, const char *results)
{
    setenv("FAKE_SPEED", speed, 1);
    RUN(context, "run", "--server", context->server, "--client", context->client, "-o", results,
        "--backends", "null,uv", "--rounds", "4", "--scenarios", "fast,slow", "--slow-n", "39",
        "--duration", "0.4");
    unsetenv("FAKE_SPEED");
    expect_status(context, 0);
}

static void test_diff_of_results(void **state)
{
    struct context *context = *state;
    char old[128], slower[128];
    cJSON *report;

    measure_at_speed(context, "1", path_in(context, "old.json", old, sizeof(old)));
    measure_at_speed(context, "0.5", path_in(context, "slower.json", slower, sizeof(slower)));
    RUN(context, "diff", old, old);
    expect_status(context, 0);
    expect_text(context->output, "absolute: the numbers as they stand");
    RUN(context, "diff", old, slower);
    expect_status(context, 2);
    expect_text(context->output, "worse (p=0.014 n=4+4)");
    RUN(context, "diff", slower, old);
    expect_status(context, 0);
    expect_text(context->output, "better");
    RUN(context, "diff", "--fail-on", "60", "--json", old, slower);
    expect_status(context, 2); /* half the rate is within 60 %, twice the time is not */
    report = cJSON_Parse(context->output);
    assert_int_equal(member(report, "exit")->valueint, 2);
    assert_string_equal(member(report, "mode")->valuestring, "absolute");
    assert_int_equal(member(report, "worse")->valueint, 1);
    cJSON_Delete(report);
    RUN(context, "diff", "--relative", old, slower);
    expect_status(context, 0); /* all rows became slower alike */
}

static void test_diff_of_markdown(void **state)
{
    struct context *context = *state;
    char published[128], mine[128];

    write_file(
        path_in(context, "published.md", published, sizeof(published)),
        "Words.\n\n| what | why |\n|--|--|\n| not | this |\n\n"
        "| Server version | 1 fast (req/s) | 2 slow (s/req) |\n|---|---:|---:|\n"
        "| Synchronous | 38,000 | X |\n| Threads | 34000 | 2.1 |\n| Callbacks | 33000 | 2 |\n");
    write_file(path_in(context, "mine.md", mine, sizeof(mine)),
               "| Server version | 1 Fast (req/s) | 2 slow (s/req) |\n|---|---|---|\n"
               "| sync | 76000 | X |\n| threads | 30000 | 0.5 |\n| select | 66000 | 0.5 |\n");
    RUN(context, "diff", published, mine);
    expect_status(context, 2);
    expect_text(context->output, "relative: ");
    expect_text(context->output, "because one side is a published table");
    expect_text(context->output, "select (Callbacks)");
    RUN(context, "diff", "--absolute", "--fail-on", "15", published, mine);
    expect_status(context, 0);
    RUN(context, "diff", "--table", "2", published, mine);
    expect_status(context, 1);
    expect_text(context->errors, "has 1 such table, not 2");
    write_file(mine, "| Server version | 1 fast (req/s) |\n|---|---|\n| sync | l000 |\n");
    RUN(context, "diff", published, mine);
    expect_status(context, 1);
    expect_text(context->errors, "mine.md, line 3: row 'sync', column '1 fast (req/s)': 'l000'");
    write_file(mine, "nothing here\n");
    RUN(context, "diff", published, mine);
    expect_status(context, 1);
    expect_text(context->errors, "mine.md has no table of measurements");
    write_file(mine, "| Server version | 1 fast (req/s) |\n|---|---|\n| other | 1000 |\n");
    RUN(context, "diff", published, mine);
    expect_status(context, 1);
    expect_text(context->errors, "no row in common");
}

static void test_bad_results_files(void **state)
{
    static const struct {
        const char *text;
        const char *words;
    } cases[] = {
        {"{", "is not valid JSON"},
        {"{\"format\":\"else\"}", "no results file"},
        {"{\"format\":\"fibbench-results\",\"version\":3}", "of version 3"},
        {"{\"format\":\"fibbench-results\",\"version\":1}", "\"columns\" is missing"},
        {"{\"format\":\"fibbench-results\",\"version\":1,\"columns\":[{\"header\":\"a (req/s)\"}],"
         "\"rows\":[{\"label\":\"uv\",\"cells\":[]}]}",
         "row 'uv' has 0 cells for 1 columns"},
        {"{\"format\":\"fibbench-results\",\"version\":1,\"columns\":[{\"header\":\"a (req/s)\"}],"
         "\"rows\":[{\"label\":\"uv\",\"cells\":[{\"outcome\":\"ok\",\"samples\":[-1]}]}]}",
         "row 'uv', column 'a (req/s)'"},
    };
    struct context *context = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        write_file(context->results, cases[i].text);
        RUN(context, "table", context->results);
        expect_status(context, 1);
        expect_text(context->errors, cases[i].words);
        RUN(context, "diff", context->results, context->results);
        expect_status(context, 1);
    }
}

int main(int count, char **arguments)
{
    static struct context context;
    const struct CMUnitTest tests[] = {
        TEST(test_help_and_version, &context),  TEST(test_wrong_usage, &context),
        TEST(test_wrong_plans, &context),       TEST(test_dry_run, &context),
        TEST(test_diff_of_results, &context),   TEST(test_diff_of_markdown, &context),
        TEST(test_bad_results_files, &context),
    };

    if (context_init(&context, count, arguments) < 0)
        return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
