#include "common/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

int address_resolve(struct address *address, const char *host, unsigned port, bool to_listen,
                    const char **reason)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICSERV | (to_listen ? AI_PASSIVE : 0)};
    struct addrinfo *found;
    char service[8];
    int error;

    snprintf(service, sizeof(service), "%u", port & 0xffff);
    error = getaddrinfo(host, service, &hints, &found);
    if (error != 0) {
        *reason = error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error);
        return -EINVAL;
    }
    address->length = found->ai_addrlen;
    memcpy(&address->storage, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return 0;
}

int address_unix(struct address *address, const char *path)
{
    struct sockaddr_un *un = (struct sockaddr_un *)&address->storage;
    size_t length = strlen(path);

    if (length == 0)
        return -EINVAL;
    if (length >= sizeof(un->sun_path))
        return -ENAMETOOLONG;
    memset(un, 0, sizeof(*un));
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, path, length + 1);
    address->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
    return 0;
}

int address_of_socket(struct address *address, int descriptor)
{
    address->length = sizeof(address->storage);
    memset(&address->storage, 0, sizeof(address->storage));
    if (getsockname(descriptor, (struct sockaddr *)&address->storage, &address->length) < 0)
        return -errno;
    return 0;
}

bool address_is_unix(const struct address *address)
{
    return address->storage.ss_family == AF_UNIX;
}

char *address_format(const struct address *address, char text[static ADDRESS_TEXT])
{
    const struct sockaddr *any = (const struct sockaddr *)&address->storage;
    char host[INET6_ADDRSTRLEN + 20], service[8];

    if (any->sa_family == AF_UNIX) {
        const char *path = ((const struct sockaddr_un *)any)->sun_path;

        /* A name of the abstract namespace begins with a NUL, which "@" stands for. */
        snprintf(text, ADDRESS_TEXT, path[0] == '\0' ? "@%s" : "%s", path + (path[0] == '\0'));
        return text;
    }
    if (getnameinfo(any, address->length, host, sizeof(host), service, sizeof(service),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        snprintf(text, ADDRESS_TEXT, "unknown address");
    else
        snprintf(text, ADDRESS_TEXT, any->sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host,
                 service);
    return text;
}
