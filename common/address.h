#ifndef COMMON_ADDRESS_H
#define COMMON_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/* Where to listen or to connect: an IPv4 or IPv6 address with a port, or the path of a Unix socket.
 */
struct address {
    socklen_t length;
    struct sockaddr_storage storage;
};

/* Room for what address_format writes, a Unix path included. */
enum { ADDRESS_TEXT = 128 };

/*
 * Resolves a name or a numeric address (IPv6 without brackets), the first stream address found,
 * with a port of 0..65535. May block on name resolution. Returns 0, or -EINVAL with *reason set to
 * a text that lives for ever (from getaddrinfo) where the name does not resolve.
 */
int address_resolve(struct address *address, const char *host, unsigned port, bool to_listen,
                    const char **reason);

/* Returns 0, or -ENAMETOOLONG for a path beyond what a sockaddr_un holds, -EINVAL for an empty one.
 */
int address_unix(struct address *address, const char *path);

/* Takes the address that descriptor is bound to. Returns 0 or -errno. */
int address_of_socket(struct address *address, int descriptor);

/* True for the path of a Unix socket. */
bool address_is_unix(const struct address *address);

/*
 * Writes "127.0.0.1:25000", "[::1]:25000", the path, or "@name" in the abstract namespace. Returns
 * text.
 */
char *address_format(const struct address *address, char text[static ADDRESS_TEXT]);

#endif
