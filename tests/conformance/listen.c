#include "tests/conformance/parts.h"
#include "tests/harness/run.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* An answer that every backend, null included, gives to "1". */
static void expect_served(struct server *server)
{
    struct client *client = client_connect(server);

    client_send(client, "1\n");
    client_expect_line(client, "1");
    client_close(client);
}

static void expect_said(struct server *server, const char *where)
{
    char expected[192];

    snprintf(expected, sizeof(expected), "fibserver: %s listening on %s",
             server->fixture->subject->backend, where);
    if (strcmp(server->line, expected) != 0)
        fixture_fail(server->fixture, "said '%s' instead of '%s'", server->line, expected);
}

static void says_the_address_it_listens_on(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    char where[64];

    snprintf(where, sizeof(where), "127.0.0.1:%d", server->port);
    expect_said(server, where);
    expect_served(server);
}

static void accepts_soon_after_its_start(struct fixture *fixture)
{
    struct server *server = server_start(fixture);

    if (server->ready_seconds > 3.0 * SLOWNESS)
        fixture_fail(fixture, "ready after %.1f s, a second is the limit", server->ready_seconds);
    expect_served(server);
}

static void says_nothing_else(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--max-connections", "100");

    expect_served(server);
    server_expect_quiet(server);
    server_stop(server);
}

static bool has_ipv6(void)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool works = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

    if (fd >= 0)
        close(fd);
    return works;
}

static void listens_on_ipv6(struct fixture *fixture)
{
    struct server *server;
    char where[64];

    if (!has_ipv6())
        fixture_skip(fixture, "this machine has no IPv6");
    server = server_start(fixture, "--host", "::1");
    snprintf(where, sizeof(where), "[::1]:%d", server->port);
    expect_said(server, where);
    expect_served(server);
    server_stop(server);
}

static void unix_socket_is_named_and_removed(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    const char *path = server->address.path.sun_path;
    struct stat status;

    expect_said(server, path);
    expect_served(server);
    if (stat(path, &status) != 0 || !S_ISSOCK(status.st_mode))
        fixture_fail(fixture, "there is no socket at %s", path);
    server_stop(server);
    if (stat(path, &status) == 0)
        fixture_fail(fixture, "%s is still there after the exit", path);
}

static void unix_socket_is_removed_by_a_forced_stop(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--max-n", "93", "--grace", "0");
    struct client *client = client_connect(server);
    int64_t mark = server_cpu_ns(server);
    struct stat status;

    client_ask(client, 93);
    server_expect_computing(server, mark);
    server_terminate(server);
    if (stat(server->address.path.sun_path, &status) == 0)
        fixture_fail(fixture, "%s is still there", server->address.path.sun_path);
}

/* Leaves a socket's file behind to which nobody listens. */
static void make_stale_socket(struct fixture *fixture, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 1) != 0)
        fixture_fail(fixture, "cannot make a socket at %s: %s", path, strerror(errno));
    close(fd);
}

/* The program on a path, run to its end. */
static void run_on_path(struct fixture *fixture, struct run_result *result, const char *path)
{
    char backend[64];

    snprintf(backend, sizeof(backend), "--backend=%s", fixture->subject->backend);
    RUN_PROGRAM(result, fixture->subject->program, backend, "--unix", path);
}

static void stale_unix_socket_is_replaced(struct fixture *fixture)
{
    struct server *server;
    char path[96];

    fixture_path(fixture, "stale", path, sizeof(path));
    make_stale_socket(fixture, path);
    server = server_start(fixture, "--unix", path);
    expect_said(server, path);
    expect_served(server);
    server_stop(server);
}

static void live_unix_socket_is_an_error(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    static struct run_result result;

    run_on_path(fixture, &result, server->address.path.sun_path);
    if (result.status != 1 || result.output[0] != '\0')
        fixture_fail(fixture, "exit status %d and '%s' on a live socket", result.status,
                     result.output);
    if (strstr(result.complaint, server->address.path.sun_path) == NULL ||
        strstr(result.complaint, strerror(EADDRINUSE)) == NULL)
        fixture_fail(fixture, "the message names not both path and reason: %s", result.complaint);
    step(fixture, "go on with the first server");
    expect_served(server);
    server_stop(server);
}

static void other_file_in_place_of_the_socket_is_kept(struct fixture *fixture)
{
    static struct run_result result;
    struct stat status;
    char path[96];
    int fd;

    fixture_path(fixture, "precious", path, sizeof(path));
    fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, "data", 4) != 4)
        fixture_fail(fixture, "cannot write %s: %s", path, strerror(errno));
    close(fd);
    run_on_path(fixture, &result, path);
    if (result.status != 1 || strstr(result.complaint, path) == NULL)
        fixture_fail(fixture, "exit status %d, '%s' for a path that is a file", result.status,
                     result.complaint);
    if (stat(path, &status) != 0 || status.st_size != 4)
        fixture_fail(fixture, "a file that is no socket was touched");
}

static const struct suite_test tests[] = {
    TEST(says_the_address_it_listens_on, NEEDS_TCP),
    TEST(accepts_soon_after_its_start, 0),
    TEST(says_nothing_else, 0),
    TEST(listens_on_ipv6, NEEDS_TCP),
    TEST(unix_socket_is_named_and_removed, NEEDS_UNIX),
    TEST(unix_socket_is_removed_by_a_forced_stop, NEEDS_UNIX | NEEDS_NUMBERS),
    TEST(stale_unix_socket_is_replaced, NEEDS_UNIX),
    TEST(live_unix_socket_is_an_error, NEEDS_UNIX),
    TEST(other_file_in_place_of_the_socket_is_kept, NEEDS_UNIX),
};

const struct suite_part listen_part = SUITE_PART(tests);
