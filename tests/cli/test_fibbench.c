/*
 * The command line of fibbench with measurements that are not real: a fake server and a fake client
 * stand in for fibserver and fibclient, so that all takes a moment and ends as it must.
 */
#include "tests/harness/assertions.h"
#include "tests/harness/process.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TIMEOUT_MS = 120000, OUTPUT = 1 << 20, ARGUMENTS = 40 };

/* Programs under test, and a folder of this run's own. */
struct context {
    const char *fibbench;
    const char *server;
    const char *client;
    char folder[64];
    char results[96]; /* a path in it */
    int status;       /* of the last run; -1 killed by a signal */
    char output[OUTPUT];
    char errors[OUTPUT];
};

static void collect(struct context *context, struct process *process)
{
    assert_true(
        process_read_output(process, context->output, sizeof(context->output), TIMEOUT_MS) >= 0);
    assert_int_equal(process_wait(process, TIMEOUT_MS), 0);
    process_read_complaint(process, context->errors, sizeof(context->errors));
    context->status = WIFEXITED(process->status) ? WEXITSTATUS(process->status) : -1;
    process_finish(process);
}

static void run_arguments(struct context *context, const char *const *arguments)
{
    char *list[ARGUMENTS] = {(char *)context->fibbench};
    struct process process;

    for (size_t i = 0; arguments[i] != NULL; i++)
        list[i + 1] = (char *)arguments[i];
    assert_int_equal(process_start(&process, list, 0), 0);
    collect(context, &process);
}

#define RUN(context, ...) run_arguments(context, (const char *const[]){__VA_ARGS__, NULL})

/* `fibbench run` with the fakes, short windows, and the options that follow. */
#define MEASURE(context, ...)                                                                      \
    RUN(context, "run", "--server", (context)->server, "--client", (context)->client, "-o",        \
        (context)->results, "--duration", "0.4", "--seed", "1", __VA_ARGS__)

static void expect_status(const struct context *context, int status)
{
    if (context->status != status)
        print_error("output:\n%s\nerrors:\n%s\n", context->output, context->errors);
    assert_int_equal(context->status, status);
}

static void expect_text(const char *where, const char *text)
{
    if (strstr(where, text) == NULL)
        print_error("'%s' is not in:\n%s\n", text, where);
    assert_non_null(strstr(where, text));
}

