#include "bench/plan.h"

#include "bench/capacity.h"
#include "bench/json.h"
#include "bench/memory.h"
#include "bench/peers_slow_n.h"
#include "bench/plan_web.h"
#include "bench/random.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Measured: fork, exec and connect of a client; a server until it listens; until an interpreter
 * does; a server's end; finding the slow request.
 */
static const double CLIENT_START = 0.004, SERVER_START = 0.006, COMMAND_START = 0.1,
                    SERVER_STOP = 0.004, CALIBRATION = 1.5, PASSES = 0.8;

/* Opening a connection, and the server's closing it, where there are thousands. */
static const double CONNECTION = 0.0001;

/* Where a slow n is given that is not slow. */
static const double SHORTEST_WINDOW = 0.05;

static const struct profile profiles[] = {
    {"quick", 3, 3, 114, 0.25, 0.6, false},
    {"table", 14, 3, 1140, 0.25, 4, false},
    {"full", 24, 10, 3480, 0.3, 5, false},
    {"web", 12, 12, 360, 0, 0, true},
};

const struct profile *profile_of_name(const char *name)
{
    for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
        if (strcmp(profiles[i].name, name) == 0)
            return &profiles[i];
    return NULL;
}

bool plan_is_web(const struct plan *plan)
{
    return plan->profile != NULL && plan->profile->web;
}

/* other: of that name, but for the other kind of profile; NULL where there is none. */
static int unknown_scenario(const struct plan *plan, const char *name, size_t length,
                            const struct scenario *other, struct problem *problem)
{
    const struct scenario *scenarios = plan->scenarios->list;
    const char *why = "";
    char known[700] = "";
    size_t used = 0;

    for (size_t i = 0; i < plan->scenarios->count && used < sizeof(known); i++)
        if (scenario_is_web(&scenarios[i]) == plan_is_web(plan))
            used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
                                     used > 0 ? ", " : "", scenarios[i].name);
    if (plan_is_web(plan))
        why = other != NULL ? " of URLs, it is one of servers" : " of URLs";
    else if (other != NULL)
        why = " of servers, it is one of URLs for --profile web";
    return problem_set(problem, -EINVAL, "there is no scenario '%.*s'%s; these are: %s",
                       (int)length, name, why, known);
}

int plan_select_scenarios(struct plan *plan, const char *list, struct problem *problem)
{
    const struct scenario *scenarios = plan->scenarios->list;

    for (size_t i = 0; i < plan->scenarios->count; i++)
        plan->selected[i] = list == NULL && scenario_is_web(&scenarios[i]) == plan_is_web(plan) &&
                            scenario_is_in_profile(&scenarios[i], plan->profile->name);
    plan->every_round = plan->every_round || list != NULL;
    while (list != NULL) {
        size_t length = strcspn(list, ",");
        char *name = memory_text_of_length(list, length);
        const struct scenario *scenario = scenario_of_name(plan->scenarios, name);

        free(name);
        if (scenario == NULL || scenario_is_web(scenario) != plan_is_web(plan))
            return unknown_scenario(plan, list, length, scenario, problem);
        plan->selected[scenario - scenarios] = true;
        list = list[length] == ',' ? list + length + 1 : NULL;
    }
    return 0;
}

static const struct placement *fixed_placement(const struct plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->fixed_count; i++)
        if (strcmp(plan->fixed[i].name, name) == 0)
            return &plan->fixed[i];
    return NULL;
}

/* Each name is chosen once. */
static int fix_placement(struct plan *plan, const struct scenario *scenario,
                         struct problem *problem)
{
    struct problem inner;
    int error;

    if (scenario->placement == NULL || fixed_placement(plan, scenario->placement) != NULL)
        return 0;
    error = placement_choose(&plan->fixed[plan->fixed_count], scenario->placement, &inner);
    if (error < 0)
        return problem_set(problem, error, "scenario %s: %.900s", scenario->name, inner.text);
    plan->fixed_count++;
    return 0;
}

int plan_place(struct plan *plan, const char *name, struct problem *problem)
{
    int error, left_out = 0;
    bool any = false;

    /* A client's delays are not to be the server's work. */
    if (name == NULL && plan_is_web(plan) &&
        placement_choose(&plan->placement, "split", problem) == 0)
        error = 0;
    else
        error = placement_choose(&plan->placement, name, problem);

    for (size_t i = 0; i < plan->scenarios->count && error == 0; i++) {
        if (!plan->selected[i])
            continue;
        error = fix_placement(plan, &plan->scenarios->list[i], problem);
        any = any || error == 0;
        if (error == -ENODEV) {
            fprintf(stderr, "fibbench: left out: %s\n", problem->text);
            plan->selected[i] = false;
            left_out = error;
            error = 0;
        }
    }
    return error == 0 && !any ? left_out : error;
}

