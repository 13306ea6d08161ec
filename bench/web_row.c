#include "bench/web_row.h"

#include "bench/front.h"
#include "bench/json.h"
#include "bench/plan_web.h"
#include "bench/web_client.h"
#include "common/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer than any client needs that does what it is asked for; of a million URLs 17 minutes, and
 * more where the client is known to be slow. */
static const double LIMIT_SECONDS = 10, LIMIT_IDEALS = 5, LIMIT_EACH = 0.001;

/* A row of a round under way. */
struct web_row {
    const struct measure *measure;
    const struct variant *variant;
    unsigned round;
    cJSON *ends; /* how its servers ended */
};

/* One cell of it. */
struct web_cell {
    const struct scenario *scenario;
    const struct placement *placement;
    uint64_t targets; /* of all its URLs, see web_list.h */
    struct web_client_report client;
    struct front *front; /* while it runs; NULL: the client is served by the server itself */
    bool counted;        /* the connections of the client are known: */
    double connections;
    cJSON *seen; /* what the server says at its end; NULL: nothing */
    cJSON *object;
    enum outcome outcome;
};

static void report_trouble(const struct web_row *row, const struct web_cell *cell,
                           enum outcome outcome, const char *words)
{
    const struct measure_observer *observer = &row->measure->observer;

    if (observer->trouble != NULL)
        observer->trouble(observer->context, row->variant, cell->scenario, outcome, words);
}

static double answered_with_200(const struct web_cell *cell)
{
    return json_number_or(cJSON_GetObjectItemCaseSensitive(cell->seen, "answers"), "200", 0);
}

/* Whether the server has answered what was asked for, that often, and nothing else. */
static bool saw_each_once(const struct web_cell *cell)
{
    const char *targets = json_text_or_null(cell->seen, "targets");
    double urls = cell->scenario->web.urls;
    char expected[32];

    snprintf(expected, sizeof(expected), "%016" PRIx64, cell->targets);
    return targets != NULL && strcmp(targets, expected) == 0 &&
           json_number_or(cell->seen, "requests", 0) == urls && answered_with_200(cell) == urls;
}

/* Says in words what is wrong with the client. */
static enum outcome judge_client(const struct web_client_report *client, char *words, size_t size)
{
    if (client->hung) {
        snprintf(words, size, "%s", client->words);
        return OUTCOME_HUNG;
    }
    if (client->lost) {
        snprintf(words, size, "there is no account of it: %.200s", client->words);
        return OUTCOME_CLIENT_FAILED;
    }
    if (client->signal != 0) {
        snprintf(words, size, "killed by signal %d", client->signal);
        return OUTCOME_DIED;
    }
    if (client->status != 0) {
        snprintf(words, size, "it exited with status %d%s%.200s", client->status,
                 client->words[0] != '\0' ? ": " : "", client->words);
        return OUTCOME_CLIENT_FAILED;
    }
    return OUTCOME_MEASURED;
}

/* Says in words what is wrong with the cell. */
static enum outcome judge(const struct web_cell *cell, char *words, size_t size)
{
    enum outcome outcome = judge_client(&cell->client, words, size);

    if (outcome != OUTCOME_MEASURED)
        return outcome;
    if (cell->seen == NULL) {
        snprintf(words, size, "webserver does not say what it was asked for");
        return OUTCOME_WRONG;
    }
    if (saw_each_once(cell) && cell->counted)
        return OUTCOME_MEASURED;
    if (saw_each_once(cell)) {
        snprintf(words, size, "nginx does not say how many connections it has accepted");
        return OUTCOME_WRONG;
    }
    snprintf(words, size,
             "not each of %u URLs was answered with 200 exactly once: %.0f requests, %.0f such "
             "answers%s",
             cell->scenario->web.urls, json_number_or(cell->seen, "requests", 0),
             answered_with_200(cell),
             answered_with_200(cell) == cell->scenario->web.urls ? ", but of other URLs" : "");
    return OUTCOME_WRONG;
}

static double value_of(const struct web_cell *cell, const char *name)
{
    const struct url_list *web = &cell->scenario->web;
    double ideal = plan_web_ideal(cell->scenario);
    double fetch = json_number_or(cell->seen, "seconds", 0);

    if (strcmp(name, "over_ideal") == 0)
        return cell->client.seconds / ideal;
    if (strcmp(name, "fetch_over_ideal") == 0)
        return fetch / ideal;
    if (strcmp(name, "rate") == 0)
        return web->urls / cell->client.seconds;
    if (strcmp(name, "fetch_rate") == 0)
        return fetch > 0 ? web->urls / fetch : 0;
    if (strcmp(name, "cpu") == 0)
        return (cell->client.user + cell->client.system) / web->urls * 1e6;
    if (strcmp(name, "memory") == 0)
        return cell->client.resident_bytes / (1024.0 * 1024.0);
    return cell->connections;
}

