#include "bench/passes.h"

#include "bench/json.h"
#include "bench/trace.h"
#include "bench/usage.h"
#include "common/clock.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In milliseconds; how long a client may need, and how often to look at the memory. */
enum { CLIENT_LIMIT = 3000, LOOK_INTERVAL = 20 };

static const double IDLE_WINDOW = 0.1, SHORT_WINDOW = 0.05, LONG_WINDOW = 0.2;

struct pass {
    const struct measure *measure;
    const struct variant *variant;
    struct server *server;
};

/* A load and what it is to do meanwhile. */
struct load {
    unsigned connections;
    unsigned idle;
    double seconds;
    double resident; /* the most seen while it ran */
    double requests;
};

static int read_requests(const struct process *process, struct load *load, struct problem *problem)
{
    char *line = process_last_line(process, PROCESS_OUTPUT), *words;
    cJSON *report = json_parse(line, strlen(line));
    double failures =
        json_number_or(report, "errors", 1) + json_number_or(report, "idle_unanswered", 0);
    int error = 0;

    load->requests = json_number_or(report, "requests", 0) + json_number_or(report, "late", 0);
    if (report == NULL || failures > 0 || load->requests == 0) {
        words = process_last_line(process, PROCESS_ERRORS);
        error = problem_set(problem, -EPROTO, "the client %s%.200s",
                            words[0] != '\0' ? "says: " : "got no good answers", words);
        free(words);
    }
    cJSON_Delete(report);
    free(line);
    return error;
}

static int await_client(const struct pass *pass, const struct process *process, struct load *load,
                        struct problem *problem)
{
    int64_t deadline = clock_ms() + CLIENT_LIMIT;
    int error;

    while ((error = supervisor_wait(pass->measure->supervisor, process_is_finished, process,
                                    LOOK_INTERVAL)) == -ETIMEDOUT &&
           clock_ms() < deadline)
        load->resident = fmax(load->resident, usage_resident_bytes(server_process(pass->server)));
    if (error == -ETIMEDOUT)
        return problem_set(problem, error, "%u connections were not all answered within %d s",
                           load->connections + load->idle, CLIENT_LIMIT / 1000);
    return error < 0 ? error : read_requests(process, load, problem);
}

/* Runs a client. Returns 0 and fills the rest of the load; -EINTR; -errno with the problem. */
static int run_load(const struct pass *pass, struct load *load, struct problem *problem)
{
    const struct placement *placement = &pass->measure->plan->placement;
    char port[16], connections[16], idle[16], seconds[32];
    const char *const arguments[] = {pass->measure->client_program,
                                     "load",
                                     "--json",
                                     "--host",
                                     server_host(pass->server),
                                     "--port",
                                     port,
                                     "-d",
                                     seconds,
                                     "-c",
                                     connections,
                                     "--idle",
                                     idle,
                                     NULL};
    struct process *process;
    int error;

    snprintf(port, sizeof(port), "%u", server_port(pass->server));
    snprintf(connections, sizeof(connections), "%u", load->connections);
    snprintf(idle, sizeof(idle), "%u", load->idle);
    snprintf(seconds, sizeof(seconds), "%g", load->seconds);
    error = process_create(&process, pass->measure->supervisor, arguments,
                           placement->pinned ? &placement->clients : NULL, problem);
    if (error < 0)
        return error;
    error = await_client(pass, process, load, problem);
    process_destroy(process);
    return error;
}

static int start_server(struct pass *pass, const struct trace_counter *counter,
                        struct problem *problem)
{
    struct server_setup setup = {
        .program = pass->measure->server_program,
        .placement = &pass->measure->plan->placement,
        .workers = pass->measure->plan->workers,
        .counter = counter,
    };

    return server_create(&pass->server, pass->measure->supervisor, &setup, pass->variant, problem);
}

static void end_server(struct pass *pass)
{
    server_destroy(pass->server);
    pass->server = NULL;
    supervisor_end_orphans(pass->measure->supervisor);
}

static int measure_memory(struct pass *pass, double *bytes, struct problem *problem)
{
    struct load first = {.connections = 1, .seconds = SHORT_WINDOW};
    struct load idle = {.connections = 1, .idle = PASSES_IDLE, .seconds = IDLE_WINDOW};
    double before = NAN;
    int error = start_server(pass, NULL, problem);

    if (error == 0)
        error = run_load(pass, &first, problem);
    if (error == 0)
        before = usage_resident_bytes(server_process(pass->server));
    if (error == 0)
        error = run_load(pass, &idle, problem);
    *bytes = fmax(idle.resident - before, 0) / PASSES_IDLE;
    if (error == 0 && (isnan(before) || idle.resident == 0))
        error = problem_set(problem, -ENOENT, "its memory could not be seen");
    end_server(pass);
    return error;
}

