#include "tests/conformance/backpressure.h"

#include "common/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* Lines of one length, so that the number of bytes tells which line comes next. */
enum {
    DISTINCT = 20,
    LINE_BYTES = 3,
    PATTERN_LINES = DISTINCT * 1000,
    TOO_MUCH = 1 << 30,
    BLOCKING_MS = 8 * DEADLINE_MS,
    TCP_SILENCE_MS = 3000, /* it tries again after 0.2, 0.6, 1.4 s */
};

static void make_pattern(char *pattern)
{
    char line[16];

    for (unsigned i = 0; i < PATTERN_LINES; i++) {
        snprintf(line, sizeof(line), "%02u\n", i % DISTINCT);
        memcpy(pattern + (size_t)i * LINE_BYTES, line, LINE_BYTES);
    }
}

/* The bytes that the kernel holds for the server's end of this connection. */
static unsigned received_and_unread(const struct client *client)
{
    struct sockaddr_in own = {0}, server = {0};
    socklen_t length = sizeof(own);
    unsigned local, remote, unread = 0;
    FILE *connections = fopen("/proc/net/tcp", "r");
    char line[256];

    if (connections == NULL || getsockname(client->fd, (struct sockaddr *)&own, &length) < 0 ||
        getpeername(client->fd, (struct sockaddr *)&server, &length) < 0)
        fixture_fail(client->fixture, "no connection to look up: %s", strerror(errno));
    while (fgets(line, sizeof(line), connections) != NULL) {
        if (sscanf(line, " %*u: %*x:%x %*x:%x %*x %*x:%x", &local, &remote, &unread) == 3 &&
            local == ntohs(server.sin_port) && remote == ntohs(own.sin_port))
            break;
        unread = 0;
    }
    fclose(connections);
    return unread;
}

/* True when nothing can be sent for so long because an idle server does not read. */
static bool stays_blocked(const struct client *client, int milliseconds)
{
    struct pollfd watch = {.fd = client->fd, .events = POLLOUT};
    int64_t before = server_cpu_ns(client->server);

    return poll(&watch, 1, milliseconds) == 0 &&
           server_cpu_ns(client->server) - before < milliseconds * INT64_C(1000000) / 10;
}

static bool has_unread(const struct client *client)
{
    return client->server->fixture->subject->unix_socket || received_and_unread(client) > 0;
}

int deaf_client_send_some(struct deaf_client *deaf)
{
    static char pattern[PATTERN_LINES * LINE_BYTES];
    size_t at = deaf->sent % sizeof(pattern);
    long sent;

    if (pattern[0] == '\0')
        make_pattern(pattern);
    sent = client_try_send(deaf->client, pattern + at, sizeof(pattern) - at);
    if (sent < 0)
        return (int)sent;
    deaf->sent += (uint64_t)sent;
    return 0;
}

/*
 * TCP alone may be silent for a while, after a loss; then there is nothing for the server to read.
 * But if that goes on, it is because the client reads nothing: its kernel, without room, drops what
 * would tell it that the server's has some.
 */
bool deaf_client_send_until_blocked(struct deaf_client *deaf, int blocked_ms)
{
    struct client *client = deaf->client;
    int64_t deadline = clock_ms() + BLOCKING_MS, moved_ms = clock_ms();

    while (deaf->sent < TOO_MUCH && clock_ms() < deadline) {
        uint64_t before = deaf->sent;
        int error = deaf_client_send_some(deaf);

        if (error < 0)
            fixture_fail(client->fixture, "client %u cannot send: %s", client->number,
                         strerror(-error));
        if (deaf->sent > before) {
            moved_ms = clock_ms();
        } else if (stays_blocked(client, blocked_ms)) {
            bool unread = has_unread(client);

            if (unread || clock_ms() - moved_ms > TCP_SILENCE_MS)
                return unread;
        }
    }
    fixture_fail(client->fixture,
                 "after %" PRIu64
                 " bytes of requests without an answer read the server still reads",
                 deaf->sent);
}

uint64_t deaf_client_read_all(struct deaf_client *deaf)
{
    char rest[16] = "";
    unsigned next = (unsigned)(deaf->sent / LINE_BYTES % DISTINCT);
    size_t done = deaf->sent % LINE_BYTES;
    uint64_t lines = (deaf->sent + LINE_BYTES - 1) / LINE_BYTES;
    bool rest_sent = done == 0;

    snprintf(rest, sizeof(rest), "%02u\n", next);
    for (uint64_t i = 0; i < lines; i++) {
        /* The rest of the last line goes out as soon as there is room for it. */
        if (!rest_sent && client_try_send(deaf->client, rest + done, LINE_BYTES - done) > 0)
            rest_sent = true;
        client_expect_fibonacci(deaf->client, (unsigned)(i % DISTINCT));
    }
    return lines;
}

void deaf_client_end_and_read_all(struct deaf_client *deaf)
{
    unsigned last = (unsigned)(deaf->sent / LINE_BYTES % DISTINCT);
    size_t rest = deaf->sent % LINE_BYTES;

    client_half_close(deaf->client);
    for (uint64_t i = 0; i < deaf->sent / LINE_BYTES; i++)
        client_expect_fibonacci(deaf->client, (unsigned)(i % DISTINCT));
    if (rest > 0)
        client_expect_fibonacci(deaf->client, rest == 1 ? last / 10 : last);
    client_expect_end(deaf->client);
}

uint64_t deaf_client_read_to_the_end(struct deaf_client *deaf)
{
    struct client *client = deaf->client;
    enum client_line result;
    uint64_t lines = 0;
    char *line, wanted[24];

    while ((result = client_read_line(client, &line, DEADLINE_MS)) == CLIENT_LINE) {
        snprintf(wanted, sizeof(wanted), "%" PRIu64, fibonacci((unsigned)(lines % DISTINCT)));
        if (strcmp(line, wanted) != 0)
            fixture_fail(client->fixture, "answer %" PRIu64 " is '%.60s' instead of '%s'", lines,
                         line, wanted);
        lines++;
    }
    if (result != CLIENT_END)
        fixture_fail(client->fixture, "no proper end after %" PRIu64 " answers", lines);
    return lines;
}
