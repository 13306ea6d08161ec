#include "tests/bench/command_line.h"

#include <errno.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_measures_and_records(void **state)
{
    struct context *context = *state;
    cJSON *document, *cell;
    char host[256];

    MEASURE(context, "--backends", "null,uv, uv  --offload=always,absent", "--rounds", "3",
            "--json");
    expect_status(context, 0);
    expect_text(context->errors, "left out: 'absent' is not available here: no library");
    expect_text(context->errors, "[12/12] round 3/3");
    document = read_results(context->results);
    assert_string_equal(member(document, "format")->valuestring, "fibbench-results");
    assert_int_equal(member(document, "version")->valueint, 2);
    assert_int_equal(member(document, "seed")->valueint, 1);
    /* 1e-9 s times the golden ratio to the power of 39 is the greatest below about 0.2 s. */
    assert_int_equal(member(document, "slow_n")->valueint, 39);
    assert_int_equal(cJSON_GetArraySize(member(document, "measurements")), 12);
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
        "0.6", "--scenarios", "fast,fast2,slow,slow2,fast+slow", "--no-passes");
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

/* Two rows and one of them again: 9 rounds are enough for verdicts. */
#define MEASURE_VERDICTS(context, noise, ...)                                                      \
    MEASURE(context, "--backends", "null,uv", "--rounds", "10", "--scenarios", "fast",             \
            "--noise-file", noise, __VA_ARGS__)

static void expect_verdict(const cJSON *document, const char *row, double ratio,
                           const char *verdict)
{
    const cJSON *found = member(cell_of(document, row, "fast"), "ratio");

    assert_float_equal(member(found, "median")->valuedouble, ratio, 0.001);
    assert_string_equal(member(found, "verdict")->valuestring, verdict);
}

static void test_verdicts(void **state)
{
    struct context *context = *state;
    char slower[512], noise[128];
    cJSON *document, *cell;

    path_in(context, "noise.json", noise, sizeof(noise));
    snprintf(slower, sizeof(slower), "slower=env FAKE_SPEED=0.5 %s --backend=uv --port={port}",
             context->server);
    MEASURE_VERDICTS(context, noise, "--variant", slower);
    expect_status(context, 0);
    expect_text(context->errors, "fibbench: 4 rows, 10 rounds, seed 1: about 0 min");
    document = read_results(context->results);
    assert_string_equal(member(document, "reference")->valuestring, "null");
    assert_string_equal(member(member(document, "repeat_of"), "uv (again)")->valuestring, "uv");
    assert_int_equal(cJSON_GetArraySize(member(document, "measurements")), 50);
    assert_float_equal(member(document, "delta")->valuedouble, 0.03, 1e-9);
    assert_float_equal(member(member(document, "noise"), "fast")->valuedouble, 0, 1e-9);
    expect_verdict(document, "uv", 1, "equivalent");
    expect_verdict(document, "uv (again)", 1, "equivalent");
    expect_verdict(document, "slower", 0.5, "slower");
    cell = cell_of(document, "slower", "fast");
    assert_float_equal(member(member(cell, "ratio"), "p_adjusted")->valuedouble, 3.0 / 512, 1e-9);
    assert_float_equal(cJSON_GetArrayItem(member(cell, "interval"), 0)->valuedouble, 500, 1);
    assert_int_equal(cJSON_GetArraySize(member(cell, "samples")), 10);
    assert_null(cJSON_GetObjectItem(cell_of(document, "null", "fast"), "ratio"));
    cJSON_Delete(document);
    RUN(context, "table", context->results);
    expect_text(context->output, "500 (\xc2\xb1"
                                 "0.0 %, 0.50 slower) |");
    expect_text(context->output, "1000 (\xc2\xb1"
                                 "0.0 %, 1.00 same) |");
    expect_text(context->output, "the ratio to null in the same round");
    expect_text(context->output, "In parentheses: how far the median's 95 % interval reaches");
    RUN(context, "table", "--plain", context->results);
    expect_text(context->output, " 500 |");
    assert_null(strstr(context->output, "In parentheses"));
    RUN(context, "table", "--spread", context->results);
    expect_text(context->output, " 500 (500 to 500) |");
    expect_text(context->output, "In parentheses: the least and the greatest of the rounds");
    RUN(context, "table", "--csv", context->results);
    expect_text(context->output, "p adjusted,verdict,smallest effect,2 fast (req/s each)");
    expect_text(context->output, "\r\nslower,500,10,500,500,500,500,0.5,0.5,0.5,");
    RUN(context, "table", "--json", context->results);
    expect_text(context->output, "\"verdict\":\"slower\"");
    /* The table can be read again. */
    RUN(context, "diff", "--absolute", context->results, context->results);
    expect_status(context, 0);
    RUN(context, "check", "--relabelings", "100", "--json", context->results);
    expect_status(context, 0);
    expect_text(context->output, "\"relabelings\":100,\"false_verdicts\":0,\"nominal\":1,"
                                 "\"pairs\":1,\"false_pairs\":0");
}

