#include "tests/fault/parts.h"
#include "tests/fault/witness.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { REPEATS = 20 };

/* Sends, waits a little or not at all so that the reset comes at various moments, and resets. */
static void repeat_reset_after(struct fixture *fixture, const char *bytes, size_t length)
{
    struct server *server = server_start(fixture);
    struct witness witness;
    struct client *client;

    witness_begin(&witness, server);
    for (int i = 0; i < REPEATS; i++) {
        client = client_connect(server);
        client_send_bytes(client, bytes, length);
        if (i % 3 > 0)
            pause_ms(i % 3);
        client_reset(client);
        witness_ask(&witness);
    }
    witness_end_and_stop(&witness);
}

static void reset_before_a_request(struct fixture *fixture)
{
    repeat_reset_after(fixture, "", 0);
}

static void reset_in_mid_line(struct fixture *fixture)
{
    repeat_reset_after(fixture, "1", 1);
}

static void reset_after_a_line(struct fixture *fixture)
{
    repeat_reset_after(fixture, "1\n", 2);
}

static void reset_after_an_overlong_line(struct fixture *fixture)
{
    char bytes[5000];

    memset(bytes, '1', sizeof(bytes));
    repeat_reset_after(fixture, bytes, sizeof(bytes));
}

static void reset_with_many_requests_under_way(struct fixture *fixture)
{
    static char bytes[60000];

    for (size_t i = 0; i < sizeof(bytes); i += 2)
        memcpy(bytes + i, "1\n", 2);
    repeat_reset_after(fixture, bytes, sizeof(bytes));
}

/* Answers that were sent and never read make the close a reset, too. */
static void close_with_answers_unread(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct witness witness;
    struct client *client;

    witness_begin(&witness, server);
    for (int i = 0; i < REPEATS; i++) {
        client = client_connect(server);
        client_send(client, "1\n1\n1\n");
        client_expect_line(client, "1");
        client_send(client, "1\n1\n");
        client_close(client);
        witness_ask(&witness);
    }
    witness_end_and_stop(&witness);
}

static void reset_after_a_half_close(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct witness witness;
    struct client *client;

    witness_begin(&witness, server);
    for (int i = 0; i < REPEATS; i++) {
        client = client_connect(server);
        client_send(client, "1\n1");
        client_half_close(client);
        if (i % 2 > 0)
            pause_ms(1);
        client_reset(client);
        witness_ask(&witness);
    }
    witness_end_and_stop(&witness);
}

static void reset_while_answers_wait(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct witness witness;
    struct client *client;

    witness_begin(&witness, server);
    for (int i = 0; i < 4; i++) {
        client = client_connect_small(server);
        fill_pipeline(client);
        witness_ask(&witness);
        client_reset(client);
        witness_ask(&witness);
    }
    server_expect_idle(server, 100);
    witness_end_and_stop(&witness);
}

static void reset_while_computing(struct fixture *fixture)
{
    unsigned n = n_taking(fixture, 0.03);
    struct server *server = server_start(fixture, "--max-n", "93");
    struct witness witness;
    struct client *client;
    char line[16];

    snprintf(line, sizeof(line), "%u\n1\n", n);
    witness_begin(&witness, server);
    for (int i = 0; i < REPEATS / 2; i++) {
        client = client_connect(server);
        client_send(client, line);
        pause_ms(2 * i);
        client_reset(client);
        witness_ask(&witness);
    }
    server_expect_idle(server, 100);
    witness_end_and_stop(&witness);
}

static void many_clients_reset_at_once(struct fixture *fixture)
{
    enum { MANY = 200 };
    struct server *server = server_start(fixture);
    struct witness witness;
    struct client *clients[MANY];

    witness_begin(&witness, server);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < MANY; i++) {
            clients[i] = client_connect(server);
            client_send(clients[i], "1\n1\n1");
        }
        for (int i = 0; i < MANY; i++)
            client_reset(clients[i]);
        witness_ask(&witness);
    }
    witness_end_and_stop(&witness);
}

