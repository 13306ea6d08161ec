/* fibclient's command line: argv[1] is the program. */
#include "tests/harness/assertions.h"
#include "tests/harness/process.h"
#include "tests/unit/fake_server.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_WORDS = 24, TIMEOUT_MS = 30000, OUTPUT_BYTES = 65536 };

/* One run of the program and what came out of it. */
struct outcome {
    int status;
    char output[OUTPUT_BYTES];
    char complaint[OUTPUT_BYTES];
};

static const char *program;

static struct process start(const char *arguments, unsigned descriptors)
{
    char *words[MOST_WORDS] = {(char *)program}, *text = strdup(arguments);
    struct process process;
    size_t count = 1;

    assert_non_null(text);
    for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " "))
        words[count++] = word;
    assert_true(count < MOST_WORDS);
    assert_int_equal(process_start(&process, words, descriptors), 0);
    free(text);
    return process;
}

static struct outcome *end(struct process *process)
{
    struct outcome *outcome = calloc(1, sizeof(*outcome));

    assert_non_null(outcome);
    assert_true(process_read_output(process, outcome->output, OUTPUT_BYTES, TIMEOUT_MS) >= 0);
    assert_int_equal(process_wait(process, TIMEOUT_MS), 0);
    process_read_complaint(process, outcome->complaint, OUTPUT_BYTES);
    assert_true(WIFEXITED(process->status));
    outcome->status = WEXITSTATUS(process->status);
    process_finish(process);
    return outcome;
}

static struct outcome *run(const char *arguments)
{
    struct process process = start(arguments, 0);

    return end(&process);
}

/* Runs with the server's port behind the arguments. */
static struct outcome *run_at(const struct fake_server *server, const char *arguments)
{
    char text[256];

    snprintf(text, sizeof(text), "%s --port %u", arguments, fake_server_port(server));
    return run(text);
}

static struct fake_server *server_with(enum fake_fault fault)
{
    const struct fake_options options = {.fault = fault};

    return fake_server_create(&options);
}

