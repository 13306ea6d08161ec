#include "bench/measure.h"

#include "bench/account.h"
#include "bench/capacity.h"
#include "bench/clients.h"
#include "bench/json.h"
#include "bench/judge.h"
#include "bench/memory.h"
#include "bench/passes.h"
#include "bench/validity.h"
#include "bench/warnings.h"
#include "bench/web_row.h"
#include "common/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A row of a round under way. */
struct row_run {
    const struct measure *measure;
    const struct variant *variant;
    unsigned round;
    struct server *server;             /* NULL: to be started */
    const struct placement *placement; /* where it is, or is to be */
    cJSON *ends;                       /* how its servers ended */
    bool cut_short;                    /* the last one was not let to end */
};

static void report_trouble(const struct row_run *run, const struct scenario *scenario,
                           enum outcome outcome, const char *words)
{
    const struct measure_observer *observer = &run->measure->observer;

    if (observer->trouble != NULL)
        observer->trouble(observer->context, run->variant, scenario, outcome, words);
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
        run->cut_short = end.cut_short;
        if (!end.clean)
            report_trouble(run, scenario, OUTCOME_NONE, problem.text);
    }
    run->server = NULL;
    cJSON_AddItemToArray(run->ends, server_end_to_json(&end));
    supervisor_end_orphans(run->measure->supervisor);
}

static const char *first_words(const struct client_report *reports, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (reports[i].words[0] != '\0')
            return reports[i].words;
    return "no client got an answer";
}

/*
 * Runs a scenario's clients and judges; account may be NULL. Returns 0, -EINTR, or -errno with the
 * problem.
 */
static int run_scenario(struct row_run *run, const struct scenario *scenario, double seconds,
                        struct account *account, struct client_report *reports, cJSON *summaries,
                        enum outcome *outcome, struct problem *problem)
{
    size_t count = clients_count(scenario);
    struct clients_run clients = {
        .program = run->measure->client_program,
        .server = run->server,
        .scenario = scenario,
        .plan = run->measure->plan,
        .slow_n = plan_slow_n(run->measure->plan, run->variant),
        .seed = run->round + 1,
        .seconds = seconds,
        .placement = run->placement,
        .look = account != NULL ? account_look : NULL,
        .context = account,
    };
    int error = clients_measure(run->measure->supervisor, &clients, reports, summaries, problem);
    bool answered = true;

    if (error < 0)
        return error;
    for (size_t i = 0; i < count; i++)
        answered = answered && reports[i].requests > 0 && reports[i].missing == 0;
    /* The clients' loss of their connections can be noticed before the server's death is. */
    *outcome = judge_reports(reports, count, server_dies_within(run->server, answered ? 0 : 300));
    return 0;
}

/* How a server died its own last words say, in end_server. */
static void report_outcome(const struct row_run *run, const struct scenario *scenario,
                           const struct client_report *reports, size_t count, enum outcome outcome)
{
    if (outcome != OUTCOME_MEASURED && outcome != OUTCOME_UNSERVED && outcome != OUTCOME_DIED)
        report_trouble(run, scenario, outcome, first_words(reports, count));
}

static int warm_up(struct row_run *run, enum outcome *outcome, struct problem *problem)
{
    struct client_report reports[SCENARIO_CLIENTS];
    cJSON *ignored = cJSON_CreateArray();
    int error = run_scenario(run, &scenario_warm_up, PLAN_WARM_UP_MILLISECONDS / 1e3, NULL, reports,
                             ignored, outcome, problem);

    cJSON_Delete(ignored);
    if (error == 0)
        report_outcome(run, NULL, reports, 1, *outcome);
    return error;
}

/* Of the first round only: it will be so in each. */
static void say_grouped_apart(const struct row_run *run)
{
    pid_t server = server_process(run->server);

    if (run->round == 0 && server > 0 && warnings_is_grouped_apart(server))
        report_trouble(run, NULL, OUTCOME_NONE,
                       "it began a session of its own, so it competes with the clients as one "
                       "group with another, and nice values do not act between them; start it "
                       "without setsid");
}