const struct placement *plan_placement(const struct plan *plan, const struct scenario *scenario)
{
    return scenario->placement != NULL ? fixed_placement(plan, scenario->placement)
                                       : &plan->placement;
}

void plan_add_profile_rows(struct plan *plan, const cJSON *backends)
{
    if (plan_is_web(plan))
        variant_list_add_strategies(&plan->variants, backends);
    else if (strcmp(plan->profile->name, "quick") == 0)
        variant_list_add_quick(&plan->variants, backends);
    else
        variant_list_add_all(&plan->variants, backends);
}

void plan_finish(struct plan *plan)
{
    variant_list_finish(&plan->variants);
    cJSON_Delete(plan->left_out);
    plan->left_out = NULL;
}

void plan_leave_out(struct plan *plan, const char *row, const char *reason)
{
    cJSON *one = cJSON_CreateObject();

    if (plan->left_out == NULL)
        plan->left_out = cJSON_CreateArray();
    cJSON_AddStringToObject(one, "label", row);
    cJSON_AddStringToObject(one, "reason", reason);
    cJSON_AddItemToArray(plan->left_out, one);
}

unsigned plan_slow_n(const struct plan *plan, const struct variant *variant)
{
    return variant->slow_n > 0 ? variant->slow_n : plan->slow_n;
}

double plan_slow_seconds(const struct plan *plan, const struct variant *variant)
{
    return variant->slow_seconds > 0 ? variant->slow_seconds : plan->slow_seconds;
}

/*
 * Of the rows that have a front, or of those that have none, the one of that label, else the first;
 * the count where none is so.
 */
static size_t find_reference(const struct plan *plan, const char *label, bool fronted)
{
    const struct variant_list *list = &plan->variants;
    const struct variant *named = variant_list_find(list, label);
    size_t row = 0;

    if (named != NULL && (named->front != VARIANT_DIRECT) == fronted)
        return (size_t)(named - list->variants);
    while (row < list->count && (list->variants[row].front != VARIANT_DIRECT) != fronted)
        row++;
    return row;
}

static size_t front_reference(const struct plan *plan)
{
    return find_reference(plan, "multi " VARIANT_OPTION_TLS, true);
}

size_t plan_reference(const struct plan *plan)
{
    size_t row = find_reference(plan, plan_is_web(plan) ? "multi" : "null", false);

    if (row == plan->variants.count)
        row = front_reference(plan);
    return row < plan->variants.count ? row : 0;
}

size_t plan_reference_of(const struct plan *plan, size_t row)
{
    const struct variant *variants = plan->variants.variants;
    size_t reference = plan_reference(plan);

    if (variants[row].front == VARIANT_DIRECT || variants[reference].front != VARIANT_DIRECT)
        return reference;
    return front_reference(plan);
}

unsigned plan_verdict_rounds(size_t comparisons)
{
    return 1 + (unsigned)ceil(log2((double)(comparisons > 0 ? comparisons : 1) / PLAN_LEVEL));
}

int plan_add_repeated_row(struct plan *plan, struct problem *problem)
{
    const struct variant *select =
        variant_list_find(&plan->variants, plan_is_web(plan) ? "event" : "select");
    size_t count = plan->variants.count, index = plan_reference(plan) == 0 ? 1 : 0;

    if (count < 2 || plan->rounds < plan_verdict_rounds(count))
        return 0;
    if (select != NULL && select != &plan->variants.variants[plan_reference(plan)])
        index = (size_t)(select - plan->variants.variants);
    return variant_list_repeat(&plan->variants, index, problem);
}

size_t plan_order(const struct plan *plan, unsigned round, size_t *order)
{
    size_t count = plan->variants.count, reference = plan_reference(plan);
    struct random random;

    random_init(&random, plan->seed, round);
    random_order(&random, order + 1, count - 1);
    for (size_t i = 1; i < count; i++)
        order[i] += order[i] >= reference;
    order[0] = reference;
    if (count > 1)
        order[count++] = reference;
    return count;
}

unsigned plan_scenario_rounds(const struct plan *plan, const struct scenario *scenario)
{
    unsigned rounds = scenario->slow_waits > 0 ? plan->slow_rounds : plan->rounds;

    if (!plan->every_round && scenario->rounds > 0 && scenario->rounds < rounds)
        return scenario->rounds;
    return rounds;
}

