#include "tests/harness/assertions.h"
#include "tests/harness/client.h"
#include "tests/harness/listing.h"
#include "tests/harness/run.h"
#include "tests/harness/server.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* The command line of fibserver: what it accepts, what it refuses and in which words. */

struct command_line_test {
    struct fixture fixture;
    struct subject subject;
    const char *const *listed; /* the backends that the build tests, NULL-terminated */
    struct run_result result;
};

static const char *const options[] = {
    "--backend",      "--host",    "--port",    "--unix",       "--workers", "--spin",
    "--pool-cpus",    "--offload", "--poller",  "--framing",    "--max-n",   "--max-connections",
    "--idle-timeout", "--grace",   "--backlog", "--stack-size", "--stats",   "--list-backends",
    "--json",         "--help",    "--version",
};

/* Runs fibserver with the arguments to its end. */
#define RUN(test, ...) RUN_PROGRAM(&(test)->result, (test)->subject.program, __VA_ARGS__)

static void fail_run(struct command_line_test *test, const char *what)
{
    fixture_fail(&test->fixture, "%s\nexit status %d\noutput: %.300s\nmessage: %.900s", what,
                 test->result.status, test->result.output, test->result.complaint);
}

/* Exit status 2, nothing on standard output, all the words in the message. */
static void expect_usage_error(struct command_line_test *test, const char *first,
                               const char *second)
{
    if (test->result.status != 2)
        fail_run(test, "the exit status is not 2");
    if (test->result.output[0] != '\0')
        fail_run(test, "something stands on standard output");
    if (strstr(test->result.complaint, first) == NULL ||
        (second != NULL && strstr(test->result.complaint, second) == NULL))
        fail_run(test, "the message does not name what is wrong");
}

/* Besides the wrong value, the message has a number in it: the range. */
static void expect_range(struct command_line_test *test, const char *value)
{
    char text[sizeof(test->result.complaint)];
    char *at;

    snprintf(text, sizeof(text), "%s", test->result.complaint);
    while (value[0] != '\0' && (at = strstr(text, value)) != NULL)
        memset(at, '_', strlen(value));
    for (at = text; *at != '\0'; at++)
        if (isdigit((unsigned char)*at))
            return;
    fail_run(test, "the message does not say what would be allowed");
}

static void expect_bad_number(struct command_line_test *test, const char *option, const char *value,
                              const char *bound)
{
    char joined[128];

    RUN(test, "--backend=sync", option, value);
    expect_usage_error(test, option, value);
    expect_range(test, value);
    if (bound != NULL && strstr(test->result.complaint, bound) == NULL)
        fail_run(test, "the message does not name the bound");
    snprintf(joined, sizeof(joined), "%s=%s", option, value);
    RUN(test, "--backend=sync", joined);
    expect_usage_error(test, option, value);
}

static void expect_bad_numbers(struct command_line_test *test, const char *option,
                               const char *bound, const char *const *values)
{
    static const char *const never[] = {
        "x", "-1", "1x", "0x1", "1 2", "--", "1e", "99999999999999999999999", NULL};

    for (size_t i = 0; never[i] != NULL; i++)
        expect_bad_number(test, option, never[i], bound);
    RUN(test, "--backend=sync", option, "");
    expect_usage_error(test, option, NULL);
    for (; *values != NULL; values++)
        expect_bad_number(test, option, *values, bound);
}

#define VALUES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void bad_port_is_refused(void **state)
{
    expect_bad_numbers(*state, "--port", "65535", VALUES("65536", "1.5"));
}

static void bad_workers_are_refused(void **state)
{
    expect_bad_numbers(*state, "--workers", "1", VALUES("0", "1.5"));
}

static void bad_spin_is_refused(void **state)
{
    expect_bad_numbers(*state, "--spin", "10000", VALUES("10001", "1.5"));
}

static void bad_max_n_is_refused(void **state)
{
    expect_bad_numbers(*state, "--max-n", "93", VALUES("94", "1.5"));
}

static void bad_max_connections_are_refused(void **state)
{
    expect_bad_numbers(*state, "--max-connections", NULL, VALUES("0", "1.5"));
}