/* A server that has answered. *outcome says MEASURED, or else what every cell now is. */
static int start_server(struct row_run *run, enum outcome *outcome, struct problem *problem)
{
    struct server_setup setup = {
        .program = run->measure->server_program,
        .placement = run->placement,
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
    say_grouped_apart(run);
    error = warm_up(run, outcome, problem);
    if (error == 0 && *outcome != OUTCOME_MEASURED)
        end_server(run, NULL, *outcome);
    return error;
}

/* Returns false where a column has none, for want of requests. */
static bool add_values(cJSON *cell, const struct scenario *scenario,
                       const struct client_report *reports)
{
    cJSON *values = cJSON_AddObjectToObject(cell, "values");
    bool alone = scenario->groups[1].mode == NULL, complete = true;

    for (size_t i = 0; i < SCENARIO_GROUPS && scenario->groups[i].mode != NULL; i++) {
        const struct client_group *group = &scenario->groups[i];
        double value = client_group_value(group, reports, alone);

        complete = complete && value > 0;
        cJSON_AddNumberToObject(values, group->column, value);
        reports += group->clients;
    }
    if (!complete)
        cJSON_DeleteItemFromObjectCaseSensitive(cell, "values");
    return complete;
}

/*
 * Whether a slow client was answered behind the window only, while all fast ones were served: that
 * is a short window (a pool at low priority beside other work, say) as likely as a strategy that
 * cannot serve both.
 */
static bool was_too_short(const struct scenario *scenario, const struct client_report *reports,
                          enum outcome outcome)
{
    bool too_short = false;

    if (outcome != OUTCOME_UNSERVED && outcome != OUTCOME_TOO_SLOW)
        return false;
    for (size_t i = 0; i < SCENARIO_GROUPS; i++)
        for (unsigned j = 0; j < scenario->groups[i].clients; j++, reports++) {
            if (!scenario->groups[i].slow && reports->requests == 0)
                return false;
            too_short = too_short || (reports->requests == 0 && reports->late > 0);
        }
    return too_short;
}

/* Whether an earlier round found that a longer window changes nothing. */
static bool is_known_unserved(const struct row_run *run, const struct scenario *scenario)
{
    const cJSON *record, *cell;

    cJSON_ArrayForEach(record, run->measure->records)
    {
        if (strcmp(json_text_or_null(record, "row"), run->variant->label) != 0)
            continue;
        cJSON_ArrayForEach(cell, cJSON_GetObjectItemCaseSensitive(record, "cells"))
        {
            if (strcmp(json_text_or_null(cell, "scenario"), scenario->name) == 0 &&
                cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(cell, "repeated")) &&
                strcmp(json_text_or_null(cell, "outcome"), outcome_name(OUTCOME_UNSERVED)) == 0)
                return true;
        }
    }
    return false;
}

/* Runs a scenario, and where its window was too short, once more with a longer one. */
static int run_cell(struct row_run *run, const struct scenario *scenario, cJSON *cell,
                    enum outcome *outcome, struct problem *problem)
{
    struct client_report reports[SCENARIO_CLIENTS];
    double window = plan_row_window(run->measure->plan, run->variant, scenario);
    cJSON *clients = cJSON_AddArrayToObject(cell, "clients");
    struct account *account = account_begin(server_process(run->server), run->placement);
    int error = run_scenario(run, scenario, window, account, reports, clients, outcome, problem);

    if (error == 0 && was_too_short(scenario, reports, *outcome) &&
        !is_known_unserved(run, scenario)) {
        window *= PLAN_LONGER_WINDOW;
        cJSON_AddBoolToObject(cell, "repeated", true);
        clients = cJSON_CreateArray();
        cJSON_ReplaceItemInObjectCaseSensitive(cell, "clients", clients);
        account_destroy(account);
        account = account_begin(server_process(run->server), run->placement);
        error = run_scenario(run, scenario, window, account, reports, clients, outcome, problem);
    }
    if (error < 0) {
        account_destroy(account);
        return error;
    }
    account_end(account, clients, cell);
    cJSON_AddNumberToObject(cell, "window_seconds", window);
    report_outcome(run, scenario, reports, clients_count(scenario), *outcome);
    if (*outcome == OUTCOME_MEASURED && !add_values(cell, scenario, reports))
        *outcome = OUTCOME_TOO_FEW;
    return 0;
}

