/*
 * fibbench run --profile web, with a fake webclient and the real webserver: argv has fibbench,
 * webserver, the fake client.
 */
#include "tests/bench/command_line.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEASURE_WEB(context, ...) MEASURE(context, "--profile", "web", __VA_ARGS__)

static bool has_member_text(const cJSON *list, const char *name, const char *text)
{
    const cJSON *one;

    cJSON_ArrayForEach(one, list)
    {
        if (strcmp(member(one, name)->valuestring, text) == 0)
            return true;
    }
    return false;
}

static double value_of(const cJSON *document, const char *row, const char *column)
{
    return member(cell_of(document, row, column), "median")->valuedouble;
}

static void test_plan(void **state)
{
    struct context *context = *state;
    const cJSON *one;
    cJSON *plan;

    MEASURE_WEB(context, "--dry-run", "--json");
    expect_status(context, 0);
    plan = cJSON_Parse(context->output);
    assert_non_null(plan);
    assert_string_equal(member(plan, "reference")->valuestring, "multi");
    assert_true(has_member_text(member(plan, "rows"), "label", "easy"));
    assert_false(has_member_text(member(plan, "rows"), "label", "gone"));
    assert_int_equal(cJSON_GetArraySize(member(plan, "scenarios")), 13);
    one = cJSON_GetArrayItem(member(plan, "too_long"), 0);
    assert_string_equal(member(one, "row")->valuestring, "easy");
    assert_string_equal(member(one, "scenario")->valuestring, "web1000-10ms");
    assert_float_equal(member(one, "seconds")->valuedouble, 10, 1e-9);
    cJSON_Delete(plan);

    MEASURE_WEB(context, "--dry-run", "--backends", "multi,easy,gone");
    expect_status(context, 0);
    expect_text(context->errors, "left out: 'gone' is not available here: it is on holiday");
    expect_text(context->output, "gone: it is on holiday\n");
    expect_text(context->output, "too long, not measured: easy in web1000-100ms, 100 s of delays");
}

static void test_measures(void **state)
{
    struct context *context = *state;
    cJSON *document;

    MEASURE_WEB(context, "--backends", "easy,multi --nothing", "--scenarios",
                "web1-0ms,web10-10ms,web1000-10ms", "--rounds", "2");
    expect_status(context, 0);
    document = read_results(context->results);
    assert_true(value_of(document, "multi --nothing", "web10-10ms") >= 1);
    assert_true(value_of(document, "easy", "web10-10ms:fetch") >= 9.9);
    assert_true(value_of(document, "easy", "web10-10ms") >=
                value_of(document, "easy", "web10-10ms:fetch"));
    assert_true(value_of(document, "easy", "web1-0ms") > 0);
    assert_true(value_of(document, "easy", "web10-10ms:cpu") > 0);
    assert_true(value_of(document, "easy", "web10-10ms:memory") > 0.1);
    assert_float_equal(value_of(document, "multi --nothing", "web1000-10ms:connections"), 1000, 0);
    expect_outcome(document, "easy", "web1000-10ms", "too long");
    expect_outcome(document, "multi --nothing", "web1000-10ms", "ok");
    cJSON_Delete(document);

    RUN(context, "table", context->results);
    expect_status(context, 0);
    expect_text(context->output, "**Wall time**\n\n| Client ");
    expect_text(context->output, "**Connections opened**\n\n| Client ");
    expect_text(context->output, " too long |");
    expect_text(context->output, "), fake 1, faker 2; ");
    RUN(context, "table", "--csv", context->results);
    expect_status(context, 0);
    expect_text(context->output, "Client,");
    RUN(context, "diff", context->results, context->results);
    expect_status(context, 0);
}

/* Whatever a client says, the server knows what it was asked for. */
static void test_void_cells(void **state)
{
    static const struct {
        const char *row;
        const char *outcome;
        const char *words;
    } rows[] = {
        {"twice", "wrong answers", "11 requests, 11 such answers"},
        {"short", "wrong answers", "9 requests, 9 such answers"},
        {"other", "wrong answers", "10 requests, 10 such answers, but of other URLs"},
        {"sad", "client failed", "it exited with status 3: it is raining"},
        {"crash", "died", "killed by signal 9"},
        {"absent", "client failed", "cannot run /nonexistent"},
    };
    struct context *context = *state;
    cJSON *document;

    MEASURE_WEB(context, "--backends", "twice,short,other,sad,crash", "--variant",
                "absent=/nonexistent {urls}", "--scenarios", "web10-0ms", "--rounds", "1");
    expect_status(context, 0);
    document = read_results(context->results);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        expect_outcome(document, rows[i].row, "web10-0ms", rows[i].outcome);
        expect_text(context->errors, rows[i].words);
    }
    cJSON_Delete(document);
}