static void bad_idle_timeout_is_refused(void **state)
{
    expect_bad_numbers(*state, "--idle-timeout", NULL, VALUES("nan", "inf"));
}

static void bad_grace_is_refused(void **state)
{
    expect_bad_numbers(*state, "--grace", NULL, VALUES("nan", "inf"));
}

static void bad_backlog_is_refused(void **state)
{
    expect_bad_numbers(*state, "--backlog", NULL, VALUES("0", "1.5"));
}

static void bad_stack_size_is_refused(void **state)
{
    expect_bad_numbers(*state, "--stack-size", NULL, VALUES("0", "1.5"));
}

static void expect_bad_choice(struct command_line_test *test, const char *option,
                              const char *const *known)
{
    RUN(test, "--backend=sync", option, "nosuch");
    expect_usage_error(test, option, "nosuch");
    for (; *known != NULL; known++)
        if (strstr(test->result.complaint, *known) == NULL)
            fail_run(test, "the message does not list what is allowed");
    RUN(test, "--backend=sync", option, "");
    expect_usage_error(test, option, NULL);
}

static void bad_offload_is_refused(void **state)
{
    expect_bad_choice(*state, "--offload", VALUES("auto", "always", "never"));
}

static void bad_poller_is_refused(void **state)
{
    expect_bad_choice(*state, "--poller", VALUES("select", "poll", "epoll"));
}

static void bad_framing_is_refused(void **state)
{
    expect_bad_choice(*state, "--framing", VALUES("line", "packet"));
}

static void bad_pool_cpus_are_refused(void **state)
{
    static const char *const lists[] = {"x", "-1", "3-1", "0-",  "1,,2",
                                        ",", "0,", "0-x", "0:1", "999999999"};
    struct command_line_test *test = *state;

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        RUN(test, "--backend=sync", "--pool-cpus", lists[i]);
        expect_usage_error(test, "--pool-cpus", lists[i]);
    }
    RUN(test, "--backend=sync", "--pool-cpus", "");
    expect_usage_error(test, "--pool-cpus", NULL);
}

static void unknown_backend_gets_the_known_ones_listed(void **state)
{
    struct command_line_test *test = *state;
    const char *const *name;

    RUN(test, "--backend=nosuch");
    expect_usage_error(test, "backend", "nosuch");
    for (name = test->listed; *name != NULL; name++)
        if (strstr(test->result.complaint, *name) == NULL)
            fail_run(test, "the message does not list all backends");
    RUN(test, "--backend", "");
    expect_usage_error(test, "backend", NULL);
    RUN(test, "--backend=UV");
    expect_usage_error(test, "backend", "UV");
}

static void unknown_option_is_refused(void **state)
{
    struct command_line_test *test = *state;

    RUN(test, "--nosuch");
    expect_usage_error(test, "--nosuch", NULL);
    RUN(test, "-q");
    expect_usage_error(test, "q", NULL);
}

static void stray_argument_is_refused(void **state)
{
    struct command_line_test *test = *state;

    RUN(test, "--backend=sync", "stray");
    expect_usage_error(test, "stray", NULL);
}

static void option_without_its_value_is_refused(void **state)
{
    struct command_line_test *test = *state;

    for (size_t i = 0; i < 16; i++) {
        RUN(test, options[i]);
        expect_usage_error(test, options[i], NULL);
    }
}

static void value_for_an_option_without_one_is_refused(void **state)
{
    struct command_line_test *test = *state;

    RUN(test, "--stats=yes");
    expect_usage_error(test, "--stats", NULL);
}

static void empty_and_overlong_paths_are_refused(void **state)
{
    struct command_line_test *test = *state;
    char path[400];

    RUN(test, "--backend=sync", "--unix", "");
    if (test->result.status != 1 && test->result.status != 2)
        fail_run(test, "an empty path");
    memset(path, 'p', sizeof(path) - 1);
    path[0] = '/';
    path[sizeof(path) - 1] = '\0';
    RUN(test, "--backend=sync", "--unix", path);
    if (test->result.status != 1 && test->result.status != 2)
        fail_run(test, "a path longer than a socket's name can be");
    if (test->result.complaint[0] == '\0')
        fail_run(test, "no message");
}