static unsigned count_lines(const char *text)
{
    unsigned lines = 0;

    for (; *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

static void assert_says(const char *text, const char *what)
{
    if (strstr(text, what) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", text, what);
}

static double number(const cJSON *object, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

    if (!cJSON_IsNumber(member))
        fail_msg("no number %s", name);
    return member->valuedouble;
}

static bool is_null(const cJSON *object, const char *name)
{
    return cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(object, name));
}

static cJSON *parse_only_line(const struct outcome *outcome)
{
    cJSON *object = cJSON_Parse(outcome->output);

    assert_int_equal(count_lines(outcome->output), 1);
    assert_true(cJSON_IsObject(object));
    return object;
}

static void test_help_and_version(void **state)
{
    struct outcome *outcome = run("--help");

    assert_int_equal(outcome->status, 0);
    assert_says(outcome->output, "fast|slow|load");
    assert_string_equal(outcome->complaint, "");
    free(outcome);
    outcome = run("load -h");
    assert_int_equal(outcome->status, 0);
    free(outcome);
    outcome = run("--version");
    assert_int_equal(outcome->status, 0);
    assert_int_equal(strncmp(outcome->output, "fibclient ", 10), 0);
    free(outcome);
}

static void test_wrong_usage(void **state)
{
    static const struct {
        const char *arguments;
        const char *says;
    } wrong[] = {
        {"", "fast, slow or load"},
        {"quick", "'quick'"},
        {"load fast", "'fast'"},
        {"load -- fast", "'fast'"},
        {"load -c 0", "1 to 20000"},
        {"load -c 20001", "1 to 20000"},
        {"load -c many", "'many'"},
        {"load -c", "-c needs a value"},
        {"load --rate", "--rate needs a value"},
        {"load -n 94", "0 to 93"},
        {"load -n -1", "0 to 93"},
        {"load -n 1x", "0 to 93"},
        {"load -p 0", "1 to 10000"},
        {"load -p 10000 -c 20000", "under way"},
        {"load -d 0", "-d '0'"},
        {"load -d -5", "-d '-5'"},
        {"load -d nan", "-d 'nan'"},
        {"load --rate 0", "--rate '0'"},
        {"load --rate 1e9", "10000000"},
        {"load --port 0", "1 to 65535"},
        {"load --port 65536", "1 to 65535"},
        {"load --idle -1", "0 to 20000"},
        {"load --idle 15000 -c 15000", "30000"},
        {"load --seed x", "--seed 'x'"},
        {"load --spin -1", "0 to 10000"},
        {"load --spin 10001", "0 to 10000"},
        {"load --spin", "--spin needs a value"},
        {"load --think -1", "--think '-1'"},
        {"load --think 0.1 -p 2", "-p must be 1"},
        {"load --think 0.1 --churn", "give one of them"},
        {"load --rate 5 --churn", "give one of them"},
        {"load --churn=1", "--churn"},
        {"load --patience 0", "--patience '0'"},
        {"load --unix /tmp/a --port 1", "--unix"},
        {"load --unix=", "--unix"},
        {"load --host=", "--host"},
        {"load --json=1", "--json"},
        {"load --colour", "'--colour'"},
        {"load -x", "'-x'"},
    };

    for (size_t at = 0; at < sizeof(wrong) / sizeof(wrong[0]); at++) {
        struct outcome *outcome = run(wrong[at].arguments);

        if (outcome->status != 2)
            fail_msg("\"%s\" exits %d", wrong[at].arguments, outcome->status);
        assert_says(outcome->complaint, wrong[at].says);
        assert_string_equal(outcome->output, "");
        free(outcome);
    }
}

static void test_too_long_a_path(void **state)
{
    char text[300] = "load --unix ";
    struct outcome *outcome;

    memset(text + strlen(text), 'x', 150);
    outcome = run(text);
    assert_int_equal(outcome->status, 2);
    assert_says(outcome->complaint, "107");
    free(outcome);
}

static void test_cannot_connect(void **state)
{
    struct address address;
    int reserved = fake_closed_port(&address);
    char text[ADDRESS_TEXT + 64], where[ADDRESS_TEXT];
    struct outcome *outcome;

    address_format(&address, where);
    snprintf(text, sizeof(text), "load --json --port %s -c 100 -d 1", strchr(where, ':') + 1);
    outcome = run(text);
    assert_int_equal(outcome->status, 1);
    assert_says(outcome->complaint, where);
    assert_says(outcome->complaint, "Connection refused");
    assert_int_equal(count_lines(outcome->complaint), 1);
    assert_string_equal(outcome->output, "");
    free(outcome);
    close(reserved);

    outcome = run("fast --unix /nonexistent/socket");
    assert_int_equal(outcome->status, 1);
    assert_says(outcome->complaint, "/nonexistent/socket: No such file");
    free(outcome);
    outcome = run("fast --host 256.256.256.256");
    assert_int_equal(outcome->status, 1);
    assert_says(outcome->complaint, "256.256.256.256");
    assert_int_equal(count_lines(outcome->complaint), 1);
    free(outcome);
}

static void test_too_few_descriptors(void **state)
{
    struct fake_server *server = server_with(FAKE_NONE);
    char text[128];
    struct process process;
    struct outcome *outcome;

    snprintf(text, sizeof(text), "load -d 0.1 -c 1000 --port %u", fake_server_port(server));
    process = start(text, 200);
    outcome = end(&process);
    assert_int_equal(outcome->status, 1);
    assert_says(outcome->complaint, "the hard limit is 200");
    assert_int_equal(fake_server_accepted(server), 0);
    free(outcome);
    fake_server_destroy(server);
}

static void test_load_summary(void **state)
{
    struct fake_server *server = server_with(FAKE_NONE);
    struct outcome *outcome = run_at(server, "load -c 5 -p 3 -d 0.1 --idle 2");

    assert_int_equal(outcome->status, 0);
    assert_says(outcome->output, "connections 5, pipeline 3, idle connections 2");
    assert_says(outcome->output, "requests/s");
    assert_says(outcome->output, "latency");
    assert_string_equal(outcome->complaint, "");
    assert_int_equal(fake_server_accepted(server), 7);
    free(outcome);
    fake_server_destroy(server);
}

static void expect_shares(const cJSON *object)
{
    const cJSON *fairness = cJSON_GetObjectItemCaseSensitive(object, "fairness");

    assert_true(number(fairness, "jain") > 0.2 && number(fairness, "jain") <= 1 + 1e-9);
    assert_true(number(fairness, "least") <= 1 && number(fairness, "most") >= 1);
}

/* The tenths of the window have its rate as their mean. */
static void expect_slices(const cJSON *object)
{
    const cJSON *slices = cJSON_GetObjectItemCaseSensitive(object, "slices"), *slice;
    double sum = 0;

    assert_int_equal(cJSON_GetArraySize(slices), 10);
    cJSON_ArrayForEach(slice, slices) sum += slice->valuedouble;
    assert_true(fabs(sum / 10 - number(object, "rate")) < 1e-6 * number(object, "rate"));
}

/* Both rise, from the minimum to where fewer than ten requests lie beyond. */
static void expect_percentiles(const cJSON *object)
{
    const cJSON *pairs = cJSON_GetObjectItemCaseSensitive(object, "percentiles"), *pair;
    const cJSON *latency = cJSON_GetObjectItemCaseSensitive(object, "latency");
    double share = -1, seconds = 0;

    assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, "exact")));
    assert_true(cJSON_GetArraySize(pairs) > 1);
    cJSON_ArrayForEach(pair, pairs)
    {
        assert_true(cJSON_GetArrayItem(pair, 0)->valuedouble > share);
        assert_true(cJSON_GetArrayItem(pair, 1)->valuedouble >= seconds);
        share = cJSON_GetArrayItem(pair, 0)->valuedouble;
        seconds = cJSON_GetArrayItem(pair, 1)->valuedouble;
    }
    pair = cJSON_GetArrayItem(cJSON_GetArrayItem(pairs, 0), 1);
    assert_true(pair->valuedouble == number(latency, "min"));
    assert_true(seconds <= number(latency, "max"));
    assert_true((1 - share) * number(latency, "count") > 9.99);
}

