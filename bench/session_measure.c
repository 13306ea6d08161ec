#include "bench/json.h"
#include "bench/memory.h"
#include "bench/record.h"
#include "bench/session_state.h"
#include "bench/steal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { REDRAW_MILLISECONDS = 250 };

/*
 * What makes a row or a round be measured again, and how often it may, so that the time stays what
 * the plan says: one row of so many, one round of so many. The kernel counts stolen time in ticks
 * of 10 ms, of which a single one says nothing of a short row.
 */
static const double STEAL_BOUND = 0.05, STEAL_LEAST = 0.05, DRIFT_BOUND = 0.1;

/* A round that takes a greater share of the run is not repeated: it would take too long. */
static const double LONGEST_REPEAT = 0.125;
enum { ROWS_PER_REPEAT = 20, ROUNDS_PER_REPEAT = 10 };

/* Whether a row of a round is; closing: the reference's second run. */
static bool is_done(const struct session *session, unsigned round, const char *label, bool closing)
{
    const cJSON *record;

    cJSON_ArrayForEach(record, session->records)
    {
        if (json_number_or(record, "round", -1) == round && record_is_closing(record) == closing &&
            !record_is_superseded(record) && strcmp(json_text_or_null(record, "row"), label) == 0)
            return true;
    }
    return false;
}

static bool measures_anything(const struct plan *plan, const struct variant *variant,
                              unsigned round)
{
    for (size_t i = 0; i < plan->scenarios->count; i++)
        if (plan_measures(plan, variant, &plan->scenarios->list[i], round))
            return true;
    return false;
}

unsigned session_done(const struct session *session)
{
    const cJSON *record;
    unsigned done = 0;

    cJSON_ArrayForEach(record, session->records)
    {
        done += !record_is_superseded(record);
    }
    return done;
}