bool plan_measures(const struct plan *plan, const struct variant *variant,
                   const struct scenario *scenario, unsigned round)
{
    const struct scenario *scenarios = plan->scenarios->list;
    bool slow = scenario->slow_waits > 0;

    return plan->selected[scenario - scenarios] && round < plan_scenario_rounds(plan, scenario) &&
           (!slow || variant_computes(variant));
}

bool plan_has_slow(const struct plan *plan)
{
    const struct scenario *scenarios = plan->scenarios->list;
    size_t scenario_count = plan->scenarios->count;

    for (size_t row = 0; row < plan->variants.count; row++)
        for (size_t i = 0; i < scenario_count; i++)
            if (scenarios[i].slow_waits > 0 &&
                plan_measures(plan, &plan->variants.variants[row], &scenarios[i], 0))
                return true;
    return false;
}

static unsigned slow_clients(const struct scenario *scenario)
{
    unsigned count = 0;

    for (size_t i = 0; i < SCENARIO_GROUPS; i++)
        count += scenario->groups[i].slow ? scenario->groups[i].clients : 0;
    return count;
}

/*
 * A little less than whole requests, so that the last one, begun in the window, ends shortly behind
 * it and no further one is begun. A fast client beside it counts in the window only, which then has
 * to hold whole requests.
 */
static double window(const struct plan *plan, const struct scenario *scenario, double slow_seconds)
{
    bool alone = scenario->groups[1].mode == NULL;
    double waits = scenario->slow_waits + (alone ? -0.1 : 0.1) * slow_clients(scenario);

    if (scenario->window_seconds > 0)
        return scenario->window_seconds;
    if (scenario->slow_waits == 0)
        return plan->fast_seconds;
    return fmax(slow_seconds * waits, SHORTEST_WINDOW);
}

double plan_window(const struct plan *plan, const struct scenario *scenario)
{
    return window(plan, scenario, plan->slow_seconds);
}

double plan_row_window(const struct plan *plan, const struct variant *variant,
                       const struct scenario *scenario)
{
    return window(plan, scenario, plan_slow_seconds(plan, variant));
}

static double scenario_seconds(const struct plan *plan, const struct variant *variant,
                               const struct scenario *scenario)
{
    unsigned slow = slow_clients(scenario);
    bool alone = scenario->groups[1].mode == NULL;

    return plan_row_window(plan, variant, scenario) +
           (alone ? 0.3 : 0.8) * slow * plan_slow_seconds(plan, variant) + CLIENT_START +
           CONNECTION * scenario_connections(scenario);
}

/* Who cannot serve several clients is given a longer window in the first round, to be sure. */
static double second_try_seconds(const struct plan *plan, const struct variant *variant,
                                 const struct scenario *scenario)
{
    if (!variant->sequential || scenario_connections(scenario) < 2)
        return 0;
    return PLAN_LONGER_WINDOW * plan_row_window(plan, variant, scenario);
}