static cJSON *read_results(const char *path)
{
    static char text[4 << 20];
    FILE *file = fopen(path, "re");
    cJSON *document;

    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    document = cJSON_Parse(text);
    assert_non_null(document);
    return document;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static cJSON *member(const cJSON *object, const char *name)
{
    cJSON *found = cJSON_GetObjectItemCaseSensitive(object, name);

    assert_non_null(found);
    return found;
}

/* The cell of a row in a results document. */
static cJSON *cell_of(const cJSON *document, const char *row, const char *column)
{
    cJSON *one, *cell;

    cJSON_ArrayForEach(one, member(document, "rows"))
    {
        if (strcmp(member(one, "label")->valuestring, row) != 0)
            continue;
        cJSON_ArrayForEach(cell, member(one, "cells"))
        {
            if (strcmp(member(cell, "column")->valuestring, column) == 0)
                return cell;
        }
    }
    fail_msg("no cell %s, %s", row, column);
    return NULL;
}

static void expect_outcome(const cJSON *document, const char *row, const char *column,
                           const char *outcome)
{
    assert_string_equal(member(cell_of(document, row, column), "outcome")->valuestring, outcome);
}

static char *path_in(const struct context *context, const char *name, char *path, size_t size)
{
    snprintf(path, size, "%s/%s", context->folder, name);
    return path;
}

/* Every process that wrote its number into the file has ended, and there was one. */
static void expect_no_process_left(const char *path)
{
    FILE *file = fopen(path, "re");
    unsigned count = 0;
    long pid;

    assert_non_null(file);
    for (; fscanf(file, "%ld", &pid) == 1; count++) {
        assert_int_equal(kill((pid_t)pid, 0), -1);
        assert_int_equal(errno, ESRCH);
    }
    fclose(file);
    assert_true(count > 0);
}

static void test_help_and_version(void **state)
{
    struct context *context = *state;

    RUN(context, "--help");
    expect_status(context, 0);
    expect_text(context->output, "fibbench COMMAND");
    assert_null(strstr(context->output, "report"));
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

static void test_measures_and_records(void **state)
{
    struct context *context = *state;
    cJSON *document, *cell;
    char host[256];

    MEASURE(context, "--backends", "null,uv, uv  --offload=always,absent", "--rounds", "3",
            "--json");
    expect_status(context, 0);
    expect_text(context->errors, "left out: 'absent' is not available here: no library");
    expect_text(context->errors, "[ 9/9] round 3/3");
    document = read_results(context->results);
    assert_string_equal(member(document, "format")->valuestring, "fibbench-results");
    assert_int_equal(member(document, "version")->valueint, 1);
    assert_int_equal(member(document, "seed")->valueint, 1);
    /* 1e-9 s times the golden ratio to the power of 39 is the greatest below about 0.2 s. */
    assert_int_equal(member(document, "slow_n")->valueint, 39);
    assert_int_equal(cJSON_GetArraySize(member(document, "measurements")), 9);
    cell = cell_of(document, "uv", "fast2");
    assert_int_equal(cJSON_GetArraySize(member(cell, "samples")), 3);
    assert_float_equal(member(cell, "median")->valuedouble, 1000, 1);
    expect_outcome(document, "uv --offload=always", "fast+slow:slow", "ok");
    /* What answers 1 to everything cannot be asked for anything slow. */
    expect_outcome(document, "null", "slow", "-");
    assert_non_null(member(member(document, "host"), "kernel")->valuestring);
    assert_string_equal(member(member(document, "program"), "version")->valuestring, "0.1.0");
    cJSON_Delete(document);
    /* One line, the last, and no name of the machine and no path in it. */
    assert_ptr_equal(strchr(context->output, '\n'), strrchr(context->output, '\n'));
    assert_null(strstr(context->output, context->folder));
    assert_null(strstr(context->output, context->server));
    assert_int_equal(gethostname(host, sizeof(host)), 0);
    if (strlen(host) > 3)
        assert_null(strstr(context->output, host));
}

/* The server that is served alone is measured to be so; nothing is known of it beforehand. */
static void test_unserved_cells(void **state)
{
    struct context *context = *state;
    cJSON *document;

    assert_int_equal(setenv("FAKE_HOLD", "1", 1), 0);
    RUN(context, "run", "--server", context->server, "--client", context->client, "-o",
        context->results, "--backends", "sync,uv", "--rounds", "1", "--slow-n", "39", "--duration",
        "0.6", "--scenarios", "fast,fast2,slow,slow2,fast+slow");
    unsetenv("FAKE_HOLD");
    expect_status(context, 0);
    document = read_results(context->results);
    expect_outcome(document, "sync", "fast", "ok");
    expect_outcome(document, "sync", "fast2", "X");
    expect_outcome(document, "sync", "slow", "ok");
    expect_outcome(document, "sync", "slow2", "X");
    expect_outcome(document, "sync", "fast+slow:fast", "X");
    expect_outcome(document, "sync", "fast+slow:slow", "X");
    expect_outcome(document, "uv", "fast2", "ok");
    expect_outcome(document, "uv", "fast+slow:fast", "ok");
    cJSON_Delete(document);
    RUN(context, "table", context->results);
    expect_text(context->output, "|                   X |");
}

static void test_misbehaving_servers(void **state)
{
    struct context *context = *state;
    char pids[128];
    cJSON *document;

    setenv("FAKE_PIDS", path_in(context, "pids", pids, sizeof(pids)), 1);
    MEASURE(context, "--backends", "uv,dies,exits,hangs,wrong,fails", "--rounds", "1", "--slow-n",
            "39", "--scenarios", "fast,slow,fast+slow");
    unsetenv("FAKE_PIDS");
    expect_status(context, 0);
    document = read_results(context->results);
    expect_outcome(document, "uv", "slow", "ok");
    expect_outcome(document, "dies", "fast", "ok");
    expect_outcome(document, "dies", "slow", "died");
    expect_outcome(document, "dies", "fast+slow:fast", "died");
    expect_outcome(document, "exits", "fast", "did not start");
    expect_outcome(document, "exits", "slow", "did not start");
    expect_outcome(document, "hangs", "slow", "hung");
    expect_outcome(document, "wrong", "fast", "ok");
    expect_outcome(document, "wrong", "slow", "wrong answers");
    expect_outcome(document, "fails", "fast", "ok");
    cJSON_Delete(document);
    expect_text(context->errors, "dies, slow: died: it exited with status 3: fake_fibserver: a "
                                 "fault of its own");
    expect_text(context->errors, "exits: did not start: it exited with status 1: fake_fibserver: "
                                 "not today");
    expect_text(context->errors, "wrong, slow: wrong answers: a wrong answer");
    expect_text(context->errors, "fails: it exited with status 4");
    expect_no_process_left(pids);
    RUN(context, "table", context->results);
    expect_text(context->output, "did not start");
    RUN(context, "table", "--csv", context->results);
    expect_text(context->output, "\r\nexits,did not start,");
}

static void test_variants(void **state)
{
    struct context *context = *state;
    char good[512], quiet[512], broken[128];
    cJSON *document;

    snprintf(good, sizeof(good), "mine=%s --backend=uv --port={port}", context->server);
    snprintf(quiet, sizeof(quiet), "quiet=%s --backend=mute --port={port}", context->server);
    snprintf(broken, sizeof(broken), "broken=exit 9; {port}");
    MEASURE(context, "--backends", "none", "--variant", good, "--variant", quiet, "--variant",
            broken, "--rounds", "2", "--scenarios", "fast,load64");
    expect_status(context, 0);
    document = read_results(context->results);
    expect_outcome(document, "mine", "fast", "ok");
    expect_outcome(document, "mine", "load64", "ok");
    expect_outcome(document, "quiet", "fast", "ok");
    expect_outcome(document, "broken", "fast", "did not start");
    cJSON_Delete(document);
    RUN(context, "table", context->results);
    expect_text(context->output, "64 connections (req/s) |\n");
}

static void test_connects_to_a_running_server(void **state)
{
    struct context *context = *state;
    const char *const arguments[] = {context->server, "--backend=uv", "--port=0", NULL};
    struct process process;
    char line[256], address[64];
    cJSON *document;

    assert_int_equal(process_start(&process, (char *const *)arguments, 0), 0);
    assert_true(process_read_line(&process, line, sizeof(line), TIMEOUT_MS) > 0);
    snprintf(address, sizeof(address), "127.0.0.1:%s", strrchr(line, ':') + 1);
    MEASURE(context, "--backends", "none", "--connect", address, "--rounds", "1", "--slow-n", "39");
    expect_status(context, 0);
    document = read_results(context->results);
    expect_outcome(document, address, "fast", "ok");
    expect_outcome(document, address, "slow2", "ok");
    cJSON_Delete(document);
    assert_int_equal(process_wait(&process, 0), -ETIMEDOUT);
    process_finish(&process);
    MEASURE(context, "--backends", "none", "--connect", address, "--rounds", "1", "--scenarios",
            "fast");
    expect_status(context, 0);
    document = read_results(context->results);
    expect_outcome(document, address, "fast", "did not start");
    cJSON_Delete(document);
}

static bool has_finished_a_row(struct process *process, char *errors, size_t size)
{
    process_read_complaint(process, errors, size);
    return strstr(errors, "[ 1/") != NULL;
}

/* Starts a long run, and interrupts it when a row of a round is finished. */
static void interrupt_a_run(struct context *context, int number)
{
    const char *const arguments[] = {context->fibbench,
                                     "run",
                                     "--server",
                                     context->server,
                                     "--client",
                                     context->client,
                                     "-o",
                                     context->results,
                                     "--backends",
                                     "null,uv",
                                     "--rounds",
                                     "4",
                                     "--scenarios",
                                     "fast,load64",
                                     "--duration",
                                     "0.3",
                                     "--seed",
                                     "5",
                                     NULL};
    struct process process;

    setenv("FAKE_HOLD", "1", 1);
    assert_int_equal(process_start(&process, (char *const *)arguments, 0), 0);
    while (!has_finished_a_row(&process, context->errors, sizeof(context->errors)))
        assert_int_equal(process_wait(&process, 10), -ETIMEDOUT);
    assert_int_equal(kill(process.pid, number), 0);
    collect(context, &process);
    unsetenv("FAKE_HOLD");
}

static void expect_each_round_once(const cJSON *document, unsigned rounds, unsigned rows)
{
    const cJSON *order = member(document, "order"), *one;
    unsigned position = 0;

    cJSON_ArrayForEach(one, member(document, "measurements"))
    {
        const cJSON *round = cJSON_GetArrayItem(order, (int)(position / rows));

        assert_int_equal(member(one, "round")->valueint, position / rows);
        assert_string_equal(member(one, "row")->valuestring,
                            cJSON_GetArrayItem(round, (int)(position % rows))->valuestring);
        position++;
    }
    assert_int_equal(position, rounds * rows);
}

static void test_interrupt_and_resume(void **state)
{
    struct context *context = *state;
    char partial[128], pids[128];
    cJSON *document;

    snprintf(partial, sizeof(partial), "%s.partial", context->results);
    setenv("FAKE_PIDS", path_in(context, "pids", pids, sizeof(pids)), 1);
    interrupt_a_run(context, SIGINT);
    unsetenv("FAKE_PIDS");
    expect_status(context, 128 + SIGINT);
    expect_text(context->errors, "interrupted");
    expect_text(context->errors, "fibbench run --resume -o ");
    expect_no_process_left(pids);
    assert_int_equal(access(partial, F_OK), 0);
    assert_int_equal(access(context->results, F_OK), -1);

    /* A new run does not overwrite what is kept; other options are another run. */
    MEASURE(context, "--backends", "uv");
    expect_status(context, 1);
    expect_text(context->errors, "is left of an interrupted run");
    MEASURE(context, "--backends", "uv", "--resume");
    expect_status(context, 1);
    expect_text(context->errors, "is of a run with another");

    RUN(context, "run", "--resume", "-o", context->results);
    expect_status(context, 0);
    expect_text(context->errors, "[ 8/8] round 4/4");
    assert_null(strstr(context->errors, "[ 1/8]"));
    assert_int_equal(access(partial, F_OK), -1);
    document = read_results(context->results);
    expect_each_round_once(document, 4, 2);
    cJSON_Delete(document);
}

/* A line that was cut short by a crash is measured again; another damaged line is an error. */
static void test_resumes_from_a_torn_journal(void **state)
{
    struct context *context = *state;
    char partial[128];
    cJSON *document;
    FILE *file;

    snprintf(partial, sizeof(partial), "%s.partial", context->results);
    interrupt_a_run(context, SIGTERM);
    expect_status(context, 128 + SIGTERM);
    file = fopen(partial, "ae");
    fputs("{\"round\":3,\"row\":\"uv\",\"ce", file);
    fclose(file);
    RUN(context, "run", "--resume", "-o", context->results);
    expect_status(context, 0);
    document = read_results(context->results);
    expect_each_round_once(document, 4, 2);
    cJSON_Delete(document);

    write_file(partial, "{\"arguments\":[],\"head\":{}}\nnonsense\n");
    RUN(context, "run", "--resume", "-o", context->results);
    expect_status(context, 1);
    expect_text(context->errors, "line 2 is damaged");
    unlink(partial);
    MEASURE(context, "--backends", "uv", "--rounds", "1", "--scenarios", "fast", "--resume");
    expect_status(context, 0);
    expect_text(context->errors, "no interrupted run to go on from");
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
        {"{\"format\":\"fibbench-results\",\"version\":2}", "of version 2"},
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

/* These two wait for as long as fibbench does. */
static void test_stubborn_server_is_killed(void **state)
{
    struct context *context = *state;
    char pids[128];
    cJSON *document;

    setenv("FAKE_PIDS", path_in(context, "pids", pids, sizeof(pids)), 1);
    MEASURE(context, "--backends", "stubborn", "--rounds", "1", "--scenarios", "fast");
    unsetenv("FAKE_PIDS");
    expect_status(context, 0);
    expect_text(context->errors, "did not end within 7 s of SIGTERM and was killed");
    document = read_results(context->results);
    expect_outcome(document, "stubborn", "fast", "ok");
    cJSON_Delete(document);
    expect_no_process_left(pids);
}

static void test_mute_server_is_given_up(void **state)
{
    struct context *context = *state;
    char pids[128];
    cJSON *document;

    setenv("FAKE_PIDS", path_in(context, "pids", pids, sizeof(pids)), 1);
    MEASURE(context, "--backends", "mute", "--rounds", "1", "--scenarios", "fast");
    unsetenv("FAKE_PIDS");
    expect_status(context, 0);
    expect_text(context->errors, "mute: did not start: it did not say within 10 s");
    document = read_results(context->results);
    expect_outcome(document, "mute", "fast", "did not start");
    cJSON_Delete(document);
    expect_no_process_left(pids);
}

static int set_up(void **state)
{
    struct context *context = *state;
    const char *temporary = getenv("TMPDIR");

    if (temporary == NULL || strlen(temporary) > 40)
        temporary = "/tmp";
    snprintf(context->folder, sizeof(context->folder), "%s/fibbench-XXXXXX", temporary);
    if (mkdtemp(context->folder) == NULL)
        return -1;
    path_in(context, "results.json", context->results, sizeof(context->results));
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"results.json", "results.json.partial", "pids",
                                        "old.json",     "slower.json",          "published.md",
                                        "mine.md"};
    struct context *context = *state;
    char path[128];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unlink(path_in(context, names[i], path, sizeof(path)));
    return rmdir(context->folder);
}

#define TEST(function, state)                                                                      \
    cmocka_unit_test_prestate_setup_teardown(function, set_up, tear_down, state)

int main(int count, char **arguments)
{
    static struct context context;

    if (count < 4) {
        fputs("usage: test_fibbench FIBBENCH FAKE_SERVER FAKE_CLIENT [long]\n", stderr);
        return 2;
    }
    context.fibbench = arguments[1];
    context.server = arguments[2];
    context.client = arguments[3];
    if (count > 4) {
        const struct CMUnitTest slow_tests[] = {
            TEST(test_stubborn_server_is_killed, &context),
            TEST(test_mute_server_is_given_up, &context),
        };

        return cmocka_run_group_tests(slow_tests, NULL, NULL);
    }
    const struct CMUnitTest tests[] = {
        TEST(test_help_and_version, &context),
        TEST(test_wrong_usage, &context),
        TEST(test_wrong_plans, &context),
        TEST(test_dry_run, &context),
        TEST(test_measures_and_records, &context),
        TEST(test_unserved_cells, &context),
        TEST(test_misbehaving_servers, &context),
        TEST(test_variants, &context),
        TEST(test_connects_to_a_running_server, &context),
        TEST(test_interrupt_and_resume, &context),
        TEST(test_resumes_from_a_torn_journal, &context),
        TEST(test_diff_of_results, &context),
        TEST(test_diff_of_markdown, &context),
        TEST(test_bad_results_files, &context),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
