#include "tests/harness/client.h"

#include "common/clock.h"
#include "tests/harness/assertions.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void shrink_buffers(int fd)
{
    int size = 1024;

    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

/* Waits for the events within what is left of the deadline. */
static bool await(int fd, short events, int64_t deadline)
{
    struct pollfd watch = {.fd = fd, .events = events};
    int64_t left;
    int ready;

    do {
        left = deadline - clock_ms();
        ready = poll(&watch, 1, left > 0 ? (int)left : 0);
    } while (ready < 0 && errno == EINTR);
    return ready > 0;
}

/* Connects within the deadline. Returns 0 or -errno. */
static int connect_socket(int fd, const struct server *server)
{
    int64_t deadline = clock_ms() + DEADLINE_MS;
    int error = 0;
    socklen_t length = sizeof(error);

    while (connect(fd, &server->address.any, server->address_length) != 0) {
        if (errno == EINPROGRESS) {
            if (!await(fd, POLLOUT, deadline))
                return -ETIMEDOUT;
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
            return -error;
        }
        /* A Unix socket whose backlog is full says EAGAIN and cannot be waited for. */
        if (errno != EAGAIN && errno != EINTR)
            return -errno;
        if (clock_ms() > deadline)
            return -ETIMEDOUT;
        pause_ms(2);
    }
    return 0;
}

static struct client *make_client(struct server *server, bool small)
{
    struct fixture *fixture = server->fixture;
    struct client *client = calloc(1, sizeof(*client));
    int one = 1;

    if (client == NULL)
        fixture_fail(fixture, "out of memory");
    client->fixture = fixture;
    client->server = server;
    client->number = ++fixture->clients_made;
    client->next = fixture->clients;
    fixture->clients = client;
    client->fd =
        socket(server->address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (client->fd < 0)
        fixture_fail(fixture, "socket: %s", strerror(errno));
    if (small)
        shrink_buffers(client->fd);
    if (server->address.any.sa_family != AF_UNIX)
        setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return client;
}

static struct client *connect_or_fail(struct server *server, bool small)
{
    struct client *client = make_client(server, small);
    int error = connect_socket(client->fd, server);

    if (error != 0)
        fixture_fail(server->fixture, "client %u cannot connect: %s", client->number,
                     strerror(-error));
    return client;
}

struct client *client_connect(struct server *server)
{
    return connect_or_fail(server, false);
}

struct client *client_connect_small(struct server *server)
{
    return connect_or_fail(server, true);
}

struct client *client_begin_connect(struct server *server)
{
    struct client *client = make_client(server, false);

    if (connect(client->fd, &server->address.any, server->address_length) != 0 &&
        errno != EINPROGRESS)
        fixture_fail(server->fixture, "client %u cannot connect: %s", client->number,
                     strerror(errno));
    return client;
}

bool client_is_connected(struct client *client)
{
    int error = 0;
    socklen_t length = sizeof(error);

    if (!await(client->fd, POLLOUT, clock_ms()))
        return false;
    getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0)
        fixture_fail(client->fixture, "client %u cannot connect: %s", client->number,
                     strerror(error));
    return true;
}

struct client *client_try_connect(struct server *server)
{
    struct client *client = make_client(server, false);
    int error = connect_socket(client->fd, server);

    if (error == 0)
        return client;
    client_close(client);
    if (error != -ECONNREFUSED && error != -ENOENT && error != -ECONNRESET)
        fixture_fail(server->fixture, "client %u cannot connect: %s", client->number,
                     strerror(-error));
    return NULL;
}

long client_try_send(struct client *client, const void *bytes, size_t length)
{
    ssize_t sent;

    do
        sent = send(client->fd, bytes, length, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return sent;
    return errno == EAGAIN ? 0 : -errno;
}

void client_send_bytes(struct client *client, const void *bytes, size_t length)
{
    int64_t deadline = clock_ms() + DEADLINE_MS;
    const char *from = bytes;
    long sent;

    while (length > 0) {
        sent = client_try_send(client, from, length);
        if (sent < 0)
            fixture_fail(client->fixture, "client %u cannot send: %s", client->number,
                         strerror((int)-sent));
        from += sent;
        length -= (size_t)sent;
        if (length > 0 && !await(client->fd, POLLOUT, deadline))
            fixture_fail(client->fixture, "client %u cannot send: the server does not read",
                         client->number);
    }
}

void client_send(struct client *client, const char *text)
{
    client_send_bytes(client, text, strlen(text));
}

void client_ask(struct client *client, unsigned n)
{
    char line[16];

    snprintf(line, sizeof(line), "%u\n", n);
    client_send(client, line);
}

/* Takes what has arrived. Returns false when nothing is there and nothing ended. */
static bool take(struct client *client)
{
    ssize_t got;

    if (client->start > 0) {
        memmove(client->buffer, client->buffer + client->start, client->end - client->start);
        client->end -= client->start;
        client->start = 0;
    }
    do
        got = recv(client->fd, client->buffer + client->end, CLIENT_BUFFER - client->end, 0);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        client->end += (size_t)got;
    else if (got == 0)
        client->ended = true;
    else if (errno != EAGAIN)
        client->error = errno;
    return got > 0 || client->ended || client->error != 0;
}

enum client_line client_read_line(struct client *client, char **line, int timeout_ms)
{
    int64_t deadline = clock_ms() + timeout_ms;
    char *newline;

    for (;;) {
        newline = memchr(client->buffer + client->start, '\n', client->end - client->start);
        if (newline != NULL) {
            *newline = '\0';
            *line = client->buffer + client->start;
            client->start = (size_t)(newline - client->buffer) + 1;
            return CLIENT_LINE;
        }
        if (client->error != 0)
            return CLIENT_ERROR;
        if (client->ended)
            return CLIENT_END;
        if (client->end - client->start == CLIENT_BUFFER)
            fixture_fail(client->fixture, "client %u: an answer without end", client->number);
        if (!take(client) && !await(client->fd, POLLIN, deadline))
            return CLIENT_TIMEOUT;
    }
}

static char *read_line_or_fail(struct client *client, const char *wanted)
{
    char *line;

    switch (client_read_line(client, &line, DEADLINE_MS)) {
    case CLIENT_LINE:
        return line;
    case CLIENT_END:
        fixture_fail(client->fixture, "client %u: the end instead of %s", client->number, wanted);
    case CLIENT_ERROR:
        fixture_fail(client->fixture, "client %u: %s instead of %s", client->number,
                     strerror(client->error), wanted);
    default:
        fixture_fail(client->fixture, "client %u: no answer, %s was due", client->number, wanted);
    }
}

void client_expect_line(struct client *client, const char *line)
{
    char wanted[80];
    const char *got;

    snprintf(wanted, sizeof(wanted), "'%s'", line);
    got = read_line_or_fail(client, wanted);
    if (strcmp(got, line) != 0)
        fixture_fail(client->fixture, "client %u: '%.60s' instead of %s", client->number, got,
                     wanted);
}

void client_expect_number(struct client *client, uint64_t number)
{
    char line[24];

    snprintf(line, sizeof(line), "%" PRIu64, number);
    client_expect_line(client, line);
}

void client_expect_fibonacci(struct client *client, unsigned n)
{
    client_expect_number(client, fibonacci(n));
}

void client_expect_error(struct client *client)
{
    const char *got = read_line_or_fail(client, "'ERR …'");

    if (strncmp(got, "ERR ", 4) != 0 || got[4] == '\0' || got[4] == ' ')
        fixture_fail(client->fixture, "client %u: '%.60s' instead of 'ERR ' and a reason",
                     client->number, got);
}

void client_round_trip(struct client *client, unsigned n)
{
    client_ask(client, n);
    client_expect_fibonacci(client, n);
}

void client_expect_end(struct client *client)
{
    char *line;

    switch (client_read_line(client, &line, DEADLINE_MS)) {
    case CLIENT_LINE:
        fixture_fail(client->fixture, "client %u: '%.60s' instead of the end", client->number,
                     line);
    case CLIENT_ERROR:
        fixture_fail(client->fixture, "client %u: %s instead of the end", client->number,
                     strerror(client->error));
    case CLIENT_TIMEOUT:
        fixture_fail(client->fixture, "client %u: the server does not close", client->number);
    default:
        break;
    }
    if (client->end > client->start)
        fixture_fail(client->fixture, "client %u: '%.*s' without LF before the end", client->number,
                     (int)(client->end - client->start), client->buffer + client->start);
}

void client_expect_gone(struct client *client)
{
    int64_t deadline = clock_ms() + DEADLINE_MS;

    while (!client->ended && client->error == 0) {
        client->start = client->end = 0;
        if (!take(client) && !await(client->fd, POLLIN, deadline))
            fixture_fail(client->fixture, "client %u: the server does not close", client->number);
    }
}

void client_expect_silence(struct client *client, int milliseconds)
{
    if (client->end == client->start && !await(client->fd, POLLIN, clock_ms() + milliseconds))
        return;
    if (client->end == client->start)
        take(client);
    fixture_fail(client->fixture, "client %u: %s '%.*s' although nothing is due", client->number,
                 client->ended ? "the end" : "bytes", (int)(client->end - client->start),
                 client->buffer + client->start);
}

void client_half_close(struct client *client)
{
    shutdown(client->fd, SHUT_WR);
}

void client_close(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
}

void client_reset(struct client *client)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    if (client->server->address.any.sa_family != AF_UNIX)
        setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    client_close(client);
}

void client_destroy(struct client *client)
{
    client_close(client);
    free(client);
}
