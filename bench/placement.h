#ifndef BENCH_PLACEMENT_H
#define BENCH_PLACEMENT_H

#include "bench/problem.h"

#include <cjson/cJSON.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>

/* same, same+pool, split, split+pool, free. */
enum { PLACEMENT_COUNT = 5 };

/*
 * Which CPUs the server, the clients and the server's pool run on. It is part of every result: on a
 * virtual machine two processes on different CPUs can be several times slower per round trip than
 * on the same one, because a sleeping CPU must be woken.
 */
struct placement {
    char name[16];   /* "same+pool" */
    bool pinned;     /* false: "free", and the sets below are all CPUs there are */
    bool pool_apart; /* the pool has CPUs of its own */
    cpu_set_t server;
    cpu_set_t clients;
    cpu_set_t pool;
};

/*
 * Chooses the CPUs among those that fibbench may use: the last one for the server, since the first
 * serves most interrupts; others on a core of their own where there is one, so that no two roles
 * share a core's hardware threads. A NULL name stands for "same+pool" where there are two CPUs,
 * else for "same": server and clients in turn on one CPU are the steadiest, and the pool beside
 * them shows what a pool is for. Returns 0; -EINVAL for an unknown name; -ENODEV with too few CPUs,
 * both with the problem.
 */
int placement_choose(struct placement *placement, const char *name, struct problem *problem);

/* What it is for and how far its numbers go, as part of a sentence; "" for no placement's name. */
const char *placement_reason(const char *name);

/* Whether CPUs that serve different roles are hardware threads of one core. */
bool placement_shares_core(const struct placement *placement);

/* For the results file: name, CPUs and reason. */
cJSON *placement_to_json(const struct placement *placement);

/* Two lines for people. */
void placement_print(FILE *file, const struct placement *placement);

#endif
