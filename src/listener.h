#ifndef LISTENER_H
#define LISTENER_H

#include "common/address.h"

#include <stdbool.h>
#include <sys/types.h>

/* A listening socket, non-blocking and closed on exec. The caller owns the struct. */
struct listener {
    int descriptor;
    struct address address; /* as asked for: port 0 is not resolved here */
    bool adopted;           /* others hold it too: shutting it would end it for them */
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

/*
 * Takes a listening socket over that somebody else has opened, and keeps a copy of: makes it
 * non-blocking and sets its backlog. Its file is not this listener's. Returns 0; or -EINVAL with
 * *reason in words where it is no listening stream socket: then the descriptor is left alone.
 */
int listener_adopt(struct listener *listener, int descriptor, int backlog, const char **reason);

/*
 * Listeners are non-blocking, as loops want them. In blocking mode those who wait in accept are
 * woken one at a time, not all for each client; shutting the socket wakes them all. Cannot fail.
 */
void listener_set_blocking(int descriptor, bool blocking);

/* Closes the socket and removes the Unix socket's file, if it is still this listener's. */
void listener_finish(struct listener *listener);

#endif