/* The margin comes from runs before this one, and this one is there for the next. */
static void test_noise_of_earlier_runs(void **state)
{
    struct context *context = *state;
    cJSON *kept, *machine;
    char noise[128], *text;

    path_in(context, "noise.json", noise, sizeof(noise));
    MEASURE_VERDICTS(context, noise, "--json");
    expect_status(context, 0);
    kept = read_results(noise);
    machine = member(kept, "machines")->child;
    assert_int_equal(cJSON_GetArraySize(member(machine, "fast")), 1);
    cJSON_SetNumberValue(member(machine, "fast")->child, 0.2);
    text = cJSON_PrintUnformatted(kept);
    write_file(noise, text);
    free(text);
    cJSON_Delete(kept);
    MEASURE_VERDICTS(context, noise, "--json");
    kept = cJSON_Parse(context->output);
    assert_float_equal(member(kept, "delta")->valuedouble, 0.2, 1e-9);
    cJSON_Delete(kept);
    kept = read_results(noise);
    assert_int_equal(cJSON_GetArraySize(member(member(kept, "machines")->child, "fast")), 2);
    cJSON_Delete(kept);
    write_file(noise, "nonsense");
    MEASURE_VERDICTS(context, noise, "--json");
    expect_status(context, 1);
    expect_text(context->errors, "is no record of earlier runs' noise");
}

/* The reference ends the first round at half the speed: the round is measured again, once. */
static void test_drifting_round_is_repeated(void **state)
{
    struct context *context = *state;
    char pids[128], noise[128];
    cJSON *document, *repeat;

    path_in(context, "noise.json", noise, sizeof(noise));
    setenv("FAKE_PIDS", path_in(context, "pids", pids, sizeof(pids)), 1);
    setenv("FAKE_FALTER", "4", 1);
    MEASURE_VERDICTS(context, noise, "--json");
    unsetenv("FAKE_FALTER");
    unsetenv("FAKE_PIDS");
    expect_status(context, 0);
    expect_text(context->errors, "round 1 is measured again: the reference changed by 100 %");
    document = read_results(context->results);
    assert_int_equal(cJSON_GetArraySize(member(document, "measurements")), 40);
    /* Behind them time that was stolen by chance may have made rows be measured again. */
    assert_true(cJSON_GetArraySize(member(document, "repeats")) >= 4);
    repeat = cJSON_GetArrayItem(member(document, "repeats"), 3);
    assert_string_equal(member(repeat, "row")->valuestring, "null");
    assert_string_equal(member(repeat, "cause")->valuestring, "drift");
    assert_int_equal(member(repeat, "round")->valueint, 0);
    assert_float_equal(member(repeat, "value")->valuedouble, 0.693, 0.001);
    expect_verdict(document, "uv", 1, "equivalent");
    cJSON_Delete(document);
}

/*
 * The reference ends that round at half the speed. The first server of all is there to calibrate;
 * then each round has four. The first round has a scenario of a minute to itself, which takes none
 * here.
 */
