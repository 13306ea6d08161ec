/* What is kept of a cell beside its number: the account of the server's side, and the flags. */
#include "bench/host.h"
#include "bench/host_counters.h"
#include "bench/trace.h"
#include "bench/usage.h"
#include "bench/validity.h"
#include "bench/warnings.h"
#include "tests/harness/assertions.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double own_cpu_seconds(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void await_byte(int pipe)
{
    char byte;

    while (read(pipe, &byte, 1) < 0)
        ;
}

static void send_byte(int pipe)
{
    if (write(pipe, "x", 1) != 1)
        abort();
}

/* Works for 60 ms of CPU time and sleeps a few times when it is told to. */
static void work(int orders, int reports)
{
    const struct timespec moment = {.tv_nsec = 1000000};

    send_byte(reports);
    await_byte(orders);
    while (own_cpu_seconds() < 0.06)
        ;
    for (int i = 0; i < 20; i++)
        nanosleep(&moment, NULL);
    send_byte(reports);
    await_byte(orders);
}

/* A child whose own child does the work: what a server with workers is. */
static pid_t start_workers(int orders, int reports, int unused)
{
    pid_t child = fork();

    assert_true(child >= 0);
    if (child > 0)
        return child;
    close(unused);
    if (fork() == 0)
        work(orders, reports);
    else
        wait(NULL);
    _exit(0);
}

static void test_account_of_descendants(void **state)
{
    struct usage_totals totals;
    struct usage *usage;
    int orders[2], reports[2];
    pid_t child;

    assert_int_equal(pipe(orders), 0);
    assert_int_equal(pipe(reports), 0);
    child = start_workers(orders[0], reports[1], orders[1]);
    await_byte(reports[0]);
    usage = usage_begin(child);
    send_byte(orders[1]);
    await_byte(reports[0]);
    usage_look(usage);
    usage_end(usage, &totals);
    assert_in_range((int)(totals.cpu_seconds * 1e6), 40000, 1000000);
    if (!isnan(totals.user_seconds))
        assert_float_equal(totals.user_seconds + totals.system_seconds, totals.cpu_seconds, 1e-6);
    assert_true(totals.voluntary_switches >= 20);
    assert_true(totals.resident_bytes > 2 * 4096);
    assert_true(totals.threads >= 2); /* a sanitizer may have one of its own in each */
    send_byte(orders[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    for (int i = 0; i < 2; i++) {
        close(orders[i]);
        close(reports[i]);
    }
}

static void *call(void *argument)
{
    const long *count = argument;

    for (long i = 0; i < *count; i++)
        syscall(SYS_getppid);
    return NULL;
}

/* As a program of its own: so many calls here, in a thread, and in a child. */
static int make_calls(long count)
{
    pthread_t thread;
    pid_t child;

    call(&count);
    if (pthread_create(&thread, NULL, call, &count) != 0)
        return 2;
    pthread_join(thread, NULL);
    child = fork();
    if (child == 0) {
        call(&count);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    return 3;
}

/* Runs that program under a tracer. Returns the calls, NAN where tracing is not permitted. */
static double calls_of(const char *count)
{
    struct trace_counter *counter;
    char name[] = "trace-calls", descriptor[16], program[] = "/proc/self/exe", number[16];
    char *arguments[] = {name, descriptor, program, number, NULL};
    struct problem problem;
    int status;
    double calls;
    pid_t tracer;

    assert_int_equal(trace_counter_create(&counter, &problem), 0);
    snprintf(descriptor, sizeof(descriptor), "%s", trace_counter_words(counter)[2]);
    snprintf(number, sizeof(number), "%s", count);
    tracer = fork();
    assert_true(tracer >= 0);
    if (tracer == 0)
        _exit(command_trace_calls(4, arguments));
    assert_int_equal(waitpid(tracer, &status, 0), tracer);
    calls = trace_counter_value(counter);
    trace_counter_destroy(counter);
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FAILURE)
        return NAN;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 3);
    return calls;
}

/* Of threads and children too, each call once. */
static void test_counts_system_calls(void **state)
{
    double few = calls_of("100"), many = calls_of("1100");

    if (isnan(few))
        skip();
    /* Starting and ending may differ by a few. */
    assert_in_range((int)(many - few), 2970, 3030);
}

static void test_account_of_one_that_has_ended(void **state)
{
    struct usage_totals totals;
    struct usage *usage;
    pid_t child = fork();
    cJSON *object;

    assert_true(child >= 0);
    if (child == 0) {
        pause();
        _exit(0);
    }
    usage = usage_begin(child);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    usage_end(usage, &totals);
    assert_true(isnan(totals.cpu_seconds));
    object = usage_to_json(&totals, 5);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(object, "user_seconds")));
    assert_null(usage_per_request(totals.user_seconds, totals.system_seconds, 5));
    cJSON_Delete(object);
}

