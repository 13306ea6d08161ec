#include "bench/capacity.h"

#include "bench/clients.h"
#include "bench/json.h"
#include "bench/statistics.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const double WINDOW = 0.5;
enum { SERVERS = 3, WARM_UP_MS = 200, START_MS = 200 };

static const struct variant *reference_of(const struct plan *plan)
{
    return &plan->variants.variants[plan_reference(plan)];
}

static bool is_of(const struct capacity *capacity, const struct client_group *group)
{
    return capacity->clients == group->clients && capacity->connections == group->connections &&
           capacity->pipeline == group->pipeline;
}

static const struct capacity *find(const struct plan *plan, const struct client_group *group)
{
    for (size_t i = 0; i < plan->capacity_count; i++)
        if (is_of(&plan->capacities[i], group))
            return &plan->capacities[i];
    return NULL;
}

static void list_group(struct plan *plan, const struct client_group *group)
{
    if (group->capacity_share > 0 && find(plan, group) == NULL)
        plan->capacities[plan->capacity_count++] = (struct capacity){
            .clients = group->clients,
            .connections = group->connections,
            .pipeline = group->pipeline,
        };
}

static void list_needed(struct plan *plan)
{
    plan->capacity_count = 0;
    for (size_t i = 0; i < plan->scenarios->count; i++)
        for (size_t j = 0; j < SCENARIO_GROUPS && plan->selected[i]; j++)
            list_group(plan, &plan->scenarios->list[i].groups[j]);
}

double capacity_seconds(const struct plan *plan)
{
    struct plan needed = *plan;

    list_needed(&needed);
    return (double)needed.capacity_count * SERVERS * (WINDOW + (WARM_UP_MS + START_MS) / 1e3);
}

/* The same clients in a closed loop. */
static struct scenario closed_loop(const struct capacity *capacity)
{
    struct scenario scenario = scenario_warm_up;

    scenario.name = "capacity";
    scenario.groups[0].mode = "load";
    scenario.groups[0].clients = capacity->clients;
    scenario.groups[0].connections = capacity->connections;
    scenario.groups[0].pipeline = capacity->pipeline;
    return scenario;
}

static int run_clients(const struct measure *measure, const struct server *server,
                       const struct scenario *scenario, double seconds, double *rate,
                       struct problem *problem)
{
    struct client_report reports[SCENARIO_CLIENTS];
    struct clients_run run = {
        .program = measure->client_program,
        .server = server,
        .scenario = scenario,
        .plan = measure->plan,
        .seconds = seconds,
        .placement = &measure->plan->placement,
    };
    cJSON *ignored = cJSON_CreateArray();
    int error = clients_measure(measure->supervisor, &run, reports, ignored, problem);

    cJSON_Delete(ignored);
    if (error < 0)
        return error;
    *rate = 0;
    for (size_t i = 0; i < clients_count(scenario); i++) {
        if (reports[i].failed || reports[i].wrong > 0 || reports[i].requests <= 0)
            return problem_set(problem, -EPROTO, "%s",
                               reports[i].words[0] != '\0' ? reports[i].words : "no answer");
        *rate += reports[i].rate;
    }
    return 0;
}

/* Of a server started afresh. */
static int measure_once(const struct measure *measure, const struct variant *variant,
                        const struct scenario *scenario, double *rate, struct problem *problem)
{
    struct server_setup setup = {
        .program = measure->server_program,
        .placement = &measure->plan->placement,
        .workers = measure->plan->workers,
    };
    struct server *server = NULL;
    struct server_end end;
    struct problem ignored;
    int error = server_create(&server, measure->supervisor, &setup, variant, problem);

    if (error == 0)
        error = run_clients(measure, server, scenario, WARM_UP_MS / 1e3, rate, problem);
    if (error == 0)
        error = run_clients(measure, server, scenario, WINDOW, rate, problem);
    if (error == 0)
        server_stop(server, &end, &ignored);
    else
        server_destroy(server);
    supervisor_end_orphans(measure->supervisor);
    return error;
}

static int measure_one(const struct measure *measure, const struct variant *variant,
                       struct capacity *capacity, struct problem *problem)
{
    struct scenario scenario = closed_loop(capacity);
    double rates[SERVERS];

    for (size_t i = 0; i < SERVERS; i++) {
        int error = measure_once(measure, variant, &scenario, &rates[i], problem);

        if (error < 0)
            return error;
    }
    capacity->rate = statistics_median(rates, SERVERS);
    return 0;
}

int capacity_measure(const struct measure *measure, struct plan *plan, struct problem *problem)
{
    const struct variant *reference = reference_of(plan);

    list_needed(plan);
    for (size_t i = 0; i < plan->capacity_count; i++) {
        struct capacity *capacity = &plan->capacities[i];
        int error = measure_one(measure, reference, capacity, problem);

        if (error == -EINTR)
            return error;
        if (error < 0)
            fprintf(stderr,
                    "fibbench: the capacity of %s is not known, so nothing can be offered "
                    "a share of it: %s\n",
                    reference->label, problem->text);
        else
            fprintf(stderr, "fibbench: %s serves %.0f requests/s over %u connections\n",
                    reference->label, capacity->rate, capacity->clients * capacity->connections);
    }
    return 0;
}

void capacity_to_json(const struct plan *plan, cJSON *object)
{
    cJSON *list = cJSON_AddArrayToObject(object, "capacities");

    for (size_t i = 0; i < plan->capacity_count; i++) {
        const struct capacity *capacity = &plan->capacities[i];
        cJSON *one = cJSON_CreateObject();

        cJSON_AddStringToObject(one, "row", reference_of(plan)->label);
        cJSON_AddNumberToObject(one, "clients", capacity->clients);
        cJSON_AddNumberToObject(one, "connections", capacity->connections);
        cJSON_AddNumberToObject(one, "pipeline", capacity->pipeline);
        cJSON_AddNumberToObject(one, "rate", capacity->rate);
        cJSON_AddItemToArray(list, one);
    }
}

void capacity_from_json(struct plan *plan, const cJSON *object)
{
    const cJSON *one;

    list_needed(plan);
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(object, "capacities"))
    {
        for (size_t i = 0; i < plan->capacity_count; i++) {
            struct capacity *capacity = &plan->capacities[i];

            if (json_number_or(one, "clients", 0) == capacity->clients &&
                json_number_or(one, "connections", 0) == capacity->connections &&
                json_number_or(one, "pipeline", 0) == capacity->pipeline)
                capacity->rate = json_number_or(one, "rate", 0);
        }
    }
}

double capacity_rate(const struct plan *plan, const struct client_group *group)
{
    const struct capacity *capacity = find(plan, group);

    if (group->capacity_share <= 0)
        return group->rate;
    return capacity != NULL ? group->capacity_share * capacity->rate / group->clients : 0;
}

bool capacity_is_missing(const struct plan *plan, const struct client_group *group)
{
    return group->capacity_share > 0 && capacity_rate(plan, group) <= 0;
}