static void measure_faltering_round(struct context *context, unsigned round)
{
    static const char SCENARIOS[] =
        "{\"format\":\"fibbench-scenarios\",\"version\":1,\"scenarios\":[{\"name\":\"once\","
        "\"profiles\":[\"table\"],\"rounds\":1,\"window_seconds\":60,\"groups\":[{\"mode\":"
        "\"load\",\"column\":\"once\",\"header\":\"once (req/s)\"}]}]}";
    char pids[128], noise[128], scenarios[128], falters[16];

    write_file(path_in(context, "scenarios.json", scenarios, sizeof(scenarios)), SCENARIOS);
    snprintf(falters, sizeof(falters), "%u", 1 + 4 * round);
    setenv("FAKE_PIDS", path_in(context, "pids", pids, sizeof(pids)), 1);
    setenv("FAKE_FALTER", falters, 1);
    MEASURE(context, "--profile", "table", "--backends", "null,uv", "--slow-n", "39",
            "--scenario-file", scenarios, "--noise-file",
            path_in(context, "noise.json", noise, sizeof(noise)));
    unsetenv("FAKE_FALTER");
    unsetenv("FAKE_PIDS");
    unlink(pids);
    expect_status(context, 0);
}

/* What would take too great a share of the run once more stands as it is. */
static void test_long_round_is_not_repeated(void **state)
{
    struct context *context = *state;

    measure_faltering_round(context, 1);
    assert_null(strstr(context->errors, "is measured again"));
    measure_faltering_round(context, 4);
    expect_text(context->errors, "round 4 is measured again: the reference changed by 100 %");
}

static bool is_grouping_sessions(void)
{
    FILE *file = fopen("/proc/sys/kernel/sched_autogroup_enabled", "re");
    int enabled = 0;

    if (file == NULL)
        return false;
    if (fscanf(file, "%d", &enabled) != 1)
        enabled = 0;
    fclose(file);
    return enabled == 1;
}

/* What is kept of a cell beside its number, and that a server of another session is told of. */
static void test_accounts_of_cells(void **state)
{
    struct context *context = *state;
    char apart[512];
    cJSON *document, *cell;

    snprintf(apart, sizeof(apart), "apart=setsid %s --backend=uv --port={port}", context->server);
    MEASURE(context, "--backends", "uv", "--variant", apart, "--rounds", "1", "--scenarios", "fast",
            "--placement", "same");
    expect_status(context, 0);
    if (is_grouping_sessions())
        expect_text(context->errors, "apart: it began a session of its own");
    document = read_results(context->results);
    assert_true(cJSON_IsArray(member(document, "warnings")));
    cell = cJSON_GetArrayItem(
        member(cJSON_GetArrayItem(member(document, "measurements"), 0), "cells"), 0);
    assert_string_equal(member(cell, "placement")->valuestring, "same");
    assert_true(member(member(cell, "server"), "requests")->valuedouble > 0);
    assert_true(member(member(cell, "server"), "resident_bytes")->valuedouble > 0);
    assert_int_equal(member(member(cell, "server"), "threads")->valueint, 1);
    assert_non_null(member(member(cell, "host"), "listen_overflows"));
    assert_true(cJSON_IsArray(member(cell, "flags")));
    assert_true(cJSON_IsObject(member(cell_of(document, "uv", "fast"), "flags")));
    cJSON_Delete(document);
    RUN(context, "table", context->results);
    expect_text(context->output, "placement same (");
    expect_text(context->output, "the whole cost of a request");
}

/* What is measured once for a row, of a server that can be looked at, and of one that cannot. */
static void test_passes(void **state)
{
    struct context *context = *state;
    const cJSON *passes, *calls, *row;
    char pids[128];
    cJSON *document;

    setenv("FAKE_HOLD", "1", 1);
    setenv("FAKE_PIDS", path_in(context, "pids", pids, sizeof(pids)), 1);
    RUN(context, "run", "--server", context->server, "--client", context->client, "-o",
        context->results, "--duration", "0.1", "--backends", "uv", "--variant",
        "broken=exit 9; {port}", "--rounds", "2", "--scenarios", "fast");
    unsetenv("FAKE_PIDS");
    unsetenv("FAKE_HOLD");
    expect_status(context, 0);
    expect_no_process_left(pids);
    document = read_results(context->results);
    assert_true(cJSON_IsTrue(member(document, "passes")));
    row = cJSON_GetArrayItem(member(document, "rows"), 0);
    assert_true(cJSON_IsNumber(member(row, "memory_per_connection")));
    calls = member(row, "system_calls_per_request");
    assert_non_null(member(calls, "1"));
    assert_non_null(member(calls, "64"));
    row = cJSON_GetArrayItem(member(document, "rows"), 1);
    assert_null(cJSON_GetObjectItem(row, "memory_per_connection"));
    cJSON_Delete(document);

    /* Nothing is late enough to be seen there: there is a reason where there is no number. */
    RUN(context, "run", "--server", context->server, "--client", context->client, "-o",
        context->results, "--duration", "0.1", "--backends", "uv", "--rounds", "1", "--scenarios",
        "fast");
    expect_status(context, 0);
    document = read_results(context->results);
    passes = member(cJSON_GetArrayItem(member(document, "measurements"), 0), "passes");
    if (cJSON_IsNull(member(passes, "memory_per_connection")))
        assert_true(cJSON_IsString(member(member(passes, "reasons"), "memory_per_connection")));
    cJSON_Delete(document);
}