static void test_thread_files(void **state)
{
    struct usage_thread thread;

    usage_parse_thread("x (1, #threads: 1)\n"
                       "se.nr_migrations                             :                    3\n"
                       "nr_switches                                  :                   12\n"
                       "nr_voluntary_switches                        :                   10\n"
                       "nr_involuntary_switches                      :                    2\n",
                       &thread);
    assert_true(thread.migrations == 3 && thread.voluntary == 10 && thread.involuntary == 2);
    usage_parse_thread("Name:\tx\nvoluntary_ctxt_switches:\t150\n"
                       "nonvoluntary_ctxt_switches:\t7\n",
                       &thread);
    assert_true(isnan(thread.migrations) && thread.voluntary == 150 && thread.involuntary == 7);
}

static void test_host_counters(void **state)
{
    static const char stat[] = "cpu  9 8 7 6 5 4 3 250 1 0\ncpu0 1 1 1 1 1 1 1 1 1 0\n";
    static const char netstat[] = "TcpExt: A ListenOverflows ListenDrops TCPReqQFullDrop\n"
                                  "TcpExt: 4 5 7 1\nIpExt: X\nIpExt: 1\n";
    struct host_counters before, after;
    cJSON *object;

    host_counters_parse(stat, netstat, "sockets: used 2\nTCP: inuse 4 orphan 0 tw 31 alloc 4\n",
                        &after);
    assert_float_equal(after.steal_seconds * (double)sysconf(_SC_CLK_TCK), 250, 1e-6);
    assert_true(after.listen_overflows == 5 && after.syn_drops == 3 && after.time_wait == 31);
    host_counters_parse("", "", "", &before);
    assert_true(isnan(before.steal_seconds) && isnan(before.listen_overflows));
    object = host_counters_to_json(&before, &after);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(object, "steal_seconds")));
    cJSON_Delete(object);
    host_counters_read(&after);
    assert_true(after.local_ports > 1);
}

/* Whether the flags of a cell, written as JSON with ' for ", are these, separated by commas. */
static void expect_flags(const char *text, const char *expected)
{
    char json[2048], found[256] = "";
    cJSON *cell, *flags;
    const cJSON *flag;
    size_t used = 0;

    snprintf(json, sizeof(json), "%s", text);
    for (char *at = json; (at = strchr(at, '\'')) != NULL;)
        *at = '"';
    cell = cJSON_Parse(json);
    assert_non_null(cell);
    flags = validity_flags(cell);
    cJSON_ArrayForEach(flag, flags)
    {
        used += (size_t)snprintf(found + used, sizeof(found) - used, "%s%s", used > 0 ? "," : "",
                                 flag->valuestring);
    }
    assert_string_equal(found, expected);
    cJSON_Delete(flags);
    cJSON_Delete(cell);
}

#define CELL(client)                                                                               \
    "{'outcome':'ok','placement':'same','window_seconds':1,'clients':[{" client "}]}"

static void test_a_bare_record_has_no_flags(void **state)
{
    expect_flags("{}", "");
    expect_flags("{'outcome':'ok','clients':[{'mode':'fast','requests':9}]}", "");
}

static void test_client_limited(void **state)
{
    static const char format[] = "{'outcome':'ok','placement':'%s','clients':["
                                 "{'mode':'fast','seconds':1,'cpu':{'user':0.2,'system':0.25}},"
                                 "{'mode':'fast','seconds':1,'cpu':{'user':0.2,'system':0.25}}]}";
    char text[512];

    snprintf(text, sizeof(text), format, "split+pool");
    expect_flags(text, "client-limited");
    snprintf(text, sizeof(text), format, "same+pool");
    expect_flags(text, "");
    /* Each has a CPU of its own there. */
    snprintf(text, sizeof(text), format, "free");
    expect_flags(text, "");
}

