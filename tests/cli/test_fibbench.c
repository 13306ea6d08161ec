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
        {{"check"}, "a results file is needed"},
        {{"check", "--relabelings", "0", "x"}, "whole number of 1 to 1000000"},
        {{"check", "/nonexistent"}, "cannot open /nonexistent"},
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

/* Without what is said of the machine, which changes from one second to the next. */
static char *plan_of(const char *output)
{
    cJSON *plan = cJSON_Parse(output);
    char *text;

    assert_non_null(plan);
    assert_true(cJSON_IsArray(member(plan, "warnings")));
    cJSON_DeleteItemFromObject(plan, "warnings");
    text = cJSON_PrintUnformatted(plan);
    cJSON_Delete(plan);
    return text;
}

static void test_dry_run(void **state)
{
    struct context *context = *state;
    cJSON *plan;
    char *first, *again, *other;

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
    first = plan_of(context->output);
    RUN(context, "run", "--server", context->server, "--client", context->client, "--dry-run",
        "--seed", "7", "--json");
    again = plan_of(context->output);
    assert_string_equal(again, first);
    RUN(context, "run", "--server", context->server, "--client", context->client, "--dry-run",
        "--seed", "8", "--json");
    other = plan_of(context->output);
    assert_string_not_equal(other, first);
    free(first);
    free(again);
    free(other);
    assert_int_equal(access(context->results, F_OK), -1);
}

static void test_list_of_scenarios(void **state)
{
    struct context *context = *state;
    cJSON *list;

    RUN(context, "run", "--list-scenarios");
    expect_status(context, 0);
    expect_text(context->output, "fast+slow (quick, table, full)\n");
    expect_text(context->output, "idle10000 (full)\n");
    expect_text(context->output, "column: 16 busy beside 10,000 idle (req/s)\n");
    RUN(context, "run", "--list-scenarios", "--json");
    expect_status(context, 0);
    list = cJSON_Parse(context->output);
    assert_string_equal(member(list, "format")->valuestring, "fibbench-scenarios");
    assert_true(cJSON_GetArraySize(member(list, "scenarios")) > 20);
    cJSON_Delete(list);
    RUN(context, "run", "--list-scenarios", "--scenario-file", "/nonexistent");
    expect_status(context, 1);
    expect_text(context->errors, "/nonexistent");
}

/* Without profiles it is in all that measure its kind. */
static void test_list_of_own_scenarios(void **state)
{
    struct context *context = *state;

    write_file(context->results,
               "{\"format\": \"fibbench-scenarios\", \"version\": 1, \"scenarios\": ["
               "{\"name\": \"mine\", \"groups\": [{\"mode\": \"load\", \"column\": \"mine\", "
               "\"header\": \"mine (req/s)\"}]},"
               "{\"name\": \"theirs\", \"urls\": 3, \"columns\": [{\"value\": \"rate\", "
               "\"column\": \"theirs\", \"header\": \"theirs (req/s)\"}]}]}");
    RUN(context, "run", "--list-scenarios", "--scenario-file", context->results);
    expect_status(context, 0);
    expect_text(context->output, "mine (quick, table, full)\n");
    expect_text(context->output, "theirs (web)\n");
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
        TEST(test_list_of_scenarios, &context), TEST(test_list_of_own_scenarios, &context),
        TEST(test_bad_results_files, &context),
    };

    if (context_init(&context, count, arguments) < 0)
        return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
