#include "common/clock.h"
#include "tests/conformance/backpressure.h"
#include "tests/conformance/firehose.h"
#include "tests/conformance/parts.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Longer than any test waits: an end before it is not the grace's end. */
#define LONG_GRACE "600"

/* A client whose request never ends by itself. */
static struct client *start_endless_request(struct server *server)
{
    struct client *client = client_connect(server);
    int64_t mark = server_cpu_ns(server);

    client_ask(client, 93);
    server_expect_computing(server, mark);
    return client;
}

static void sigterm_ends_an_idle_server(struct fixture *fixture)
{
    struct server *server = server_start(fixture);

    server_stop(server);
}

static void sigint_ends_an_idle_server(struct fixture *fixture)
{
    struct server *server = server_start(fixture);

    server_signal(server, SIGINT);
    server_wait(server);
}

static void stop_closes_idle_connections(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--grace", LONG_GRACE);
    struct client *client = client_connect(server);

    client_send(client, "1\n");
    client_expect_line(client, "1");
    server_signal(server, SIGTERM);
    client_expect_end(client);
    client_close(client);
    server_wait(server);
}

static void clients_that_stay_do_not_hold_up_the_stop(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--grace", LONG_GRACE);
    struct client *clients[8];

    for (int i = 0; i < 8; i++)
        clients[i] = client_connect(server);
    client_send(clients[0], "1\n");
    client_expect_line(clients[0], "1");
    server_terminate(server);
    for (int i = 0; i < 8; i++)
        client_expect_gone(clients[i]);
}

static void computation_under_way_is_answered(struct fixture *fixture)
{
    unsigned n = n_taking(fixture, 0.4);
    struct server *server = server_start(fixture, "--max-n", "93", "--grace", LONG_GRACE);
    struct client *client = client_connect(server);
    int64_t mark = server_cpu_ns(server);

    client_ask(client, n);
    server_expect_computing(server, mark);
    server_signal_taken(server, SIGTERM);
    client_expect_fibonacci(client, n);
    client_expect_end(client);
    client_close(client);
    if (server_wait(server).dropped != 0)
        fixture_fail(fixture, "answers were dropped");
}

static void every_request_that_was_read_is_answered(struct fixture *fixture)
{
    enum { LINES = 500 };
    unsigned n = n_taking(fixture, 0.3);
    struct server *server = server_start(fixture, "--max-n", "93", "--grace", LONG_GRACE);
    struct client *client = client_connect(server);
    char text[16 + LINES * 3];
    size_t length = (size_t)snprintf(text, sizeof(text), "%u\n", n);
    int64_t mark;

    for (int i = 0; i < LINES; i++, length += 3)
        memcpy(text + length, "10\n", 3);
    client_round_trip(client, 1);
    mark = server_cpu_ns(server);
    client_send_bytes(client, text, length);
    server_expect_computing(server, mark);
    server_signal_taken(server, SIGTERM);
    client_expect_fibonacci(client, n);
    for (int i = 0; i < LINES; i++)
        client_expect_line(client, "55");
    client_expect_end(client);
    client_close(client);
    server_wait(server);
}

static void unfinished_line_is_dropped_by_a_stop(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--grace", LONG_GRACE);
    struct client *client = client_connect(server);

    client_round_trip(client, 10);
    client_send(client, "12");
    client_expect_silence(client, 50);
    server_signal(server, SIGTERM);
    client_expect_end(client);
    client_close(client);
    server_wait(server);
}

static void nothing_is_read_after_a_stop(struct fixture *fixture)
{
    unsigned n = n_taking(fixture, 0.4);
    struct server *server = server_start(fixture, "--max-n", "93", "--grace", LONG_GRACE);
    struct client *client = client_connect(server);
    int64_t mark = server_cpu_ns(server);

    client_ask(client, n);
    server_expect_computing(server, mark);
    server_signal_taken(server, SIGTERM);
    pause_ms(50);
    client_try_send(client, "10\n11\n", 6);
    client_expect_fibonacci(client, n);
    client_expect_end(client);
    client_close(client);
    if (server_wait(server).requests != 1)
        fixture_fail(fixture, "requests sent after the stop were read");
}