static void test_json_of_churn(void **state)
{
    struct fake_server *server = server_with(FAKE_NONE);
    struct outcome *outcome = run_at(server, "load --churn -c 2 --json -d 0.3");
    cJSON *object = parse_only_line(outcome);

    assert_int_equal(outcome->status, 0);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, "churn")));
    assert_true(number(object, "opened") > 0);
    assert_true(number(object, "opened") + 2 >= number(object, "sent"));
    cJSON_Delete(object);
    free(outcome);
    fake_server_destroy(server);
}

static void test_json_of_a_closed_loop(void **state)
{
    struct fake_server *server = server_with(FAKE_NONE);
    struct outcome *outcome = run_at(server, "-c 5 load -p 50 --json --duration 1 -n 2");
    cJSON *object = parse_only_line(outcome);
    const cJSON *shares = cJSON_GetObjectItemCaseSensitive(object, "per_connection"), *share;
    const cJSON *latency = cJSON_GetObjectItemCaseSensitive(object, "latency");
    double sum = 0;

    assert_int_equal(outcome->status, 0);
    assert_string_equal(cJSON_GetObjectItemCaseSensitive(object, "mode")->valuestring, "load");
    assert_true(number(object, "n") == 2);
    assert_true(number(object, "connections") == 5);
    assert_true(number(object, "pipeline") == 50);
    assert_true(number(object, "errors") == 0);
    assert_true(number(object, "seconds") == 1);
    assert_true(number(object, "requests") > 0);
    assert_true(number(object, "rate") == number(object, "requests"));
    assert_int_equal(cJSON_GetArraySize(shares), 5);
    cJSON_ArrayForEach(share, shares) sum += share->valuedouble;
    assert_true(sum == number(object, "requests"));
    assert_true(number(latency, "min") > 0);
    assert_true(number(latency, "min") <= number(latency, "p50"));
    assert_true(number(latency, "p50") <= number(latency, "p90"));
    assert_true(number(latency, "p90") <= number(latency, "max"));
    assert_true(number(latency, "mean") <= number(latency, "max"));
    assert_true(is_null(object, "target_rate"));
    assert_true(is_null(object, "offered_rate"));
    assert_true(is_null(object, "opened"));
    assert_true(is_null(object, "first_error"));
    expect_shares(object);
    expect_slices(object);
    expect_percentiles(object);
    number(cJSON_GetObjectItemCaseSensitive(object, "cpu"), "user");
    number(cJSON_GetObjectItemCaseSensitive(object, "cpu"), "system");
    cJSON_Delete(object);
    free(outcome);
    fake_server_destroy(server);
}

