#include "tests/bench/command_line.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROWS = 6, PATH = 128 };

/* A results file that was never measured. */
struct invented {
    unsigned rounds;
    double spread;   /* of the rounds, as a share */
    double speed;    /* of all rows */
    int slower_row;  /* -1: none */
    double slowdown; /* of that row */
    unsigned seed;
    const char *kernel;
    const char *cpu;
    double margin; /* of the column, as a share; 0: not known */
    double noise;
};

static const struct invented usual = {14, 0.008, 1, -1, 1, 1, "Linux 6.1", "a CPU", 0, 0};

/* Evenly between -1 and 1, from a small generator of its own: the same on every machine. */
static double next_even(unsigned *state)
{
    *state = *state * 1664525 + 1013904223;
    return (double)(*state >> 8) / (1 << 23) - 1;
}

static void add_row(cJSON *rows, const struct invented *invented, int row, unsigned *state)
{
    static const char *const names[ROWS] = {"null", "sync", "threads", "select", "coro", "uv"};
    double value = (50000 + 3000 * row) * invented->speed;
    cJSON *object = cJSON_CreateObject(), *cells, *cell, *samples;

    if (row == invented->slower_row)
        value *= invented->slowdown;
    cJSON_AddItemToArray(rows, object);
    cJSON_AddStringToObject(object, "label", names[row]);
    cJSON_AddStringToObject(object, "kind", "built-in");
    cells = cJSON_AddArrayToObject(object, "cells");
    cell = cJSON_CreateObject();
    cJSON_AddItemToArray(cells, cell);
    cJSON_AddStringToObject(cell, "outcome", "ok");
    samples = cJSON_AddArrayToObject(cell, "samples");
    for (unsigned i = 0; i < invented->rounds; i++)
        cJSON_AddItemToArray(samples, cJSON_CreateNumber(value * (1 + invented->spread * sqrt(3) *
                                                                          next_even(state))));
}

static const char *invent(struct context *context, const char *name,
                          const struct invented *invented, char *path)
{
    cJSON *document = cJSON_CreateObject(), *object, *rows;
    unsigned state = invented->seed;
    char *text;

    cJSON_AddStringToObject(document, "format", "fibbench-results");
    cJSON_AddNumberToObject(document, "version", 1);
    object = cJSON_AddObjectToObject(document, "host");
    cJSON_AddStringToObject(object, "kernel", invented->kernel);
    cJSON_AddStringToObject(object, "cpu", invented->cpu);
    object = cJSON_AddObjectToObject(document, "placement");
    cJSON_AddStringToObject(object, "name", "same");
    if (invented->noise > 0)
        cJSON_AddNumberToObject(cJSON_AddObjectToObject(document, "noise"), "fast",
                                invented->noise);
    object = cJSON_CreateObject();
    cJSON_AddItemToArray(cJSON_AddArrayToObject(document, "columns"), object);
    cJSON_AddStringToObject(object, "name", "fast");
    cJSON_AddStringToObject(object, "header", "1 fast (req/s)");
    cJSON_AddStringToObject(object, "scenario", "fast");
    if (invented->margin > 0)
        cJSON_AddNumberToObject(object, "delta", invented->margin);
    rows = cJSON_AddArrayToObject(document, "rows");
    for (int row = 0; row < ROWS; row++)
        add_row(rows, invented, row, &state);
    text = cJSON_Print(document);
    write_file(path_in(context, name, path, PATH), text);
    free(text);
    cJSON_Delete(document);
    return path;
}

/* Compares the usual results with others, and wants that exit status. */
static void diff_with(struct context *context, const struct invented *other, int status)
{
    char old[PATH], new[PATH];

    invent(context, "old.json", &usual, old);
    invent(context, "new.json", other, new);
    RUN(context, "diff", old, new);
    expect_status(context, status);
}