static void test_unsteady(void **state)
{
    expect_flags(CELL("'requests':9000,'slices':[90,91,92,90,91,90,91,92,90,91]"), "");
    expect_flags(CELL("'requests':9000,'slices':[90,91,92,90,91,100,101,102,100,101]"), "unsteady");
    /* A trend below 5 %, and too few requests to tell. */
    expect_flags(CELL("'requests':9000,'slices':[90,91,92,90,91,93,93,94,93,94]"), "");
    expect_flags(CELL("'requests':20,'slices':[2,1,3,2,2,1,4,1,2,2]"), "");
    expect_flags(CELL("'requests':9000,'slices':[90,20,92,90,91,90,91,92,90,91]"), "unsteady");
    expect_flags(CELL("'requests':9000,'slices':[90,20,92,90,91,90,91,92,90,91]},{'mode':'slow'"),
                 "");
    /* Requests that come by chance vary by themselves. */
    expect_flags(CELL("'requests':600,'slices':[50,75,68,52,61,47,70,59,66,52]"), "unsteady");
    expect_flags(CELL("'loop':'open','requests':600,'slices':[50,75,68,52,61,47,70,59,66,52]"), "");
    expect_flags(CELL("'requests':9000,'slices':[0,0,0,0,0,0,0,0,0,0]"), "");
}

static void test_littles_law(void **state)
{
#define LOOP "'loop':'closed','connections':64,'pipeline':16,"
    expect_flags(CELL(LOOP "'requests':100000,'rate':100000,'latency':{'mean':0.0102}"), "");
    expect_flags(CELL(LOOP "'requests':100000,'rate':100000,'latency':{'mean':0.0080}"), "little");
    /* Half of the window may be the requests under way at its end. */
    expect_flags(CELL(LOOP "'requests':2000,'rate':100000,'latency':{'mean':0.0080}"), "");
    /* A pause is under way too; and so is a connection that is being opened. */
    expect_flags(CELL(LOOP "'requests':100000,'rate':100000,'think':0.002,"
                           "'latency':{'mean':0.0082}"),
                 "");
    /* It may last longer than asked for, but not be shorter. */
    expect_flags(CELL(LOOP "'requests':100000,'rate':100000,'think':0.002,"
                           "'latency':{'mean':0.0052}"),
                 "");
    expect_flags(CELL(LOOP "'requests':100000,'rate':100000,'think':0.002,"
                           "'latency':{'mean':0.0102}"),
                 "little");
    expect_flags(CELL(LOOP "'requests':100000,'rate':100000,'churn':true,"
                           "'latency':{'mean':0.0080}"),
                 "");
    expect_flags(CELL("'loop':'open','connections':64,'pipeline':16,'requests':100000,"
                      "'rate':100000,'latency':{'mean':0.0001}"),
                 "");
}

static void test_delayed_acknowledgements(void **state)
{
    expect_flags(CELL("'latency':{'p50':0.0001,'p90':0.0002,'p99':0.041}"), "delayed-ack");
    expect_flags(CELL("'latency':{'p50':0.0001,'p90':0.0002,'p99':0.0003,'p999':0.041}"), "");
    expect_flags(CELL("'percentiles':[[0.5,0.0001],[0.9,0.0002],[0.95,0.04],[0.99,0.044]]"),
                 "delayed-ack");
    /* A long tail passes there too. */
    expect_flags(CELL("'percentiles':[[0.5,0.001],[0.9,0.025],[0.95,0.04],[0.99,0.06]]"), "");
    /* All at 40 ms: a long queue where the CPU is busy, else somebody waits. */
    expect_flags("{'outcome':'ok','window_seconds':1,'server':{'cpu_seconds':0.6},'clients':[{"
                 "'cpu':{'user':0.1,'system':0.2},'latency':{'p50':0.040,'p90':0.042}}]}",
                 "");
    expect_flags("{'outcome':'ok','window_seconds':1,'server':{'cpu_seconds':0.01},'clients':[{"
                 "'cpu':{'user':0.01,'system':0.01},'latency':{'p50':0.040,'p90':0.042}}]}",
                 "delayed-ack");
    expect_flags(CELL("'mode':'slow','latency':{'p50':0.0001,'p90':0.0002,'p99':0.041}"), "");
}

