#include "bench/session.h"

#include "bench/file.h"
#include "bench/host.h"
#include "bench/json.h"
#include "bench/memory.h"
#include "bench/progress.h"
#include "bench/results.h"
#include "bench/session_past.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REDRAW_MILLISECONDS = 250 };

struct session {
    struct session_setup setup;
    struct journal *journal;
    cJSON *head;
    cJSON *records;
    struct progress progress;
};

static struct session *session_of(const struct session_setup *setup)
{
    struct session *session = memory_zeroed(1, sizeof(*session));

    session->setup = *setup;
    return session;
}

void session_destroy(struct session *session)
{
    if (session == NULL)
        return;
    journal_close(session->journal);
    cJSON_Delete(session->head);
    cJSON_Delete(session->records);
    free(session);
}

static bool is_done(const struct session *session, unsigned round, const char *label)
{
    const cJSON *record;

    cJSON_ArrayForEach(record, session->records)
    {
        if (json_number_or(record, "round", -1) == round &&
            strcmp(json_text_or_null(record, "row"), label) == 0)
            return true;
    }
    return false;
}

static bool measures_anything(const struct plan *plan, const struct variant *variant,
                              unsigned round)
{
    for (size_t i = 0; i < scenario_count; i++)
        if (plan_measures(plan, variant, &scenarios[i], round))
            return true;
    return false;
}

unsigned session_done(const struct session *session)
{
    return (unsigned)cJSON_GetArraySize(session->records);
}

unsigned session_total(const struct session *session)
{
    const struct plan *plan = session->setup.plan;
    unsigned total = 0;

    for (unsigned round = 0; round < plan->rounds; round++)
        for (size_t row = 0; row < plan->variants.count; row++)
            total += measures_anything(plan, &plan->variants.variants[row], round);
    return total;
}

static void print_trouble(void *context, const struct variant *variant,
                          const struct scenario *scenario, enum outcome outcome, const char *words)
{
    struct session *session = context;

    progress_clear(&session->progress);
    fprintf(stderr, "fibbench: %s%s%s: %s%s%s\n", variant->label, scenario != NULL ? ", " : "",
            scenario != NULL ? scenario->name : "",
            outcome != OUTCOME_NONE ? outcome_name(outcome) : "",
            outcome != OUTCOME_NONE ? ": " : "", words);
    progress_draw(&session->progress);
}

static void show_scenario(void *context, const struct scenario *scenario)
{
    struct session *session = context;

    progress_detail(&session->progress, scenario->name);
}

static struct measure measure_of(struct session *session)
{
    return (struct measure){
        .supervisor = session->setup.supervisor,
        .plan = session->setup.plan,
        .server_program = session->setup.server_program,
        .client_program = session->setup.client_program,
        .records = session->records,
        .observer = {session, show_scenario, print_trouble},
    };
}

/*
 * A language that cannot be calibrated is asked for the number that was given for it, or for what
 * the backends are asked: its cells will say more.
 */
static int calibrate_family(struct session *session, const struct variant *first)
{
    struct variant_list *variants = &session->setup.plan->variants;
    struct measure measure = measure_of(session);
    struct problem problem;
    double seconds;
    unsigned n;
    int error =
        measure_slow_request(&measure, first->family, first->slow_n, &n, &seconds, &problem);

    if (error < 0 && error != -EINTR)
        fprintf(stderr, "fibbench: cannot calibrate the slow request of the peers in %s: %s\n",
                first->family, problem.text);
    if (error < 0)
        return error == -EINTR ? error : 0;
    fprintf(stderr, "fibbench: in %s F(%u) takes %.3f s\n", first->family, n, seconds);
    for (size_t i = 0; i < variants->count; i++)
        if (variant_same_family(&variants->variants[i], first)) {
            variants->variants[i].slow_n = n;
            variants->variants[i].slow_seconds = seconds;
        }
    return 0;
}

static int calibrate_peers(struct session *session)
{
    const struct variant_list *variants = &session->setup.plan->variants;
    int error = 0;

    for (size_t i = 0; i < variants->count && error == 0; i++)
        if (variant_list_begins_family(variants, i))
            error = calibrate_family(session, &variants->variants[i]);
    return error;
}

static bool has_only_peers(const struct plan *plan)
{
    for (size_t i = 0; i < plan->variants.count; i++)
        if (!plan->variants.variants[i].peer && variant_computes(&plan->variants.variants[i]))
            return false;
    return true;
}

static int calibrate(struct session *session, struct problem *problem)
{
    struct plan *plan = session->setup.plan;
    struct measure measure = measure_of(session);
    struct problem inner;
    int error;

    if (plan_has_slow(plan)) {
        fprintf(stderr, "fibbench: calibrating the slow request\n");
        error = calibrate_peers(session);
        if (error < 0)
            return error;
    }
    if (plan_has_slow(plan) && !has_only_peers(plan)) {
        error = measure_slow_request(&measure, NULL, session->setup.options->slow_n, &plan->slow_n,
                                     &plan->slow_seconds, &inner);
        if (error == -EINTR)
            return error;
        if (error < 0)
            return problem_set(problem, error, "cannot calibrate the slow request: %.900s",
                               inner.text);
        fprintf(stderr, "fibbench: F(%u) takes %.3f s\n", plan->slow_n, plan->slow_seconds);
    }
    plan->calibrated = true;
    if (session->setup.options->duration == 0)
        plan_fit(plan);
    return 0;
}