static void test_exit_codes_of_results(void **state)
{
    struct context *context = *state;
    struct invented other = usual;

    other.seed = 2;
    diff_with(context, &other, 0);
    expect_text(context->output, "absolute: the numbers as they stand");
    expect_text(context->output, "0 worse, 0 better, 6 the same (6 of them");
    other.slower_row = 3;
    other.slowdown = 0.95;
    diff_with(context, &other, 2);
    expect_text(context->output, "\nworse: select, 1 fast (req/s): 0.9");
    expect_text(context->output, "1 worse, 0 better, 5 the same");
    expect_text(context->output, "worse (p<0.001 n=14+14)");
    other.slowdown = 1.05;
    diff_with(context, &other, 0);
    expect_text(context->output, "0 worse, 1 better");
    other.slowdown = 0.5;
    other.rounds = 3;
    diff_with(context, &other, 3);
    expect_text(context->output, "noisy (p=");
    expect_text(context->output, "too few, 7+7 could tell");
    expect_text(context->output, "too noisy to say: select, 1 fast (req/s): 0.5");
    other = usual;
    other.spread = 0.5;
    other.speed = 0.8;
    other.seed = 4;
    diff_with(context, &other, 3);
}

/* Fifteen times the same distribution: none of them is worse. */
static void test_equal_results_are_equal(void **state)
{
    struct context *context = *state;
    struct invented other = usual;

    for (other.seed = 100; other.seed < 115; other.seed++)
        diff_with(context, &other, 0);
}

/* The margin by which a run judged raises the threshold; what it found of its noise is a note. */
static void test_margins_of_the_runs_count(void **state)
{
    struct context *context = *state;
    struct invented other = usual;
    char old[PATH], new[PATH];

    other.seed = 2;
    other.margin = 0.1;
    other.slower_row = 5;
    other.slowdown = 0.93;
    diff_with(context, &other, 0);
    expect_text(context->output, "by the margin of the runs beyond 10 %");
    invent(context, "old.json", &usual, old);
    invent(context, "new.json", &other, new);
    RUN(context, "diff", "--fail-on", "3", old, new);
    expect_status(context, 2);
    other.margin = 0.03;
    other.noise = 0.08;
    diff_with(context, &other, 2);
    expect_text(context->output, "note: new: in '1 fast (req/s)' one row entered twice may "
                                 "differ from itself by 8 %");
}

static void test_hosts_that_differ(void **state)
{
    struct context *context = *state;
    struct invented other = usual;
    char old[PATH], new[PATH];

    other.seed = 2;
    other.kernel = "Linux 6.8";
    diff_with(context, &other, 0);
    expect_text(context->output, "note: the kernel differs: \"Linux 6.1\", \"Linux 6.8\"");
    expect_text(context->output, "absolute: ");
    other.speed = 0.9;
    diff_with(context, &other, 2);
    expect_text(context->output, "in '1 fast (req/s)' the reference itself is 0.");
    other.cpu = "another CPU";
    other.speed = 0.5;
    other.slower_row = 2;
    other.slowdown = 0.8;
    diff_with(context, &other, 2);
    expect_text(context->output, "relative: ");
    expect_text(context->output, "because the machines differ");
    expect_text(context->output, "note: the CPU differs: \"a CPU\", \"another CPU\"");
    expect_text(context->output, "worse: threads, 1 fast (req/s)");
    invent(context, "old.json", &usual, old);
    invent(context, "new.json", &other, new);
    RUN(context, "diff", "--reference", "null", old, new);
    expect_status(context, 2);
    expect_text(context->output, "divided by the row 'null'");
    expect_text(context->output, "1 worse, 0 better, 4 the same");
    RUN(context, "diff", "--reference", "nobody", old, new);
    expect_status(context, 1);
    expect_text(context->errors, "the row 'nobody' to compare by is not in both");
}

