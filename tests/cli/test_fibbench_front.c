/*
 * fibbench run --profile web, rows behind a front with TLS: argv has fibbench, webserver and
 * webclient, the real ones. Programs called nginx and openssl stand in a folder that PATH begins
 * with; most of them hand over to the real nginx, without which such a test is skipped.
 */
#include "tests/bench/command_line.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEASURE_WEB(context, ...) MEASURE(context, "--profile", "web", __VA_ARGS__)

static const char NGINX[] = "/usr/sbin/nginx", OPENSSL[] = "/usr/bin/openssl";

static const char ABLE[] =
    "echo 'nginx version: nginx/1.22.1' >&2\n"
    "echo 'configure arguments: --with-http_ssl_module --with-http_v2_module "
    "--with-http_stub_status_module' >&2\n";

/* A program of the test's folder that is found before all others of that name. */
static void write_program(const struct context *context, const char *name, const char *script)
{
    char path[128], text[2048];

    snprintf(text, sizeof(text), "#!/bin/sh\n%s", script);
    write_file(path_in(context, name, path, sizeof(path)), text);
    assert_int_equal(chmod(path, 0700), 0);
}

/* An nginx that runs the script and goes on as the real one; its processes are in the file pids. */
static void wrap_nginx(const struct context *context, const char *script)
{
    char text[1024];

    if (access(NGINX, X_OK) != 0 || access(OPENSSL, X_OK) != 0) {
        print_message("%s or %s is not installed\n", NGINX, OPENSSL);
        skip();
    }
    snprintf(text, sizeof(text), "echo $$ >>%s/pids\n%s\nexec %s \"$@\"\n", context->folder, script,
             NGINX);
    write_program(context, "nginx", text);
}

/* The environment that the tests began with. */
static char *own_path, *own_folder;

static void look_here_first(const struct context *context)
{
    char *longer;

    assert_true(asprintf(&longer, "%s:%s", context->folder, own_path) > 0);
    assert_int_equal(setenv("PATH", longer, 1), 0);
    free(longer);
    assert_int_equal(setenv("TMPDIR", context->folder, 1), 0);
}

static int tidy_up(void **state)
{
    setenv("PATH", own_path, 1);
    setenv("TMPDIR", own_folder, 1);
    return tear_down(state);
}

#define FRONT_TEST(function, state)                                                                \
    cmocka_unit_test_prestate_setup_teardown(function, set_up, tidy_up, state)

/* fibbench has removed its folders, and what it started has ended. */
static void expect_nothing_left(const struct context *context)
{
    DIR *folder = opendir(context->folder);
    struct dirent *entry;
    char path[128];

    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL)
        if (strncmp(entry->d_name, "fibbench-", strlen("fibbench-")) == 0)
            fail_msg("%s is left", entry->d_name);
    closedir(folder);
    expect_no_process_left(path_in(context, "pids", path, sizeof(path)));
}

static const cJSON *find_label(const cJSON *list, const char *label)
{
    const cJSON *one;

    cJSON_ArrayForEach(one, list)
    {
        if (strcmp(member(one, "label")->valuestring, label) == 0)
            return one;
    }
    return NULL;
}

static const cJSON *first_cell(const cJSON *document, const char *row)
{
    const cJSON *record;

    cJSON_ArrayForEach(record, member(document, "measurements"))
    {
        if (strcmp(member(record, "row")->valuestring, row) == 0)
            return cJSON_GetArrayItem(member(record, "cells"), 0);
    }
    fail_msg("there is no row %s", row);
    return NULL;
}

static double median_of(const cJSON *document, const char *row, const char *column)
{
    return member(cell_of(document, row, column), "median")->valuedouble;
}

/* Each row with its front gives numbers: the server's witness, and the front's connections. */
static void test_measures(void **state)
{
    struct context *context = *state;
    const cJSON *row, *cell;
    cJSON *document;

    look_here_first(context);
    wrap_nginx(context, "");
    MEASURE_WEB(context, "--backends", "multi,multi --tls,multi --http2", "--scenarios",
                "web100-10ms", "--rounds", "2");
    expect_status(context, 0);
    expect_nothing_left(context);
    document = read_results(context->results);
    expect_outcome(document, "multi", "web100-10ms", "ok");
    expect_outcome(document, "multi --tls", "web100-10ms", "ok");
    expect_outcome(document, "multi --http2", "web100-10ms", "ok");
    assert_true(median_of(document, "multi --http2", "web100-10ms:connections") <
                median_of(document, "multi --tls", "web100-10ms:connections"));
    cell = first_cell(document, "multi --http2");
    assert_true(member(member(cell, "server_saw"), "connections")->valuedouble >
                member(member(cell, "front"), "connections")->valuedouble);
    assert_true(cJSON_IsTrue(member(member(member(cell, "front"), "end"), "clean")));
    assert_false(cJSON_HasObjectItem(first_cell(document, "multi"), "front"));
    row = find_label(member(document, "rows"), "multi --http2");
    assert_string_equal(member(row, "against")->valuestring, "multi --tls");
    assert_int_equal(strncmp(member(row, "front")->valuestring, "nginx/", strlen("nginx/")), 0);
    cJSON_Delete(document);

    RUN(context, "table", context->results);
    expect_status(context, 0);
    expect_text(context->output, "rows with --tls or --http2 over TLS through nginx/");
}

