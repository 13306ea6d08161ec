#include "tests/conformance/parts.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

static void expect_stats(struct server *server, struct server_stats got, struct server_stats wanted)
{
    const struct {
        const char *name;
        int64_t got, wanted;
    } rows[] = {
        {"connections", got.connections, wanted.connections},
        {"refused", got.refused, wanted.refused},
        {"requests", got.requests, wanted.requests},
        {"errors", got.errors, wanted.errors},
        {"cancelled", got.cancelled, wanted.cancelled},
        {"dropped", got.dropped, wanted.dropped},
        {"peak_connections", got.peak_connections, wanted.peak_connections},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].got != rows[i].wanted)
            fixture_fail(server->fixture, "%s is %" PRId64 " instead of %" PRId64, rows[i].name,
                         rows[i].got, rows[i].wanted);
}

static void idle_server_counts_nothing(struct fixture *fixture)
{
    struct server *server = server_start(fixture);

    expect_stats(server, server_stop(server), (struct server_stats){0});
}

static void requests_and_errors_are_counted_apart(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);

    client_send(client, "10\nx\n11\n\n99\n12\n");
    client_half_close(client);
    client_expect_line(client, "55");
    client_expect_error(client);
    client_expect_line(client, "89");
    client_expect_error(client);
    client_expect_error(client);
    client_expect_line(client, "144");
    client_expect_end(client);
    expect_stats(
        server, server_stop(server),
        (struct server_stats){.connections = 1, .requests = 3, .errors = 3, .peak_connections = 1});
}

static void overlong_line_counts_as_an_error(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);
    char line[200];

    memset(line, '1', sizeof(line));
    client_send(client, "10\n");
    client_send_bytes(client, line, sizeof(line));
    client_expect_line(client, "55");
    client_expect_line(client, "ERR line too long");
    client_expect_end(client);
    client_close(client);
    expect_stats(
        server, server_stop(server),
        (struct server_stats){.connections = 1, .requests = 1, .errors = 1, .peak_connections = 1});
}

static void connections_one_after_the_other_have_a_peak_of_one(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *client;

    for (int i = 0; i < 3; i++) {
        client = client_connect(server);
        client_round_trip(client, 10);
        client_half_close(client);
        client_expect_end(client);
        client_close(client);
        server_expect_idle(server, 100);
    }
    expect_stats(server, server_stop(server),
                 (struct server_stats){.connections = 3, .requests = 3, .peak_connections = 1});
}

static void connections_at_once_are_the_peak(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--workers", "5");
    struct client *clients[5];

    for (int i = 0; i < 5; i++) {
        clients[i] = client_connect(server);
        client_round_trip(clients[i], 10);
    }
    for (int i = 0; i < 5; i++) {
        client_half_close(clients[i]);
        client_expect_end(clients[i]);
    }
    expect_stats(server, server_stop(server),
                 (struct server_stats){.connections = 5, .requests = 5, .peak_connections = 5});
}

static void refusals_are_counted(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--max-connections", "2");
    struct client *clients[2], *refused;

    for (int i = 0; i < 2; i++) {
        clients[i] = client_connect(server);
        client_round_trip(clients[i], 10);
    }
    for (int i = 0; i < 3; i++) {
        refused = client_connect(server);
        client_expect_line(refused, "ERR too many connections");
        client_expect_end(refused);
        client_close(refused);
    }
    expect_stats(server, server_stop(server),
                 (struct server_stats){
                     .connections = 2, .refused = 3, .requests = 2, .peak_connections = 2});
}

/* One computes, four wait: none of the five is delivered. */
static void forced_stop_counts_what_it_drops(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--max-n", "93", "--grace", "0");
    struct client *client = client_connect(server);
    struct server_stats stats;
    int64_t mark;

    client_round_trip(client, 10);
    mark = server_cpu_ns(server);
    client_send(client, "93\n1\n2\nx\n3\n4");
    server_expect_computing(server, mark);
    stats = server_terminate(server);
    stats.cancelled = 0; /* whether a forced stop cancels or drops is not said */
    expect_stats(server, stats,
                 (struct server_stats){
                     .connections = 1, .requests = 1, .dropped = 5, .peak_connections = 1});
}

static void drain_drops_nothing(struct fixture *fixture)
{
    unsigned n = n_taking(fixture, 0.2);
    struct server *server = server_start(fixture, "--max-n", "93");
    struct client *client = client_connect(server);
    int64_t mark;

    client_round_trip(client, 10);
    mark = server_cpu_ns(server);
    client_ask(client, n);
    server_expect_computing(server, mark);
    server_signal(server, SIGTERM);
    client_expect_fibonacci(client, n);
    client_expect_end(client);
    client_close(client);
    expect_stats(server, server_wait(server),
                 (struct server_stats){.connections = 1, .requests = 2, .peak_connections = 1});
}

static void computed_answers_count_once(struct fixture *fixture)
{
    unsigned n = n_taking(fixture, 0.02);
    struct server *server = server_start(fixture, "--max-n", "93");
    struct client *client = client_connect(server);

    for (int i = 0; i < 5; i++) {
        client_ask(client, n);
        client_ask(client, 10);
    }
    for (int i = 0; i < 5; i++) {
        client_expect_fibonacci(client, n);
        client_expect_line(client, "55");
    }
    expect_stats(server, server_stop(server),
                 (struct server_stats){.connections = 1, .requests = 10, .peak_connections = 1});
}

static const struct suite_test tests[] = {
    TEST(idle_server_counts_nothing, 0),
    TEST(requests_and_errors_are_counted_apart, NEEDS_NUMBERS),
    TEST(overlong_line_counts_as_an_error, NEEDS_NUMBERS | NEEDS_LINES),
    TEST(connections_one_after_the_other_have_a_peak_of_one, NEEDS_NUMBERS),
    TEST(connections_at_once_are_the_peak, NEEDS_NUMBERS | NEEDS_CONCURRENCY),
    TEST(refusals_are_counted, NEEDS_NUMBERS | NEEDS_REFUSAL),
    TEST(forced_stop_counts_what_it_drops, NEEDS_NUMBERS | NEEDS_LINES),
    TEST(drain_drops_nothing, NEEDS_NUMBERS),
    TEST(computed_answers_count_once, NEEDS_NUMBERS),
};

const struct suite_part stats_part = SUITE_PART(tests);