static void test_json_is_complete(void **state)
{
    struct context *context = *state;
    struct invented other = usual;
    char old[PATH], new[PATH];
    const cJSON *cell;
    cJSON *report;

    other.seed = 2;
    other.slower_row = 1;
    other.slowdown = 0.9;
    other.kernel = "Linux 6.8";
    RUN(context, "diff", "--json", invent(context, "old.json", &usual, old),
        invent(context, "new.json", &other, new));
    expect_status(context, 2);
    report = cJSON_Parse(context->output);
    assert_non_null(report);
    assert_int_equal(member(report, "exit")->valueint, 2);
    assert_int_equal(member(report, "worse")->valueint, 1);
    assert_int_equal(member(report, "same")->valueint, ROWS - 1);
    assert_string_equal(member(report, "mode")->valuestring, "absolute");
    assert_true(cJSON_IsNull(member(report, "recheck")));
    assert_string_equal(
        member(cJSON_GetArrayItem(member(report, "differences"), 0), "member")->valuestring,
        "host.kernel");
    assert_int_equal(cJSON_GetArraySize(member(report, "columns")), 1);
    assert_int_equal(member(cJSON_GetArrayItem(member(report, "columns"), 0), "tests")->valueint,
                     ROWS);
    assert_int_equal(cJSON_GetArraySize(member(report, "cells")), ROWS);
    cell = cJSON_GetArrayItem(member(report, "cells"), 1);
    assert_string_equal(member(cell, "verdict")->valuestring, "worse");
    assert_string_equal(member(cell, "new_row")->valuestring, "sync");
    assert_true(member(cell, "p")->valuedouble <= member(cell, "p_adjusted")->valuedouble);
    assert_true(member(cell, "p_adjusted")->valuedouble < 0.01);
    assert_true(cJSON_GetArrayItem(member(cell, "interval"), 0)->valuedouble <
                member(cell, "ratio")->valuedouble);
    assert_true(member(cell, "confidence")->valuedouble >= 0.95);
    assert_float_equal(member(cell, "threshold")->valuedouble, 3, 0);
    assert_int_equal(member(member(cell, "old"), "samples")->valueint, 14);
    cJSON_Delete(report);
}

static const char PUBLISHED[] =
    "Words.\n\n| what | why |\n|--|--|\n| not | this |\n\n"
    "| Server version | 1 fast (req/s) | 2 slow (s/req) |\n|---|---:|---:|\n"
    "| Synchronous | 38,000 | X |\n| Threads | 34000 | 2.1 |\n| Callbacks | 33000 | 2 |\n";

static void test_diff_of_markdown(void **state)
{
    struct context *context = *state;
    char published[PATH], mine[PATH];

    write_file(path_in(context, "published.md", published, sizeof(published)), PUBLISHED);
    write_file(path_in(context, "mine.md", mine, sizeof(mine)),
               "| Server version | 1 Fast (req/s) | 2 slow (s/req) |\n|---|---|---|\n"
               "| sync | 76000 | X |\n| threads | 30000 | 0.5 |\n| select | 66000 | 0.5 |\n");
    RUN(context, "diff", published, mine);
    expect_status(context, 2);
    expect_text(context->output, "relative: ");
    expect_text(context->output, "because one side is a published table");
    expect_text(context->output, "select (Callbacks)");
    expect_text(context->output, "not reproduced: worse");
    expect_text(context->output, "worse: threads, 1 fast (req/s): 0.");
    expect_text(context->output, "reproduced: 3 of 6 cells (50 %); not reproduced: 3");
    RUN(context, "diff", "--absolute", "--fail-on", "15", published, mine);
    expect_status(context, 0);
    RUN(context, "diff", "--table", "2", published, mine);
    expect_status(context, 1);
    expect_text(context->errors, "has 1 such table, not 2");
    RUN(context, "diff", published, published);
    expect_status(context, 0);
    expect_text(context->output, "reproduced: 6 of 6 cells (100 %); not reproduced: 0");
}