/* The journal's first line: the command line, which may hold paths, beside the results' head. */
static cJSON *journal_head(const struct session *session, int count, char **arguments)
{
    cJSON *head = cJSON_CreateObject(), *list;

    list = cJSON_AddArrayToObject(head, "arguments");
    for (int i = 0; i < count; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(arguments[i]));
    cJSON_AddItemToObject(head, "head", cJSON_Duplicate(session->head, true));
    return head;
}

int session_begin(struct session **session, const struct session_setup *setup, int argument_count,
                  char **arguments, struct problem *problem)
{
    struct session *begun = session_of(setup);
    cJSON *host, *head;
    int error = journal_check_absent(setup->options->output, problem);

    if (error == 0)
        error = calibrate(begun, problem);
    if (error == 0) {
        host = host_to_json();
        begun->records = cJSON_CreateArray();
        begun->head = results_head(setup->plan, host);
        head = journal_head(begun, argument_count, arguments);
        error = journal_create(&begun->journal, setup->options->output, head, problem);
        cJSON_Delete(head);
        cJSON_Delete(host);
    }
    if (error < 0)
        session_destroy(begun);
    else
        *session = begun;
    return error;
}

int session_resume(struct session **session, const struct session_setup *setup,
                   struct session_past *past, struct problem *problem)
{
    struct session *resumed;
    int error = session_past_apply(past, setup->plan, setup->options, problem);

    if (error == 0)
        error = session_past_check_records(past, setup->plan, problem);
    if (error < 0)
        return error;
    resumed = session_of(setup);
    resumed->journal = past->journal;
    resumed->records = past->records;
    resumed->head = cJSON_DetachItemFromObjectCaseSensitive(past->head, "head");
    past->journal = NULL;
    past->records = NULL;
    *session = resumed;
    return 0;
}

static void begin_progress(struct session *session)
{
    const struct plan *plan = session->setup.plan;

    progress_init(&session->progress, stderr, session_total(session), plan->rounds,
                  plan_seconds(plan));
    for (unsigned round = 0; round < plan->rounds; round++)
        for (size_t row = 0; row < plan->variants.count; row++)
            if (is_done(session, round, plan->variants.variants[row].label))
                progress_skip(&session->progress,
                              plan_row_seconds(plan, &plan->variants.variants[row], round));
}

static void draw_progress(void *data)
{
    struct session *session = data;

    progress_draw(&session->progress);
}

/* What of a record is no number: "fast2 X, slow2 X". */
static void describe_record(const cJSON *record, char *text, size_t size)
{
    const cJSON *cell;
    size_t used = 0;

    text[0] = '\0';
    cJSON_ArrayForEach(cell, cJSON_GetObjectItemCaseSensitive(record, "cells"))
    {
        const char *outcome = json_text_or_null(cell, "outcome");

        if (strcmp(outcome, outcome_name(OUTCOME_MEASURED)) != 0 && used < size)
            used += (size_t)snprintf(text + used, size - used, "%s%s %s", used > 0 ? ", " : "",
                                     json_text_or_null(cell, "scenario"), outcome);
    }
}

static int measure_one(struct session *session, size_t row, unsigned round, struct problem *problem)
{
    const struct plan *plan = session->setup.plan;
    const struct variant *variant = &plan->variants.variants[row];
    struct measure measure = measure_of(session);
    char result[256];
    cJSON *record;
    int error;

    if (!measures_anything(plan, variant, round) || is_done(session, round, variant->label))
        return 0;
    progress_begin(&session->progress, round, variant->label,
                   plan_row_seconds(plan, variant, round));
    error = measure_row(&measure, row, round, &record, problem);
    if (error < 0)
        return error;
    cJSON_AddItemToArray(session->records, record);
    error = journal_add(session->journal, record, problem);
    describe_record(record, result, sizeof(result));
    progress_end(&session->progress, result);
    return error;
}

int session_measure(struct session *session, struct problem *problem)
{
    const struct plan *plan = session->setup.plan;
    size_t *order = memory_zeroed(plan->variants.count, sizeof(*order));
    int error = 0;

    begin_progress(session);
    supervisor_on_tick(session->setup.supervisor, draw_progress, session, REDRAW_MILLISECONDS);
    for (unsigned round = 0; round < plan->rounds && error == 0; round++) {
        plan_order(plan, round, order);
        for (size_t i = 0; i < plan->variants.count && error == 0; i++)
            error = measure_one(session, order[i], round, problem);
    }
    supervisor_on_tick(session->setup.supervisor, NULL, NULL, 0);
    progress_clear(&session->progress);
    free(order);
    return error;
}

int session_finish(struct session *session, cJSON **document, struct problem *problem)
{
    const cJSON *record;
    double seconds = 0;
    char *text;
    int error;

    cJSON_ArrayForEach(record, session->records)
    {
        seconds += json_number_or(record, "seconds", 0);
    }
    *document = results_document(session->setup.plan, session->head, session->records, seconds);
    text = cJSON_Print(*document);
    error = file_replace(session->setup.options->output, text, strlen(text), problem);
    free(text);
    if (error < 0) {
        cJSON_Delete(*document);
        return error;
    }
    journal_remove(session->journal);
    session->journal = NULL;
    return 0;
}