/* A scenario may fix its placement: it gets a server there, and the others stay where they are. */
static void test_placement_of_a_scenario(void **state)
{
    static const char *const expected[] = {"same", "split", "same", "split"};
    struct context *context = *state;
    const cJSON *record, *cell;
    cJSON *document;
    cpu_set_t cpus;
    int index = 0;

    assert_int_equal(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
    MEASURE(context, "--backends", "uv", "--rounds", "2", "--scenarios", "fast,fast-split",
            "--placement", "same");
    if (CPU_COUNT(&cpus) < 2) {
        expect_status(context, 0);
        expect_text(context->errors, "left out: scenario fast-split: placement split needs 2 CPUs");
        return;
    }
    expect_status(context, 0);
    document = read_results(context->results);
    cJSON_ArrayForEach(record, member(document, "measurements"))
    {
        assert_int_equal(cJSON_GetArraySize(member(record, "servers")), 2);
        cJSON_ArrayForEach(cell, member(record, "cells"))
        {
            assert_string_equal(member(cell, "placement")->valuestring, expected[index++]);
        }
    }
    assert_int_equal(index, 4);
    cJSON_Delete(document);
    RUN(context, "table", context->results);
    expect_text(context->output, "; fast-split in placement split");
}

static void test_dry_run_warns(void **state)
{
    struct context *context = *state;
    const cJSON *warning;
    cJSON *plan;
    bool found = false;

    RUN(context, "run", "--server", context->server, "--client", context->client, "--dry-run",
        "--json", "--placement", "free", "--backends", "uv");
    expect_status(context, 0);
    expect_text(context->errors, "fibbench: warning: in placement free");
    plan = cJSON_Parse(context->output);
    cJSON_ArrayForEach(warning, member(plan, "warnings"))
    {
        found = found || strcmp(member(warning, "what")->valuestring, "placement") == 0;
    }
    assert_true(found);
    cJSON_Delete(plan);
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
                                     "--no-passes",
                                     NULL};
    struct process process;

    setenv("FAKE_HOLD", "1", 1);
    assert_int_equal(process_start(&process, (char *const *)arguments, 0), 0);
    while (!has_finished_a_row(&process, context->errors, sizeof(context->errors)))
        assert_int_equal(process_wait(&process, 10), -ETIMEDOUT);
    RUN(context, "run", "--server", context->server, "--client", context->client, "-o",
        context->results);
    expect_status(context, 1);
    expect_text(context->errors, "another fibbench is writing");
    assert_int_equal(kill(process.pid, number), 0);
    collect(context, &process);
    unsetenv("FAKE_HOLD");
}

static void expect_each_round_once(const cJSON *document, unsigned rounds, unsigned block)
{
    const cJSON *order = member(document, "order"), *one;
    unsigned position = 0;

    cJSON_ArrayForEach(one, member(document, "measurements"))
    {
        const cJSON *round = cJSON_GetArrayItem(order, (int)(position / block));

        assert_int_equal(member(one, "round")->valueint, position / block);
        assert_string_equal(member(one, "row")->valuestring,
                            cJSON_GetArrayItem(round, (int)(position % block))->valuestring);
        position++;
    }
    assert_int_equal(position, rounds * block);
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
    expect_text(context->errors, "[12/12] round 4/4");
    assert_null(strstr(context->errors, "[ 1/12]"));
    assert_int_equal(access(partial, F_OK), -1);
    document = read_results(context->results);
    expect_each_round_once(document, 4, 3);
    cJSON_Delete(document);

    /* What is finished is not replaced by some other run. */
    RUN(context, "run", "--resume", "-o", context->results);
    expect_status(context, 1);
    expect_text(context->errors, "there is nothing to go on from");
    document = read_results(context->results);
    cJSON_Delete(document);
}

