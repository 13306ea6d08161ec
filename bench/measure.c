#include "bench/measure.h"

#include "bench/clients.h"
#include "bench/json.h"
#include "bench/judge.h"
#include "bench/memory.h"
#include "common/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A row of a round under way. */
struct row_run {
    const struct measure *measure;
    const struct variant *variant;
    struct server *server; /* NULL: to be started */
    cJSON *ends;           /* how its servers ended */
};

static void report_trouble(const struct row_run *run, const struct scenario *scenario,
                           enum outcome outcome, const char *words)
{
    const struct measure_observer *observer = &run->measure->observer;

    if (observer->trouble != NULL)
        observer->trouble(observer->context, run->variant, scenario, outcome, words);
}

static void record_end(struct row_run *run, const struct server_end *end)
{
    cJSON *one = cJSON_CreateObject();

    cJSON_AddNumberToObject(one, "status", end->process.status);
    cJSON_AddNumberToObject(one, "signal", end->process.signal);
    cJSON_AddBoolToObject(one, "killed", end->killed);
    cJSON_AddBoolToObject(one, "clean", end->clean);
    cJSON_AddItemToArray(run->ends, one);
}

/* Ends the server as its state demands, and says what was not as it should be. */
static void end_server(struct row_run *run, const struct scenario *scenario, enum outcome outcome)
{
    struct server_end end = {.killed = true};
    struct problem problem;

    if (run->server == NULL)
        return;
    if (server_has_died(run->server)) {
        server_bury(run->server, &end, &problem);
        report_trouble(run, scenario, OUTCOME_DIED, problem.text);
    } else if (outcome == OUTCOME_HUNG) {
        server_destroy(run->server);
    } else {
        server_stop(run->server, &end, &problem);
        if (!end.clean)
            report_trouble(run, scenario, OUTCOME_NONE, problem.text);
    }
    run->server = NULL;
    record_end(run, &end);
    supervisor_end_orphans(run->measure->supervisor);
}

static const char *first_words(const struct client_report *reports, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (reports[i].words[0] != '\0')
            return reports[i].words;
    return "no client got an answer";
}

/* Runs a scenario's clients and judges. Returns 0, -EINTR, or -errno with the problem. */
static int run_scenario(struct row_run *run, const struct scenario *scenario, double seconds,
                        struct client_report *reports, cJSON *summaries, enum outcome *outcome,
                        struct problem *problem)
{
    size_t count = clients_count(scenario);
    struct clients_run clients = {
        .program = run->measure->client_program,
        .server = run->server,
        .scenario = scenario,
        .slow_n = run->measure->plan->slow_n,
        .seconds = seconds,
        .placement = &run->measure->plan->placement,
    };
    int error = clients_measure(run->measure->supervisor, &clients, reports, summaries, problem);
    bool answered = true;

    if (error < 0)
        return error;
    for (size_t i = 0; i < count; i++)
        answered = answered && reports[i].requests > 0;
    /* The clients' loss of their connections can be noticed before the server's death is. */
    *outcome = judge_reports(reports, count, server_dies_within(run->server, answered ? 0 : 300));
    if (*outcome == OUTCOME_MEASURED || *outcome == OUTCOME_UNSERVED)
        return 0;
    if (*outcome != OUTCOME_DIED)
        report_trouble(run, scenario, *outcome, first_words(reports, count));
    return 0;
}

static int warm_up(struct row_run *run, enum outcome *outcome, struct problem *problem)
{
    struct client_report reports[SCENARIO_CLIENTS];
    cJSON *ignored = cJSON_CreateArray();
    int error = run_scenario(run, &scenarios[0], PLAN_WARM_UP_MILLISECONDS / 1e3, reports, ignored,
                             outcome, problem);

    cJSON_Delete(ignored);
    return error;
}

