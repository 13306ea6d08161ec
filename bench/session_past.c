#include "bench/session_past.h"

#include "bench/capacity.h"
#include "bench/host.h"
#include "bench/json.h"
#include "bench/memory.h"
#include "bench/outcome.h"
#include "bench/record.h"
#include "bench/results.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int session_past_open(struct session_past **past, const char *output, struct problem *problem)
{
    struct session_past *opened = memory_zeroed(1, sizeof(*opened));
    const cJSON *list, *argument;
    int error = journal_resume(&opened->journal, output, &opened->head, &opened->records, problem);

    if (error < 0) {
        free(opened);
        return error;
    }
    list = cJSON_GetObjectItemCaseSensitive(opened->head, "arguments");
    opened->arguments =
        memory_zeroed((size_t)cJSON_GetArraySize(list) + 1, sizeof(*opened->arguments));
    cJSON_ArrayForEach(argument, list)
    {
        if (cJSON_IsString(argument))
            opened->arguments[opened->argument_count++] = argument->valuestring;
    }
    *past = opened;
    return 0;
}

int session_past_arguments(const struct session_past *past, char ***arguments)
{
    *arguments = past->arguments;
    return past->argument_count;
}

void session_past_close(struct session_past *past)
{
    if (past == NULL)
        return;
    journal_close(past->journal);
    cJSON_Delete(past->head);
    cJSON_Delete(past->records);
    free(past->arguments);
    free(past);
}

static bool is_cell(const struct plan *plan, const cJSON *cell)
{
    const char *scenario = json_text_or_null(cell, "scenario");
    const char *outcome = json_text_or_null(cell, "outcome");

    return scenario != NULL && scenario_of_name(plan->scenarios, scenario) != NULL &&
           outcome != NULL && outcome_of_name(outcome) >= 0;
}

static bool is_record(const struct plan *plan, const cJSON *record)
{
    const char *label = json_text_or_null(record, "row");
    double round = json_number_or(record, "round", -1);
    const cJSON *cells = cJSON_GetObjectItemCaseSensitive(record, "cells"), *cell;

    if (label == NULL || variant_list_find(&plan->variants, label) == NULL || round < 0 ||
        round >= plan->rounds || !cJSON_IsArray(cells))
        return false;
    cJSON_ArrayForEach(cell, cells)
    {
        if (!is_cell(plan, cell))
            return false;
    }
    return true;
}

int session_past_read_records(struct session_past *past, const struct plan *plan,
                              struct problem *problem)
{
    unsigned line = 2;
    cJSON *lines = past->records, *record;
    int error = 0;

    past->records = cJSON_CreateArray();
    for (; error == 0 && (record = cJSON_DetachItemFromArray(lines, 0)) != NULL; line++) {
        if (is_record(plan, record)) {
            cJSON_AddItemToArray(past->records, record);
            continue;
        }
        if (!record_apply_mark(past->records, record))
            error =
                problem_set(problem, -EINVAL,
                            "%s, line %u is no record of this run; remove the file to begin again",
                            journal_path(past->journal), line);
        cJSON_Delete(record);
    }
    cJSON_Delete(lines);
    return error;
}

/* What must be as it was for the rounds of then and of now to be rounds of one run. */
static int compare_heads(const struct session_past *past, const cJSON *then, const cJSON *now,
                         struct problem *problem)
{
    static const char *const members[] = {
        "profile",   "rounds", "slow_rounds", "seed", "workers", "placement",    "slow_n",
        "scenarios", "rows",   "order",       "host", "program", "fast_seconds",
    };

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (!cJSON_Compare(cJSON_GetObjectItemCaseSensitive(then, members[i]),
                           cJSON_GetObjectItemCaseSensitive(now, members[i]), true))
            return problem_set(problem, -EINVAL,
                               "%s is of a run with another \"%s\": go on with the options, the "
                               "build and the machine of then, or remove it and begin again",
                               journal_path(past->journal), members[i]);
    return 0;
}

/* What the peers were asked for then. */
static void take_slow_requests(const cJSON *then, const struct plan *plan)
{
    const cJSON *row;

    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(then, "rows"))
    {
        const char *label = json_text_or_null(row, "label");

        for (size_t i = 0; i < plan->variants.count && label != NULL; i++) {
            struct variant *variant = &plan->variants.variants[i];

            if (!variant->peer || strcmp(variant->label, label) != 0)
                continue;
            variant->slow_n = (unsigned)json_number_or(row, "slow_n", 0);
            variant->slow_seconds = json_number_or(row, "slow_seconds", 0);
        }
    }
}

int session_past_apply(const struct session_past *past, struct plan *plan,
                       const struct run_options *options, struct problem *problem)
{
    const cJSON *then = cJSON_GetObjectItemCaseSensitive(past->head, "head");
    cJSON *host = host_to_json(), *now;
    int error;

    if (!options->seed_given)
        plan->seed = (uint64_t)json_number_or(then, "seed", 0);
    if (options->slow_n == 0)
        plan->slow_n = (unsigned)json_number_or(then, "slow_n", 0);
    if (options->duration == 0)
        plan->fast_seconds = json_number_or(then, "fast_seconds", 0);
    plan->slow_seconds = json_number_or(then, "slow_seconds", 0);
    plan->calibrated = true;
    capacity_from_json(plan, then);
    take_slow_requests(then, plan);
    now = results_head(plan, host);
    error = compare_heads(past, then, now, problem);
    cJSON_Delete(now);
    cJSON_Delete(host);
    return error;
}