/* One row stands to no other, so that anything could have become of it. */
static void test_nothing_to_compare(void **state)
{
    struct context *context = *state;
    char old[PATH], new[PATH];

    write_file(path_in(context, "old.md", old, sizeof(old)),
               "| Server version | 1 fast (req/s) |\n|---|---|\n| sync | 60000 |\n");
    write_file(path_in(context, "new.md", new, sizeof(new)),
               "| Server version | 1 fast (req/s) |\n|---|---|\n| sync | 600 |\n");
    RUN(context, "diff", "--relative", old, new);
    expect_status(context, 3);
    expect_text(context->output, "nothing to compare");
}

/* What is to be read must not be written. */
static void test_output_over_an_input(void **state)
{
    struct context *context = *state;
    char old[PATH], new[PATH], other[PATH * 2];

    write_file(path_in(context, "old.json", old, sizeof(old)), "{}");
    write_file(path_in(context, "new.json", new, sizeof(new)), "{}");
    snprintf(other, sizeof(other), "%s/./new.json", context->folder);
    RUN(context, "diff", "--recheck", "-o", old, old, new);
    expect_status(context, 1);
    expect_text(context->errors, "is one of the files to compare");
    RUN(context, "diff", "--recheck", "-o", other, old, new);
    expect_status(context, 1);
    expect_text(context->errors, "is one of the files to compare");
}

static void test_results_against_markdown(void **state)
{
    struct context *context = *state;
    char published[PATH], measured[PATH];
    struct invented few = usual, spread = usual;

    write_file(path_in(context, "published.md", published, sizeof(published)), PUBLISHED);
    few.rounds = 3;
    RUN(context, "diff", published, invent(context, "few.json", &few, measured));
    expect_status(context, 0);
    expect_text(context->output, "reproduced: within 20 %");
    expect_text(context->output, "reproduced: 3 of 3 cells (100 %)");
    spread.spread = 0.4;
    RUN(context, "diff", "--json", published, invent(context, "spread.json", &spread, measured));
    expect_text(context->output, "\"shape\":\"cannot tell\"");
    write_file(published, "| Server version | 1 fast (req/s) |\n|---|---:|\n"
                          "| sync | 53000 |\n| threads | 28000 |\n| select | 59000 |\n"
                          "| coro | 62000 |\n| uv | 65000 |\n| null | X |\n");
    RUN(context, "diff", published, invent(context, "few.json", &few, measured));
    expect_status(context, 0);
    expect_text(context->output, "not reproduced: 2 (0 worse, 2 better)");
    RUN(context, "diff", measured, published);
    expect_status(context, 2);
    expect_text(context->output, "worse: null, 1 fast (req/s): X, was a number");
    expect_text(context->output, "worse: threads, 1 fast (req/s): 0.5");
}

static void test_malformed_input(void **state)
{
    static const struct {
        const char *text;
        const char *words;
    } cases[] = {
        {"| Server version | 1 fast (req/s) |\n|---|---|\n| sync | l000 |\n",
         "other, line 3: row 'sync', column '1 fast (req/s)': 'l000'"},
        {"nothing here\n", "other has no table of measurements"},
        {"", "other has no table of measurements"},
        {"| Server version | 1 fast (req/s) |\n|---|---|\n| other | 1000 |\n", "no row in common"},
        {"| Server version | 2 fast (req/s) |\n|---|---|\n| sync | 1000 |\n",
         "no column in common"},
        {"| Server version | 1 fast (req/s) |\n|---|---|\n| sync | 1 |\n| Sync | 1 |\n",
         "the row 'Sync' stands twice"},
        {"{\"format\":", "is not valid JSON"},
        {"{\"format\":\"fibbench-results\",\"version\":1,\"columns\":[{\"header\":\"1 fast "
         "(req/s)\"}],\"rows\":[{\"label\":\"sync\",\"cells\":[{\"outcome\":\"ok\"}]}]}",
         "row 'sync', column '1 fast (req/s)': \"samples\" is missing"},
        {"{\"format\":\"fibbench-results\",\"version\":1,\"columns\":[{\"header\":\"1 fast "
         "(req/s)\"}],\"rows\":[{\"label\":\"sync\",\"cells\":[{\"outcome\":\"ok\",\"samples\":"
         "[1e999]}]}]}",
         "no number above 0"},
    };
    struct context *context = *state;
    char published[PATH], other[PATH];

    write_file(path_in(context, "published.md", published, sizeof(published)), PUBLISHED);
    path_in(context, "other", other, sizeof(other));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        write_file(other, cases[i].text);
        RUN(context, "diff", published, other);
        expect_status(context, 1);
        expect_text(context->errors, cases[i].words);
        assert_string_equal(context->output, "");
    }
}

