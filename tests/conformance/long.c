#include "common/clock.h"
#include "tests/conformance/backpressure.h"
#include "tests/harness/assertions.h"
#include "tests/harness/suite.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* What takes long: the sizes at which servers of this kind break. */

enum { BLOCKED_MS = 1000, MEMORY_LIMIT = 8 << 20, SANITIZER_MEMORY_LIMIT = 64 << 20 };

/* With the socket buffers that the system gives, which take several million requests. */
static void millions_of_requests_without_reading(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct deaf_client deaf = {.client = client_connect(server)};
    int64_t before = process_resident(server->process.pid), grown;
    uint64_t answers;

    step(fixture, "send without reading");
    deaf_client_send_until_blocked(&deaf, BLOCKED_MS);
    grown = process_resident(server->process.pid) - before;
    if (grown > (SLOWNESS > 1 ? SANITIZER_MEMORY_LIMIT : MEMORY_LIMIT))
        fixture_fail(fixture, "memory has grown by %.1f MiB", (double)grown / (1 << 20));
    /* Its kernel may still take a little, from time to time. */
    server_expect_idle(server, 1000);
    step(fixture, "read every answer");
    answers = deaf_client_read_all(&deaf);
    client_half_close(deaf.client);
    client_expect_end(deaf.client);
    if ((uint64_t)server_stop(server).requests != answers)
        fixture_fail(fixture, "%" PRIu64 " answers arrived, the statistics say otherwise", answers);
}

/* Connections without the buffers of struct client: 10,000 of them are wanted. */
struct mass {
    struct server *server;
    int *descriptors;
    int count;
};

static void mass_open(struct mass *mass, struct server *server, int count)
{
    struct fixture *fixture = server->fixture;

    *mass = (struct mass){.server = server, .descriptors = calloc((size_t)count, sizeof(int))};
    if (mass->descriptors == NULL)
        fixture_fail(fixture, "out of memory");
    for (; mass->count < count; mass->count++) {
        int fd = socket(server->address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd < 0 || connect(fd, &server->address.any, server->address_length) != 0)
            fixture_fail(fixture, "connection %d: %s", mass->count, strerror(errno));
        mass->descriptors[mass->count] = fd;
    }
}

static void mass_close(struct mass *mass)
{
    for (int i = 0; i < mass->count; i++)
        close(mass->descriptors[i]);
    free(mass->descriptors);
}

static void mass_ask(const struct mass *mass, unsigned salt)
{
    char line[8];
    int length;

    for (int i = 0; i < mass->count; i++) {
        length = snprintf(line, sizeof(line), "%u\n", ((unsigned)i + salt) % 20);
        if (send(mass->descriptors[i], line, (size_t)length, MSG_NOSIGNAL) != length)
            fixture_fail(mass->server->fixture, "connection %d: %s", i, strerror(errno));
    }
}

/* The answers are short enough to arrive in one piece. */
static void mass_expect_answers(const struct mass *mass, unsigned salt)
{
    char wanted[24], got[64];
    struct pollfd watch = {.events = POLLIN};
    ssize_t length;

    for (int i = 0; i < mass->count; i++) {
        watch.fd = mass->descriptors[i];
        if (poll(&watch, 1, DEADLINE_MS) != 1)
            fixture_fail(mass->server->fixture, "connection %d is not answered", i);
        length = recv(watch.fd, got, sizeof(got) - 1, 0);
        got[length > 0 ? length : 0] = '\0';
        snprintf(wanted, sizeof(wanted), "%" PRIu64 "\n", fibonacci(((unsigned)i + salt) % 20));
        if (strcmp(got, wanted) != 0)
            fixture_fail(mass->server->fixture, "connection %d was told '%s'", i, got);
    }
}

/* As many as the descriptors of both processes allow, 10,000 at most. */
static int most_connections(struct fixture *fixture, int wanted)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < (rlim_t)wanted + 200)
        fixture_skip(fixture, "needs more descriptors than the hard limit allows");
    return wanted;
}

static void ten_thousand_connections(struct fixture *fixture)
{
    int count = most_connections(fixture, 10000);
    struct server *server;
    struct server_stats stats;
    struct mass mass;

    if (subject_has_option(fixture->subject, "--poller=select"))
        fixture_skip(fixture, "select ends at FD_SETSIZE");
    server = server_start(fixture);
    mass_open(&mass, server, count);
    for (unsigned round = 0; round < 3; round++) {
        mass_ask(&mass, round);
        mass_expect_answers(&mass, round);
    }
    stats = server_stop(server);
    mass_close(&mass);
    if (stats.peak_connections != count || stats.requests != 3 * count || stats.refused != 0)
        fixture_fail(fixture, "peak %" PRId64 ", %" PRId64 " requests", stats.peak_connections,
                     stats.requests);
}

/* A connection that waits holds no buffers it does not need. */
static void idle_connections_are_small(struct fixture *fixture)
{
    static const struct {
        const char *backend;
        int count;
        int64_t bytes;
    } limits[] = {{"select", 5000, 1024},
                  {"uv", 5000, 1024},
                  {"event", 5000, 2048},
                  {"coro", 5000, 5 * 1024},
                  {"coro-threads", 5000, 5 * 1024},
                  {"coro-yield", 5000, 5 * 1024},
                  {"uv-coro", 5000, 5 * 1024},
                  {"uv-coro-threads", 5000, 5 * 1024},
                  {"event-coro", 5000, 5 * 1024},
                  {"event-coro-threads", 5000, 5 * 1024},
                  {"threads", 1000, 14 * 1024}};
    const size_t rows = sizeof(limits) / sizeof(limits[0]);
    struct server *server;
    struct mass mass;
    int64_t before, each;
    size_t row = 0;

    while (row < rows && strcmp(limits[row].backend, fixture->subject->backend) != 0)
        row++;
    if (row == rows || subject_has_option(fixture->subject, "--poller=select"))
        fixture_skip(fixture, "has no limit");
    most_connections(fixture, limits[row].count);
    server = server_start(fixture);
    before = process_resident(server->process.pid);
    mass_open(&mass, server, limits[row].count);
    mass_ask(&mass, 0);
    mass_expect_answers(&mass, 0);
    each = (process_resident(server->process.pid) - before) / limits[row].count;
    server_stop(server);
    mass_close(&mass);
    print_message("%s: %" PRId64 " bytes a connection\n", fixture->subject->backend, each);
    if (each >= limits[row].bytes)
        fixture_fail(fixture, "%" PRId64 " bytes a connection, less than %" PRId64 " are allowed",
                     each, limits[row].bytes);
}

static const struct suite_test tests[] = {
    TEST(millions_of_requests_without_reading, NEEDS_NUMBERS | NEEDS_LINES),
    TEST(ten_thousand_connections, NEEDS_NUMBERS | NEEDS_CONCURRENCY),
    TEST(idle_connections_are_small, NEEDS_NUMBERS | NEEDS_CONCURRENCY | NEEDS_RELEASE),
};

int main(int argc, char **argv)
{
    const struct suite_part parts[] = {SUITE_PART(tests)};

    return suite_main("long", parts, 1, argc, argv);
}
