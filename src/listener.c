#include "src/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char *path_of(const struct address *address)
{
    return ((const struct sockaddr_un *)&address->storage)->sun_path;
}

static int bind_to(int descriptor, const struct address *address)
{
    return bind(descriptor, (const struct sockaddr *)&address->storage, address->length) < 0
               ? -errno
               : 0;
}

/* True for a socket's file whose server is gone: only then does connecting fail with ECONNREFUSED.
 */
static bool is_stale(const struct address *address)
{
    struct stat status;
    bool stale;
    int probe;

    if (lstat(path_of(address), &status) < 0 || !S_ISSOCK(status.st_mode))
        return false;
    probe = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (probe < 0)
        return false;
    stale = connect(probe, (const struct sockaddr *)&address->storage, address->length) < 0 &&
            errno == ECONNREFUSED;
    close(probe);
    return stale;
}

static int bind_unix(struct listener *listener)
{
    struct stat status;
    int error = bind_to(listener->descriptor, &listener->address);

    if (error == -EADDRINUSE && is_stale(&listener->address)) {
        unlink(path_of(&listener->address));
        error = bind_to(listener->descriptor, &listener->address);
    }
    if (error == 0 && lstat(path_of(&listener->address), &status) == 0) {
        listener->owns_path = true;
        listener->device = status.st_dev;
        listener->inode = status.st_ino;
    }
    return error;
}

static int bind_tcp(struct listener *listener, bool shared)
{
    int on = 1;

    setsockopt(listener->descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (shared && setsockopt(listener->descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0)
        return -errno;
    if (listener->address.storage.ss_family == AF_INET6)
        setsockopt(listener->descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    return bind_to(listener->descriptor, &listener->address);
}

static int init(struct listener *listener, const struct address *address, int backlog, bool shared)
{
    int family = address->storage.ss_family, error;

    *listener = (struct listener){.address = *address};
    listener->descriptor = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener->descriptor < 0)
        return -errno;
    error = address_is_unix(address) ? bind_unix(listener) : bind_tcp(listener, shared);
    if (error == 0 && listen(listener->descriptor, backlog) < 0)
        error = -errno;
    if (error < 0)
        listener_finish(listener);
    return error;
}

int listener_init(struct listener *listener, const struct address *address, int backlog)
{
    return init(listener, address, backlog, false);
}

int listener_init_shared(struct listener *listener, const struct address *address, int backlog)
{
    return init(listener, address, backlog, true);
}

static int socket_option(int descriptor, int option)
{
    int value = -1;
    socklen_t length = sizeof(value);

    return getsockopt(descriptor, SOL_SOCKET, option, &value, &length) < 0 ? -errno : value;
}

/* NULL where it can be used. */
static const char *find_fault(int descriptor)
{
    int domain = socket_option(descriptor, SO_DOMAIN);

    if (domain == -EBADF)
        return "it is not open";
    if (domain < 0)
        return "it is no socket";
    if (domain != AF_INET && domain != AF_INET6 && domain != AF_UNIX)
        return "it is neither a TCP nor a Unix socket";
    if (socket_option(descriptor, SO_TYPE) != SOCK_STREAM)
        return "it is no stream socket";
    if (socket_option(descriptor, SO_ACCEPTCONN) != 1)
        return "it does not listen";
    return NULL;
}

int listener_adopt(struct listener *listener, int descriptor, int backlog, const char **reason)
{
    int flags = fcntl(descriptor, F_GETFL);

    *listener = (struct listener){.descriptor = descriptor, .adopted = true};
    *reason = find_fault(descriptor);
    if (*reason != NULL)
        return -EINVAL;
    if (address_of_socket(&listener->address, descriptor) < 0 || listen(descriptor, backlog) < 0 ||
        fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0) {
        *reason = strerror(errno);
        return -EINVAL;
    }
    return 0;
}

void listener_set_blocking(int descriptor, bool blocking)
{
    int flags = fcntl(descriptor, F_GETFL);

    fcntl(descriptor, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

void listener_finish(struct listener *listener)
{
    struct stat status;

    if (listener->owns_path && lstat(path_of(&listener->address), &status) == 0 &&
        status.st_dev == listener->device && status.st_ino == listener->inode)
        unlink(path_of(&listener->address));
    close(listener->descriptor);
}
