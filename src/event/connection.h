#ifndef EVENT_CONNECTION_H
#define EVENT_CONNECTION_H

#include "src/pool.h"
#include "src/server.h"
#include "src/session.h"

#include <event2/event.h>

struct event_connection;

/* What the connections of one event base share. */
struct event_serving {
    const struct server *server;
    struct event_base *base;
    struct pool *pool;
    struct event_connection *connections;   /* all that are open */
    void (*closed)(struct event_serving *); /* a connection and its descriptor are gone */
    char bytes[SESSION_READ_SIZE]; /* for all: what is read is handed to a session at once */
};

/* Serves an admitted client; the connection frees itself. Returns 0, or -ENOMEM with the descriptor
 * untouched. */
int event_connection_open(struct event_serving *serving, int descriptor);

/* Goes on with the connection whose job is done. */
void event_connection_computed(struct job *job);

/* Answers what is complete, then closes: the server stops. */
void event_connection_stop(struct event_connection *connection);

/* Closes, answers or not, as soon as no computation looks at the socket any more. */
void event_connection_close_soon(struct event_connection *connection);

struct event_connection *event_connection_next(const struct event_connection *connection);

#endif
