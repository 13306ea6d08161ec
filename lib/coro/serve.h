#ifndef CORO_SERVE_H
#define CORO_SERVE_H

/* A server on streams: a task for each connection, and a stop that leaves none behind. */

/* Beside this file also where both are installed. */
#include "stream.h"

#ifdef __cplusplus
extern "C" {
#endif

struct coro_server;

/*
 * Talks with one client, in a task of its own. The stream is the server's: what the function has
 * written is sent and the stream closed when it returns 0 or more, and closed at once when it
 * returns -errno. argument is coro_serve's.
 */
typedef int coro_handler(struct coro_stream *stream, void *argument);

struct coro_serve_options {
    size_t connections; /* at most so many at a time, others wait to be accepted; 0: 1000 */
    struct coro_stream_options stream;

    /* Told of each connection that ended with an error, and what is known of it. Must not suspend.
     * NULL: the loop complains of it (coro_loop_options), unless the client has just gone. */
    void (*failed)(void *argument, int error, const char *message);
};

/*
 * Serves a listening, non-blocking socket (coro_listen, socket.h): starts a task that accepts.
 * While the process is out of descriptors or memory it accepts nothing, and tries again every 100
 * ms. options may be NULL. Never suspends; needs no task. Returns 0 and *server, which then owns
 * the socket; or -errno, and the socket is the caller's: coro_descriptor_init's errors, -ENOMEM.
 */
int coro_serve(struct coro_server **server, struct coro_loop *loop, int listener,
               coro_handler *handler, void *argument, const struct coro_serve_options *options);

/*
 * Stops accepting, closes the listening socket and gives the connections so many nanoseconds to
 * end by themselves; then, or where the caller is called off, cancels them; and waits in any case
 * for the end of the last. Suspends. Returns 0 where none had to be cancelled, -ETIMEDOUT,
 * -ECANCELED, or -EPERM outside of tasks, and nothing has happened.
 */
int coro_server_stop(struct coro_server *server, int64_t grace);

/* Suspends until the server has ended: by a stop, by the cancellation of its tasks, or because it
 * can accept no more. Returns 0 or why it can not; -ECANCELED, -EPERM. */
int coro_server_wait(struct coro_server *server);

/* Frees a server that has ended, outside of tasks too. Takes NULL. Returns 0; or -EBUSY, and
 * nothing is freed, where it has tasks: coro_server_stop ends them. */
int coro_server_destroy(struct coro_server *server);

/* How many connections there are. */
size_t coro_server_connections(const struct coro_server *server);

/* The port it listens, or has listened, on; -EAFNOSUPPORT where that is no Internet socket. */
int coro_server_port(const struct coro_server *server);

#ifdef __cplusplus
}
#endif

#endif
