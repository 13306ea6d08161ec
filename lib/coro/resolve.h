#ifndef CORO_RESOLVE_H
#define CORO_RESOLVE_H

/* Names of hosts and services into addresses, without stopping the loop. */

/* Beside this file also where both are installed. */
#include "coro.h"

#include <netdb.h>

#ifdef __cplusplus
extern "C" {
#endif

struct coro_executor;

/*
 * getaddrinfo(3) for stream sockets, in a thread of the executor. host NULL: this host, or with
 * AI_PASSIVE in flags any of its addresses; service: a name or a port number. Numeric hosts and
 * ports need no executor (NULL will do) and no waiting, and may be asked for outside of tasks; else
 * it suspends, and is cancelled at once (the thread goes on until the resolver gives up).
 *
 * Returns 0 and *addresses, for freeaddrinfo(3); or -errno, with a message in a task: -ENOENT (no
 * such host or service), -EAGAIN (no name server has answered), -EINVAL (a name, and no executor),
 * -EIO (the name server refuses), -ENOMEM, -ECANCELED, -EPERM outside of tasks.
 */
int coro_resolve(struct coro_loop *loop, struct coro_executor *executor, const char *host,
                 const char *service, int flags, struct addrinfo **addresses);

#ifdef __cplusplus
}
#endif

#endif
