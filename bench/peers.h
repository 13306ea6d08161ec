#ifndef BENCH_PEERS_H
#define BENCH_PEERS_H

#include "bench/problem.h"
#include "bench/supervisor.h"

#include <cjson/cJSON.h>

/*
 * The peers: servers in other languages that speak the line protocol and come with fibbench, with a
 * file peers.json that lists them. Finds that file and asks each runtime once for its version.
 * Returns 0 and *peers, an array that the caller deletes, of objects with "name", "summary",
 * "family", "compute", "library" (the runtime and its version, or null), "available", "reason" (why
 * not, or null) and "command" (for a shell, with {port} in it; null where it is not available).
 * -EINTR where a signal asks fibbench to end; another -errno with the problem where the list is not
 * there or no such list.
 */
int peers_list(struct supervisor *supervisor, cJSON **peers, struct problem *problem);

#endif