/* Of one server under a tracer. */
static int count_calls(struct pass *pass, const struct trace_counter *counter, unsigned connections,
                       double *calls, struct problem *problem)
{
    struct load loads[2] = {{.connections = connections, .seconds = SHORT_WINDOW},
                            {.connections = connections, .seconds = LONG_WINDOW}};
    double made[2] = {0};
    int error = 0;

    for (int i = 0; i < 2 && error == 0; i++) {
        double before = trace_counter_value(counter);

        error = run_load(pass, &loads[i], problem);
        made[i] = trace_counter_value(counter) - before;
    }
    if (error < 0)
        return error;
    *calls = (made[1] - made[0]) / (loads[1].requests - loads[0].requests);
    if (loads[1].requests <= loads[0].requests || *calls < 0)
        return problem_set(problem, -ERANGE, "there were too few requests");
    return 0;
}

/* Stores a number, or null and its reason. */
static void add_result(cJSON *object, const char *name, double value, int error, cJSON *reasons,
                       const char *about, const struct problem *problem)
{
    json_add_known(object, name, error == 0 ? value : NAN);
    if (error < 0)
        cJSON_AddStringToObject(reasons, about, problem->text);
}

static int measure_calls(struct pass *pass, cJSON *result, cJSON *reasons)
{
    static const struct {
        unsigned connections;
        const char *name;
        const char *about;
    } columns[] = {{1, "1", "system_calls_per_request:1"},
                   {64, "64", "system_calls_per_request:64"}};
    cJSON *object = cJSON_AddObjectToObject(result, "system_calls_per_request");
    struct trace_counter *counter = NULL;
    struct problem problem;
    int error = trace_counter_create(&counter, &problem), failed = 0;

    if (error == 0)
        error = start_server(pass, counter, &problem);
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]) && failed != -EINTR; i++) {
        double calls = NAN;

        failed = error < 0 ? error
                           : count_calls(pass, counter, columns[i].connections, &calls, &problem);
        /* What is late or left over would count with the next one. */
        if (failed < 0 && error == 0)
            error = problem_set(&problem, failed, "%.900s", problem.text);
        add_result(object, columns[i].name, calls, failed, reasons, columns[i].about, &problem);
    }
    end_server(pass);
    trace_counter_destroy(counter);
    return failed == -EINTR ? failed : 0;
}

int passes_measure(const struct measure *measure, const struct variant *variant, cJSON **result)
{
    struct pass pass = {.measure = measure, .variant = variant};
    cJSON *made = cJSON_CreateObject(), *reasons = cJSON_CreateObject();
    struct problem problem;
    double bytes = NAN;
    int error = measure_memory(&pass, &bytes, &problem);

    if (error != -EINTR) {
        add_result(made, "memory_per_connection", bytes, error, reasons, "memory_per_connection",
                   &problem);
        error = measure_calls(&pass, made, reasons);
    }
    cJSON_AddItemToObject(made, "reasons", reasons);
    if (error < 0) {
        cJSON_Delete(made);
        return error;
    }
    *result = made;
    return 0;
}

static const cJSON *passes_of(const cJSON *records, const char *label)
{
    const cJSON *record;

    cJSON_ArrayForEach(record, records)
    {
        const char *row = json_text_or_null(record, "row");
        const cJSON *passes = cJSON_GetObjectItemCaseSensitive(record, "passes");

        if (passes != NULL && row != NULL && strcmp(row, label) == 0)
            return passes;
    }
    return NULL;
}

bool passes_are_done(const cJSON *records, const char *label)
{
    return passes_of(records, label) != NULL;
}

void passes_add_to_row(cJSON *row, const cJSON *records)
{
    static const char *const members[] = {"memory_per_connection", "system_calls_per_request"};
    const char *label = json_text_or_null(row, "label");
    const cJSON *passes = label != NULL ? passes_of(records, label) : NULL;

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const cJSON *member = cJSON_GetObjectItemCaseSensitive(passes, members[i]);

        if (member != NULL)
            cJSON_AddItemToObject(row, members[i], cJSON_Duplicate(member, true));
    }
}