/* Members of the wrong kind, where any may be missing. */
static void test_odd_members_are_not_known(void **state)
{
    struct context *context = *state;
    char old[PATH], new[PATH], *text;
    cJSON *document;

    invent(context, "old.json", &usual, old);
    document = read_results(old);
    cJSON_AddNumberToObject(document, "noise", 1);
    cJSON_AddStringToObject(document, "delta", "much");
    cJSON_AddItemToObject(document, "warnings", cJSON_CreateIntArray((int[]){1, 2}, 2));
    cJSON_AddStringToObject(document, "repeat_of", "x");
    cJSON_AddNumberToObject(document, "builds", 2);
    cJSON_ReplaceItemInObjectCaseSensitive(document, "host", cJSON_CreateString("h"));
    text = cJSON_Print(document);
    write_file(path_in(context, "new.json", new, sizeof(new)), text);
    free(text);
    cJSON_Delete(document);
    RUN(context, "diff", old, new);
    expect_status(context, 0);
    RUN(context, "diff", "--recheck", old, new);
    expect_status(context, 1);
    expect_text(context->errors, "does not say with which builds");
}

/* The row that a run enters twice is no other server. */
static void test_repeated_row_is_left_out(void **state)
{
    struct context *context = *state;
    char old[PATH], new[PATH], *text;
    cJSON *document;

    invent(context, "old.json", &usual, old);
    document = read_results(old);
    cJSON_AddStringToObject(cJSON_AddObjectToObject(document, "repeat_of"), "select", "coro");
    text = cJSON_Print(document);
    write_file(path_in(context, "new.json", new, sizeof(new)), text);
    free(text);
    cJSON_Delete(document);
    RUN(context, "diff", new, new);
    expect_status(context, 0);
    expect_text(context->output, "5 the same");
}

static void measure_at_speed(struct context *context, const char *speed, const char *results)
{
    setenv("FAKE_SPEED", speed, 1);
    RUN(context, "run", "--server", context->server, "--client", context->client, "-o", results,
        "--backends", "null,uv,sync", "--rounds", "7", "--scenarios", "fast,slow", "--slow-n", "39",
        "--duration", "0.1");
    unsetenv("FAKE_SPEED");
    expect_status(context, 0);
}

#define RECHECK(context, speed, ...)                                                               \
    do {                                                                                           \
        setenv("FAKE_SPEED", speed, 1);                                                            \
        RUN(context, "diff", "--recheck", "--server", (context)->server, "--client",               \
            (context)->client, __VA_ARGS__);                                                       \
        unsetenv("FAKE_SPEED");                                                                    \
    } while (0)