static void test_queues_ports_and_migrations(void **state)
{
    expect_flags("{'outcome':'X','host':{'listen_overflows':1,'syn_drops':0}}", "overflow");
    expect_flags("{'outcome':'ok','host':{'listen_overflows':0,'syn_drops':2}}", "overflow");
    expect_flags("{'outcome':'ok','host':{'time_wait_new':24000,'local_ports':28232}}", "ports");
    expect_flags("{'outcome':'ok','host':{'time_wait_new':2000,'local_ports':28232}}", "");
    expect_flags("{'outcome':'client failed','clients':[{'words':'cannot connect: Cannot assign "
                 "requested address'}]}",
                 "ports");
    expect_flags("{'outcome':'ok','server':{'migrations':1},'client_migrations':0}", "migrated");
    expect_flags("{'outcome':'ok','server':{'migrations':null},'client_migrations':2}", "migrated");
}

static void test_bimodal(void **state)
{
    const double two[] = {15, 70, 16, 71, 15, 69, 72, 15, 16};
    const double one[] = {15, 16, 15.5, 15.2, 15.7, 17, 14.9, 15.1, 15.4};
    const double outlier[] = {15, 16, 15.5, 15.2, 15.7, 70, 14.9, 15.1, 15.4};
    const double close[] = {15, 15.1, 15, 15.1, 15, 15.1, 15, 15.1, 15};
    const double same[] = {15, 15, 15, 15, 15, 15, 15, 15, 15};

    assert_true(validity_is_bimodal(two, 9));
    assert_false(validity_is_bimodal(one, 9));
    assert_false(validity_is_bimodal(outlier, 9));
    assert_false(validity_is_bimodal(close, 9));
    assert_false(validity_is_bimodal(same, 9));
    assert_false(validity_is_bimodal(two, 4));
}

/* Eight rounds of one cell, two modes, half of them flagged. */
static void test_flags_of_a_row(void **state)
{
    cJSON *records = cJSON_CreateArray(), *cell = cJSON_CreateObject(), *flags, *document;
    double values[8];
    char text[512], *printed = NULL;
    size_t length;
    FILE *file;

    for (int i = 0; i < 8; i++) {
        snprintf(text, sizeof(text),
                 "{\"row\":\"%s\",\"cells\":[{\"scenario\":\"fast\",\"flags\":[%s],\"server\":"
                 "{\"cpu_seconds\":3,\"requests\":10},\"client_cpu_per_request\":{\"user\":0.05,"
                 "\"system\":0.05}}]}",
                 "uv", i % 2 == 0 ? "\"unsteady\"" : "");
        cJSON_AddItemToArray(records, cJSON_Parse(text));
        values[i] = i % 2 == 0 ? 10 : 20;
    }
    cJSON_AddItemToArray(records, cJSON_Parse("{\"row\":\"other\",\"cells\":[{\"scenario\":"
                                              "\"fast\",\"flags\":[\"ports\"]}]}"));
    cJSON_AddStringToObject(cell, "column", "fast");
    cJSON_AddItemToObject(cell, "rounds", cJSON_CreateDoubleArray(values, 8));
    validity_add_to_row(cell, records, "uv", "fast", values, 8);
    flags = cJSON_GetObjectItem(cell, "flags");
    assert_int_equal(cJSON_GetArraySize(flags), 2);
    assert_int_equal(cJSON_GetObjectItem(flags, "unsteady")->valueint, 4);
    assert_int_equal(cJSON_GetObjectItem(flags, "bimodal")->valueint, 8);
    assert_float_equal(cJSON_GetObjectItem(cell, "client_share")->valuedouble, 0.25, 1e-9);
    document = cJSON_Parse("{\"placement\":{\"name\":\"same\"},\"rows\":[{\"label\":\"uv\","
                           "\"cells\":[]}]}");
    cJSON_AddItemToArray(
        cJSON_GetObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(document, "rows"), 0), "cells"),
        cell);
    file = open_memstream(&printed, &length);
    validity_print(file, document);
    fclose(file);
    assert_string_equal(printed, " Of the CPU time of a request the client takes 25 to 25 %. "
                                 "Flags: unsteady within the window in 1 cell (uv fast); bimodal "
                                 "over the rounds in 1 cell (uv fast).");
    free(printed);
    cJSON_Delete(document);
    cJSON_Delete(records);
}

