#ifndef BACKEND_H
#define BACKEND_H

#include "src/server.h"

#include <stdbool.h>
#include <stddef.h>

/* Where requests are computed, in the words of --list-backends. */
enum backend_compute {
    COMPUTE_INLINE,      /* on the thread that serves everybody */
    COMPUTE_CONNECTION,  /* on a thread or process of the connection's own */
    COMPUTE_POOL,        /* costly ones in a pool of threads */
    COMPUTE_COOPERATIVE, /* on the one thread, suspending now and then */
};

/*
 * One strategy. A backend serves until it is told to stop: strategies differ in control flow, so
 * they share no loop, only what struct server lends.
 */
struct backend {
    const char *name;
    const char *summary;
    const char *family;
    enum backend_compute compute;
    bool concurrent_connections; /* serves a second client while the first stays connected */
    bool listener_per_loop;      /* wants limits.workers listeners, not one */

    /*
     * May it run here? Returns true and writes the library with its version, "libuv 1.44.2", or
     * nothing where there is none; or returns false and writes the reason why not.
     */
    bool (*probe)(char *text, size_t size);

    /*
     * Serves: sets up, calls server_ready once, and returns when server_stopping and every
     * connection is hung up, or at once when server_cancelled. Blocks. Returns 0, or -errno where
     * it could not start or go on; whatever it acquired is released, and the listeners are open,
     * either way.
     */
    int (*run)(const struct server *server);
};

/* All strategies there are, in the order to read them, ended by NULL. */
extern const struct backend *const backends[];

/* Returns NULL for an unknown name. */
const struct backend *backend_find(const char *name);

/* "inline", "connection", "pool", "cooperative". */
const char *backend_compute_name(enum backend_compute compute);

/* A probe for strategies that need nothing but the system. */
bool backend_needs_nothing(char *text, size_t size);

#endif
