#ifndef CORO_SOCKET_H
#define CORO_SOCKET_H

/*
 * Making connections, listening for them, and whole messages over a descriptor. What is made here
 * is a number, non-blocking and close-on-exec, that the caller closes, or hands to
 * coro_descriptor_init (coro.h), coro_stream_create (stream.h) or coro_serve (serve.h).
 */

/* Beside this file also where both are installed. */
#include "coro.h"

#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

struct coro_executor;

/*
 * Connects to a host and a service (a port number or a name), trying each address of the host in
 * turn until one accepts. executor resolves names (resolve.h); NULL where both are numbers.
 * Suspends; the kernel gives up an address that does not answer after some two minutes, unless a
 * scope (scope.h) ends it before. Returns the descriptor, or -errno: coro_resolve's, or
 * connect(2)'s for the last address, with a message that names it; -ECANCELED; -EPERM outside of
 * tasks.
 */
int coro_connect(struct coro_loop *loop, struct coro_executor *executor, const char *host,
                 const char *service);

/* The same to one address of any family of stream sockets, a Unix socket's among them. */
int coro_connect_address(struct coro_loop *loop, const struct sockaddr *address, socklen_t length);

/*
 * Listens on the first address of the host that can be bound; host NULL: on all addresses of this
 * machine; service "0": on any free port (coro_local_port tells which). A backlog of 0 is the
 * greatest the system allows. Suspends for names alone: with numbers (or NULL) it needs neither an
 * executor nor a task. Returns the descriptor, or -errno: coro_resolve's, or socket(2)'s, bind(2)'s
 * and listen(2)'s, as -EADDRINUSE.
 */
int coro_listen(struct coro_loop *loop, struct coro_executor *executor, const char *host,
                const char *service, int backlog);

/* The same on one address. Never suspends. IPv6's "any address" takes IPv4 as well; a Unix socket's
 * path must not exist. */
int coro_listen_address(const struct sockaddr *address, socklen_t length, int backlog);

/* The port that an Internet socket is bound to; -EAFNOSUPPORT of others; getsockname(2)'s errors.
 */
int coro_local_port(int descriptor);

/*
 * coro_receive until the buffer is full. Suspends. Returns how many bytes it has received, fewer
 * than size only where the stream has ended; or coro_receive's error, and what was received before
 * is lost.
 */
ssize_t coro_receive_exactly(struct coro_descriptor *descriptor, void *buffer, size_t size,
                             int64_t deadline);

/* coro_send until all is sent. Suspends. Returns 0, or coro_send's error: then nobody knows how
 * much was sent. */
int coro_send_all(struct coro_descriptor *descriptor, const void *bytes, size_t size,
                  int64_t deadline);

#ifdef __cplusplus
}
#endif

#endif