/* A server that has answered. *outcome says MEASURED, or else what every cell now is. */
static int start_server(struct row_run *run, enum outcome *outcome, struct problem *problem)
{
    struct server_setup setup = {
        .program = run->measure->server_program,
        .placement = &run->measure->plan->placement,
        .workers = run->measure->plan->workers,
    };
    int error =
        server_create(&run->server, run->measure->supervisor, &setup, run->variant, problem);

    if (error < 0) {
        supervisor_end_orphans(run->measure->supervisor);
        if (error == -EINTR)
            return error;
        *outcome = OUTCOME_NOT_STARTED;
        report_trouble(run, NULL, *outcome, problem->text);
        return 0;
    }
    error = warm_up(run, outcome, problem);
    if (error == 0 && *outcome != OUTCOME_MEASURED)
        end_server(run, NULL, *outcome);
    return error;
}

static void add_values(cJSON *cell, const struct scenario *scenario,
                       const struct client_report *reports)
{
    cJSON *values = cJSON_AddObjectToObject(cell, "values");
    bool alone = scenario->groups[1].mode == NULL;

    for (size_t i = 0; i < SCENARIO_GROUPS && scenario->groups[i].mode != NULL; i++) {
        const struct client_group *group = &scenario->groups[i];

        cJSON_AddNumberToObject(values, group->column, client_group_value(group, reports, alone));
        reports += group->clients;
    }
}

/* Measures one cell; where no server can be had, the cell is what start_server said. */
static int measure_cell(struct row_run *run, const struct scenario *scenario,
                        enum outcome *start_outcome, cJSON *cells, struct problem *problem)
{
    struct client_report reports[SCENARIO_CLIENTS];
    cJSON *cell = cJSON_CreateObject(), *clients;
    enum outcome outcome = *start_outcome;
    int error = 0;

    cJSON_AddItemToArray(cells, cell);
    cJSON_AddStringToObject(cell, "scenario", scenario->name);
    clients = cJSON_AddArrayToObject(cell, "clients");
    if (run->server == NULL && outcome == OUTCOME_MEASURED) {
        error = start_server(run, start_outcome, problem);
        outcome = *start_outcome;
    }
    if (error == 0 && outcome == OUTCOME_MEASURED) {
        if (run->measure->observer.begins != NULL)
            run->measure->observer.begins(run->measure->observer.context, scenario);
        error = run_scenario(run, scenario, plan_window(run->measure->plan, scenario), reports,
                             clients, &outcome, problem);
    }
    if (error < 0)
        return error;
    cJSON_AddStringToObject(cell, "outcome", outcome_name(outcome));
    if (outcome == OUTCOME_MEASURED)
        add_values(cell, scenario, reports);
    else if (outcome != OUTCOME_UNSERVED)
        end_server(run, scenario, outcome);
    return 0;
}

int measure_row(const struct measure *measure, size_t row, unsigned round, cJSON **record,
                struct problem *problem)
{
    struct row_run run = {.measure = measure, .variant = &measure->plan->variants.variants[row]};
    int64_t begun = clock_ns();
    cJSON *made = cJSON_CreateObject(), *cells;
    enum outcome outcome = OUTCOME_MEASURED;
    int error = 0;

    cJSON_AddNumberToObject(made, "round", round);
    cJSON_AddStringToObject(made, "row", run.variant->label);
    cells = cJSON_AddArrayToObject(made, "cells");
    run.ends = cJSON_AddArrayToObject(made, "servers");
    for (size_t i = 0; i < scenario_count && error == 0; i++)
        if (plan_measures(measure->plan, run.variant, &scenarios[i], round))
            error = measure_cell(&run, &scenarios[i], &outcome, cells, problem);
    if (error < 0) {
        server_destroy(run.server);
        supervisor_end_orphans(measure->supervisor);
        cJSON_Delete(made);
        return error;
    }
    end_server(&run, NULL, OUTCOME_MEASURED);
    cJSON_AddNumberToObject(made, "seconds", (double)(clock_ns() - begun) / 1e9);
    *record = made;
    return 0;
}
