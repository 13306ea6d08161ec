#ifndef BENCH_PEERS_H
#define BENCH_PEERS_H

#include "bench/problem.h"
#include "bench/supervisor.h"

#include <cjson/cJSON.h>

enum peers_kind {
    PEERS_SERVERS, /* in other languages, that speak the line protocol and come with fibbench */
    PEERS_CLIENTS, /* programs that fetch lists of URLs */
};

/*
 * The peers of a kind, which a file peers.json lists; that of the clients stands in the folder web
 * beside the servers' one. Finds that file and asks each runtime once for its version.
 * Returns 0 and *peers, an array that the caller deletes, of objects with "name", "summary",
 * "family", "compute", "library" (the runtime and its version, or null), "available", "reason" (why
 * not, or null) and "command" (for a shell, with {port} in it; of clients as words.h has it; null
 * where it is not available); clients that cannot fetch more at a time, in the version that is
 * here, have "concurrency_most", and those that take longer than others "start_seconds" or
 * "url_seconds", for the plan.
 * -EINTR where a signal asks fibbench to end; another -errno with the problem where the list is not
 * there or no such list.
 */
int peers_list(struct supervisor *supervisor, enum peers_kind kind, cJSON **peers,
               struct problem *problem);

#endif