static void test_json_of_an_open_loop(void **state)
{
    struct fake_server *server = server_with(FAKE_NONE);
    struct outcome *outcome = run_at(server, "load --rate 100 --seed 7 --json -d 0.2");
    cJSON *object = parse_only_line(outcome);
    const cJSON *latency = cJSON_GetObjectItemCaseSensitive(object, "latency");

    assert_int_equal(outcome->status, 0);
    assert_true(number(object, "target_rate") == 100);
    assert_true(number(object, "seed") == 7);
    assert_true(number(object, "unsent") >= 0);
    /* Some 20 are due: this is six deviations. */
    assert_true(number(object, "offered_rate") > 0 && number(object, "offered_rate") < 250);
    assert_true(is_null(object, "fairness"));
    number(cJSON_GetObjectItemCaseSensitive(object, "lag"), "max");
    /* Some 20 requests: too few for these. */
    assert_true(is_null(latency, "p90"));
    assert_true(is_null(latency, "p999"));
    cJSON_Delete(object);
    free(outcome);
    fake_server_destroy(server);
}

/* A line a second; a machine under load may miss the second one by being late with the first. */
static void test_fast_prints_rates(void **state)
{
    struct fake_server *server = server_with(FAKE_NONE);
    struct outcome *outcome = run_at(server, "fast -d 2");
    char *rest = outcome->output;
    unsigned rate;
    int length;

    assert_int_equal(outcome->status, 0);
    assert_in_range(count_lines(outcome->output), 1, 2);
    for (; *rest != '\0'; rest += length) {
        length = 0;
        assert_int_equal(sscanf(rest, "%u requests/s\n%n", &rate, &length), 1);
        assert_true(rate > 0 && length > 0);
    }
    assert_says(outcome->complaint, "errors        0");
    free(outcome);
    fake_server_destroy(server);
}

static void test_slow_asks_for_40(void **state)
{
    const struct fake_options options = {.answer = "102334155"};
    struct fake_server *server = fake_server_create(&options);
    struct outcome *outcome = run_at(server, "slow -d 0.1");
    double seconds = 0;

    assert_int_equal(outcome->status, 0);
    assert_int_equal(sscanf(outcome->output, "%lf s/request\n", &seconds), 1);
    assert_true(seconds > 0 && seconds < 5);
    free(outcome);
    outcome = run_at(server, "fast -d 0.1");
    assert_int_equal(outcome->status, 1);
    assert_says(outcome->complaint, "wrong answer \"102334155\" to 1, right is 1");
    free(outcome);
    fake_server_destroy(server);
}

static void test_faults_make_the_status_1(void **state)
{
    static const struct {
        enum fake_fault fault;
        const char *kind;
        const char *says;
    } faults[] = {
        {FAKE_WRONG, "wrong", "4181"},
        {FAKE_ERR, "wrong", "ERR too busy"},
        {FAKE_EXTRA, "extra", "nothing asked for"},
        {FAKE_EXTRA_AT_END, "extra", "nothing asked for"},
        {FAKE_CLOSE, "closed", "closed by the server"},
        {FAKE_RESET, "missing", "Connection reset"},
        {FAKE_MISSING, "missing", "did not come"},
    };

    for (size_t at = 0; at < sizeof(faults) / sizeof(faults[0]); at++) {
        struct fake_server *server = server_with(faults[at].fault);
        struct outcome *outcome = run_at(server, "load --json -c 2 -d 0.1");
        cJSON *object = parse_only_line(outcome);
        const cJSON *kinds = cJSON_GetObjectItemCaseSensitive(object, "error_kinds");

        assert_int_equal(outcome->status, 1);
        assert_true(number(kinds, faults[at].kind) == 2);
        assert_true(number(object, "errors") >= 2);
        assert_says(outcome->complaint, faults[at].says);
        assert_says(cJSON_GetObjectItemCaseSensitive(object, "first_error")->valuestring,
                    faults[at].says);
        cJSON_Delete(object);
        free(outcome);
        fake_server_destroy(server);
    }
}