static void clients_vanish_during_the_drain(struct fixture *fixture)
{
    unsigned n = n_taking(fixture, 0.3);
    struct server *server = server_start(fixture, "--max-n", "93", "--grace", "600");
    struct client *computing = client_connect(server), *deaf = NULL, *silent = NULL;
    int64_t mark;

    if (fixture->subject->concurrent) {
        deaf = client_connect_small(server);
        silent = client_connect(server);
        fill_pipeline(deaf);
        ask_for_one(silent);
    }
    mark = server_cpu_ns(server);
    client_ask(computing, n);
    server_expect_computing(server, mark);
    server_signal(server, SIGTERM);
    pause_ms(20);
    client_reset(computing);
    if (deaf != NULL)
        client_reset(deaf);
    if (silent != NULL)
        client_reset(silent);
    server_wait(server);
}

/* Nobody waits for the computation any more: the drain need not, either. */
static void endless_request_is_abandoned_during_the_drain(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--max-n", "93", "--grace", "600");
    struct client *client = client_connect(server);
    int64_t mark = server_cpu_ns(server);

    client_ask(client, 93);
    server_expect_computing(server, mark);
    server_signal(server, SIGTERM);
    pause_ms(50);
    client_reset(client);
    if (server_wait(server).cancelled != 1)
        fixture_fail(fixture, "the computation does not count as cancelled");
}

/* One visit: comes, says something or nothing, and leaves one way or the other. */
static void visit(struct server *server, unsigned kind)
{
    struct client *client = client_connect(server);

    switch (kind % 7) {
    case 0:
        client_reset(client);
        return;
    case 1:
        break;
    case 2:
        client_try_send(client, "1", 1);
        break;
    case 3:
        client_try_send(client, "1\n", 2);
        break;
    case 4:
        ask_for_one(client);
        break;
    case 5:
        client_try_send(client, "1\n1\n1\n1", 7);
        client_reset(client);
        return;
    default:
        client_try_send(client, "1\n1", 3);
        client_half_close(client);
        client_expect_line(client, "1");
        client_expect_line(client, "1");
        client_expect_end(client);
        break;
    }
    client_close(client);
}

static void storm_of_connections(struct fixture *fixture)
{
    enum { VISITS = 2000 };
    struct server *server = server_start(fixture);
    struct witness witness;
    unsigned random = 7;

    witness_begin(&witness, server);
    for (int i = 0; i < VISITS; i++) {
        random = random * 1664525u + 1013904223u;
        visit(server, random >> 16);
        if (i % 20 == 0)
            witness_ask(&witness);
    }
    witness_end_and_stop(&witness);
}

static void stop_in_a_storm_is_orderly(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *client;

    for (unsigned i = 0; i < 150; i++) {
        client = client_connect(server);
        client_try_send(client, "1\n1", 3);
        if (i % 3 == 0)
            client_reset(client);
        else if (i % 3 == 1)
            client_half_close(client);
    }
    server_signal(server, SIGTERM);
    for (client = fixture->clients; client != NULL; client = client->next) {
        if (client->fd >= 0)
            client_expect_gone(client);
        client_close(client);
    }
    server_wait(server);
}

static const struct suite_test tests[] = {
    TEST(reset_before_a_request, 0),
    TEST(reset_in_mid_line, 0),
    TEST(reset_after_a_line, 0),
    TEST(reset_after_an_overlong_line, 0),
    TEST(reset_with_many_requests_under_way, 0),
    TEST(close_with_answers_unread, 0),
    TEST(reset_after_a_half_close, 0),
    TEST(reset_while_answers_wait, 0),
    TEST(reset_while_computing, NEEDS_NUMBERS),
    TEST(many_clients_reset_at_once, 0),
    TEST(clients_vanish_during_the_drain, NEEDS_NUMBERS),
    TEST(endless_request_is_abandoned_during_the_drain, NEEDS_OWN_COMPUTATION),
    TEST(storm_of_connections, 0),
    TEST(stop_in_a_storm_is_orderly, 0),
};

const struct suite_part resets_part = SUITE_PART(tests);
