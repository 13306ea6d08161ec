#include "tests/conformance/parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/*
 * A tenth of a second is the limit for noticing the reset; what is measured is the processor time
 * used after it, which a busy machine does not add to.
 */
enum { CPU_AFTER_RESET_MS = 1000 };

static void ask_endlessly(struct server *server, struct client *client)
{
    int64_t mark = server_cpu_ns(server);

    client_ask(client, 93);
    server_expect_computing(server, mark);
}

/* The server stops computing soon. */
static void expect_abandoned(struct server *server)
{
    int64_t mark = server_cpu_ns(server);

    server_expect_idle(server, 100);
    if (server_cpu_ns(server) - mark > CPU_AFTER_RESET_MS * INT64_C(1000000) * SLOWNESS)
        fixture_fail(server->fixture, "computed for %.0f ms more after the reset",
                     (double)(server_cpu_ns(server) - mark) / 1e6);
}

static void expect_cancelled(struct server *server, int64_t count)
{
    int64_t cancelled = server_stop(server).cancelled;

    if (cancelled != count)
        fixture_fail(server->fixture, "%" PRId64 " computations count as cancelled, not %" PRId64,
                     cancelled, count);
}

static void reset_abandons_the_computation(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--max-n", "93");
    struct client *client = client_connect(server);

    ask_endlessly(server, client);
    client_reset(client);
    expect_abandoned(server);
    expect_cancelled(server, 1);
}

/* While more requests wait, nobody reads from the connection. */
static void reset_behind_pipelined_requests_abandons_too(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--max-n", "93");
    struct client *client = client_connect(server);
    int64_t mark = server_cpu_ns(server);

    client_send(client, "93\n10\n93\n20\n1");
    server_expect_computing(server, mark);
    client_reset(client);
    expect_abandoned(server);
    expect_cancelled(server, 1);
}

static void reset_with_much_unread_input_abandons_too(struct fixture *fixture)
{
    static char text[300 * 1024];
    struct server *server = server_start(fixture, "--max-n", "93");
    struct client *client = client_connect(server);
    int64_t mark = server_cpu_ns(server);

    client_ask(client, 93);
    for (size_t i = 0; i + 2 <= sizeof(text); i += 2)
        memcpy(text + i, "1\n", 2);
    client_try_send(client, text, sizeof(text));
    server_expect_computing(server, mark);
    client_reset(client);
    expect_abandoned(server);
    expect_cancelled(server, 1);
}

/* First a FIN, which abandons nothing, then the reset, which does. */
static void reset_after_a_half_close_abandons(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--max-n", "93");
    struct client *client = client_connect(server);
    int64_t mark;

    ask_endlessly(server, client);
    client_half_close(client);
    pause_ms(50);
    mark = server_cpu_ns(server);
    server_expect_computing(server, mark);
    client_reset(client);
    expect_abandoned(server);
    expect_cancelled(server, 1);
}

static void abandoned_computations_free_their_workers(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--max-n", "93", "--workers", "1");
    struct client *client;

    for (int i = 0; i < 3; i++) {
        client = client_connect(server);
        ask_endlessly(server, client);
        client_reset(client);
        expect_abandoned(server);
    }
    client_round_trip(client_connect(server), n_taking(fixture, 0.01));
    expect_cancelled(server, 3);
}

static void request_that_waits_for_a_worker_dies_with_its_client(struct fixture *fixture)
{
    unsigned n = n_taking(fixture, 0.05);
    struct server *server = server_start(fixture, "--max-n", "93", "--workers", "1");
    struct client *first = client_connect(server), *second = client_connect(server);

    ask_endlessly(server, first);
    client_ask(second, 93);
    pause_ms(50);
    client_reset(second);
    client_reset(first);
    expect_abandoned(server);
    client_round_trip(client_connect(server), n);
    if (server_stop(server).cancelled < 1)
        fixture_fail(fixture, "no computation counts as cancelled");
}

static void abandoned_computation_leaves_others_alone(struct fixture *fixture)
{
    unsigned n = n_taking(fixture, 0.3);
    struct server *server = server_start(fixture, "--max-n", "93", "--workers", "2");
    struct client *first = client_connect(server), *second = client_connect(server);

    ask_endlessly(server, first);
    client_ask(second, n);
    client_reset(first);
    client_expect_fibonacci(second, n);
    client_round_trip(second, 10);
    expect_abandoned(server);
    expect_cancelled(server, 1);
}

static void abandoned_computation_frees_its_descriptor(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--max-n", "93");
    struct client *client = client_connect(server);
    int before;

    client_round_trip(client, 10);
    before = server_descriptors(server);
    ask_endlessly(server, client);
    client_reset(client);
    server_expect_descriptors(server, before - 1);
    expect_cancelled(server, 1);
}

/* For every backend, those that compute inline included: they may finish it first. */
static void reset_while_computing_harms_nobody(struct fixture *fixture)
{
    unsigned n = n_taking(fixture, 0.2);
    struct server *server = server_start(fixture, "--max-n", "93");
    struct client *client = client_connect(server);
    int64_t mark;

    client_round_trip(client, 10);
    mark = server_cpu_ns(server);
    client_ask(client, n);
    server_expect_computing(server, mark);
    client_reset(client);
    client_round_trip(client_connect(server), 10);
    server_stop(server);
}

static const struct suite_test tests[] = {
    TEST(reset_abandons_the_computation, NEEDS_OWN_COMPUTATION),
    TEST(reset_behind_pipelined_requests_abandons_too, NEEDS_OWN_COMPUTATION | NEEDS_LINES),
    TEST(reset_with_much_unread_input_abandons_too, NEEDS_OWN_COMPUTATION | NEEDS_LINES),
    TEST(reset_after_a_half_close_abandons, NEEDS_OWN_COMPUTATION),
    TEST(abandoned_computations_free_their_workers, NEEDS_OWN_COMPUTATION),
    TEST(request_that_waits_for_a_worker_dies_with_its_client,
         NEEDS_OWN_COMPUTATION | NEEDS_CONCURRENCY),
    TEST(abandoned_computation_leaves_others_alone, NEEDS_OWN_COMPUTATION | NEEDS_CONCURRENCY),
    TEST(abandoned_computation_frees_its_descriptor, NEEDS_OWN_COMPUTATION),
    TEST(reset_while_computing_harms_nobody, NEEDS_NUMBERS),
};

const struct suite_part cancel_part = SUITE_PART(tests);
