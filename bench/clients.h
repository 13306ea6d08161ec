#ifndef BENCH_CLIENTS_H
#define BENCH_CLIENTS_H

#include "bench/client.h"
#include "bench/plan.h"
#include "bench/scenario.h"
#include "bench/server.h"

#include <cjson/cJSON.h>

/* The clients of one scenario, against one server, at the same time. */
struct clients_run {
    const char *program; /* fibclient */
    const struct server *server;
    const struct scenario *scenario;
    const struct plan *plan; /* for what an open loop offers */
    unsigned slow_n;         /* for the slow ones */
    unsigned seed;           /* of an open loop's schedule */
    double seconds;          /* the window of each */
    const struct placement *placement;
    /* Called at nine tenths of the window, and again as long as clients run; may be NULL. */
    void (*look)(void *context, const pid_t *clients, size_t count);
    void *context;
};

/* How many there are. */
size_t clients_count(const struct scenario *scenario);

/*
 * Runs them to their end. Fills reports, one of each in the order of the groups, and appends what
 * the results file keeps to the array summaries. Returns 0; -EINTR where a signal asks fibbench to
 * end; another -errno with the problem where a client cannot be run. No client is left in any case.
 */
int clients_measure(struct supervisor *supervisor, const struct clients_run *run,
                    struct client_report reports[static SCENARIO_CLIENTS], cJSON *summaries,
                    struct problem *problem);

#endif
