#include "bench/session.h"

#include "bench/capacity.h"
#include "bench/file.h"
#include "bench/host.h"
#include "bench/json.h"
#include "bench/memory.h"
#include "bench/noise.h"
#include "bench/programs.h"
#include "bench/results.h"
#include "bench/session_past.h"
#include "bench/session_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/*
 * A language that cannot be calibrated is asked for the number that was given for it, or for what
 * the backends are asked: its cells will say more.
 */
static int calibrate_family(struct session *session, const struct variant *first)
{
    struct variant_list *variants = &session->setup.plan->variants;
    struct measure measure = session_measure_parts(session);
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
    struct measure measure = session_measure_parts(session);
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
    error = capacity_measure(&measure, plan, problem);
    if (error < 0)
        return error;
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
        cJSON_AddItemToObject(begun->head, "builds",
                              programs_to_json(setup->server_program, setup->client_program));
        if (setup->warnings != NULL)
            cJSON_AddItemToObject(begun->head, "warnings", cJSON_Duplicate(setup->warnings, true));
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

/* A past without builds is an older program's, which the comparison of heads refuses. */
static int check_builds(const struct session_setup *setup, const struct session_past *past,
                        struct problem *problem)
{
    const cJSON *head = cJSON_GetObjectItemCaseSensitive(past->head, "head");
    const cJSON *then = cJSON_GetObjectItemCaseSensitive(head, "builds");
    cJSON *now = programs_to_json(setup->server_program, setup->client_program);
    bool same = then == NULL || cJSON_Compare(then, now, true);

    cJSON_Delete(now);
    if (same)
        return 0;
    return problem_set(problem, -EINVAL,
                       "%s is of a run with another build of the server or the client: go on with "
                       "that one, or remove it and begin again",
                       journal_path(past->journal));
}

int session_resume(struct session **session, const struct session_setup *setup,
                   struct session_past *past, struct problem *problem)
{
    struct session *resumed;
    int error = session_past_apply(past, setup->plan, setup->options, problem);

    if (error == 0)
        error = check_builds(setup, past, problem);
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
