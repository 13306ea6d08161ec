#include "tests/bench/command_line.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * A list of peers of the test's own, in its folder: the fake server, ten times slower than as a
 * backend, under the name of a published strategy; one whose runtime is not there, and one whose
 * runtime does not work.
 */
static const char LIST[] =
    "{\"runtimes\": ["
    "{\"name\": \"fake\", \"family\": \"fakery\", \"programs\": [\"/nonexistent\", \"%s\"],"
    " \"missing\": \"no fake\", \"version\": \"echo Fake 1.5; test -x {program}\","
    " \"command\": \"env FAKE_SPEED=0.1 {program} --backend={file} --port={port}\"},"
    "{\"name\": \"absent\", \"family\": \"absent\", \"programs\": [\"no-such-program-anywhere\"],"
    " \"missing\": \"nobody wrote it\", \"version\": \"true\", \"command\": \"{port}\"},"
    "{\"name\": \"broken\", \"family\": \"broken\", \"programs\": [\"sh\"],"
    " \"missing\": \"no shell\", \"version\": \"echo it is out of order >&2; exit 1\","
    " \"command\": \"{port}\"}],"
    "\"peers\": ["
    "{\"name\": \"python-threads\", \"runtime\": \"fake\", \"file\": \"uv\","
    " \"compute\": \"connection\", \"summary\": \"one\"},"
    "{\"name\": \"python-sync\", \"runtime\": \"fake\", \"file\": \"mute\","
    " \"compute\": \"inline\", \"summary\": \"two\"},"
    "{\"name\": \"gone\", \"runtime\": \"absent\", \"summary\": \"three\"},"
    "{\"name\": \"ill\", \"runtime\": \"broken\", \"summary\": \"four\"}]}";

/* tear_down does not know of the list. */
static int tear_down_list(void **state)
{
    char path[128];

    unlink(path_in(*state, "peers.json", path, sizeof(path)));
    return tear_down(state);
}

#define LIST_TEST(function, state)                                                                 \
    cmocka_unit_test_prestate_setup_teardown(function, set_up, tear_down_list, state)

static void write_list(struct context *context, const char *format)
{
    char path[128], text[4096];

    snprintf(text, sizeof(text), format, context->server);
    write_file(path_in(context, "peers.json", path, sizeof(path)), text);
    assert_int_equal(setenv("FIBBENCH_PEERS", context->folder, 1), 0);
}

static cJSON *row_of(const cJSON *document, const char *label)
{
    cJSON *row;

    cJSON_ArrayForEach(row, member(document, "rows"))
    {
        if (strcmp(member(row, "label")->valuestring, label) == 0)
            return row;
    }
    return NULL;
}

static void test_list(void **state)
{
    struct context *context = *state;
    cJSON *list, *first;

    write_list(context, LIST);
    RUN(context, "peers");
    expect_status(context, 0);
    expect_text(context->output, "one (Fake 1.5)\n");
    expect_text(context->output, "three (not available: nobody wrote it)\n");
    expect_text(context->output, "four (not available: it is out of order)\n");
    RUN(context, "peers", "--json");
    expect_status(context, 0);
    list = cJSON_Parse(context->output);
    assert_int_equal(cJSON_GetArraySize(list), 4);
    first = cJSON_GetArrayItem(list, 0);
    assert_string_equal(member(first, "library")->valuestring, "Fake 1.5");
    expect_text(member(first, "command")->valuestring, "--backend='uv' --port={port}");
    assert_true(cJSON_IsFalse(member(cJSON_GetArrayItem(list, 2), "available")));
    cJSON_Delete(list);
}

