#ifndef LISTENERS_H
#define LISTENERS_H

#include "src/listener.h"

/* What a server listens on: one socket, or several on one port among which the system divides the
 * clients by their addresses (SO_REUSEPORT in socket(7)). */
struct listeners {
    struct listener first;
    int *descriptors;
    unsigned count;
};

/*
 * Opens count listeners on one address, or on a Unix socket one that counts so many times. The
 * first is bound and listens alone, so a port that is used is an error also where its user has
 * SO_REUSEPORT; port 0 is the same port for all. Returns 0, or -errno as listener_init or -ENOMEM,
 * with nothing left behind.
 */
int listeners_init(struct listeners *listeners, const struct address *address, int backlog,
                   unsigned count);

/*
 * Takes over a listening socket that somebody else has opened, as listener_adopt does; it counts so
 * many times. Returns 0; or -EINVAL or -ENOMEM and *reason in words, with the socket left alone.
 */
int listeners_adopt(struct listeners *listeners, int descriptor, int backlog, unsigned count,
                    const char **reason);

/* Closes them all; a Unix socket's file is removed as by listener_finish. */
void listeners_finish(struct listeners *listeners);

#endif