/* Exit status 1: used rightly, but it cannot run. */
static void expect_cannot_run(struct command_line_test *test, const char *first, const char *second)
{
    if (test->result.status != 1)
        fail_run(test, "the exit status is not 1");
    if (test->result.output[0] != '\0')
        fail_run(test, "something stands on standard output");
    if (strstr(test->result.complaint, first) == NULL ||
        strstr(test->result.complaint, second) == NULL)
        fail_run(test, "the message does not name place and reason");
}

static bool is_available(const struct command_line_test *test, const char *backend)
{
    cJSON *listing = listing_read(test->subject.program);
    const cJSON *entry = listing_find(listing, backend);
    bool available = cJSON_IsTrue(cJSON_GetObjectItem(entry, "available"));

    cJSON_Delete(listing);
    return available;
}

static void port_that_is_taken_is_named(void **state)
{
    struct command_line_test *test = *state;
    struct server *server;
    char port[8], address[32];
    const char *const *name;

    test->subject.backend = "select";
    server = server_start(&test->fixture);
    snprintf(port, sizeof(port), "%d", server->port);
    snprintf(address, sizeof(address), "127.0.0.1:%d", server->port);
    for (name = test->listed; *name != NULL; name++) {
        if (!is_available(test, *name))
            continue;
        RUN(test, "--backend", *name, "--port", port);
        expect_cannot_run(test, address, "Address already in use");
    }
    server_stop(server);
}

static void host_that_does_not_resolve_is_named(void **state)
{
    struct command_line_test *test = *state;

    RUN(test, "--backend=sync", "--host", "nosuch.invalid", "--port", "0");
    expect_cannot_run(test, "nosuch.invalid", "");
}

static void address_of_another_machine_is_named(void **state)
{
    struct command_line_test *test = *state;

    /* An address for documentation, which no machine has. */
    RUN(test, "--backend=sync", "--host", "192.0.2.1", "--port", "0");
    expect_cannot_run(test, "192.0.2.1", strerror(EADDRNOTAVAIL));
}

static void folder_that_is_missing_is_named(void **state)
{
    struct command_line_test *test = *state;

    RUN(test, "--backend=sync", "--unix", "/nosuch-folder/socket");
    expect_cannot_run(test, "/nosuch-folder/socket", strerror(ENOENT));
}

static void help_names_every_option(void **state)
{
    struct command_line_test *test = *state;

    RUN(test, "--help");
    if (test->result.status != 0 || test->result.complaint[0] != '\0')
        fail_run(test, "--help");
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        if (strstr(test->result.output, options[i]) == NULL)
            fixture_fail(&test->fixture, "--help does not name %s", options[i]);
}

static void version_is_one_line(void **state)
{
    struct command_line_test *test = *state;
    const char *newline;

    RUN(test, "--version");
    newline = strchr(test->result.output, '\n');
    if (test->result.status != 0 || test->result.complaint[0] != '\0' || newline == NULL ||
        newline[1] != '\0' || strncmp(test->result.output, "fibserver ", 10) != 0 ||
        !isdigit((unsigned char)test->result.output[10]))
        fail_run(test, "--version");
}

static void backends_are_listed_as_text(void **state)
{
    struct command_line_test *test = *state;
    cJSON *listing = listing_read(test->subject.program);
    const cJSON *entry;

    RUN(test, "--list-backends");
    if (test->result.status != 0 || test->result.complaint[0] != '\0')
        fail_run(test, "--list-backends");
    cJSON_ArrayForEach(entry, listing)
    {
        const char *name = cJSON_GetObjectItem(entry, "name")->valuestring;
        const char *summary = cJSON_GetObjectItem(entry, "summary")->valuestring;

        if (strstr(test->result.output, name) == NULL ||
            strstr(test->result.output, summary) == NULL)
            fail_run(test, name);
    }
    cJSON_Delete(listing);
}

static bool is_one_of(const cJSON *item, const char *const *words)
{
    for (; cJSON_IsString(item) && *words != NULL; words++)
        if (strcmp(item->valuestring, *words) == 0)
            return true;
    return false;
}

static bool is_text(const cJSON *item)
{
    return cJSON_IsString(item) && item->valuestring[0] != '\0';
}