static void test_bad_lists(void **state)
{
    struct context *context = *state;
    static const struct {
        const char *list;
        const char *words;
    } cases[] = {
        {"nonsense", "peers.json: it is not valid JSON"},
        {"{\"runtimes\": []}", "peers.json: \"peers\""},
        {"{\"runtimes\": [], \"peers\": [{\"name\": \"a\", \"runtime\": \"b\", \"summary\": "
         "\"\"}]}",
         "'a' names no \"runtime\" of the list"},
        {"{\"runtimes\": [{\"name\": \"b\"}], \"peers\": []}", "\"missing\""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        write_list(context, cases[i].list);
        RUN(context, "peers");
        expect_status(context, 1);
        expect_text(context->errors, cases[i].words);
    }
    setenv("FIBBENCH_PEERS", "/nonexistent", 1);
    MEASURE(context, "--peers");
    expect_status(context, 1);
    expect_text(context->errors, "/nonexistent/peers.json: No such file");
}

static void test_plan(void **state)
{
    struct context *context = *state;
    cJSON *plan;

    write_list(context, LIST);
    MEASURE(context, "--backends", "uv", "--peers=python-threads,gone", "--dry-run");
    expect_status(context, 0);
    expect_text(context->output, "2 rows");
    expect_text(context->output, "\n  gone: nobody wrote it\n");
    MEASURE(context, "--backends", "uv", "--peers", "--dry-run", "--json");
    expect_status(context, 0);
    expect_text(context->errors, "left out: 'ill' is not available here: it is out of order");
    plan = cJSON_Parse(context->output);
    assert_int_equal(cJSON_GetArraySize(member(plan, "rows")), 3);
    assert_int_equal(cJSON_GetArraySize(member(plan, "left_out")), 2);
    cJSON_Delete(plan);
    MEASURE(context, "--peers=python-threads,other", "--dry-run");
    expect_status(context, 1);
    expect_text(context->errors,
                "there is no peer 'other'; these are: python-threads, python-sync");
    MEASURE(context, "--peers=python-threads", "--peers-slow-n", "fakery=0", "--dry-run");
    expect_status(context, 1);
    expect_text(context->errors, "LANGUAGE=N with N of 1 to 50");
    MEASURE(context, "--peers=python-threads", "--peers-slow-n", "cobol=30", "--dry-run");
    expect_status(context, 1);
    expect_text(context->errors, "there are no peers in 'cobol'");
    MEASURE(context, "--peers-slow-n", "fakery=30", "--dry-run");
    expect_status(context, 1);
    expect_text(context->errors, "--peers-slow-n is for the rows of --peers");
    MEASURE(context, "--peers=python-threads,python-threads", "--dry-run");
    expect_status(context, 1);
    expect_text(context->errors, "two rows are called 'python-threads'");
}

/* The peers get a slow request of their own, as long as that of the backends. */
static void expect_peers_measured(struct context *context)
{
    cJSON *document = read_results(context->results), *row = row_of(document, "python-threads");

    assert_int_equal(member(document, "slow_n")->valueint, 39);
    assert_true(cJSON_IsTrue(member(row, "peer")));
    assert_int_equal(member(row, "slow_n")->valueint, 35);
    assert_int_equal(member(row_of(document, "python-sync"), "slow_n")->valueint, 35);
    assert_string_equal(member(row, "library")->valuestring, "Fake 1.5");
    assert_string_equal(member(row, "counterpart")->valuestring, "Threads");
    assert_null(cJSON_GetObjectItem(row_of(document, "uv"), "peer"));
    assert_in_range(1000 *
                        member(cell_of(document, "python-threads", "slow"), "median")->valuedouble,
                    140, 230);
    expect_outcome(document, "python-sync", "slow", "ok");
    row = cJSON_GetArrayItem(member(document, "left_out"), 0);
    assert_string_equal(member(row, "label")->valuestring, "gone");
    assert_string_equal(member(row, "reason")->valuestring, "nobody wrote it");
    cJSON_Delete(document);
}

static void test_measures_peers(void **state)
{
    struct context *context = *state;
    cJSON *document;

    write_list(context, LIST);
    MEASURE(context, "--backends", "uv", "--peers", "--rounds", "1", "--scenarios", "fast,slow");
    expect_status(context, 0);
    expect_peers_measured(context);
    RUN(context, "table", context->results);
    expect_text(context->output, "a slow request is F(39), for peers in fakery F(35);");
    expect_text(context->output, ", Fake 1.5");
    /* A number for one language; others that are known need not be measured. */
    MEASURE(context, "--backends", "null", "--peers", "python-threads", "--rounds", "1",
            "--scenarios", "slow", "--peers-slow-n", "fakery=34,absent=20");
    expect_status(context, 0);
    document = read_results(context->results);
    assert_int_equal(member(row_of(document, "python-threads"), "slow_n")->valueint, 34);
    assert_string_equal(member(document, "peers_slow_n")->valuestring, "fakery=34");
    cJSON_Delete(document);
    /* Nothing but peers: there is no other slow request. */
    MEASURE(context, "--backends", "none", "--peers=python-threads", "--rounds", "1", "--scenarios",
            "slow");
    expect_status(context, 0);
    RUN(context, "table", context->results);
    expect_text(context->output, "a slow request is for peers in fakery F(35);");
}

/* A resumed run asks the peers for what it asked them before. */
static void test_resumes(void **state)
{
    struct context *context = *state;
    const char *const arguments[] = {context->fibbench,
                                     "run",
                                     "--server",
                                     context->server,
                                     "--client",
                                     context->client,
                                     "-o",
                                     context->results,
                                     "--backends",
                                     "uv",
                                     "--peers",
                                     "--rounds",
                                     "3",
                                     "--scenarios",
                                     "fast,slow",
                                     "--duration",
                                     "0.4",
                                     "--seed",
                                     "5",
                                     NULL};
    struct process process;

    write_list(context, LIST);
    assert_int_equal(process_start(&process, (char *const *)arguments, 0), 0);
    do {
        assert_int_equal(process_wait(&process, 10), -ETIMEDOUT);
        process_read_complaint(&process, context->errors, sizeof(context->errors));
    } while (strstr(context->errors, "[ 1/") == NULL && strstr(context->errors, "[1/") == NULL);
    assert_int_equal(kill(process.pid, SIGINT), 0);
    collect(context, &process);
    expect_status(context, 128 + SIGINT);
    RUN(context, "run", "--resume", "-o", context->results);
    expect_status(context, 0);
    expect_peers_measured(context);
}

int main(int count, char **arguments)
{
    static struct context context;
    const struct CMUnitTest tests[] = {
        LIST_TEST(test_list, &context),    LIST_TEST(test_bad_lists, &context),
        LIST_TEST(test_plan, &context),    LIST_TEST(test_measures_peers, &context),
        LIST_TEST(test_resumes, &context),
    };

    if (context_init(&context, count, arguments) < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