static void add_values(struct web_cell *cell)
{
    const struct scenario *scenario = cell->scenario;
    cJSON *values = cJSON_AddObjectToObject(cell->object, "values"), *cpu;

    for (size_t i = 0; i < SCENARIO_GROUPS && scenario->groups[i].mode != NULL; i++)
        cJSON_AddNumberToObject(values, scenario->groups[i].column,
                                value_of(cell, scenario->groups[i].value));
    cpu = cJSON_AddObjectToObject(cell->object, "client_cpu_per_request");
    cJSON_AddNumberToObject(cpu, "user", cell->client.user / scenario->web.urls);
    cJSON_AddNumberToObject(cpu, "system", cell->client.system / scenario->web.urls);
}

static double limit_of(const struct variant *variant, const struct scenario *scenario)
{
    double ideal = plan_web_least(variant, scenario) + variant->start_seconds +
                   variant->url_seconds * scenario->web.urls;

    return LIMIT_SECONDS + LIMIT_IDEALS * ideal + LIMIT_EACH * scenario->web.urls;
}

static int run_client(struct web_row *row, struct web_cell *cell, const struct server *server,
                      struct problem *problem)
{
    struct web_list list;
    struct web_client_run run = {
        .program = row->measure->client_program,
        .variant = row->variant,
        .list = &list,
        .certificate = cell->front != NULL ? front_parts_certificate(row->measure->front) : NULL,
        .concurrency = cell->scenario->web.concurrency,
        .cpus = cell->placement->pinned ? &cell->placement->clients : NULL,
        .limit = limit_of(row->variant, cell->scenario),
    };
    cJSON *document = NULL;
    int error = cell->front != NULL ? web_list_create(&list, &cell->scenario->web, "https",
                                                      front_port(cell->front), problem)
                                    : web_list_create(&list, &cell->scenario->web, "http",
                                                      server_port(server), problem);

    if (error < 0)
        return error;
    cell->targets = list.targets;
    error = web_client_measure(row->measure->supervisor, &run, &cell->client, &document, problem);
    web_list_finish(&list);
    if (document != NULL)
        cJSON_AddItemToObject(cell->object, "client", document);
    return error;
}

/* Starts what the row's variant wants before the server. */
static int begin_front(struct web_row *row, struct web_cell *cell, const struct server *server,
                       struct problem *problem)
{
    struct front_setup setup = {
        .parts = row->measure->front,
        .placement = cell->placement,
        .http2 = row->variant->front == VARIANT_HTTP2,
        .concurrency = cell->scenario->web.concurrency,
        .server_port = server_port(server),
    };

    if (row->variant->front == VARIANT_DIRECT)
        return 0;
    return front_create(&cell->front, row->measure->supervisor, &setup, problem);
}

/* Ends it and takes what it has counted. */
static void end_front(struct web_row *row, struct web_cell *cell)
{
    struct server_end end;
    struct problem problem;
    unsigned connections = 0;
    cJSON *object;

    if (cell->front == NULL)
        return;
    cell->counted = front_count_connections(cell->front, &connections) == 0;
    cell->connections = connections;
    front_stop(cell->front, &end, &problem);
    cell->front = NULL;
    if (!end.clean)
        report_trouble(row, cell, OUTCOME_NONE, problem.text);
    object = cJSON_AddObjectToObject(cell->object, "front");
    if (cell->counted)
        cJSON_AddNumberToObject(object, "connections", cell->connections);
    cJSON_AddItemToObject(object, "end", server_end_to_json(&end));
}

/* Ends the server and takes what it has seen. Returns 0, or -EINTR where it could not end. */
static int end_server(struct web_row *row, struct web_cell *cell, struct server *server)
{
    struct server_end end;
    struct problem problem;
    char *line;

    server_stop_and_read(server, &end, &line, &problem);
    if (!end.clean)
        report_trouble(row, cell, OUTCOME_NONE, problem.text);
    cJSON_AddItemToArray(row->ends, server_end_to_json(&end));
    cell->seen = json_parse(line, strlen(line));
    if (cell->seen != NULL)
        cJSON_AddItemToObject(cell->object, "server_saw", cell->seen);
    if (row->variant->front == VARIANT_DIRECT) {
        cell->connections = json_number_or(cell->seen, "connections", 0);
        cell->counted = true;
    }
    free(line);
    supervisor_end_orphans(row->measure->supervisor);
    return end.cut_short ? -EINTR : 0;
}