static bool entry_is_good(const cJSON *entry)
{
    const cJSON *library = cJSON_GetObjectItemCaseSensitive(entry, "library");
    const cJSON *available = cJSON_GetObjectItemCaseSensitive(entry, "available");
    const cJSON *reason = cJSON_GetObjectItemCaseSensitive(entry, "reason");

    return is_text(cJSON_GetObjectItemCaseSensitive(entry, "name")) &&
           is_text(cJSON_GetObjectItemCaseSensitive(entry, "summary")) &&
           is_text(cJSON_GetObjectItemCaseSensitive(entry, "family")) &&
           (cJSON_IsNull(library) ||
            (is_text(library) && strpbrk(library->valuestring, "0123456789") != NULL)) &&
           cJSON_IsBool(cJSON_GetObjectItemCaseSensitive(entry, "concurrent_connections")) &&
           is_one_of(cJSON_GetObjectItemCaseSensitive(entry, "compute"),
                     VALUES("inline", "connection", "pool", "cooperative")) &&
           cJSON_IsBool(available) && (cJSON_IsTrue(available) || is_text(reason));
}

static void backends_are_listed_as_json(void **state)
{
    struct command_line_test *test = *state;
    cJSON *listing = listing_read(test->subject.program);
    const cJSON *entry;

    if (listing == NULL || cJSON_GetArraySize(listing) == 0)
        fixture_fail(&test->fixture, "--list-backends --json prints no array");
    cJSON_ArrayForEach(entry, listing) if (!entry_is_good(entry))
    {
        char *text = cJSON_PrintUnformatted(entry);

        print_error("%s\n", text);
        free(text);
        cJSON_Delete(listing);
        fixture_fail(&test->fixture, "this entry is not as it should be");
    }
    cJSON_Delete(listing);
    RUN(test, "--list-backends", "--json");
    if (strchr(test->result.output, '\n') == NULL || strchr(test->result.output, '\n')[1] != '\0')
        fail_run(test, "the JSON does not stand on one line");
}

/* The list in tests/meson.build, from which the suites are made. */
static void every_backend_is_tested(void **state)
{
    struct command_line_test *test = *state;
    cJSON *listing = listing_read(test->subject.program);
    const cJSON *entry;
    const char *const *name;

    assert_non_null(listing);
    cJSON_ArrayForEach(entry, listing)
    {
        const char *known = cJSON_GetObjectItem(entry, "name")->valuestring;

        for (name = test->listed; *name != NULL && strcmp(*name, known) != 0; name++)
            continue;
        if (*name == NULL)
            fixture_fail(&test->fixture, "backend %s is missing in tests/meson.build", known);
    }
    for (name = test->listed; *name != NULL; name++)
        if (listing_find(listing, *name) == NULL)
            fixture_fail(&test->fixture, "tests/meson.build has %s, fibserver has not", *name);
    cJSON_Delete(listing);
}

static void default_backend_is_uv(void **state)
{
    struct command_line_test *test = *state;
    struct process process;
    char line[128];
    char *argv[] = {(char *)test->subject.program, (char *)"--port", (char *)"0", NULL};

    if (!is_available(test, "uv"))
        fixture_skip(&test->fixture, "uv is not available");
    assert_int_equal(process_start(&process, argv, 0), 0);
    if (process_read_line(&process, line, sizeof(line), DEADLINE_MS) < 0)
        snprintf(line, sizeof(line), "nothing");
    process_finish(&process);
    if (strncmp(line, "fibserver: uv listening on 127.0.0.1:", 37) != 0)
        fixture_fail(&test->fixture, "said '%s'", line);
}

static void every_backend_accepts_every_valid_option(void **state)
{
    struct command_line_test *test = *state;
    struct server *server;
    const char *const *name;

    for (name = test->listed; *name != NULL; name++) {
        if (!is_available(test, *name))
            continue;
        test->subject.backend = *name;
        server =
            server_start(&test->fixture, "--host", "127.0.0.1", "--workers", "3", "--pool-cpus",
                         "0", "--offload", "always", "--poller", "poll", "--framing", "packet",
                         "--max-n", "40", "--max-connections", "10", "--idle-timeout", "60",
                         "--grace", "2", "--backlog", "16", "--stack-size", "256", "--spin", "50");
        server_expect_quiet(server);
        server_stop(server);
    }
}

