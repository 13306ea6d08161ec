#include "src/listeners.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Another socket of this user may join the port from now on. */
static int share_port(int descriptor)
{
    int on = 1;

    return setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0 ? -errno : 0;
}

static void close_others(struct listeners *listeners)
{
    for (unsigned i = 1; i < listeners->count; i++) {
        if (listeners->descriptors[i] != listeners->first.descriptor)
            close(listeners->descriptors[i]);
    }
}

/* The rest: on the port that the first one got. */
static int join(struct listeners *listeners, unsigned count, int backlog)
{
    struct address address;
    int error;

    if (listeners->count == count)
        return 0;
    error = address_of_socket(&address, listeners->first.descriptor);
    if (error == 0)
        error = share_port(listeners->first.descriptor);
    while (error == 0 && listeners->count < count) {
        struct listener other;

        error = listener_init_shared(&other, &address, backlog);
        if (error == 0)
            listeners->descriptors[listeners->count++] = other.descriptor;
    }
    return error;
}

/* Each loop watches the same socket. */
static void repeat_first(struct listeners *listeners, unsigned count)
{
    while (listeners->count < count)
        listeners->descriptors[listeners->count++] = listeners->first.descriptor;
}

static int allocate(struct listeners *listeners, unsigned count)
{
    listeners->count = 0;
    listeners->descriptors = calloc(count, sizeof(*listeners->descriptors));
    return listeners->descriptors == NULL ? -ENOMEM : 0;
}

int listeners_init(struct listeners *listeners, const struct address *address, int backlog,
                   unsigned count)
{
    int error = allocate(listeners, count);

    if (error < 0)
        return error;
    error = listener_init(&listeners->first, address, backlog);
    if (error < 0)
        goto free_descriptors;
    repeat_first(listeners, address_is_unix(address) ? count : 1);
    error = join(listeners, count, backlog);
    if (error < 0)
        goto close_all;
    return 0;

close_all:
    close_others(listeners);
    listener_finish(&listeners->first);
free_descriptors:
    free(listeners->descriptors);
    return error;
}

int listeners_adopt(struct listeners *listeners, int descriptor, int backlog, unsigned count,
                    const char **reason)
{
    int error = allocate(listeners, count);

    if (error < 0) {
        *reason = "there is no memory";
        return error;
    }
    error = listener_adopt(&listeners->first, descriptor, backlog, reason);
    if (error < 0)
        free(listeners->descriptors);
    else
        repeat_first(listeners, count);
    return error;
}

void listeners_finish(struct listeners *listeners)
{
    close_others(listeners);
    listener_finish(&listeners->first);
    free(listeners->descriptors);
}