static int measure_cell(struct web_row *row, struct web_cell *cell, struct problem *problem)
{
    struct server_setup setup = {.program = row->measure->server_program,
                                 .placement = cell->placement};
    const struct measure_observer *observer = &row->measure->observer;
    struct server *server;
    char words[512];
    int error;

    if (observer->begins != NULL)
        observer->begins(observer->context, cell->scenario);
    error = server_create_web(&server, row->measure->supervisor, &setup, problem);
    if (error == 0) {
        error = begin_front(row, cell, server, problem);
        if (error < 0)
            server_destroy(server);
    }
    if (error == -EINTR)
        return error;
    if (error < 0) {
        cell->outcome = OUTCOME_NOT_STARTED;
        report_trouble(row, cell, cell->outcome, problem->text);
        return 0;
    }
    error = run_client(row, cell, server, problem);
    if (error < 0) {
        front_destroy(cell->front);
        server_destroy(server);
        supervisor_end_orphans(row->measure->supervisor);
        return error;
    }
    end_front(row, cell);
    error = end_server(row, cell, server);
    if (error < 0)
        return error;
    cell->outcome = judge(cell, words, sizeof(words));
    if (cell->outcome == OUTCOME_MEASURED)
        add_values(cell);
    else
        report_trouble(row, cell, cell->outcome, words);
    return 0;
}

/* What need not be tried; says in the first round why. */
static enum outcome foresee(const struct web_row *row, const struct web_cell *cell)
{
    const struct variant *variant = row->variant;
    enum outcome outcome = OUTCOME_IMPOSSIBLE;
    char words[200];

    if (plan_web_is_too_long(variant, cell->scenario)) {
        outcome = OUTCOME_TOO_LONG;
        snprintf(words, sizeof(words), "the delays alone take %.0f s, one after the other",
                 plan_web_least(variant, cell->scenario));
    } else if (variant->concurrency_most > 0 &&
               cell->scenario->web.concurrency > variant->concurrency_most) {
        snprintf(words, sizeof(words), "it fetches at most %u URLs at a time",
                 variant->concurrency_most);
    } else if (scenario_fits_descriptors(cell->scenario, words, sizeof(words)) &&
               (variant->front == VARIANT_DIRECT ||
                front_fits_descriptors(cell->scenario->web.concurrency, words, sizeof(words)))) {
        return OUTCOME_MEASURED;
    }
    if (row->round == 0)
        report_trouble(row, cell, outcome, words);
    return outcome;
}

static int add_cell(struct web_row *row, const struct scenario *scenario, cJSON *cells,
                    struct problem *problem)
{
    struct web_cell cell = {.scenario = scenario,
                            .placement = plan_placement(row->measure->plan, scenario),
                            .object = cJSON_CreateObject()};
    int error = 0;

    cJSON_AddItemToArray(cells, cell.object);
    cJSON_AddStringToObject(cell.object, "scenario", scenario->name);
    cJSON_AddStringToObject(cell.object, "placement", cell.placement->name);
    cell.outcome = foresee(row, &cell);
    if (cell.outcome == OUTCOME_MEASURED)
        error = measure_cell(row, &cell, problem);
    cJSON_AddStringToObject(cell.object, "outcome", outcome_name(cell.outcome));
    return error;
}

int web_row_measure(const struct measure *measure, size_t row, unsigned round, cJSON **record,
                    struct problem *problem)
{
    struct web_row run = {
        .measure = measure, .variant = &measure->plan->variants.variants[row], .round = round};
    const struct scenario_set *scenarios = measure->plan->scenarios;
    int64_t begun = clock_ns();
    cJSON *made = cJSON_CreateObject(), *cells;
    int error = 0;

    cJSON_AddNumberToObject(made, "round", round);
    cJSON_AddStringToObject(made, "row", run.variant->label);
    cells = cJSON_AddArrayToObject(made, "cells");
    run.ends = cJSON_AddArrayToObject(made, "servers");
    for (size_t i = 0; i < scenarios->count && error == 0; i++)
        if (plan_measures(measure->plan, run.variant, &scenarios->list[i], round))
            error = add_cell(&run, &scenarios->list[i], cells, problem);
    if (error < 0) {
        cJSON_Delete(made);
        return error;
    }
    cJSON_AddNumberToObject(made, "seconds", (double)(clock_ns() - begun) / 1e9);
    *record = made;
    return 0;
}
