#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "bench/client.h"
#include "bench/front_parts.h"
#include "bench/outcome.h"
#include "bench/plan.h"
#include "bench/server.h"

#include <cjson/cJSON.h>

/* Told while measuring; any of them may be NULL. */
struct measure_observer {
    void *context;
    void (*begins)(void *context, const struct scenario *scenario);
    /* A server or a client did what it should not; the words live for the call. scenario may be
     * NULL: before the first or behind the last. */
    void (*trouble)(void *context, const struct variant *variant, const struct scenario *scenario,
                    enum outcome outcome, const char *words);
};

/* What measuring needs; all of it borrowed. */
struct measure {
    struct supervisor *supervisor;
    const struct plan *plan;
    const char *server_program;      /* fibserver; where web clients are measured, webserver */
    const char *client_program;      /* fibclient, or webclient */
    const cJSON *records;            /* of this run so far; NULL: none */
    const struct front_parts *front; /* NULL: no row needs one */
    struct measure_observer observer;
};

/*
 * Measures one row of one round: a fresh server, a short warm-up, every scenario of the plan. Where
 * a slow client, and no fast one, was answered behind the window only, the scenario is run once
 * more with a longer one, until a record says that this did not help. A server that dies, hangs or
 * answers wrongly spoils its cell and is replaced by a new one for the next. Returns 0 and *record,
 * which the caller deletes: what the journal and the results file say of it. -EINTR where a signal
 * asks fibbench to end; another -errno, with the problem, where fibclient cannot be run at all. In
 * both cases no process is left. Of web clients each cell has a server of its own: see web_row.h.
 */
int measure_row(const struct measure *measure, size_t row, unsigned round, cJSON **record,
                struct problem *problem);

/*
 * Finds the n for which one request, alone, takes about 0.2 s, asking the first row that computes
 * and can be started, of the peers of one family or (NULL) of those that are no peers; slow_n fixes
 * it where it is not 0. Returns 0 and fills n and seconds; -ENOENT where there is no such row;
 * -EINTR; another -errno with the problem.
 */
int measure_slow_request(const struct measure *measure, const char *family, unsigned slow_n,
                         unsigned *n, double *seconds, struct problem *problem);

#endif