/* The environment's proxies would send it elsewhere, and a list may have delays of minutes. */
static void test_is_let_alone(void **state)
{
    struct context *context = *state;
    cJSON *document;

    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    MEASURE_WEB(context, "--backends", "calm", "--scenarios", "web10-0ms", "--rounds", "1");
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    expect_status(context, 0);
    document = read_results(context->results);
    expect_outcome(document, "calm", "web10-0ms", "ok");
    cJSON_Delete(document);
}

static void test_commands(void **state)
{
    struct context *context = *state;
    char variant[512];
    cJSON *document;

    snprintf(variant, sizeof(variant),
             "mine=%s --backend=multi '--concurrency={concurrency}' \"--input={urls}\"",
             context->client);
    MEASURE_WEB(context, "--backends", "multi --concurrency=1", "--variant", variant, "--scenarios",
                "web10-10ms", "--rounds", "1");
    expect_status(context, 0);
    document = read_results(context->results);
    expect_outcome(document, "mine", "web10-10ms", "ok");
    assert_true(value_of(document, "multi --concurrency=1", "web10-10ms:fetch") >= 9.9);
    cJSON_Delete(document);
}

static void test_wrong_usage(void **state)
{
    static const struct {
        const char *option;
        const char *value;
        const char *words;
    } cases[] = {
        {"--variant", "curl=curl", "wants 'LABEL=COMMAND with {urls} or {config}'"},
        {"--variant", "two=cat {urls} | wc", "must be one command and its words"},
        {"--variant", "brace=cat {urls} {port}", "must be one command and its words"},
        {"--connect", "127.0.0.1:1", "the profile web measures web clients"},
        {"--scenarios", "fast", "'fast' of URLs, it is one of servers; these are: web1-0ms"},
        {"--peers", "lynx", "there is no peer 'lynx'; these are: curl --parallel"},
        {"--backends", "fibers", "there is no backend 'fibers'; these are: easy, multi"},
        {"--server", "/nonexistent", "cannot run /nonexistent"},
    };
    struct context *context = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        MEASURE_WEB(context, cases[i].option, cases[i].value);
        expect_status(context, 1);
        expect_text(context->errors, cases[i].words);
    }
    MEASURE(context, "--scenarios", "web1-0ms", "--server", "/nonexistent", "--backends", "none",
            "--connect", "127.0.0.1:1");
    expect_status(context, 1);
    expect_text(context->errors,
                "'web1-0ms' of servers, it is one of URLs for --profile web; these are: fast");
}

/* What the server does not say cannot be trusted; what no row needs need not be there. */
static void test_without_help(void **state)
{
    struct context *context = *state;
    char silent[128], script[512];
    cJSON *document;

    snprintf(script, sizeof(script), "#!/bin/sh\nexec '%s' --port=0\n", context->server);
    write_file(path_in(context, "silent", silent, sizeof(silent)), script);
    assert_int_equal(chmod(silent, 0700), 0);
    setenv("FIBBENCH_PEERS", "/nonexistent", 1);
    MEASURE_WEB(context, "--backends", "multi", "--scenarios", "web1-0ms", "--rounds", "1",
                "--server", silent);
    unsetenv("FIBBENCH_PEERS");
    unlink(silent);
    expect_status(context, 0);
    expect_text(context->errors, "webserver does not say what it was asked for");
    document = read_results(context->results);
    expect_outcome(document, "multi", "web1-0ms", "wrong answers");
    cJSON_Delete(document);
}

static size_t count_files(const char *path)
{
    DIR *folder = opendir(path);
    size_t count = 0;

    assert_non_null(folder);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count - 2; /* itself and its parent */
}

