#include "clients/target.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

static void without_brackets(char *bare, size_t size, const char *host)
{
    size_t length = strlen(host);

    if (length > 2 && host[0] == '[' && host[length - 1] == ']')
        snprintf(bare, size, "%.*s", (int)length - 2, host + 1);
    else
        snprintf(bare, size, "%s", host);
}

int target_resolve(struct address addresses[static TARGET_MOST], const char *host, unsigned port,
                   const char **reason)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found;
    char service[8], bare[NI_MAXHOST];
    int error, count = 0;

    without_brackets(bare, sizeof(bare), host);
    snprintf(service, sizeof(service), "%u", port & 0xffff);
    error = getaddrinfo(bare, service, &hints, &found);
    if (error != 0) {
        *reason = error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error);
        return -EINVAL;
    }
    for (struct addrinfo *at = found; at != NULL && count < TARGET_MOST; at = at->ai_next) {
        addresses[count].length = at->ai_addrlen;
        memcpy(&addresses[count].storage, at->ai_addr, at->ai_addrlen);
        count++;
    }
    freeaddrinfo(found);
    return count;
}
