#include "bench/clients.h"

#include "bench/capacity.h"

#include <errno.h>

struct crowd {
    struct process *processes[SCENARIO_CLIENTS];
    const struct client_group *groups[SCENARIO_CLIENTS];
    size_t count;
};

size_t clients_count(const struct scenario *scenario)
{
    size_t count = 0;

    for (size_t i = 0; i < SCENARIO_GROUPS; i++)
        count += scenario->groups[i].clients;
    return count;
}

static bool all_finished(const void *data)
{
    const struct crowd *crowd = data;

    for (size_t i = 0; i < crowd->count; i++)
        if (!process_is_finished(crowd->processes[i]))
            return false;
    return true;
}

static int start_group(struct crowd *crowd, struct supervisor *supervisor,
                       const struct clients_run *run, const struct client_group *group,
                       struct problem *problem)
{
    struct client_run client = {
        .program = run->program,
        .host = server_host(run->server),
        .port = server_port(run->server),
        .group = group,
        .n = group->n != NUMBER_NOT_GIVEN ? group->n
             : group->slow                ? run->slow_n
                                          : 1,
        .rate = capacity_rate(run->plan, group),
        .seed = run->seed,
        .seconds = run->seconds,
        .cpus = run->placement->pinned ? &run->placement->clients : NULL,
    };

    for (unsigned i = 0; i < group->clients; i++) {
        int error = client_create(&crowd->processes[crowd->count], supervisor, &client, problem);

        if (error < 0)
            return error;
        crowd->groups[crowd->count++] = group;
    }
    return 0;
}

int clients_measure(struct supervisor *supervisor, const struct clients_run *run,
                    struct client_report reports[static SCENARIO_CLIENTS], cJSON *summaries,
                    struct problem *problem)
{
    struct crowd crowd = {.count = 0};
    int error = 0;

    for (size_t i = 0; i < SCENARIO_GROUPS && error == 0; i++)
        error = start_group(&crowd, supervisor, run, &run->scenario->groups[i], problem);
    if (error == 0)
        error = supervisor_wait(supervisor, all_finished, &crowd,
                                client_limit(run->seconds, scenario_connections(run->scenario)));
    if (error == -ETIMEDOUT)
        error = 0;
    for (size_t i = 0; i < crowd.count; i++) {
        cJSON *summary;

        if (error == 0) {
            client_read_report(crowd.processes[i], crowd.groups[i], &reports[i], &summary);
            cJSON_AddItemToArray(summaries, summary);
        }
        process_destroy(crowd.processes[i]);
    }
    return error;
}