static void test_recheck(void **state)
{
    struct context *context = *state;
    char old[PATH], slower[PATH], kept[PATH];

    measure_at_speed(context, "1", path_in(context, "old.json", old, sizeof(old)));
    measure_at_speed(context, "0.5", path_in(context, "slower.json", slower, sizeof(slower)));
    path_in(context, "slower.json.recheck", kept, sizeof(kept));
    RUN(context, "diff", old, slower);
    expect_status(context, 2);
    expect_text(context->output, "worse (p=0.002 n=7+7)");
    /* Nothing is worse: nothing is measured. */
    RECHECK(context, "1", slower, old);
    expect_status(context, 0);
    assert_null(strstr(context->errors, "measuring again"));
    /* As slow as then. */
    RECHECK(context, "0.5", old, slower);
    expect_status(context, 2);
    expect_text(context->errors, "measuring again what is worse: 3 rows, 7 rounds");
    expect_text(context->output, "measured again: confirmed, 0.500 to 0.500");
    expect_text(context->output, "worse: uv, 1 fast (req/s): 0.5");
    assert_int_equal(access(kept, F_OK), 0);
    /* As fast as the old one. */
    RECHECK(context, "1", old, slower);
    expect_status(context, 0);
    expect_text(context->output, "measured again: not confirmed, 1.000 to 1.000");
    expect_text(context->output, "null is 2.000 of what it was in new");
    /* Neither: the machine itself has changed. */
    RECHECK(context, "0.25", old, slower);
    expect_status(context, 3);
    expect_text(context->output, "measured again: unclear");
    expect_text(context->output, "the machine itself has changed");
}

static void test_recheck_is_recorded(void **state)
{
    struct context *context = *state;
    char old[PATH], slower[PATH], kept[PATH];
    const cJSON *recheck, *cell;
    cJSON *report;

    measure_at_speed(context, "1", path_in(context, "old.json", old, sizeof(old)));
    measure_at_speed(context, "0.5", path_in(context, "slower.json", slower, sizeof(slower)));
    path_in(context, "kept.json", kept, sizeof(kept));
    setenv("FAKE_SPEED", "0.5", 1);
    RUN(context, "diff", "--recheck=3", "--json", "-o", kept, "--server", context->server,
        "--client", context->client, old, slower);
    unsetenv("FAKE_SPEED");
    /* Three rounds against seven cannot tell. */
    expect_status(context, 3);
    report = cJSON_Parse(context->output);
    recheck = member(report, "recheck");
    assert_int_equal(member(recheck, "rounds")->valueint, 3);
    assert_string_equal(member(recheck, "results")->valuestring, kept);
    assert_int_equal(cJSON_GetArraySize(member(recheck, "controls")), 2);
    cell = cJSON_GetArrayItem(member(report, "cells"), 1);
    recheck = member(cell, "recheck");
    assert_string_equal(member(recheck, "result")->valuestring, "unclear");
    assert_string_equal(member(recheck, "first_verdict")->valuestring, "worse");
    assert_int_equal(member(member(recheck, "new"), "samples")->valueint, 3);
    cJSON_Delete(report);
    assert_int_equal(access(kept, F_OK), 0);
}

static void test_recheck_that_cannot_be(void **state)
{
    struct context *context = *state;
    char old[PATH], slower[PATH], published[PATH], *text;
    cJSON *document;

    write_file(path_in(context, "published.md", published, sizeof(published)), PUBLISHED);
    measure_at_speed(context, "1", path_in(context, "old.json", old, sizeof(old)));
    measure_at_speed(context, "0.5", path_in(context, "slower.json", slower, sizeof(slower)));
    RECHECK(context, "1", old, published);
    expect_status(context, 1);
    expect_text(context->errors, "published.md is Markdown");
    RUN(context, "diff", "--recheck", "--server", context->client, "--client", context->client, old,
        slower);
    expect_status(context, 1);
    expect_text(context->errors, "was measured with another build of fibserver");
    RUN(context, "diff", "--server", context->server, old, slower);
    expect_status(context, 1);
    expect_text(context->errors, "that takes --recheck");
    RUN(context, "diff", "--recheck=none", old, slower);
    expect_status(context, 1);
    expect_text(context->errors, "--recheck takes a whole number of rounds");
    document = read_results(slower);
    cJSON_ReplaceItemInObjectCaseSensitive(member(document, "host"), "cpu",
                                           cJSON_CreateString("another"));
    text = cJSON_Print(document);
    write_file(slower, text);
    free(text);
    cJSON_Delete(document);
    RECHECK(context, "1", old, slower);
    expect_status(context, 1);
    expect_text(context->errors, "was measured on another machine");
}