static const char *text_of(const char *path)
{
    static char text[1 << 20];
    FILE *file = fopen(path, "re");

    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    return text;
}

/* Verdicts of rows behind a front are about another row behind it. */
static void test_verdicts(void **state)
{
    struct context *context = *state;
    char report[128];
    cJSON *document;

    look_here_first(context);
    wrap_nginx(context, "");
    MEASURE_WEB(context, "--backends", "multi,multi --tls,multi --http2", "--scenarios", "web1-0ms",
                "--rounds", "8");
    expect_status(context, 0);
    document = read_results(context->results);
    assert_false(cJSON_HasObjectItem(cell_of(document, "multi", "web1-0ms"), "ratio"));
    assert_false(cJSON_HasObjectItem(cell_of(document, "multi --tls", "web1-0ms"), "ratio"));
    assert_true(cJSON_HasObjectItem(cell_of(document, "multi --http2", "web1-0ms"), "ratio"));
    cJSON_Delete(document);
    RUN(context, "table", context->results);
    expect_text(context->output, "to multi, of rows with --tls or --http2 to multi --tls in");
    RUN(context, "report", "-o", path_in(context, "report.html", report, sizeof(report)),
        context->results);
    expect_status(context, 0);
    expect_text(text_of(report), "<small>relative to multi --tls</small>");
    expect_text(text_of(report), "multi --http2</span> (relative to multi --tls)");
    expect_text(text_of(report), "over TLS through nginx/");
    RUN(context, "check", "--relabelings", "10", context->results);
    expect_text(context->output, "relabelings with a false verdict");
}

/* A client that does not speak what its row says gets no number. */
static void test_other_protocol(void **state)
{
    struct context *context = *state;
    char script[512], path[128];
    cJSON *document;

    look_here_first(context);
    wrap_nginx(context, "");
    snprintf(script, sizeof(script),
             "for word; do shift; [ \"$word\" = --http2 ] || set -- \"$@\" \"$word\"; done\n"
             "exec '%s' \"$@\"\n",
             context->client);
    write_program(context, "forgetful", script);
    MEASURE_WEB(context, "--client", path_in(context, "forgetful", path, sizeof(path)),
                "--backends", "multi --tls,multi --http2", "--scenarios", "web10-0ms", "--rounds",
                "1");
    expect_status(context, 0);
    expect_nothing_left(context);
    document = read_results(context->results);
    expect_outcome(document, "multi --tls", "web10-0ms", "ok");
    expect_outcome(document, "multi --http2", "web10-0ms", "client failed");
    cJSON_Delete(document);
}