static void test_signals_end_it_with_the_summary(void **state)
{
    static const char *const modes[] = {"fast", "load -c 3", "load --rate 1000"};
    static const int signals[] = {SIGINT, SIGTERM};

    for (size_t at = 0; at < 6; at++) {
        struct fake_server *server = server_with(FAKE_NONE);
        struct process process;
        struct outcome *outcome;
        cJSON *object;
        char text[128];

        snprintf(text, sizeof(text), "%s --json --port %u", modes[at / 2],
                 fake_server_port(server));
        process = start(text, 0);
        assert_true(fake_server_wait(server, 50));
        assert_int_equal(kill(process.pid, signals[at % 2]), 0);
        outcome = end(&process);
        object = parse_only_line(outcome);
        assert_int_equal(outcome->status, 0);
        assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, "interrupted")));
        assert_true(number(object, "requests") + number(object, "late") >= 50);
        cJSON_Delete(object);
        free(outcome);
        fake_server_destroy(server);
    }
}

static void test_server_stops_in_mid_run(void **state)
{
    struct fake_server *server = server_with(FAKE_NONE);
    struct process process;
    struct outcome *outcome;
    char text[128];

    snprintf(text, sizeof(text), "fast --port %u", fake_server_port(server));
    process = start(text, 0);
    assert_true(fake_server_wait(server, 100));
    fake_server_destroy(server);
    outcome = end(&process);
    assert_int_equal(outcome->status, 1);
    assert_says(outcome->complaint, "connection 1");
    free(outcome);
}

static void test_unix_socket(void **state)
{
    char path[] = "/tmp/test_fibclient_XXXXXX";
    char name[sizeof(path) + 8], text[sizeof(path) + 64];
    struct fake_options options = {.unix_path = name};
    struct fake_server *server;
    struct outcome *outcome;

    assert_non_null(mkdtemp(path));
    snprintf(name, sizeof(name), "%s/socket", path);
    server = fake_server_create(&options);
    snprintf(text, sizeof(text), "load -d 0.1 -c 20 --unix %s", name);
    outcome = run(text);
    assert_int_equal(outcome->status, 0);
    assert_says(outcome->output, name);
    free(outcome);
    fake_server_destroy(server);
    unlink(name);
    rmdir(path);
}

static void test_names_are_resolved(void **state)
{
    struct fake_server *server = server_with(FAKE_NONE);
    struct outcome *outcome = run_at(server, "load -d 0.1 -c 3 --host localhost");

    assert_int_equal(outcome->status, 0);
    assert_int_equal(fake_server_accepted(server), 3);
    free(outcome);
    fake_server_destroy(server);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_help_and_version),
        cmocka_unit_test(test_wrong_usage),
        cmocka_unit_test(test_too_long_a_path),
        cmocka_unit_test(test_cannot_connect),
        cmocka_unit_test(test_too_few_descriptors),
        cmocka_unit_test(test_load_summary),
        cmocka_unit_test(test_json_of_a_closed_loop),
        cmocka_unit_test(test_json_of_an_open_loop),
        cmocka_unit_test(test_json_of_churn),
        cmocka_unit_test(test_fast_prints_rates),
        cmocka_unit_test(test_slow_asks_for_40),
        cmocka_unit_test(test_faults_make_the_status_1),
        cmocka_unit_test(test_signals_end_it_with_the_summary),
        cmocka_unit_test(test_server_stops_in_mid_run),
        cmocka_unit_test(test_unix_socket),
        cmocka_unit_test(test_names_are_resolved),
    };

    if (argc != 2) {
        fprintf(stderr, "usage: test_fibclient FIBCLIENT\n");
        return 2;
    }
    program = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