/* The command of a row is not in the results: it is asked for. */
static void test_recheck_of_a_command(void **state)
{
    struct context *context = *state;
    char old[PATH], slower[PATH], variant[PATH * 2];
    const char *speeds[] = {"1", "0.5"}, *paths[] = {old, slower};

    path_in(context, "old.json", old, sizeof(old));
    path_in(context, "slower.json", slower, sizeof(slower));
    snprintf(variant, sizeof(variant), "mine=%s --backend=uv --port={port}", context->server);
    for (int i = 0; i < 2; i++) {
        setenv("FAKE_SPEED", speeds[i], 1);
        MEASURE(context, "--backends", "null", "--variant", variant, "--rounds", "7", "--scenarios",
                "fast", "-o", paths[i]);
        expect_status(context, 0);
    }
    RECHECK(context, "0.5", old, slower);
    expect_status(context, 1);
    expect_text(context->errors, "--variant 'mine=COMMAND'");
    RECHECK(context, "0.5", "--variant", variant, old, slower);
    expect_status(context, 2);
    expect_text(context->output, "worse: mine, 1 fast (req/s)");
}

/* So is the file of a scenario that is not built in. */
static void test_recheck_of_a_scenario(void **state)
{
    struct context *context = *state;
    char old[PATH], slower[PATH], scenarios[PATH];
    const char *speeds[] = {"1", "0.5"}, *paths[] = {old, slower};

    path_in(context, "old.json", old, sizeof(old));
    path_in(context, "slower.json", slower, sizeof(slower));
    write_file(
        path_in(context, "scenarios.json", scenarios, sizeof(scenarios)),
        "{\"format\":\"fibbench-scenarios\",\"version\":1,\"scenarios\":[{\"name\":\"mine\","
        "\"groups\":[{\"mode\":\"fast\",\"column\":\"mine\",\"header\":\"mine (req/s)\"}]}]}");
    for (int i = 0; i < 2; i++) {
        setenv("FAKE_SPEED", speeds[i], 1);
        MEASURE(context, "--backends", "null,uv", "--rounds", "7", "--scenario-file", scenarios,
                "--scenarios", "mine", "-o", paths[i]);
        expect_status(context, 0);
    }
    RECHECK(context, "0.5", old, slower);
    expect_status(context, 1);
    expect_text(context->errors, "there is no scenario 'mine'");
    RECHECK(context, "0.5", "--scenario-file", scenarios, old, slower);
    expect_status(context, 2);
    expect_text(context->output, "worse: uv, mine (req/s)");
}

int main(int count, char **arguments)
{
    static struct context context;
    const struct CMUnitTest tests[] = {
        TEST(test_exit_codes_of_results, &context),
        TEST(test_equal_results_are_equal, &context),
        TEST(test_margins_of_the_runs_count, &context),
        TEST(test_hosts_that_differ, &context),
        TEST(test_json_is_complete, &context),
        TEST(test_diff_of_markdown, &context),
        TEST(test_nothing_to_compare, &context),
        TEST(test_output_over_an_input, &context),
        TEST(test_results_against_markdown, &context),
        TEST(test_malformed_input, &context),
        TEST(test_odd_members_are_not_known, &context),
        TEST(test_repeated_row_is_left_out, &context),
        TEST(test_recheck, &context),
        TEST(test_recheck_is_recorded, &context),
        TEST(test_recheck_that_cannot_be, &context),
        TEST(test_recheck_of_a_command, &context),
        TEST(test_recheck_of_a_scenario, &context),
    };

    if (context_init(&context, count, arguments) < 0)
        return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
