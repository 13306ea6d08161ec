#ifndef BENCH_FRONT_H
#define BENCH_FRONT_H

#include "bench/front_parts.h"
#include "bench/server.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What stands between a web client and the webserver where the row's URLs are https: an nginx that
 * ends TLS and passes each request on, over connections that it keeps, to that server.
 */
struct front;

struct front_setup {
    const struct front_parts *parts;
    const struct placement *placement; /* it runs where the server does */
    bool http2; /* speaks HTTP/2 alone; else HTTP/1.1 alone: others get an answer of 505 */
    unsigned concurrency; /* of the client: so many streams has a connection of HTTP/2 */
    unsigned server_port; /* of the webserver */
};

/*
 * Starts it on a free port and waits, up to 10 s, until it answers. Returns 0 and *front; -EINTR
 * where a signal asks fibbench to end; another -errno with the problem.
 */
int front_create(struct front **front, struct supervisor *supervisor,
                 const struct front_setup *setup, struct problem *problem);

/* Kills it where it still runs. Takes NULL. */
void front_destroy(struct front *front);

unsigned front_port(const struct front *front);

/*
 * How many connections clients have opened, by nginx's own count (its module stub_status). Returns
 * 0, or -EPROTO where it does not say.
 */
int front_count_connections(const struct front *front, unsigned *connections);

/* Ends it and frees it, as server_stop does a server. */
void front_stop(struct front *front, struct server_end *end, struct problem *problem);

/*
 * Whether nginx may have as many descriptors as that concurrency takes: one for the client and one
 * for the server each. Where not, says so in words.
 */
bool front_fits_descriptors(unsigned concurrency, char *words, size_t size);

#endif