/* No list of URLs is left behind; finished rows of rounds count. */
static void test_interrupt_and_resume(void **state)
{
    struct context *context = *state;
    const char *const arguments[] = {
        context->fibbench, "run",         "--profile",     "web",        "--server",
        context->server,   "--client",    context->client, "--backends", "multi,easy",
        "--scenarios",     "web10-100ms", "--rounds",      "2",          "-o",
        context->results,  NULL};
    struct process process;
    cJSON *document;

    setenv("TMPDIR", context->folder, 1);
    assert_int_equal(process_start(&process, (char *const *)arguments, 0), 0);
    do {
        assert_int_equal(process_wait(&process, 10), -ETIMEDOUT);
        process_read_complaint(&process, context->errors, sizeof(context->errors));
    } while (strstr(context->errors, "[ 1/6]") == NULL || count_files(context->folder) < 2);
    assert_int_equal(kill(process.pid, SIGINT), 0);
    collect(context, &process);
    unsetenv("TMPDIR");
    expect_status(context, 128 + SIGINT);
    assert_int_equal(count_files(context->folder), 1); /* the journal */
    RUN(context, "run", "--resume", "-o", context->results);
    expect_status(context, 0);
    assert_null(strstr(context->errors, "[ 1/6]"));
    document = read_results(context->results);
    assert_int_equal(cJSON_GetArraySize(member(document, "measurements")), 6);
    assert_true(value_of(document, "easy", "web10-100ms:fetch") >= 9.9);
    cJSON_Delete(document);
}

/* Halves the samples of a cell, as if it had once been twice as good. */
static void halve(cJSON *cell)
{
    cJSON *sample;

    cJSON_ArrayForEach(sample, member(cell, "samples"))
    {
        cJSON_SetNumberValue(sample, sample->valuedouble / 2);
    }
    cJSON_DeleteItemFromObject(cell, "interval");
    cJSON_DeleteItemFromObject(cell, "ratio");
}

static void test_recheck(void **state)
{
    struct context *context = *state;
    char old[128], *text;
    cJSON *document;

    MEASURE_WEB(context, "--backends", "multi,easy", "--scenarios", "web1-0ms", "--rounds", "6");
    expect_status(context, 0);
    document = read_results(context->results);
    halve(cell_of(document, "easy", "web1-0ms:memory"));
    text = cJSON_Print(document);
    write_file(path_in(context, "old.json", old, sizeof(old)), text);
    RUN(context, "diff", "--absolute", "--recheck", "--server", context->server, "--client",
        context->client, old, context->results);
    expect_status(context, 2);
    expect_text(context->errors, "measuring again what is worse: 2 rows, 6 rounds");
    expect_text(context->output, "measured again: confirmed");
    unlink(old);
    free(text);
    cJSON_Delete(document);
}

/* A limit that a later version of the program has no more. */
static void test_limit_of_a_version(void **state)
{
    static const char list[] =
        "{\"runtimes\": [{\"name\": \"r\", \"programs\": [\"sh\"], \"missing\": \"\","
        " \"version\": \"echo r2 %s lib/9.9\", \"command\": \"{program} {urls}\"}],"
        " \"peers\": [{\"name\": \"p\", \"runtime\": \"r\", \"summary\": \"s\","
        " \"concurrency_most\": 300, \"concurrency_most_before\": \"8.16\"}]}";
    static const struct {
        const char *version;
        bool limited;
    } cases[] = {{"7.88.1", true}, {"8.9.1", true}, {"8.16.0", false}, {"10.0", false}};
    struct context *context = *state;
    char folder[128], path[128], text[1024];

    assert_int_equal(mkdir(path_in(context, "web", folder, sizeof(folder)), 0700), 0);
    path_in(context, "web/peers.json", path, sizeof(path));
    setenv("FIBBENCH_PEERS", context->folder, 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(text, sizeof(text), list, cases[i].version);
        write_file(path, text);
        RUN(context, "peers", "--web", "--json");
        expect_status(context, 0);
        expect_text(context->output, cases[i].version);
        assert_int_equal(strstr(context->output, "\"concurrency_most\":300") != NULL,
                         cases[i].limited);
    }
    unsetenv("FIBBENCH_PEERS");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void test_peers(void **state)
{
    struct context *context = *state;

    RUN(context, "peers", "--web");
    expect_status(context, 0);
    expect_text(context->output, "curl --parallel ");
    expect_text(context->output, "curl --parallel-immediate ");
    expect_text(context->output, "wget2 ");
    expect_text(context->output, "aria2c ");
    expect_text(context->output, "aiohttp ");
}

int main(int count, char **arguments)
{
    static struct context context;
    const struct CMUnitTest tests[] = {
        TEST(test_plan, &context),         TEST(test_measures, &context),
        TEST(test_void_cells, &context),   TEST(test_commands, &context),
        TEST(test_wrong_usage, &context),  TEST(test_without_help, &context),
        TEST(test_recheck, &context),      TEST(test_limit_of_a_version, &context),
        TEST(test_peers, &context),        TEST(test_interrupt_and_resume, &context),
        TEST(test_is_let_alone, &context),
    };

    if (context_init(&context, count, arguments) < 0)
        return EXIT_FAILURE;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
