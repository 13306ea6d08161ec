#ifndef BENCH_SCENARIO_H
#define BENCH_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>

enum { SCENARIO_GROUPS = 2, SCENARIO_CLIENTS = 4 };

/* Clients of one kind that run at the same time, and the column that their result fills. */
struct client_group {
    const char *mode;     /* of fibclient; NULL: the group is not there */
    bool slow;            /* sends the slow n; the column is seconds per request, lower is better */
    unsigned clients;     /* processes, at most SCENARIO_CLIENTS in a scenario */
    unsigned connections; /* of each */
    unsigned pipeline;
    const char *column; /* name in the results file */
    const char *header; /* in the table */
};

struct scenario {
    const char *name;
    bool published;      /* one of the columns that the published table has */
    unsigned slow_waits; /* the window in slow requests, as one alone takes; 0: no slow client */
    struct client_group groups[SCENARIO_GROUPS]; /* started in this order */
    const char *placement; /* measured in this one, whatever the run's; NULL: the run's */
};

/* All there are, the published ones first, in the order of the table's columns. */
extern const struct scenario scenarios[];
extern const size_t scenario_count;

/* NULL where there is none of that name. */
const struct scenario *scenario_of_name(const char *name);

/* A column of the table: where its numbers come from. */
struct scenario_column {
    const struct scenario *scenario;
    const struct client_group *group;
};

enum { SCENARIO_COLUMNS_MAXIMUM = 32 };

/*
 * Fills columns in the order of the table: all published ones, then those of the others that
 * measured (one flag per scenario) marks. Returns how many.
 */
size_t scenario_columns(const bool *measured,
                        struct scenario_column columns[static SCENARIO_COLUMNS_MAXIMUM]);

#endif
