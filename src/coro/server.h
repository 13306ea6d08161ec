#ifndef CORO_SERVER_H
#define CORO_SERVER_H

#include "lib/coro/coro.h"
#include "src/coro/computing.h"
#include "src/coro/connection.h"
#include "src/server.h"

/* What all coroutines of the server share. */
struct coro_server {
    const struct server *lent;
    struct computing *computing;
    struct coro_loop *loop;
    struct coro_descriptor listener, stopping, cancel;
    struct coro_task *acceptor, *supervisor;
    struct connection connections; /* head of a ring */
    bool draining;
    char bytes[SESSION_READ_SIZE];
};

/* Serves as struct backend's run does, on any engine, which it takes over; computing is borrowed.
 */
int coro_server_run(const struct server *lent, struct coro_engine *engine,
                    struct computing *computing);

/* A connection begins, or is over. */
void coro_server_enter(struct connection *connection);
void coro_server_leave(struct connection *connection);

#endif