unsigned session_total(const struct session *session)
{
    const struct plan *plan = session->setup.plan;
    size_t *order = memory_zeroed(plan->variants.count + 1, sizeof(*order));
    unsigned total = 0;

    for (unsigned round = 0; round < plan->rounds; round++) {
        size_t count = plan_order(plan, round, order);

        for (size_t i = 0; i < count; i++)
            total += measures_anything(plan, &plan->variants.variants[order[i]], round);
    }
    free(order);
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

struct measure session_measure_parts(struct session *session)
{
    return (struct measure){
        .supervisor = session->setup.supervisor,
        .plan = session->setup.plan,
        .server_program = session->setup.server_program,
        .client_program = session->setup.client_program,
        .records = session->records,
        .front = session->setup.front,
        .observer = {session, show_scenario, print_trouble},
    };
}

/* One of the runs of a block. */
struct place {
    unsigned round;
    size_t position;
    size_t row;
    bool closing;
};

static void begin_progress(struct session *session)
{
    const struct plan *plan = session->setup.plan;
    size_t *order = memory_zeroed(plan->variants.count + 1, sizeof(*order));

    progress_init(&session->progress, stderr, session_total(session), plan->rounds,
                  plan_seconds(plan));
    for (unsigned round = 0; round < plan->rounds; round++) {
        size_t count = plan_order(plan, round, order);

        for (size_t i = 0; i < count; i++) {
            const struct variant *variant = &plan->variants.variants[order[i]];

            if (is_done(session, round, variant->label, i == plan->variants.count))
                progress_skip(&session->progress, plan_row_seconds(plan, variant, round));
        }
    }
    free(order);
}

/* How long it will take, and until when, as the clock on the wall has it. */
static void announce(const struct session *session)
{
    const struct plan *plan = session->setup.plan;
    double left = progress_seconds_left(&session->progress);
    time_t end = time(NULL) + (time_t)left;
    struct tm fields;
    char until[16] = "";

    if (localtime_r(&end, &fields) != NULL)
        strftime(until, sizeof(until), "%H:%M", &fields);
    fprintf(stderr, "fibbench: %zu rows, %u rounds, seed %llu: about %.0f min %02.0f s, until %s\n",
            plan->variants.count, plan->rounds, (unsigned long long)plan->seed, floor(left / 60),
            floor(fmod(left, 60)), until);
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

/* A round that is measured again is that much more to do. */
static void add_block(struct session *session, unsigned round)
{
    const struct plan *plan = session->setup.plan;
    size_t *order = memory_zeroed(plan->variants.count + 1, sizeof(*order));
    size_t count = plan_order(plan, round, order);

    for (size_t i = 0; i < count; i++) {
        const struct variant *variant = &plan->variants.variants[order[i]];

        if (measures_anything(plan, variant, round))
            progress_add(&session->progress, plan_row_seconds(plan, variant, round));
    }
    free(order);
}

static unsigned count_superseded(const struct session *session, const char *wanted)
{
    const cJSON *record;
    unsigned count = 0;

    cJSON_ArrayForEach(record, session->records)
    {
        const cJSON *superseded = cJSON_GetObjectItemCaseSensitive(record, "superseded");
        const char *cause = json_text_or_null(superseded, "cause");

        count += cause != NULL && strcmp(cause, wanted) == 0;
    }
    return count;
}

/* Whether the record's time was taken by others of the host, and a repeat is left for it. */
static bool was_stolen(const struct session *session, const cJSON *record, double stolen)
{
    double share = stolen / fmax(json_number_or(record, "seconds", 0), 1e-3);

    return stolen > STEAL_LEAST && share > STEAL_BOUND &&
           count_superseded(session, "steal") < session_total(session) / ROWS_PER_REPEAT;
}

static int measure_once(struct session *session, const struct place *place, bool *stolen,
                        struct problem *problem)
{
    const struct variant *variant = &session->setup.plan->variants.variants[place->row];
    struct measure measure = session_measure_parts(session);
    double steal = steal_seconds();
    char result[256];
    cJSON *record;
    int error;

    progress_begin(&session->progress, place->round, variant->label,
                   plan_row_seconds(session->setup.plan, variant, place->round));
    error = measure_row(&measure, place->row, place->round, &record, problem);
    if (error < 0)
        return error;
    steal = steal_seconds() - steal;
    cJSON_AddNumberToObject(record, "position", (double)place->position);
    if (place->closing)
        cJSON_AddTrueToObject(record, "closing");
    *stolen = was_stolen(session, record, steal);
    if (*stolen)
        record_supersede(record, "steal", steal / json_number_or(record, "seconds", 1));
    cJSON_AddItemToArray(session->records, record);
    error = journal_add(session->journal, record, problem);
    describe_record(record, result, sizeof(result));
    progress_end(&session->progress, *stolen ? "again: CPU time was stolen" : result);
    return error;
}

static int measure_place(struct session *session, const struct place *place,
                         struct problem *problem)
{
    const struct plan *plan = session->setup.plan;
    const struct variant *variant = &plan->variants.variants[place->row];
    bool stolen = true;
    int error = 0;

    if (!measures_anything(plan, variant, place->round))
        return 0;
    while (error == 0 && stolen &&
           !is_done(session, place->round, variant->label, place->closing)) {
        error = measure_once(session, place, &stolen, problem);
        if (error == 0 && stolen)
            progress_add(&session->progress, plan_row_seconds(plan, variant, place->round));
    }
    return error;
}

/* Whether a change of the reference's number is one of the machine: it is a rate, in the placement
 * of the run, that no slow request disturbs; and no column that only some rounds have, which are
 * too long to be repeated. The URLs of a web client take milliseconds, which say nothing of that.
 */
static bool shows_drift(const struct plan *plan, const struct scenario_column *column)
{
    const struct scenario *scenario = column->scenario;

    return scenario->slow_waits == 0 && scenario->placement == NULL && !scenario_is_web(scenario) &&
           !client_group_is_time(column->group) &&
           plan_scenario_rounds(plan, scenario) == plan->rounds;
}

/* The reference's opening and closing runs of a round: how far apart, in the worst of the columns
 * that show it; as a logarithm. */
static double drift_of(const struct session *session, unsigned round)
{
    const struct plan *plan = session->setup.plan;
    const char *label = plan->variants.variants[plan_reference(plan)].label;
    struct scenario_column columns[SCENARIO_COLUMNS_MAXIMUM];
    size_t count = scenario_columns(plan->scenarios, plan->selected, columns);
    double drift = 0;

    for (size_t i = 0; i < count; i++) {
        const char *scenario = columns[i].scenario->name, *column = columns[i].group->column;
        double opening = record_find_value(session->records, round, label, false, scenario, column);
        double closing = record_find_value(session->records, round, label, true, scenario, column);

        if (opening > 0 && closing > 0 && shows_drift(plan, &columns[i]))
            drift = fmax(drift, fabs(log(closing / opening)));
    }
    return drift;
}

/* How many rounds were superseded: each has its opening run. */
static unsigned count_drifted_rounds(const struct session *session)
{
    const cJSON *record;
    unsigned count = 0;

    cJSON_ArrayForEach(record, session->records)
    {
        const cJSON *superseded = cJSON_GetObjectItemCaseSensitive(record, "superseded");
        const char *cause = json_text_or_null(superseded, "cause");

        count += cause != NULL && strcmp(cause, "drift") == 0 && record_is_closing(record);
    }
    return count;
}

/* What is measured once in a run only, in the first round, would not be measured again. */
static bool is_short_enough(const struct plan *plan, unsigned round)
{
    size_t *order = memory_zeroed(plan->variants.count + 1, sizeof(*order));
    struct plan again = *plan;
    size_t count = plan_order(plan, round, order);
    double seconds = 0;

    again.passes = false;
    for (size_t i = 0; i < count; i++)
        seconds += plan_row_seconds(&again, &plan->variants.variants[order[i]], round);
    free(order);
    return seconds <= LONGEST_REPEAT * plan_seconds(&again);
}

/* Supersedes a round in which the machine itself changed, where a repeat is left for it. */
static int judge_round(struct session *session, unsigned round, bool *again,
                       struct problem *problem)
{
    const struct plan *plan = session->setup.plan;
    double drift = drift_of(session, round);
    cJSON *mark;
    int error;

    *again = drift > log1p(DRIFT_BOUND) && is_short_enough(plan, round) &&
             count_drifted_rounds(session) < plan->rounds / ROUNDS_PER_REPEAT;
    if (!*again)
        return 0;
    mark = record_mark_round(round, "drift", drift);
    record_apply_mark(session->records, mark);
    error = journal_add(session->journal, mark, problem);
    cJSON_Delete(mark);
    progress_clear(&session->progress);
    fprintf(stderr,
            "fibbench: round %u is measured again: the reference changed by %.0f %% within it\n",
            round + 1, 100 * expm1(drift));
    return error;
}

static int measure_block(struct session *session, unsigned round, struct problem *problem)
{
    const struct plan *plan = session->setup.plan;
    size_t *order = memory_zeroed(plan->variants.count + 1, sizeof(*order));
    size_t count = plan_order(plan, round, order);
    int error = 0;

    for (size_t i = 0; i < count && error == 0; i++) {
        struct place place = {round, i, order[i], i == plan->variants.count};

        error = measure_place(session, &place, problem);
    }
    free(order);
    return error;
}

int session_measure(struct session *session, struct problem *problem)
{
    const struct plan *plan = session->setup.plan;
    int error = 0;

    begin_progress(session);
    announce(session);
    supervisor_on_tick(session->setup.supervisor, draw_progress, session, REDRAW_MILLISECONDS);
    for (unsigned round = 0; round < plan->rounds && error == 0; round++) {
        bool again = true;

        while (again && error == 0) {
            error = measure_block(session, round, problem);
            if (error == 0)
                error = judge_round(session, round, &again, problem);
            if (error == 0 && again)
                add_block(session, round);
        }
    }
    supervisor_on_tick(session->setup.supervisor, NULL, NULL, 0);
    progress_clear(&session->progress);
    return error;
}