/* Its folder may have any path, and one that is not from the root. */
static void test_any_folder(void **state)
{
    struct context *context = *state;
    char folder[128], from_here[256];
    cJSON *document;

    look_here_first(context);
    wrap_nginx(context, "");
    path_in(context, "it's; a {$odd} \"\\ #folder", folder, sizeof(folder));
    snprintf(from_here, sizeof(from_here), "../../../../../../../../../../../../../../../..%s",
             folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(setenv("TMPDIR", from_here, 1), 0);
    MEASURE_WEB(context, "--backends", "multi --http2", "--scenarios", "web10-0ms", "--rounds",
                "1");
    expect_status(context, 0);
    assert_int_equal(rmdir(folder), 0);
    document = read_results(context->results);
    expect_outcome(document, "multi --http2", "web10-0ms", "ok");
    cJSON_Delete(document);
}

/* While a client is under way, which would go on for longer than the test may take. */
static void test_interrupted(void **state)
{
    struct context *context = *state;
    char script[512], client[128], waits[128];
    const char *const arguments[] = {
        context->fibbench, "run",      "--profile", "web",        "--server",
        context->server,   "--client", client,      "--backends", "multi --http2",
        "--scenarios",     "web1-0ms", "--rounds",  "1",          "-o",
        context->results,  NULL};
    struct process process;

    look_here_first(context);
    wrap_nginx(context, "");
    snprintf(script, sizeof(script),
             "[ \"$1\" = --list-backends ] && exec '%s' \"$@\"\n"
             "echo $$ >>%s/pids; : >%s/waits; exec sleep 1000\n",
             context->client, context->folder, context->folder);
    write_program(context, "patient", script);
    path_in(context, "patient", client, sizeof(client));
    path_in(context, "waits", waits, sizeof(waits));
    assert_int_equal(process_start(&process, (char *const *)arguments, 0), 0);
    while (access(waits, F_OK) != 0)
        assert_int_equal(process_wait(&process, 10), -ETIMEDOUT);
    assert_int_equal(kill(process.pid, SIGINT), 0);
    collect(context, &process);
    expect_status(context, 128 + SIGINT);
    expect_nothing_left(context);
}

/* Once another program has the port: then nginx gets another. */
static void test_port_taken(void **state)
{
    struct context *context = *state;
    char script[512];
    cJSON *document;

    look_here_first(context);
    snprintf(script, sizeof(script),
             "if [ \"$1\" != -V ] && ! [ -e %s/taken ]; then : >%s/taken\n"
             "echo 'nginx: [emerg] still could not bind()' >&2; exit 1; fi",
             context->folder, context->folder);
    wrap_nginx(context, script);
    MEASURE_WEB(context, "--backends", "multi --http2", "--scenarios", "web10-0ms", "--rounds",
                "1");
    expect_status(context, 0);
    expect_nothing_left(context);
    document = read_results(context->results);
    expect_outcome(document, "multi --http2", "web10-0ms", "ok");
    cJSON_Delete(document);
}

static void test_front_does_not_start(void **state)
{
    struct context *context = *state;
    cJSON *document;

    look_here_first(context);
    wrap_nginx(context, "[ \"$1\" = -V ] || { echo 'it is raining' >&2; exit 3; }");
    MEASURE_WEB(context, "--backends", "multi,multi --http2", "--scenarios", "web1-0ms", "--rounds",
                "1");
    expect_status(context, 0);
    expect_text(context->errors, "nginx: it exited with status 3: it is raining");
    expect_nothing_left(context);
    document = read_results(context->results);
    expect_outcome(document, "multi", "web1-0ms", "ok");
    expect_outcome(document, "multi --http2", "web1-0ms", "did not start");
    cJSON_Delete(document);
}

static void expect_left_out(struct context *context, const char *reason)
{
    const cJSON *left_out;
    cJSON *plan;

    MEASURE_WEB(context, "--dry-run", "--json", "--scenarios", "web1-0ms");
    expect_status(context, 0);
    plan = cJSON_Parse(context->output);
    assert_non_null(plan);
    assert_null(find_label(member(plan, "rows"), "multi --http2"));
    assert_null(find_label(member(plan, "rows"), "multi --tls"));
    assert_non_null(find_label(member(plan, "left_out"), "multi --tls"));
    left_out = find_label(member(plan, "left_out"), "multi --http2");
    assert_non_null(left_out);
    expect_text(member(left_out, "reason")->valuestring, reason);
    cJSON_Delete(plan);
}

static void test_left_out(void **state)
{
    struct context *context = *state;
    char folder[256];
    const cJSON *row;
    cJSON *plan;

    look_here_first(context);
    write_program(context, "nginx", "echo 'nginx version: nginx/1.22.1' >&2\n");
    expect_left_out(context, "was built without --with-http_ssl_module");
    write_program(context, "nginx", "echo 'nginx version: nginx/1.14.0' >&2\n");
    expect_left_out(context, "nginx 1.19.7 or later is wanted, and ");
    write_program(context, "nginx", "echo 'this is an engine' >&2\n");
    expect_left_out(context, "/nginx is no nginx at all");
    write_program(context, "nginx", ABLE);
    write_program(context, "openssl", "echo 'out of prime numbers' >&2; exit 1\n");
    expect_left_out(context, "/openssl makes no certificate: out of prime numbers");

    write_program(context, "openssl", "");
    snprintf(folder, sizeof(folder), "%s/%0100d", context->folder, 0);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(setenv("TMPDIR", folder, 1), 0);
    expect_left_out(context, "TMPDIR may name another folder");
    assert_int_equal(rmdir(folder), 0);
    look_here_first(context);
    MEASURE_WEB(context, "--dry-run", "--json", "--scenarios", "web1-0ms");
    expect_status(context, 0);
    plan = cJSON_Parse(context->output);
    assert_string_equal(member(plan, "reference")->valuestring, "multi");
    row = find_label(member(plan, "rows"), "multi --http2");
    assert_non_null(row);
    assert_string_equal(member(row, "front")->valuestring, "nginx/1.22.1");
    assert_string_equal(member(row, "against")->valuestring, "multi --tls");
    assert_false(cJSON_HasObjectItem(find_label(member(plan, "rows"), "multi"), "against"));
    cJSON_Delete(plan);
}

static char *copy_of_variable(const char *name, const char *otherwise)
{
    const char *value = getenv(name);

    return strdup(value != NULL ? value : otherwise);
}

int main(int count, char **arguments)
{
    static struct context context;
    const struct CMUnitTest tests[] = {
        FRONT_TEST(test_measures, &context),
        FRONT_TEST(test_verdicts, &context),
        FRONT_TEST(test_other_protocol, &context),
        FRONT_TEST(test_any_folder, &context),
        FRONT_TEST(test_interrupted, &context),
        FRONT_TEST(test_port_taken, &context),
        FRONT_TEST(test_front_does_not_start, &context),
        FRONT_TEST(test_left_out, &context),
    };

    int failed;

    if (context_init(&context, count, arguments) < 0)
        return EXIT_FAILURE;
    own_path = copy_of_variable("PATH", "/bin");
    own_folder = copy_of_variable("TMPDIR", "/tmp");
    failed = own_path != NULL && own_folder != NULL ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
    free(own_path);
    free(own_folder);
    return failed;
}