static void valid_values_are_accepted(void **state)
{
    static const char *const arguments[] = {
        "--offload=auto",   "--offload=always",   "--offload=never",     "--poller=select",
        "--poller=poll",    "--poller=epoll",     "--framing=line",      "--framing=packet",
        "--max-n=93",       "--workers=1",        "--workers=64",        "--pool-cpus=0",
        "--pool-cpus=0-0",  "--pool-cpus=0,0",    "--max-connections=1", "--idle-timeout=0",
        "--idle-timeout=1", "--idle-timeout=0.5", "--grace=0",           "--grace=0.5",
        "--spin=0",         "--spin=10000",       "--backlog=1",         "--stack-size=1024",
        "--host=localhost",
    };
    struct command_line_test *test = *state;
    struct server *server;

    test->subject.backend = "select";
    for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++) {
        test->fixture.step = arguments[i];
        server = server_start(&test->fixture, arguments[i]);
        server_stop(server);
    }
}

static void without_stats_nothing_is_on_standard_error(void **state)
{
    struct command_line_test *test = *state;
    struct process process;
    char line[128], complaint[1024];
    char *argv[] = {(char *)test->subject.program, (char *)"--backend=select", (char *)"--port",
                    (char *)"0", NULL};

    assert_int_equal(process_start(&process, argv, 0), 0);
    if (process_read_line(&process, line, sizeof(line), DEADLINE_MS) < 0)
        line[0] = '\0';
    kill(process.pid, SIGTERM);
    if (process_wait(&process, DEADLINE_MS) != 0)
        line[0] = '\0';
    process_read_complaint(&process, complaint, sizeof(complaint));
    process_finish(&process);
    assert_string_not_equal(line, "");
    assert_string_equal(complaint, "");
}

/* It spins a last time, for 10 ms, and then sleeps. */
static void idle_server_sleeps_whatever_its_spin(void **state)
{
    static const char *const spinning[][2] = {{"select", "--poller=epoll"},
                                              {"select", "--poller=poll"},
                                              {"select", "--poller=select"},
                                              {"coro", "--poller=epoll"},
                                              {"null", "--poller=epoll"}};
    struct command_line_test *test = *state;

    for (size_t i = 0; i < sizeof(spinning) / sizeof(spinning[0]); i++) {
        struct server *server;
        struct client *client;

        test->subject.backend = spinning[i][0];
        test->fixture.step = spinning[i][1];
        server = server_start(&test->fixture, "--spin", "10000", spinning[i][1]);
        client = client_connect(server);
        for (int round = 0; round < 5; round++)
            client_round_trip(client, 1);
        server_expect_idle(server, 100);
        server_expect_no_cpu(server, 200);
        server_stop(server);
    }
}

static bool has_warned(const struct server *server)
{
    char complaint[4096];

    process_read_complaint(&server->process, complaint, sizeof(complaint));
    for (char *at = complaint; *at != '\0'; at++)
        if (strncasecmp(at, "warning", 7) == 0)
            return true;
    return false;
}

static void too_low_a_descriptor_limit_is_a_warning(void **state)
{
    struct command_line_test *test = *state;
    struct server *server;

    test->subject.backend = "select";
    server = server_start_limited(&test->fixture, 256, "--max-connections", "1000");
    if (!has_warned(server))
        fixture_fail(&test->fixture, "no warning");
    server_stop(server);
    server = server_start_limited(&test->fixture, 256, "--max-connections", "10");
    server_expect_quiet(server);
    server_stop(server);
}

