#include "bench/placement.h"

#include "common/cpulist.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The CPUs on the same core, itself included. */
static void read_siblings(size_t cpu, cpu_set_t *siblings)
{
    char path[96], list[256] = "";
    FILE *file;

    snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%zu/topology/thread_siblings_list",
             cpu);
    file = fopen(path, "re");
    if (file != NULL) {
        if (fgets(list, sizeof(list), file) != NULL)
            list[strcspn(list, "\n")] = '\0';
        fclose(file);
    }
    if (cpulist_parse(list, siblings) < 0)
        CPU_ZERO(siblings);
    CPU_SET(cpu, siblings);
}

static bool intersects(const cpu_set_t *left, const cpu_set_t *right)
{
    cpu_set_t both;

    CPU_AND(&both, left, right);
    return CPU_COUNT(&both) > 0;
}

/* Takes the last CPU of *available out of it, one on an unused core before others. */
static void take_cpu(cpu_set_t *available, cpu_set_t *used, cpu_set_t *taken)
{
    size_t chosen = CPU_SETSIZE;

    for (int apart = 1; apart >= 0 && chosen == CPU_SETSIZE; apart--)
        for (size_t cpu = CPU_SETSIZE; cpu-- > 0 && chosen == CPU_SETSIZE;) {
            cpu_set_t siblings;

            if (!CPU_ISSET(cpu, available))
                continue;
            read_siblings(cpu, &siblings);
            if (apart == 0 || !intersects(&siblings, used))
                chosen = cpu;
        }
    CPU_ZERO(taken);
    CPU_SET(chosen, taken);
    CPU_SET(chosen, used);
    CPU_CLR(chosen, available);
}

static int check_count(const char *name, int needed, int available, struct problem *problem)
{
    if (available >= needed)
        return 0;
    return problem_set(problem, -ENODEV,
                       "placement %s needs %d CPUs, fibbench may use %d here; same needs one", name,
                       needed, available);
}

int placement_choose(struct placement *placement, const char *name, struct problem *problem)
{
    cpu_set_t available, used;
    bool split;
    int count, error;

    CPU_ZERO(&used);
    if (sched_getaffinity(0, sizeof(available), &available) < 0)
        return problem_set(problem, -errno, "cannot ask for the CPUs: %s", strerror(errno));
    count = CPU_COUNT(&available);
    if (name == NULL)
        name = count >= 2 ? "same+pool" : "same";
    split = strcmp(name, "split") == 0 || strcmp(name, "split+pool") == 0;
    *placement = (struct placement){.pinned = strcmp(name, "free") != 0,
                                    .pool_apart = strchr(name, '+') != NULL,
                                    .server = available,
                                    .clients = available,
                                    .pool = available};
    if (!split && strcmp(name, "same") != 0 && strcmp(name, "same+pool") != 0 && placement->pinned)
        return problem_set(problem, -EINVAL,
                           "'%s' is no placement; these are: same, same+pool, split, split+pool, "
                           "free",
                           name);
    error = check_count(name, 1 + split + placement->pool_apart, count, problem);
    if (error < 0)
        return error;
    snprintf(placement->name, sizeof(placement->name), "%s", name);
    if (!placement->pinned)
        return 0;
    take_cpu(&available, &used, &placement->server);
    placement->clients = placement->server;
    if (split)
        take_cpu(&available, &used, &placement->clients);
    placement->pool = placement->server;
    if (placement->pool_apart)
        take_cpu(&available, &used, &placement->pool);
    return 0;
}

static const struct {
    const char *name;
    const char *reason;
} reasons[PLACEMENT_COUNT] = {
    {"same", "one CPU for server and clients, so that a number is the whole cost of a request"},
    {"same+pool",
     "one CPU for server and clients, so that a number is the whole cost of a "
     "request, and another for the server's pool, so that it shows what a pool is for"},
    {"split", "a CPU each for server and clients, and waking it is part of the number: only ratios "
              "within a round mean anything"},
    {"split+pool", "a CPU each for server, clients and pool, and waking it is part of the number: "
                   "only ratios within a round mean anything"},
    {"free", "nothing is pinned: what a user sees who does nothing, and no baseline"},
};

const char *placement_reason(const char *name)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (strcmp(reasons[i].name, name) == 0)
            return reasons[i].reason;
    return "";
}

bool placement_shares_core(const struct placement *placement)
{
    const cpu_set_t *roles[] = {&placement->server, &placement->clients, &placement->pool};
    const size_t count = sizeof(roles) / sizeof(roles[0]);

    for (size_t i = 0; i < count && placement->pinned; i++)
        for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
            cpu_set_t siblings;

            if (!CPU_ISSET(cpu, roles[i]))
                continue;
            read_siblings(cpu, &siblings);
            CPU_CLR(cpu, &siblings);
            for (size_t j = 0; j < count; j++)
                if (intersects(&siblings, roles[j]))
                    return true;
        }
    return false;
}

static void add_cpus(cJSON *object, const char *name, const cpu_set_t *cpus)
{
    char text[512];

    cJSON_AddStringToObject(object, name, cpulist_format(cpus, text, sizeof(text)));
}

cJSON *placement_to_json(const struct placement *placement)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "name", placement->name);
    add_cpus(object, "server_cpus", &placement->server);
    add_cpus(object, "client_cpus", &placement->clients);
    add_cpus(object, "pool_cpus", &placement->pool);
    cJSON_AddStringToObject(object, "reason", placement_reason(placement->name));
    return object;
}

void placement_print(FILE *file, const struct placement *placement)
{
    char server[512], clients[512], pool[512];

    if (placement->pinned)
        fprintf(file, "Placement %s: server on CPU %s, clients on %s, pool threads on %s;\n",
                placement->name, cpulist_format(&placement->server, server, sizeof(server)),
                cpulist_format(&placement->clients, clients, sizeof(clients)),
                cpulist_format(&placement->pool, pool, sizeof(pool)));
    else
        fprintf(file, "Placement %s:\n", placement->name);
    fprintf(file, "  %s\n", placement_reason(placement->name));
}
