#include "lib/coro/socket.h"

#include "lib/coro/future.h"
#include "lib/coro/internal.h"
#include "lib/coro/resolve.h"

#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

static int create(int family)
{
    int number = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    return number < 0 ? -errno : number;
}

static int connection_error(int number)
{
    int error = 0;
    socklen_t length = sizeof error;

    if (getsockopt(number, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
        return -errno;
    return -error;
}

/* Registered only now: before connect(2) a socket counts as hung up. */
static int wait_until_connected(struct coro_loop *loop, int number)
{
    struct coro_descriptor descriptor;
    int error = coro_descriptor_init(&descriptor, loop, number);

    if (error)
        return error;
    error = coro_wait_writable(&descriptor, CORO_FOREVER);
    coro_descriptor_finish(&descriptor);
    return error ? error : connection_error(number);
}

int coro_connect_address(struct coro_loop *loop, const struct sockaddr *address, socklen_t length)
{
    struct coro_task *task;
    int error = task_checkpoint(loop, &task);
    int number;

    if (error)
        return error;
    number = create(address->sa_family);
    if (number < 0)
        return number;
    if (connect(number, address, length) < 0)
        error =
            errno == EINPROGRESS || errno == EINTR ? wait_until_connected(loop, number) : -errno;
    if (!error)
        return number;
    close(number);
    return error;
}

static int report(struct coro_loop *loop, int error, const char *what,
                  const struct addrinfo *address)
{
    char host[NI_MAXHOST], service[NI_MAXSERV];

    if (getnameinfo(address->ai_addr, address->ai_addrlen, host, sizeof host, service,
                    sizeof service, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return error;
    return coro_fail(loop, error, "cannot %s %s port %s: %s", what, host, service,
                     strerror(-error));
}

int coro_connect(struct coro_loop *loop, struct coro_executor *executor, const char *host,
                 const char *service)
{
    struct coro_task *task;
    struct addrinfo *addresses;
    int number = task_checkpoint(loop, &task);

    if (!number)
        number = coro_resolve(loop, executor, host, service, 0, &addresses);
    if (number)
        return number;
    number = -ENOENT;
    for (const struct addrinfo *address = addresses; address; address = address->ai_next) {
        number = coro_connect_address(loop, address->ai_addr, address->ai_addrlen);
        if (number >= 0 || number == -ECANCELED)
            break;
        report(loop, number, "connect to", address);
    }
    freeaddrinfo(addresses);
    return number;
}

static int set(int number, int level, int option, int value)
{
    return setsockopt(number, level, option, &value, sizeof value) < 0 ? -errno : 0;
}

/* "Any address" of IPv6 takes IPv4 too; other addresses leave the port free for it. Said in each
 * case, because the system's default is the administrator's. */
static int set_options(int number, const struct sockaddr *address)
{
    int error = 0;

    if (address->sa_family == AF_INET || address->sa_family == AF_INET6)
        error = set(number, SOL_SOCKET, SO_REUSEADDR, 1);
    if (!error && address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *internet = (const struct sockaddr_in6 *)address;

        error =
            set(number, IPPROTO_IPV6, IPV6_V6ONLY, !IN6_IS_ADDR_UNSPECIFIED(&internet->sin6_addr));
    }
    return error;
}

int coro_listen_address(const struct sockaddr *address, socklen_t length, int backlog)
{
    int number = create(address->sa_family);
    int error;

    if (number < 0)
        return number;
    error = set_options(number, address);
    if (!error &&
        (bind(number, address, length) < 0 || listen(number, backlog > 0 ? backlog : INT_MAX) < 0))
        error = -errno;
    if (!error)
        return number;
    close(number);
    return error;
}

/* family 0: any. */
static int listen_on_one_of(struct coro_loop *loop, const struct addrinfo *addresses, int family,
                            int backlog)
{
    int number = -EAFNOSUPPORT;

    for (const struct addrinfo *address = addresses; address; address = address->ai_next) {
        if (family && address->ai_family != family)
            continue;
        number = coro_listen_address(address->ai_addr, address->ai_addrlen, backlog);
        if (number >= 0)
            break;
        report(loop, number, "listen on", address);
    }
    return number;
}

int coro_listen(struct coro_loop *loop, struct coro_executor *executor, const char *host,
                const char *service, int backlog)
{
    struct addrinfo *addresses;
    int number = coro_resolve(loop, executor, host, service, AI_PASSIVE, &addresses);

    if (number)
        return number;
    number = -EAFNOSUPPORT;
    if (!host)
        number = listen_on_one_of(loop, addresses, AF_INET6, backlog);
    if (number == -EAFNOSUPPORT || number == -EADDRNOTAVAIL)
        number = listen_on_one_of(loop, addresses, host ? 0 : AF_INET, backlog);
    freeaddrinfo(addresses);
    return number;
}

int coro_local_port(int descriptor)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t length = sizeof address;

    if (getsockname(descriptor, (struct sockaddr *)&address, &length) < 0)
        return -errno;
    if (address.ss_family == AF_INET)
        return ntohs(((struct sockaddr_in *)&address)->sin_port);
    if (address.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return -EAFNOSUPPORT;
}

ssize_t coro_receive_exactly(struct coro_descriptor *descriptor, void *buffer, size_t size,
                             int64_t deadline)
{
    size_t received = 0;

    while (received < size) {
        ssize_t count =
            coro_receive(descriptor, (char *)buffer + received, size - received, deadline);

        if (count < 0)
            return count;
        if (count == 0)
            break;
        received += (size_t)count;
    }
    return (ssize_t)received;
}

int coro_send_all(struct coro_descriptor *descriptor, const void *bytes, size_t size,
                  int64_t deadline)
{
    size_t sent = 0;

    while (sent < size) {
        ssize_t count = coro_send(descriptor, (const char *)bytes + sent, size - sent, deadline);

        if (count < 0)
            return (int)count;
        sent += (size_t)count;
    }
    return 0;
}