/* Whoever interrupts a run does not want to know how fast its server ends. It is one of diff's,
 * which has to be named as what goes on from it. */
static void test_interrupted_while_a_server_ends(void **state)
{
    struct context *context = *state;
    const cJSON *record;
    cJSON *document;

    MEASURE(context, "--of-diff", "--backends", "dawdles", "--rounds", "2", "--scenarios", "fast");
    expect_status(context, 128 + SIGINT);
    assert_null(strstr(context->errors, "was killed"));
    expect_text(context->errors, "1 of 2 rows of rounds are done");
    expect_text(context->errors, "the same fibbench diff goes on from there");
    /* After the last one all is done. */
    RUN(context, "run", "--resume", "-o", context->results);
    expect_status(context, 0);
    document = read_results(context->results);
    cJSON_ArrayForEach(record, member(document, "measurements"))
    {
        const cJSON *end = cJSON_GetArrayItem(member(record, "servers"), 0);

        assert_true(cJSON_IsTrue(member(end, "clean")));
        assert_false(cJSON_IsTrue(member(end, "killed")));
    }
    cJSON_Delete(document);
}

static void test_dry_run_of_a_resumed_run(void **state)
{
    struct context *context = *state;

    interrupt_a_run(context, SIGINT);
    RUN(context, "run", "--resume", "--dry-run", "-o", context->results);
    expect_status(context, 0);
    expect_text(context->output, "2 rows, 4 rounds, seed 5");
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
    expect_each_round_once(document, 4, 3);
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

/* What was measured of a round before it was to be measured again does not count on resuming. */
static void test_resumes_a_repeated_round(void **state)
{
    struct context *context = *state;
    cJSON *document, *repeats;
    char partial[128];
    FILE *file;

    snprintf(partial, sizeof(partial), "%s.partial", context->results);
    interrupt_a_run(context, SIGINT);
    file = fopen(partial, "ae");
    fputs("{\"round\":0,\"superseded\":{\"cause\":\"drift\",\"value\":0.3}}\n", file);
    fclose(file);
    RUN(context, "run", "--resume", "-o", context->results);
    expect_status(context, 0);
    document = read_results(context->results);
    repeats = member(document, "repeats");
    assert_int_equal(cJSON_GetArraySize(member(document, "measurements")), 12);
    assert_true(cJSON_GetArraySize(repeats) >= 1);
    assert_float_equal(member(repeats->child, "value")->valuedouble, 0.3, 1e-9);
    assert_int_equal(cJSON_GetArraySize(member(cell_of(document, "uv", "fast"), "samples")), 4);
    cJSON_Delete(document);
}

/* Reads what a terminal shows until the program on it has ended. */
static void read_terminal(int terminal, char *text, size_t size)
{
    size_t length = 0;
    ssize_t got;

    while (length < size - 1 && (got = read(terminal, text + length, size - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
}

static void test_progress_on_a_terminal(void **state)
{
    struct context *context = *state;
    struct winsize window = {.ws_row = 24, .ws_col = 60};
    int terminal, status;
    pid_t child = forkpty(&terminal, NULL, NULL, &window);

    assert_true(child >= 0);
    if (child == 0) {
        execl(context->fibbench, "fibbench", "run", "--server", context->server, "--client",
              context->client, "-o", context->results, "--backends", "uv,sync", "--rounds", "2",
              "--scenarios", "fast", "--duration", "0.4", "--no-passes", (char *)NULL);
        _exit(127);
    }
    read_terminal(terminal, context->output, sizeof(context->output));
    close(terminal);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    expect_text(context->output, "\r[--------------------] 0/6");
    expect_text(context->output, "\r[##########----------] 3/6");
    expect_text(context->output, " left  round 2/2  ");
    assert_null(strstr(context->output, "\n["));
    /* No line is longer than the terminal is wide. */
    for (const char *line = context->output; (line = strchr(line, '\r')) != NULL; line++)
        assert_true(strcspn(line + 1, "\r\n\033") < 60);
}

static const char SCENARIOS[] =
    "{\"format\":\"fibbench-scenarios\",\"version\":1,\"scenarios\":["
    "{\"name\":\"half\",\"groups\":[{\"mode\":\"load\",\"connections\":3,"
    "\"capacity_share\":0.5,\"column\":\"half\",\"header\":\"half (req/s)\"}]},"
    "{\"name\":\"tail\",\"groups\":[{\"mode\":\"load\",\"value\":\"p99\","
    "\"column\":\"tail\",\"header\":\"tail (s/req)\"}]},"
    "{\"name\":\"many\",\"groups\":[{\"mode\":\"load\",\"idle\":300,"
    "\"column\":\"many\",\"header\":\"many (req/s)\"}]}]}";

/* With 200 descriptors at most, one scenario cannot be tried, which is a result. */
static void test_scenarios_of_a_file(void **state)
{
    struct context *context = *state;
    char path[128];
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
                                     "1",
                                     "--scenario-file",
                                     path,
                                     "--duration",
                                     "0.2",
                                     "--scenarios",
                                     "half,tail,many",
                                     NULL};
    struct process process;
    const cJSON *capacity;
    cJSON *document;

    write_file(path_in(context, "pids", path, sizeof(path)), SCENARIOS);
    assert_int_equal(process_start(&process, (char *const *)arguments, 200), 0);
    collect(context, &process);
    expect_status(context, 0);
    expect_text(context->errors, "null serves 1000 requests/s over 3 connections");
    expect_text(context->errors, "uv, many: not possible: 301 connections need 365 file "
                                 "descriptors, and the hard limit is 200");
    document = read_results(context->results);
    expect_outcome(document, "uv", "half", "ok");
    /* The fake client reports no percentiles. */
    expect_outcome(document, "uv", "tail", "too few");
    expect_outcome(document, "uv", "many", "not possible");
    capacity = cJSON_GetArrayItem(member(document, "capacities"), 0);
    assert_string_equal(member(capacity, "row")->valuestring, "null");
    assert_int_equal(member(capacity, "connections")->valueint, 3);
    assert_float_equal(member(capacity, "rate")->valuedouble, 1000, 1);
    cJSON_Delete(document);
    RUN(context, "table", context->results);
    expect_text(context->output, "not possible");

    write_file(path, "{\"format\":\"fibbench-scenarios\",\"version\":1,\"scenarios\":[7]}");
    MEASURE(context, "--scenario-file", path);
    expect_status(context, 1);
    expect_text(context->errors, "scenario number 1: a scenario is an object");
}

/* Not how to get help, which comes behind it. */
static void test_says_what_was_wrong(void **state)
{
    struct context *context = *state;

    MEASURE(context, "--backends", "vague", "--rounds", "1", "--scenarios", "fast");
    expect_status(context, 0);
    expect_text(context->errors, "it exited with status 2: fake_fibserver: --nope is no option\n");
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

int main(int count, char **arguments)
{
    static struct context context;
    const struct CMUnitTest patient[] = {
        TEST(test_stubborn_server_is_killed, &context),
        TEST(test_mute_server_is_given_up, &context),
    };
    const struct CMUnitTest tests[] = {
        TEST(test_measures_and_records, &context),
        TEST(test_unserved_cells, &context),
        TEST(test_misbehaving_servers, &context),
        TEST(test_variants, &context),
        TEST(test_connects_to_a_running_server, &context),
        TEST(test_verdicts, &context),
        TEST(test_noise_of_earlier_runs, &context),
        TEST(test_drifting_round_is_repeated, &context),
        TEST(test_long_round_is_not_repeated, &context),
        TEST(test_accounts_of_cells, &context),
        TEST(test_passes, &context),
        TEST(test_placement_of_a_scenario, &context),
        TEST(test_dry_run_warns, &context),
        TEST(test_interrupt_and_resume, &context),
        TEST(test_interrupted_while_a_server_ends, &context),
        TEST(test_dry_run_of_a_resumed_run, &context),
        TEST(test_says_what_was_wrong, &context),
        TEST(test_resumes_from_a_torn_journal, &context),
        TEST(test_resumes_a_repeated_round, &context),
        TEST(test_scenarios_of_a_file, &context),
        TEST(test_progress_on_a_terminal, &context),
    };

    if (context_init(&context, count, arguments) < 0)
        return 2;
    if (count > 4)
        return cmocka_run_group_tests(patient, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