static bool same_placement(const char *one, const char *other)
{
    return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

/* A scenario with a placement of its own has a server of its own, too. */
double plan_row_seconds(const struct plan *plan, const struct variant *variant, unsigned round)
{
    const struct scenario *scenarios = plan->scenarios->list;
    size_t scenario_count = plan->scenarios->count;
    double start = variant->kind == VARIANT_COMMAND ? COMMAND_START : SERVER_START;
    double fresh = start + PLAN_WARM_UP_MILLISECONDS / 1e3 + CLIENT_START + SERVER_STOP;
    double seconds = fresh;
    const char *placement = NULL;

    if (variant->web)
        return plan_web_row_seconds(plan, variant, round);
    for (size_t i = 0; i < scenario_count; i++) {
        if (!plan_measures(plan, variant, &scenarios[i], round))
            continue;
        seconds += scenario_seconds(plan, variant, &scenarios[i]);
        if (round == 0)
            seconds += second_try_seconds(plan, variant, &scenarios[i]);
        if (!same_placement(placement, scenarios[i].placement))
            seconds += fresh;
        placement = scenarios[i].placement;
    }
    if (plan->passes && round == 0 && variant->kind != VARIANT_CONNECT)
        seconds += PASSES;
    return seconds;
}

static double block_seconds(const struct plan *plan, unsigned round)
{
    size_t *order = memory_zeroed(plan->variants.count + 1, sizeof(*order));
    size_t count = plan_order(plan, round, order);
    double seconds = 0;

    for (size_t i = 0; i < count; i++)
        seconds += plan_row_seconds(plan, &plan->variants.variants[order[i]], round);
    free(order);
    return seconds;
}

/* Once for all, and once for each language of the peers. */
static double calibration_seconds(const struct plan *plan)
{
    double seconds = CALIBRATION;

    for (size_t row = 0; row < plan->variants.count; row++)
        if (variant_list_begins_family(&plan->variants, row))
            seconds += CALIBRATION;
    return seconds;
}

double plan_seconds(const struct plan *plan)
{
    double seconds = plan->calibrated || !plan_has_slow(plan) ? 0 : calibration_seconds(plan);

    if (!plan->calibrated)
        seconds += capacity_seconds(plan);
    for (unsigned round = 0; round < plan->rounds; round++)
        seconds += block_seconds(plan, round);
    return seconds;
}

void plan_fit(struct plan *plan)
{
    const struct scenario *scenarios = plan->scenarios->list;
    size_t scenario_count = plan->scenarios->count;
    double windows = 0, others;

    plan->fast_seconds = 0;
    others = plan_seconds(plan);
    for (size_t i = 0; i < scenario_count; i++)
        if (plan->selected[i] && scenarios[i].slow_waits == 0 && scenarios[i].window_seconds <= 0 &&
            !scenario_is_web(&scenarios[i]))
            windows += plan_scenario_rounds(plan, &scenarios[i]) *
                       (double)(plan->variants.count + (plan->variants.count > 1 ? 1 : 0));
    plan->fast_seconds = plan->profile->fast_maximum;
    if (windows > 0)
        plan->fast_seconds = fmin(plan->fast_seconds, (plan->profile->budget - others) / windows);
    plan->fast_seconds = fmax(plan->fast_seconds, plan->profile->fast_minimum);
    plan->fast_seconds = floor(plan->fast_seconds * 100) / 100;
}

static void add_scenarios(cJSON *object, const struct plan *plan)
{
    const struct scenario *scenarios = plan->scenarios->list;
    size_t scenario_count = plan->scenarios->count;
    cJSON *list = cJSON_AddArrayToObject(object, "scenarios");

    for (size_t i = 0; i < scenario_count; i++) {
        cJSON *one;

        if (!plan->selected[i])
            continue;
        one = cJSON_Duplicate(scenarios[i].definition, true);
        cJSON_DeleteItemFromObjectCaseSensitive(one, "placement");
        cJSON_DeleteItemFromObjectCaseSensitive(one, "window_seconds");
        cJSON_DeleteItemFromObjectCaseSensitive(one, "rounds");
        cJSON_AddStringToObject(one, "placement", plan_placement(plan, &scenarios[i])->name);
        if (!scenario_is_web(&scenarios[i]))
            cJSON_AddNumberToObject(one, "window_seconds", plan_window(plan, &scenarios[i]));
        cJSON_AddNumberToObject(one, "rounds", plan_scenario_rounds(plan, &scenarios[i]));
        cJSON_AddItemToArray(list, one);
    }
}

static void add_order(cJSON *object, const struct plan *plan)
{
    cJSON *rounds = cJSON_AddArrayToObject(object, "order");
    size_t *order = memory_zeroed(plan->variants.count + 1, sizeof(*order));

    for (unsigned round = 0; round < plan->rounds; round++) {
        cJSON *labels = cJSON_CreateArray();
        size_t count = plan_order(plan, round, order);

        for (size_t i = 0; i < count; i++)
            cJSON_AddItemToArray(labels,
                                 cJSON_CreateString(plan->variants.variants[order[i]].label));
        cJSON_AddItemToArray(rounds, labels);
    }
    free(order);
}

static void add_repeat(cJSON *object, const struct plan *plan)
{
    cJSON *repeat_of = cJSON_AddObjectToObject(object, "repeat_of");

    for (size_t i = 0; i < plan->variants.count; i++)
        if (plan->variants.variants[i].repeats != NULL)
            cJSON_AddStringToObject(repeat_of, plan->variants.variants[i].label,
                                    plan->variants.variants[i].repeats);
}

static cJSON *row_to_json(const struct plan *plan, size_t row)
{
    const struct variant *variants = plan->variants.variants;
    size_t against = plan_reference_of(plan, row);
    cJSON *object = variant_to_json(&variants[row]);

    if (against != plan_reference(plan))
        cJSON_AddStringToObject(object, "against", variants[against].label);
    return object;
}

cJSON *plan_to_json(const struct plan *plan)
{
    cJSON *object = cJSON_CreateObject(), *rows;
    char *peers_slow_n;

    cJSON_AddStringToObject(object, "profile", plan->profile->name);
    cJSON_AddNumberToObject(object, "rounds", plan->rounds);
    cJSON_AddNumberToObject(object, "slow_rounds", plan->slow_rounds);
    cJSON_AddNumberToObject(object, "seed", (double)plan->seed);
    cJSON_AddNumberToObject(object, "workers", plan->workers);
    cJSON_AddItemToObject(object, "placement", placement_to_json(&plan->placement));
    if (plan->slow_n > 0)
        cJSON_AddNumberToObject(object, "slow_n", plan->slow_n);
    else
        cJSON_AddNullToObject(object, "slow_n");
    cJSON_AddNumberToObject(object, "slow_seconds", plan->slow_seconds);
    cJSON_AddNumberToObject(object, "fast_seconds", plan->fast_seconds);
    cJSON_AddNumberToObject(object, "estimated_seconds", round(plan_seconds(plan) * 10) / 10);
    cJSON_AddStringToObject(object, "reference",
                            plan->variants.variants[plan_reference(plan)].label);
    add_repeat(object, plan);
    cJSON_AddBoolToObject(object, "passes", plan->passes);
    add_scenarios(object, plan);
    if (plan_is_web(plan))
        plan_web_add_too_long(plan, object);
    capacity_to_json(plan, object);
    rows = cJSON_AddArrayToObject(object, "rows");
    for (size_t i = 0; i < plan->variants.count; i++)
        cJSON_AddItemToArray(rows, row_to_json(plan, i));
    peers_slow_n = peers_slow_n_text(&plan->variants);
    json_add_text(object, "peers_slow_n", peers_slow_n);
    free(peers_slow_n);
    cJSON_AddItemToObject(object, "left_out",
                          plan->left_out != NULL ? cJSON_Duplicate(plan->left_out, true)
                                                 : cJSON_CreateArray());
    add_order(object, plan);
    return object;
}

static void print_scenarios(FILE *file, const struct plan *plan)
{
    const struct scenario *scenarios = plan->scenarios->list;

    fprintf(file, "Scenarios:\n");
    for (size_t i = 0; i < plan->scenarios->count; i++)
        if (plan->selected[i] && scenario_is_web(&scenarios[i]))
            fprintf(file, "  %-19s %s %u rounds, placement %s\n", scenarios[i].name,
                    scenarios[i].summary != NULL ? scenarios[i].summary : "",
                    plan_scenario_rounds(plan, &scenarios[i]),
                    plan_placement(plan, &scenarios[i])->name);
        else if (plan->selected[i])
            fprintf(file, "  %-12s window %.2f s, %u rounds, placement %s\n", scenarios[i].name,
                    plan_window(plan, &scenarios[i]), plan_scenario_rounds(plan, &scenarios[i]),
                    plan_placement(plan, &scenarios[i])->name);
}

static void print_left_out(FILE *file, const struct plan *plan)
{
    const cJSON *one;

    if (plan->left_out != NULL)
        fprintf(file, "Left out, because not available here:\n");
    cJSON_ArrayForEach(one, plan->left_out)
    {
        fprintf(file, "  %s: %s\n", json_text_or_null(one, "label"),
                json_text_or_null(one, "reason"));
    }
}

void plan_print(FILE *file, const struct plan *plan)
{
    size_t *order = memory_zeroed(plan->variants.count + 1, sizeof(*order));
    double seconds = plan_seconds(plan);
    size_t count = plan_order(plan, 0, order);

    fprintf(file, "Profile %s: %zu rows, %u rounds, seed %llu", plan->profile->name,
            plan->variants.count, plan->rounds, (unsigned long long)plan->seed);
    if (!plan_is_web(plan))
        fprintf(file, ", workers %u", plan->workers);
    fputc('\n', file);
    placement_print(file, &plan->placement);
    if (plan_is_web(plan))
        fprintf(file, "Web clients, each cell with a webserver of its own\n");
    else if (!plan_has_slow(plan))
        fprintf(file, "Slow requests: none\n");
    else if (plan->slow_n > 0)
        fprintf(file, "Slow requests: n = %u, windows for %.2f s each\n", plan->slow_n,
                plan->slow_seconds);
    else
        fprintf(file, "Slow requests: n is calibrated at the start, to about %.2f s each\n",
                plan->slow_seconds);
    print_scenarios(file, plan);
    plan_web_print_too_long(file, plan);
    if (plan->passes)
        fprintf(file, "Once for each row: memory per connection and system calls per request\n");
    fprintf(file, "Rows, in the order of the first round:\n");
    for (size_t i = 0; i < count; i++)
        fprintf(file, "  %s\n", plan->variants.variants[order[i]].label);
    print_left_out(file, plan);
    fprintf(file, "Takes about %d min %02d s\n", (int)seconds / 60, (int)seconds % 60);
    free(order);
}
