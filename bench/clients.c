#include "bench/clients.h"

#include "bench/capacity.h"
#include "common/clock.h"

#include <errno.h>

/* As a share of the window, and in milliseconds at least. */
static const double FIRST_LOOK = 0.9;
enum { LOOK_INTERVAL = 100 };

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

static void look(const struct crowd *crowd, const struct clients_run *run)
{
    pid_t numbers[SCENARIO_CLIENTS];

    for (size_t i = 0; i < crowd->count; i++)
        numbers[i] = process_number(crowd->processes[i]);
    if (run->look != NULL)
        run->look(run->context, numbers, crowd->count);
}

/* A window begins later where there are many connections to open, so one look is not enough. */
static int await(const struct crowd *crowd, struct supervisor *supervisor,
                 const struct clients_run *run)
{
    int64_t deadline = clock_ms() + client_limit(run->seconds, scenario_connections(run->scenario));
    int64_t first = (int64_t)(FIRST_LOOK * run->seconds * 1000);
    int64_t further = first > LOOK_INTERVAL ? first : LOOK_INTERVAL;
    int error = supervisor_wait(supervisor, all_finished, crowd, first);

    while (error == -ETIMEDOUT && clock_ms() < deadline) {
        look(crowd, run);
        error = supervisor_wait(supervisor, all_finished, crowd, further);
    }
    return error;
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
        error = await(&crowd, supervisor, run);
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
