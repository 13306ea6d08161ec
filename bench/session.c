#include "bench/session.h"

#include "bench/file.h"
#include "bench/host.h"
#include "bench/json.h"
#include "bench/memory.h"
#include "bench/noise.h"
#include "bench/progress.h"
#include "bench/record.h"
#include "bench/results.h"
#include "bench/session_past.h"
#include "bench/steal.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { REDRAW_MILLISECONDS = 250 };

/*
 * What makes a row or a round be measured again, and how often it may, so that the time stays what
 * the plan says: one row of so many, one round of so many.
 */
static const double STEAL_BOUND = 0.05, DRIFT_BOUND = 0.1;
enum { ROWS_PER_REPEAT = 20, ROUNDS_PER_REPEAT = 10 };

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
    for (size_t i = 0; i < scenario_count; i++)
        if (plan_measures(plan, variant, &scenarios[i], round))
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

static int calibrate(struct session *session, struct problem *problem)
{
    struct plan *plan = session->setup.plan;
    struct measure measure = measure_of(session);
    struct problem inner;
    int error;

    if (plan_has_slow(plan)) {
        fprintf(stderr, "fibbench: calibrating the slow request\n");
        error = measure_slow_request(&measure, session->setup.options->slow_n, &plan->slow_n,
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

static bool repeats_a_row(const struct plan *plan)
{
    for (size_t i = 0; i < plan->variants.count; i++)
        if (plan->variants.variants[i].repeats != NULL)
            return true;
    return false;
}

static int open_noise(const struct session *session, struct noise **noise, struct problem *problem)
{
    return noise_create(noise, session->setup.options->noise_file,
                        cJSON_GetObjectItemCaseSensitive(session->head, "host"),
                        cJSON_GetObjectItemCaseSensitive(session->head, "placement"), problem);
}

/* A file that the user named must be one: said before the run, not behind it. */
static int check_noise_file(const struct session *session, struct problem *problem)
{
    struct noise *noise = NULL;
    int error = 0;

    if (session->setup.options->noise_file != NULL && repeats_a_row(session->setup.plan))
        error = open_noise(session, &noise, problem);
    noise_destroy(noise);
    return error;
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
        cJSON_Delete(host);
        error = check_noise_file(begun, problem);
    }
    if (error == 0) {
        head = journal_head(begun, argument_count, arguments);
        error = journal_create(&begun->journal, setup->options->output, head, problem);
        cJSON_Delete(head);
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
        error = session_past_read_records(past, setup->plan, problem);
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

    return share > STEAL_BOUND &&
           count_superseded(session, "steal") < session_total(session) / ROWS_PER_REPEAT;
}

static int measure_once(struct session *session, const struct place *place, bool *stolen,
                        struct problem *problem)
{
    const struct variant *variant = &session->setup.plan->variants.variants[place->row];
    struct measure measure = measure_of(session);
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

/* The reference's opening and closing runs of a round: how far apart, in the worst of the columns
 * that no slow request disturbs; as a logarithm. */
static double drift_of(const struct session *session, unsigned round)
{
    const struct plan *plan = session->setup.plan;
    const char *label = plan->variants.variants[plan_reference(plan)].label;
    struct scenario_column columns[SCENARIO_COLUMNS_MAXIMUM];
    size_t count = scenario_columns(plan->selected, columns);
    double drift = 0;

    for (size_t i = 0; i < count; i++) {
        const char *scenario = columns[i].scenario->name, *column = columns[i].group->column;
        double opening = record_find_value(session->records, round, label, false, scenario, column);
        double closing = record_find_value(session->records, round, label, true, scenario, column);

        if (opening > 0 && closing > 0 && columns[i].scenario->slow_waits == 0)
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

/* Supersedes a round in which the machine itself changed, where a repeat is left for it. */
static int judge_round(struct session *session, unsigned round, bool *again,
                       struct problem *problem)
{
    const struct plan *plan = session->setup.plan;
    double drift = drift_of(session, round);
    cJSON *mark;
    int error;

    *again = drift > log1p(DRIFT_BOUND) &&
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

/* NULL where the run has no verdicts, or nothing is kept: then the margin is the smallest. */
static struct noise *earlier_noise(const struct session *session)
{
    struct noise *noise = NULL;
    struct problem problem;

    if (repeats_a_row(session->setup.plan) && open_noise(session, &noise, &problem) < 0)
        fprintf(
            stderr,
            "fibbench: the margin of the verdicts is %.0f %%, whatever earlier runs found: %s\n",
            100 * VERDICT_MARGIN, problem.text);
    return noise;
}

/* For the next runs; these results stand without it. */
static void keep_noise(const cJSON *document, struct noise *noise)
{
    struct problem problem;
    const cJSON *bound;

    if (noise == NULL)
        return;
    cJSON_ArrayForEach(bound, cJSON_GetObjectItemCaseSensitive(document, "noise"))
    {
        noise_add(noise, bound->string, bound->valuedouble);
    }
    if (noise_write(noise, &problem) < 0)
        fprintf(stderr, "fibbench: this run's noise is not kept: %s\n", problem.text);
}

int session_finish(struct session *session, cJSON **document, struct problem *problem)
{
    struct noise *noise = earlier_noise(session);
    const cJSON *record;
    double seconds = 0;
    char *text;
    int error;

    cJSON_ArrayForEach(record, session->records)
    {
        seconds += json_number_or(record, "seconds", 0);
    }
    *document =
        results_document(session->setup.plan, session->head, session->records, seconds, noise);
    text = cJSON_Print(*document);
    error = file_replace(session->setup.options->output, text, strlen(text), problem);
    free(text);
    if (error == 0)
        keep_noise(*document, noise);
    noise_destroy(noise);
    if (error < 0) {
        cJSON_Delete(*document);
        return error;
    }
    journal_remove(session->journal);
    session->journal = NULL;
    return 0;
}
