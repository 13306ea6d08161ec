#ifndef LOOPS_H
#define LOOPS_H

#include "src/server.h"

/*
 * One loop on the thread of the caller, or the same loop once per listener that the server lends,
 * each on a thread of its own. Loops share nothing but what struct server shares.
 */
struct loop_kind {
    /* Sets up, and returns 0 and *loop, or -errno. The server is borrowed until destroy. */
    int (*create)(void **loop, const struct server *server);
    /* Serves, as the run of struct backend does. On any thread, once. */
    int (*run)(void *loop);
    /* After run, or in place of it. */
    void (*destroy)(void *loop);
};

/*
 * Runs as many loops as server->listener_count: the first on the calling thread, which takes the
 * signals. Each is lent a copy of the server with a listener of its own. Calls server_ready when
 * all are set up. Returns 0, or -errno where a loop could not start or go on: then none goes on.
 */
int loops_run(const struct loop_kind *kind, const struct server *server);

#endif
