#ifndef LISTENER_H
#define LISTENER_H

#include "common/address.h"

#include <stdbool.h>
#include <sys/types.h>

/* A listening socket, non-blocking and closed on exec. The caller owns the struct. */
struct listener {
    int descriptor;
    struct address address; /* as asked for: port 0 is not resolved here */
    bool owns_path;
    dev_t device; /* of the Unix socket's file, so that only our own is removed */
    ino_t inode;
};

/*
 * Binds and listens. A TCP port in TIME_WAIT is taken over, a used one is not; an IPv6 address
 * serves IPv6 alone. A Unix socket's file that nobody listens on any more is replaced. Returns 0,
 * or -errno (-EADDRINUSE where somebody listens there, or something else than a socket bears the
 * name), with nothing left behind.
 */
int listener_init(struct listener *listener, const struct address *address, int backlog);

/*
 * The same for a TCP port on which others of this server listen already, all of them with
 * SO_REUSEPORT: the system divides the clients among them.
 */
int listener_init_shared(struct listener *listener, const struct address *address, int backlog);

/* Closes the socket and removes the Unix socket's file, if it is still this listener's. */
void listener_finish(struct listener *listener);

#endif