/* Whether the warnings are about these things, separated by commas, and each says what to do. */
static void expect_warnings(const struct host_facts *facts, const char *expected)
{
    cJSON *warnings = warnings_of(facts);
    char found[256] = "";
    const cJSON *warning;
    size_t used = 0;

    cJSON_ArrayForEach(warning, warnings)
    {
        used += (size_t)snprintf(found + used, sizeof(found) - used, "%s%s", used > 0 ? "," : "",
                                 cJSON_GetObjectItem(warning, "what")->valuestring);
        assert_true(strlen(cJSON_GetObjectItem(warning, "text")->valuestring) > 0);
        assert_true(strlen(cJSON_GetObjectItem(warning, "advice")->valuestring) > 0);
    }
    assert_string_equal(found, expected);
    cJSON_Delete(warnings);
}

static void test_warnings_of_the_host(void **state)
{
    const struct host_facts good = {.governor = "performance",
                                    .load = 0.1,
                                    .steal_share = 0.001,
                                    .cpus = 8,
                                    .placement = "same+pool",
                                    .descriptors = 20000,
                                    .descriptors_needed = 128,
                                    .backlog = 4096,
                                    .connections = 64,
                                    .local_ports = 28232};
    const struct host_facts bad = {.governor = "powersave",
                                   .virtualisation = "KVM",
                                   .turbo = true,
                                   .load = 3,
                                   .steal_share = 0.2,
                                   .cpus = 1,
                                   .shared_core = true,
                                   .placement = "free",
                                   .descriptors = 100,
                                   .descriptors_needed = 128,
                                   .backlog = 32,
                                   .connections = 64,
                                   .local_ports = 1000};
    const struct host_facts unknown = {.load = NAN,
                                       .steal_share = NAN,
                                       .cpus = NAN,
                                       .placement = "same",
                                       .descriptors = NAN,
                                       .descriptors_needed = 128,
                                       .backlog = NAN,
                                       .connections = 64,
                                       .local_ports = NAN};

    expect_warnings(&good, "");
    expect_warnings(&bad, "governor,turbo,load,steal,virtualisation,cpus,cores,placement,"
                          "descriptors,backlog,ports");
    expect_warnings(&unknown, "");
}

static void test_facts_of_this_host(void **state)
{
    struct scenario_set *scenarios = scenario_set_create();
    struct plan plan = {.placement = {.name = "same"}, .scenarios = scenarios};
    struct host_facts facts;
    cJSON *host = host_to_json();

    plan.selected[scenario_of_name(scenarios, "load64") - scenarios->list] = true;
    host_facts_read(&facts, host, &plan);
    assert_true(facts.cpus >= 1);
    assert_true(facts.connections == 64 && facts.descriptors_needed > 64);
    assert_true(facts.backlog > 0 && facts.local_ports > 0);
    assert_false(facts.shared_core);
    assert_false(warnings_is_grouped_apart(getpid()));
    cJSON_Delete(host);
    scenario_set_destroy(scenarios);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_account_of_descendants),
        cmocka_unit_test(test_account_of_one_that_has_ended),
        cmocka_unit_test(test_counts_system_calls),
        cmocka_unit_test(test_thread_files),
        cmocka_unit_test(test_host_counters),
        cmocka_unit_test(test_a_bare_record_has_no_flags),
        cmocka_unit_test(test_client_limited),
        cmocka_unit_test(test_unsteady),
        cmocka_unit_test(test_littles_law),
        cmocka_unit_test(test_delayed_acknowledgements),
        cmocka_unit_test(test_queues_ports_and_migrations),
        cmocka_unit_test(test_bimodal),
        cmocka_unit_test(test_flags_of_a_row),
        cmocka_unit_test(test_warnings_of_the_host),
        cmocka_unit_test(test_facts_of_this_host),
    };

    if (count > 1)
        _exit(make_calls(strtol(arguments[1], NULL, 10)));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
