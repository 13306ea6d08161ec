#include "bench/scenario.h"

#include "bench/json.h"
#include "bench/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* Of a process, beside its connections. */
enum { OTHER_DESCRIPTORS = 64 };

const struct scenario scenario_warm_up = {
    .name = "warm-up",
    .groups = {{.mode = "fast",
                .n = NUMBER_NOT_GIVEN,
                .clients = 1,
                .connections = 1,
                .pipeline = 1,
                .value = "rate"}},
};

const struct scenario scenario_one_slow = {
    .name = "calibration",
    .groups = {{.mode = "slow",
                .slow = true,
                .n = NUMBER_NOT_GIVEN,
                .clients = 1,
                .connections = 1,
                .pipeline = 1,
                .value = "mean"}},
};

void scenario_set_destroy(struct scenario_set *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; i < set->document_count; i++)
        cJSON_Delete(set->documents[i]);
    free(set->documents);
    free(set->list);
    free(set);
}

const struct scenario *scenario_of_name(const struct scenario_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->list[i].name, name) == 0)
            return &set->list[i];
    return NULL;
}

bool scenario_is_in_profile(const struct scenario *scenario, const char *profile)
{
    const cJSON *profiles = cJSON_GetObjectItemCaseSensitive(scenario->definition, "profiles");
    const cJSON *one;

    cJSON_ArrayForEach(one, profiles)
    {
        if (strcmp(one->valuestring, profile) == 0)
            return true;
    }
    return profiles == NULL;
}

bool scenario_is_web(const struct scenario *scenario)
{
    return scenario->web.urls > 0;
}

const struct web_value *web_value_of_name(const char *name)
{
    static const char wall[] = "Wall time",
                      fetch[] = "From the first connection to the last answer";
    static const struct web_value values[] = {
        {"over_ideal", "x ideal", wall},
        {"rate", "req/s", wall},
        {"fetch_over_ideal", "x ideal", fetch},
        {"fetch_rate", "req/s", fetch},
        {"cpu", "µs/req", "CPU time per request"},
        {"memory", "MiB", "Peak memory"},
        {"connections", "connections", "Connections opened"},
    };

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        if (strcmp(values[i].name, name) == 0)
            return &values[i];
    return NULL;
}

unsigned scenario_connections(const struct scenario *scenario)
{
    unsigned connections = scenario->web.concurrency;

    for (size_t i = 0; i < SCENARIO_GROUPS; i++)
        connections += scenario->groups[i].clients *
                       (scenario->groups[i].connections + scenario->groups[i].idle);
    return connections;
}

/* The server and each client have a descriptor for each connection, and some more. */
bool scenario_fits_descriptors(const struct scenario *scenario, char *words, size_t size)
{
    unsigned needed = scenario_connections(scenario) + OTHER_DESCRIPTORS;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_max >= needed)
        return true;
    snprintf(words, size,
             "%u connections need %u file descriptors, and the hard limit is %llu: raise it "
             "(ulimit -Hn)",
             scenario_connections(scenario), needed, (unsigned long long)limit.rlim_max);
    return false;
}

bool client_group_is_time(const struct client_group *group)
{
    return strcmp(group->value, "rate") != 0 && strcmp(group->value, "fetch_rate") != 0;
}

static size_t add_columns(const struct scenario *scenario, struct scenario_column *columns)
{
    size_t count = 0;

    /* Fast stands left of slow, as published, though it starts second. */
    for (int slow = 0; slow <= 1; slow++)
        for (size_t i = 0; i < SCENARIO_GROUPS; i++)
            if (scenario->groups[i].mode != NULL && scenario->groups[i].slow == (slow == 1))
                columns[count++] = (struct scenario_column){scenario, &scenario->groups[i]};
    return count;
}

static bool measures_web(const struct scenario_set *set, const bool *measured)
{
    for (size_t i = 0; i < set->count; i++)
        if (measured[i] && scenario_is_web(&set->list[i]))
            return true;
    return false;
}

size_t scenario_columns(const struct scenario_set *set, const bool *measured,
                        struct scenario_column columns[static SCENARIO_COLUMNS_MAXIMUM])
{
    size_t count = 0;
    bool web = measures_web(set, measured);

    for (size_t i = 0; i < set->count; i++)
        if ((set->list[i].published && !web) || measured[i])
            count += add_columns(&set->list[i], columns + count);
    return count;
}

static void add_web_column(cJSON *object, const struct scenario_column *column)
{
    const struct url_list *web = &column->scenario->web;

    cJSON_AddStringToObject(object, "unit", web_value_of_name(column->group->value)->unit);
    cJSON_AddStringToObject(object, "value", column->group->value);
    cJSON_AddNumberToObject(object, "urls", web->urls);
    cJSON_AddNumberToObject(object, "concurrency", web->concurrency);
    cJSON_AddNumberToObject(object, "delay_seconds", web->delay);
}

cJSON *scenario_column_to_json(const struct scenario_column *column)
{
    const struct client_group *group = column->group;
    bool time = client_group_is_time(group);
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "name", group->column);
    cJSON_AddStringToObject(object, "header", group->header);
    cJSON_AddStringToObject(object, "scenario", column->scenario->name);
    cJSON_AddStringToObject(object, "better", time ? "lower" : "higher");
    if (scenario_is_web(column->scenario)) {
        add_web_column(object, column);
        return object;
    }
    cJSON_AddStringToObject(object, "unit", time ? "s/req" : "req/s");
    cJSON_AddStringToObject(object, "value", group->value);
    if (group->capacity_share > 0)
        cJSON_AddNumberToObject(object, "offered", group->capacity_share);
    if (group->idle > 0 || group->think > 0 || group->churn)
        return object;
    cJSON_AddNumberToObject(object, "connections", group->clients * group->connections);
    cJSON_AddNumberToObject(object, "pipeline", group->pipeline);
    return object;
}

cJSON *scenario_set_to_json(const struct scenario_set *set)
{
    cJSON *object = cJSON_CreateObject(), *list;

    cJSON_AddStringToObject(object, "format", "fibbench-scenarios");
    cJSON_AddNumberToObject(object, "version", 1);
    list = cJSON_AddArrayToObject(object, "scenarios");
    for (size_t i = 0; i < set->count; i++)
        cJSON_AddItemToArray(list, cJSON_Duplicate(set->list[i].definition, true));
    return object;
}

static void print_profiles(FILE *file, const struct scenario *scenario)
{
    static const char *const profiles[] = {"quick", "table", "full", "web"};
    const char *before = "";

    for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
        bool web = strcmp(profiles[i], "web") == 0;

        if (web != scenario_is_web(scenario) || !scenario_is_in_profile(scenario, profiles[i]))
            continue;
        fprintf(file, "%s%s", before, profiles[i]);
        before = ", ";
    }
    fputs(before[0] == '\0' ? "no profile" : "", file);
}

void scenario_set_print(FILE *file, const struct scenario_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct scenario *scenario = &set->list[i];

        fprintf(file, "%s (", scenario->name);
        print_profiles(file, scenario);
        fputs(")\n", file);
        if (scenario->summary != NULL)
            fprintf(file, "    %s\n", scenario->summary);
        for (size_t j = 0; j < SCENARIO_GROUPS && scenario->groups[j].mode != NULL; j++)
            fprintf(file, "    column: %s\n", scenario->groups[j].header);
    }
}