static void nobody_is_served_after_a_stop(struct fixture *fixture)
{
    unsigned n = n_taking(fixture, 0.4);
    struct server *server = server_start(fixture, "--max-n", "93", "--grace", LONG_GRACE);
    struct client *client = client_connect(server), *late;
    int64_t mark = server_cpu_ns(server);
    char *line;

    client_ask(client, n);
    server_expect_computing(server, mark);
    server_signal_taken(server, SIGTERM);
    pause_ms(50);
    late = client_try_connect(server);
    if (late != NULL) {
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

/* What it has taken it answers; the client sees a proper end although it never stops sending. */
static void stop_under_a_firehose_is_orderly(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--grace", LONG_GRACE);
    static struct firehose firehose;
    struct server_stats stats;
    int64_t deadline = clock_ms() + DEADLINE_MS;

    firehose_open(&firehose, server, 10);
    while (firehose.answers < 1000 && clock_ms() < deadline)
        firehose_pump(&firehose);
    server_signal_taken(server, SIGTERM);
    while (firehose_pump(&firehose))
        if (clock_ms() > deadline)
            fixture_fail(fixture, "the connection does not end");
    client_close(firehose.client);
    stats = server_wait(server);
    if (stats.dropped != 0 || (uint64_t)stats.requests != firehose.answers)
        fixture_fail(fixture, "%" PRId64 " requests, %" PRId64 " dropped; %" PRIu64 " arrived",
                     stats.requests, stats.dropped, firehose.answers);
}

static void blocked_answers_are_delivered_during_the_grace(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--grace", LONG_GRACE);
    struct deaf_client deaf = {.client = client_connect_small(server)};
    struct server_stats stats;
    uint64_t got;

    /* What TCP holds back by itself it may deliver only after the end. */
    if (!deaf_client_send_until_blocked(&deaf, 200)) {
        server_stop(server);
        fixture_skip(fixture, "TCP was silent before the server was");
    }
    server_signal_taken(server, SIGTERM);
    pause_ms(50);
    got = deaf_client_read_to_the_end(&deaf);
    client_close(deaf.client);
    stats = server_wait(server);
    if (stats.dropped != 0 || (uint64_t)stats.requests != got)
        fixture_fail(fixture, "%" PRId64 " requests, %" PRId64 " dropped; %" PRIu64 " arrived",
                     stats.requests, stats.dropped, got);
}

/* A send that blocks, is interrupted and tried again may find room for all that was left, where the
 * strategy blocks in its calls: the kernel wakes a sender for more room than a call needs. */
static bool blocks_in_calls(const struct subject *subject)
{
    return !subject->concurrent || strcmp(subject->compute, "connection") == 0;
}

static void client_that_never_reads_is_left_at_the_end_of_the_grace(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--grace", "0.4");
    struct deaf_client deaf = {.client = client_connect_small(server)};
    struct server_stats stats;
    bool unread = deaf_client_send_until_blocked(&deaf, 1000);
    int64_t begin = clock_ms();

    server_signal(server, SIGTERM);
    stats = server_wait(server);
    if (stats.dropped == 0 && !unread)
        fixture_skip(fixture, "TCP was silent before the server was");
    if (stats.dropped == 0 && blocks_in_calls(fixture->subject))
        return;
    if (stats.dropped == 0)
        fixture_fail(fixture, "answers were not delivered, yet none counts as dropped");
    if (clock_ms() - begin < 390)
        fixture_fail(fixture, "ended after %d ms, before the end of the grace",
                     (int)(clock_ms() - begin));
}

static void second_sigterm_stops_at_once(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--max-n", "93", "--grace", LONG_GRACE);
    struct client *client = start_endless_request(server);
    struct server_stats stats;

    server_signal_taken(server, SIGTERM);
    client_expect_silence(client, 100);
    server_signal(server, SIGTERM);
    stats = server_wait(server);
    client_expect_gone(client);
    if (stats.cancelled != 1 || stats.dropped != 1)
        fixture_fail(fixture, "one computation was cut off; cancelled counts %d, dropped %d",
                     (int)stats.cancelled, (int)stats.dropped);
}

static void sigint_after_sigterm_stops_at_once(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--max-n", "93", "--grace", LONG_GRACE);
    struct client *client = start_endless_request(server);

    server_signal_taken(server, SIGTERM);
    server_signal(server, SIGINT);
    server_wait(server);
    client_expect_gone(client);
}

static void end_of_the_grace_stops_at_once(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--max-n", "93", "--grace", "0.4");
    int64_t begin;

    start_endless_request(server);
    begin = clock_ms();
    server_signal(server, SIGTERM);
    server_wait(server);
    if (clock_ms() - begin < 390)
        fixture_fail(fixture, "ended after %d ms, before the end of the grace",
                     (int)(clock_ms() - begin));
}

static void no_grace_stops_at_once(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--max-n", "93", "--grace", "0");

    start_endless_request(server);
    server_terminate(server);
}

static void forced_stop_ends_several_computations(struct fixture *fixture)
{
    struct server *server =
        server_start(fixture, "--max-n", "93", "--grace", LONG_GRACE, "--workers", "2");
    struct client *clients[5];

    for (int i = 0; i < 5; i++) {
        clients[i] = client_connect(server);
        client_ask(clients[i], 93);
        client_ask(clients[i], 93);
    }
    server_expect_computing(server, server_cpu_ns(server));
    server_signal_taken(server, SIGTERM);
    server_signal(server, SIGINT); /* ThreadSanitizer may make one of two equal ones in a row */
    server_wait(server);
}

/* ThreadSanitizer runs a handler not before the thread's next call that it knows of, or within a
 * wait; a signal on the way into one may then wait as long. */
static bool signals_may_be_held_back(void)
{
#ifdef __SANITIZE_THREAD__
    return true;
#else
    return false;
#endif
}

static void stop_right_after_the_start_is_taken(struct fixture *fixture)
{
    if (signals_may_be_held_back())
        fixture_skip(fixture, "ThreadSanitizer may hold the signal back");
    for (int i = 0; i < 5; i++)
        server_stop(server_start(fixture));
}

static void clients_in_the_backlog_do_not_hold_up_the_stop(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--grace", LONG_GRACE);

    for (int i = 0; i < 5; i++)
        client_send(client_connect(server), "1\n1");
    server_terminate(server);
}

/* Connections that the server closed first would hold the port in TIME_WAIT. */
static void port_is_free_after_the_exit(struct fixture *fixture)
{
    struct server *server = server_start(fixture), *next;
    struct client *client = client_connect(server);
    char port[8];

    client_send(client, "1\n");
    client_expect_line(client, "1");
    server_signal(server, SIGTERM);
    client_expect_end(client);
    client_close(client);
    server_wait(server);
    snprintf(port, sizeof(port), "%d", server->port);
    step(fixture, "start again on the same port");
    next = server_start(fixture, "--port", port);
    client = client_connect(next);
    client_send(client, "1\n");
    client_expect_line(client, "1");
    server_stop(next);
}

static const struct suite_test tests[] = {
    TEST(sigterm_ends_an_idle_server, 0),
    TEST(sigint_ends_an_idle_server, 0),
    TEST(stop_closes_idle_connections, 0),
    TEST(clients_that_stay_do_not_hold_up_the_stop, 0),
    TEST(computation_under_way_is_answered, NEEDS_NUMBERS),
    TEST(every_request_that_was_read_is_answered, NEEDS_NUMBERS | NEEDS_LINES),
    TEST(unfinished_line_is_dropped_by_a_stop, NEEDS_NUMBERS | NEEDS_LINES),
    TEST(nothing_is_read_after_a_stop, NEEDS_NUMBERS),
    TEST(nobody_is_served_after_a_stop, NEEDS_NUMBERS),
    TEST(stop_under_a_firehose_is_orderly, NEEDS_NUMBERS | NEEDS_LINES),
    TEST(blocked_answers_are_delivered_during_the_grace, NEEDS_NUMBERS | NEEDS_LINES),
    TEST(client_that_never_reads_is_left_at_the_end_of_the_grace, NEEDS_NUMBERS | NEEDS_LINES),
    TEST(second_sigterm_stops_at_once, NEEDS_NUMBERS),
    TEST(sigint_after_sigterm_stops_at_once, NEEDS_NUMBERS),
    TEST(end_of_the_grace_stops_at_once, NEEDS_NUMBERS),
    TEST(no_grace_stops_at_once, NEEDS_NUMBERS),
    TEST(forced_stop_ends_several_computations, NEEDS_NUMBERS),
    TEST(stop_right_after_the_start_is_taken, 0),
    TEST(clients_in_the_backlog_do_not_hold_up_the_stop, 0),
    TEST(port_is_free_after_the_exit, NEEDS_TCP),
};

const struct suite_part stop_part = SUITE_PART(tests);
