#include "bench/scenario.h"

#include <string.h>

#define FAST(count, name, title)                                                                   \
    {                                                                                              \
        .mode = "fast", .clients = (count), .connections = 1, .pipeline = 1, .column = (name),     \
        .header = (title)                                                                          \
    }
#define SLOW(count, name, title)                                                                   \
    {                                                                                              \
        .mode = "slow", .slow = true, .clients = (count), .connections = 1, .pipeline = 1,         \
        .column = (name), .header = (title)                                                        \
    }
#define LOAD(count, depth, name, title)                                                            \
    {                                                                                              \
        .mode = "load", .clients = 1, .connections = (count), .pipeline = (depth),                 \
        .column = (name), .header = (title)                                                        \
    }

/*
 * Where fast and slow meet, the slow client starts first and waits for its last answer behind the
 * window: so it is there during all of the fast one's window.
 */
const struct scenario scenarios[] = {
    {"fast", true, 0, {FAST(1, "fast", "1 fast (req/s)")}, NULL},
    {"fast2", true, 0, {FAST(2, "fast2", "2 fast (req/s each)")}, NULL},
    {"slow", true, 3, {SLOW(1, "slow", "1 slow (s/req)")}, NULL},
    {"slow2", true, 6, {SLOW(2, "slow2", "2 slow (s/req)")}, NULL},
    {"fast+slow",
     true,
     3,
     {SLOW(1, "fast+slow:slow", "fast + slow: slow (s/req)"),
      FAST(1, "fast+slow:fast", "fast + slow: fast (req/s)")},
     NULL},
    {"fast+2slow",
     false,
     6,
     {SLOW(2, "fast+2slow:slow", "fast + 2 slow: slow (s/req)"),
      FAST(1, "fast+2slow:fast", "fast + 2 slow: fast (req/s)")},
     NULL},
    {"load64", false, 0, {LOAD(64, 1, "load64", "64 connections (req/s)")}, NULL},
    {"load64-p16",
     false,
     0,
     {LOAD(64, 16, "load64-p16", "64 connections, pipeline 16 (req/s)")},
     NULL},
    {"fast-split", false, 0, {FAST(1, "fast-split", "1 fast, split (req/s)")}, "split"},
};

const size_t scenario_count = sizeof(scenarios) / sizeof(scenarios[0]);

const struct scenario *scenario_of_name(const char *name)
{
    for (size_t i = 0; i < scenario_count; i++)
        if (strcmp(scenarios[i].name, name) == 0)
            return &scenarios[i];
    return NULL;
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

size_t scenario_columns(const bool *measured,
                        struct scenario_column columns[static SCENARIO_COLUMNS_MAXIMUM])
{
    size_t count = 0;

    for (size_t i = 0; i < scenario_count; i++)
        if (scenarios[i].published || measured[i])
            count += add_columns(&scenarios[i], columns + count);
    return count;
}