static void soft_descriptor_limit_is_raised_to_the_hard_one(void **state)
{
    struct command_line_test *test = *state;
    struct rlimit old, low, found;
    struct server *server;

    getrlimit(RLIMIT_NOFILE, &old);
    low = old;
    low.rlim_cur = 64;
    test->subject.backend = "select";
    setrlimit(RLIMIT_NOFILE, &low);
    server = server_start(&test->fixture, "--max-connections", "100");
    setrlimit(RLIMIT_NOFILE, &old);
    assert_int_equal(prlimit(server->process.pid, RLIMIT_NOFILE, NULL, &found), 0);
    if (found.rlim_cur != old.rlim_max)
        fixture_fail(&test->fixture, "the soft limit is %lu, the hard one %lu",
                     (unsigned long)found.rlim_cur, (unsigned long)old.rlim_max);
    server_expect_quiet(server);
    server_stop(server);
}

static int set_up(void **state)
{
    struct command_line_test *test = *state;

    test->subject.backend = "fibserver";
    test->subject.concurrent = true;
    fixture_init(&test->fixture, &test->subject);
    return 0;
}

static int tear_down(void **state)
{
    struct command_line_test *test = *state;

    fixture_finish(&test->fixture);
    return 0;
}

#define COMMAND_LINE_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(int argc, char **argv)
{
    struct CMUnitTest tests[] = {
        COMMAND_LINE_TEST(bad_port_is_refused),
        COMMAND_LINE_TEST(bad_workers_are_refused),
        COMMAND_LINE_TEST(bad_spin_is_refused),
        COMMAND_LINE_TEST(bad_max_n_is_refused),
        COMMAND_LINE_TEST(bad_max_connections_are_refused),
        COMMAND_LINE_TEST(bad_idle_timeout_is_refused),
        COMMAND_LINE_TEST(bad_grace_is_refused),
        COMMAND_LINE_TEST(bad_backlog_is_refused),
        COMMAND_LINE_TEST(bad_stack_size_is_refused),
        COMMAND_LINE_TEST(bad_offload_is_refused),
        COMMAND_LINE_TEST(bad_poller_is_refused),
        COMMAND_LINE_TEST(bad_framing_is_refused),
        COMMAND_LINE_TEST(bad_pool_cpus_are_refused),
        COMMAND_LINE_TEST(unknown_backend_gets_the_known_ones_listed),
        COMMAND_LINE_TEST(unknown_option_is_refused),
        COMMAND_LINE_TEST(stray_argument_is_refused),
        COMMAND_LINE_TEST(option_without_its_value_is_refused),
        COMMAND_LINE_TEST(value_for_an_option_without_one_is_refused),
        COMMAND_LINE_TEST(empty_and_overlong_paths_are_refused),
        COMMAND_LINE_TEST(port_that_is_taken_is_named),
        COMMAND_LINE_TEST(host_that_does_not_resolve_is_named),
        COMMAND_LINE_TEST(address_of_another_machine_is_named),
        COMMAND_LINE_TEST(folder_that_is_missing_is_named),
        COMMAND_LINE_TEST(help_names_every_option),
        COMMAND_LINE_TEST(version_is_one_line),
        COMMAND_LINE_TEST(backends_are_listed_as_text),
        COMMAND_LINE_TEST(backends_are_listed_as_json),
        COMMAND_LINE_TEST(every_backend_is_tested),
        COMMAND_LINE_TEST(default_backend_is_uv),
        COMMAND_LINE_TEST(every_backend_accepts_every_valid_option),
        COMMAND_LINE_TEST(valid_values_are_accepted),
        COMMAND_LINE_TEST(without_stats_nothing_is_on_standard_error),
        COMMAND_LINE_TEST(idle_server_sleeps_whatever_its_spin),
        COMMAND_LINE_TEST(too_low_a_descriptor_limit_is_a_warning),
        COMMAND_LINE_TEST(soft_descriptor_limit_is_raised_to_the_hard_one),
    };
    static struct command_line_test test;

    if (argc < 3) {
        fprintf(stderr, "usage: %s [--filter=PATTERN] FIBSERVER BACKEND…\n", argv[0]);
        return EXIT_FAILURE;
    }
    if (strncmp(argv[1], "--filter=", 9) == 0)
        cmocka_set_test_filter(*++argv + 9);
    test.subject.program = argv[1];
    test.listed = (const char *const *)argv + 2;
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tests[i].initial_state = &test;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    return cmocka_run_group_tests_name("fibserver", tests, NULL, NULL) == 0 ? EXIT_SUCCESS
                                                                            : EXIT_FAILURE;
}