/* Whether it can be measured here at all; says in the first round why not. */
static bool is_possible(const struct row_run *run, const struct scenario *scenario)
{
    char words[160] = "the reference's capacity is not known";
    bool possible = true;

    for (size_t i = 0; i < SCENARIO_GROUPS; i++)
        possible = possible && !capacity_is_missing(run->measure->plan, &scenario->groups[i]);
    possible = possible && scenario_fits_descriptors(scenario, words, sizeof(words));
    if (!possible && run->round == 0)
        report_trouble(run, scenario, OUTCOME_IMPOSSIBLE, words);
    return possible;
}

/* Measures one cell; where no server can be had, the cell is what start_server said. */
static int measure_cell(struct row_run *run, const struct scenario *scenario,
                        enum outcome *start_outcome, cJSON *cells, struct problem *problem)
{
    const struct measure_observer *observer = &run->measure->observer;
    const struct placement *placement = plan_placement(run->measure->plan, scenario);
    cJSON *cell = cJSON_CreateObject();
    enum outcome outcome;
    int error = 0;

    cJSON_AddItemToArray(cells, cell);
    cJSON_AddStringToObject(cell, "scenario", scenario->name);
    cJSON_AddStringToObject(cell, "placement", placement->name);
    if (!is_possible(run, scenario)) {
        cJSON_AddStringToObject(cell, "outcome", outcome_name(OUTCOME_IMPOSSIBLE));
        return 0;
    }
    if (strcmp(placement->name, run->placement->name) != 0) {
        end_server(run, scenario, OUTCOME_MEASURED);
        run->placement = placement;
    }
    if (run->server == NULL && *start_outcome == OUTCOME_MEASURED)
        error = start_server(run, start_outcome, problem);
    outcome = *start_outcome;
    if (error == 0 && outcome == OUTCOME_MEASURED) {
        if (observer->begins != NULL)
            observer->begins(observer->context, scenario);
        error = run_cell(run, scenario, cell, &outcome, problem);
    }
    if (error < 0)
        return error;
    cJSON_AddStringToObject(cell, "outcome", outcome_name(outcome));
    cJSON_AddItemToObject(cell, "flags", validity_flags(cell));
    if (outcome != OUTCOME_MEASURED && outcome != OUTCOME_UNSERVED && outcome != OUTCOME_TOO_FEW)
        end_server(run, scenario, outcome);
    return 0;
}

/* Once for a row, and where there are processes to look at. */
static int run_passes(struct row_run *run, cJSON *record)
{
    const struct measure *measure = run->measure;
    cJSON *passes;
    int error;

    if (!measure->plan->passes || run->round > 0 || run->variant->kind == VARIANT_CONNECT ||
        passes_are_done(measure->records, run->variant->label))
        return 0;
    error = passes_measure(measure, run->variant, &passes);
    if (error == 0)
        cJSON_AddItemToObject(record, "passes", passes);
    return error;
}

static int measure_server_row(const struct measure *measure, size_t row, unsigned round,
                              cJSON **record, struct problem *problem)
{
    struct row_run run = {.measure = measure,
                          .variant = &measure->plan->variants.variants[row],
                          .round = round,
                          .placement = &measure->plan->placement};
    const struct scenario *scenarios = measure->plan->scenarios->list;
    size_t scenario_count = measure->plan->scenarios->count;
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
    if (run.cut_short)
        error = -EINTR;
    else if (outcome == OUTCOME_MEASURED)
        error = run_passes(&run, made);
    if (error < 0) {
        cJSON_Delete(made);
        return error;
    }
    cJSON_AddNumberToObject(made, "seconds", (double)(clock_ns() - begun) / 1e9);
    *record = made;
    return 0;
}

int measure_row(const struct measure *measure, size_t row, unsigned round, cJSON **record,
                struct problem *problem)
{
    return measure->plan->variants.variants[row].web
               ? web_row_measure(measure, row, round, record, problem)
               : measure_server_row(measure, row, round, record, problem);
}
