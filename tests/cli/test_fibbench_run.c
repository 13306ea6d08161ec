#include "tests/bench/command_line.h"

#include <errno.h>
#include <pty.h>
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
    expect_text(context->errors, "[ 9/9] round 3/3");
    document = read_results(context->results);
    assert_string_equal(member(document, "format")->valuestring, "fibbench-results");
    assert_int_equal(member(document, "version")->valueint, 2);
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
    RUN(context, "run", "--server", context->server, "--client", context->client, "-o",
        context->results);
    expect_status(context, 1);
    expect_text(context->errors, "another fibbench is writing");
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
              "--scenarios", "fast", "--duration", "0.4", (char *)NULL);
        _exit(127);
    }
    read_terminal(terminal, context->output, sizeof(context->output));
    close(terminal);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    expect_text(context->output, "\r[--------------------] 0/4");
    expect_text(context->output, "\r[###############-----] 3/4");
    expect_text(context->output, " left  round 2/2  ");
    assert_null(strstr(context->output, "\n["));
    /* No line is longer than the terminal is wide. */
    for (const char *line = context->output; (line = strchr(line, '\r')) != NULL; line++)
        assert_true(strcspn(line + 1, "\r\n\033") < 60);
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
        TEST(test_interrupt_and_resume, &context),
        TEST(test_resumes_from_a_torn_journal, &context),
        TEST(test_progress_on_a_terminal, &context),
    };

    if (context_init(&context, count, arguments) < 0)
        return 2;
    if (count > 4)
        return cmocka_run_group_tests(patient, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
