#ifndef UV_CONNECTION_H
#define UV_CONNECTION_H

#include "src/idle.h"
#include "src/server.h"
#include "src/session.h"

#include <uv.h>

struct uv_connection;

/* What the connections of one loop share. */
struct uv_serving {
    const struct server *server;
    bool tries_first; /* uv_try_write before uv_write, which costs a system call more */
    uv_loop_t loop;
    uv_idle_t again;                     /* active while somebody waits for another turn */
    struct uv_connection *waiting;       /* for another turn, the last one first */
    struct uv_connection *connections;   /* all that are open */
    void (*closed)(struct uv_serving *); /* a connection and its descriptor are gone */
    char bytes[SESSION_READ_SIZE];       /* for all: what is read is handed to a session at once */
};

/* A client's stream, TCP or Unix, not yet accepted. */
union uv_client {
    uv_handle_t handle;
    uv_stream_t stream;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
};

/*
 * Takes the next client of a listener whose connection callback has come: serves it, or refuses it
 * politely where there are too many. The connection frees itself. Returns 0, or a libuv error: then
 * no client was taken.
 */
int uv_connection_accept(struct uv_serving *serving, uv_stream_t *listener);

/* Answers what is complete, then closes: the server stops. */
void uv_connection_stop(struct uv_connection *connection);

/* Closes, answers or not, as soon as no computation looks at the socket any more. */
void uv_connection_close_soon(struct uv_connection *connection);

/* The callback of serving->again. */
void uv_connection_again(uv_idle_t *again);

struct uv_connection *uv_connection_next(const struct uv_connection *connection);

#endif
