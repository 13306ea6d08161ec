#include "tests/conformance/parts.h"
#include "tests/harness/run.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { MANY = 48 }; /* clients: that a loop gets none of them is one in millions */

/* Not what the rest of the suite calls several workers: each has a listener of its own. */
static void connections_are_counted_per_loop(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--workers", "3");
    struct client *client;
    struct server_stats stats;

    for (int i = 0; i < MANY; i++) {
        client = client_connect(server);
        client_round_trip(client, 10);
    }
    stats = server_stop(server);
    if (stats.loops != 3 || stats.accepted != MANY || stats.connections != MANY)
        fixture_fail(fixture, "%d loops accepted %" PRId64 " of %d connections", stats.loops,
                     stats.accepted, MANY);
    if (!fixture->subject->unix_socket && stats.accepted_least == 0)
        fixture_fail(fixture, "a loop got no client at all");
}

static void refused_connections_count_for_no_loop(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--workers", "3", "--max-connections", "5");
    struct client *client;
    struct server_stats stats;

    for (int i = 0; i < 5; i++)
        client_round_trip(client_connect(server), 10);
    for (int i = 0; i < 10; i++) {
        client = client_connect(server);
        client_expect_line(client, "ERR too many connections");
        client_close(client);
    }
    stats = server_stop(server);
    if (stats.accepted != 5 || stats.refused != 10)
        fixture_fail(fixture, "the loops accepted %" PRId64 " connections, refused %" PRId64,
                     stats.accepted, stats.refused);
}

static void slow_request_leaves_the_other_loop_alone(struct fixture *fixture)
{
    struct server *server =
        server_start(fixture, "--workers", "2", "--max-n", "93", "--grace", "0");
    struct client *slow = client_connect(server), *clients[MANY];
    int64_t mark = server_cpu_ns(server);
    int answered = 0;
    char *line;

    client_ask(slow, 93);
    server_expect_computing(server, mark);
    for (int i = 0; i < MANY; i++) {
        clients[i] = client_connect(server);
        client_ask(clients[i], 10);
    }
    for (int i = 0; i < MANY && answered == 0; i++)
        answered += client_read_line(clients[i], &line, 200) == CLIENT_LINE;
    if (answered == 0)
        fixture_fail(fixture, "one slow request stops both loops");
    server_terminate(server);
}

/* The kernel would let a second one in, whose listeners share their port by SO_REUSEPORT, too. */
static void another_server_is_kept_off_the_port(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--workers", "2");
    static struct run_result result;
    char backend[64], port[8];

    snprintf(backend, sizeof(backend), "--backend=%s", fixture->subject->backend);
    snprintf(port, sizeof(port), "%d", server->port);
    RUN_PROGRAM(&result, fixture->subject->program, backend, "--port", port);
    if (result.status != 1 || strstr(result.complaint, strerror(EADDRINUSE)) == NULL)
        fixture_fail(fixture, "exit status %d on a used port: %s", result.status, result.complaint);
    client_round_trip(client_connect(server), 10);
    server_stop(server);
}

static void stop_shuts_every_listener(struct fixture *fixture)
{
    unsigned n = n_taking(fixture, 0.4);
    struct server *server =
        server_start(fixture, "--workers", "3", "--max-n", "93", "--grace", "600");
    struct client *client = client_connect(server), *late;
    int64_t mark = server_cpu_ns(server);
    char *line;

    client_ask(client, n);
    server_expect_computing(server, mark);
    server_signal(server, SIGTERM);
    /* The handler may still be at it when the signal has been taken. */
    pause_ms(50);
    for (int i = 0; i < MANY; i++) {
        late = client_try_connect(server);
        if (late == NULL)
            continue;
        client_try_send(late, "10\n", 3);
        if (client_read_line(late, &line, DEADLINE_MS) == CLIENT_LINE)
            fixture_fail(fixture, "a client that came after the stop was told '%.60s'", line);
        client_close(late);
    }
    client_expect_fibonacci(client, n);
    client_expect_end(client);
    client_close(client);
    server_wait(server);
}

static const struct suite_test tests[] = {
    TEST(connections_are_counted_per_loop, NEEDS_LOOPS),
    TEST(refused_connections_count_for_no_loop, NEEDS_LOOPS),
    TEST(slow_request_leaves_the_other_loop_alone, NEEDS_LOOPS),
    TEST(another_server_is_kept_off_the_port, NEEDS_LOOPS | NEEDS_TCP),
    TEST(stop_shuts_every_listener, NEEDS_LOOPS),
};

const struct suite_part loops_part = SUITE_PART(tests);
