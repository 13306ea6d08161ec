#ifndef BENCH_SCENARIO_H
#define BENCH_SCENARIO_H

#include "bench/problem.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum {
    SCENARIO_GROUPS = 5,
    SCENARIO_CLIENTS = 16, /* processes */
    SCENARIOS_MAXIMUM = 64,
    SCENARIO_COLUMNS_MAXIMUM = SCENARIOS_MAXIMUM * SCENARIO_GROUPS,
};

/*
 * Clients of one kind that run at the same time, and the column that their result fills. In a
 * scenario of URLs it is a column alone, its mode "web": all are of one run of one client.
 */
struct client_group {
    const char *mode;     /* of fibclient, or "web"; NULL: the group is not there */
    bool slow;            /* sends the slow n; the column is seconds per request, lower is better */
    unsigned n;           /* what to ask for instead; NUMBER_NOT_GIVEN: the slow n, or 1 */
    unsigned clients;     /* processes, at most SCENARIO_CLIENTS in a scenario */
    unsigned connections; /* of each */
    unsigned pipeline;    /* requests under way on each connection */
    double rate;          /* open loop: requests per second of each client; 0: see the next */
    double capacity_share; /* open loop: all together, as a share of the reference's; 0: closed */
    unsigned idle;         /* further connections of each client, which stay idle */
    double think;          /* seconds between an answer and the next request */
    bool churn;            /* a new connection for each request */
    const char *value;     /* of the column: "rate", or "mean", "p50", ... of the latency; of URLs
                              one of web_values */
    const char *column;    /* name in the results file */
    const char *header;    /* in the table */
};

enum { NUMBER_NOT_GIVEN = 1000 };

/* A list of URLs for a web client to fetch. */
struct url_list {
    unsigned urls;        /* 0: the scenario is one of servers and fibclient */
    unsigned concurrency; /* how many at a time, at most urls */
    double delay;         /* seconds until the server answers each */
};

struct scenario {
    const char *name;
    const char *summary;   /* what it shows, in a sentence; may be NULL */
    bool published;        /* one of the columns that the published table has */
    unsigned slow_waits;   /* the window in slow requests, as one alone takes; 0: no slow client */
    double window_seconds; /* else the window; 0: as long as the profile's time allows */
    unsigned rounds;       /* in at most so many; 0: in all */
    struct url_list web;   /* then there are no clients: the groups are columns */
    struct client_group groups[SCENARIO_GROUPS]; /* started in this order */
    const char *placement;   /* measured in this one, whatever the run's; NULL: the run's */
    const cJSON *definition; /* as it stands in its file */
};

/* Those that there are, the built-in ones first, in the order of the table's columns. */
struct scenario_set {
    struct scenario *list;
    size_t count;
    cJSON **documents; /* what the texts and the definitions belong to */
    size_t document_count;
};

/* The scenarios that are built in, those of bench/scenarios.json. Never fails. Takes no NULL. */
struct scenario_set *scenario_set_create(void);

/* Takes NULL. */
void scenario_set_destroy(struct scenario_set *set);

/*
 * Adds the scenarios of a file; one with the name of another takes its place. Returns 0, or -errno
 * with the problem, which names the file, the scenario and the member, and what would be right;
 * then the set is good for nothing but to be destroyed.
 */
int scenario_set_add_file(struct scenario_set *set, const char *path, struct problem *problem);

/* The same from memory; source names it in the problem. */
int scenario_set_add_text(struct scenario_set *set, const char *source, const char *text,
                          size_t length, struct problem *problem);

/* NULL where there is none of that name. */
const struct scenario *scenario_of_name(const struct scenario_set *set, const char *name);

/* Whether a profile has it where no scenarios are named. */
bool scenario_is_in_profile(const struct scenario *scenario, const char *profile);

/* Whether it measures web clients, not servers. */
bool scenario_is_web(const struct scenario *scenario);

/*
 * What a column of a scenario of URLs can show: "over_ideal" and "fetch_over_ideal" (wall time and
 * the server's time from first connection to last answer, by what the delays alone take), "rate"
 * and "fetch_rate" (URLs by the same times), "cpu", "memory", "connections". Returns NULL for none
 * of these.
 */
struct web_value {
    const char *name;
    const char *unit;  /* as the header says it, in parentheses */
    const char *title; /* of the table of all columns that show it */
};
const struct web_value *web_value_of_name(const char *name);

/* Connections that all its clients open together. */
unsigned scenario_connections(const struct scenario *scenario);

/* A warm-up with one fast client, and one slow request: whatever the files say. */
extern const struct scenario scenario_warm_up;
extern const struct scenario scenario_one_slow;

/*
 * Whether the hard limit of descriptors allows them, in the server and in each client; writes into
 * words what to do where it does not.
 */
bool scenario_fits_descriptors(const struct scenario *scenario, char *words, size_t size);

/* Whether fewer is better in the group's column: it is a time or a cost, not a rate. */
bool client_group_is_time(const struct client_group *group);

/* A column of the table: where its numbers come from. */
struct scenario_column {
    const struct scenario *scenario;
    const struct client_group *group;
};

/*
 * Fills columns in the order of the table: all published ones, then those of the others that
 * measured (one flag per scenario of the set) marks; only those where web clients are measured.
 * Returns how many.
 */
size_t scenario_columns(const struct scenario_set *set, const bool *measured,
                        struct scenario_column columns[static SCENARIO_COLUMNS_MAXIMUM]);

/*
 * The column for the results file: name, header, scenario, which is better, unit; for an open loop
 * the share of the capacity that is offered; connections and pipeline where nothing but these is
 * special about the clients. The caller deletes it.
 */
cJSON *scenario_column_to_json(const struct scenario_column *column);

/* All of them, in the format of a file of scenarios. The caller deletes it. */
cJSON *scenario_set_to_json(const struct scenario_set *set);

/* All of them for people. */
void scenario_set_print(FILE *file, const struct scenario_set *set);

#endif
