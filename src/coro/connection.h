#ifndef CORO_CONNECTION_H
#define CORO_CONNECTION_H

#include "lib/coro/coro.h"
#include "src/idle.h"
#include "src/server.h"

struct coro_server;

/* A client and the coroutine that converses with it. */
struct connection {
    struct connection *previous, *next; /* in the server's ring */
    struct coro_server *server;
    struct coro_task *task;
    struct coro_descriptor descriptor;
    struct session session;
    struct idle idle;
    bool computing;
};

/*
 * Starts a coroutine for an accepted descriptor, and takes it over. Where that is not possible the
 * client is turned away politely.
 */
void connection_start(struct coro_server *server, int descriptor);

/* Ends the conversation, answers or not: at once, or as soon as its computation has ended, which
 * is of its own accord when the server is cancelled. */
void connection_cancel(struct connection *connection);

#endif
