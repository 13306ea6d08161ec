#include "tests/conformance/parts.h"

#include <string.h>

/* What the reference answers whatever it is asked; the tests of numbers leave it out. */

static void need_null(struct fixture *fixture)
{
    if (strcmp(fixture->subject->backend, "null") != 0)
        fixture_skip(fixture, "is not the null backend");
}

static void null_answers_1_to_every_line(struct fixture *fixture)
{
    struct server *server;
    struct client *client;

    need_null(fixture);
    server = server_start(fixture);
    client = client_connect(server);
    client_send(client, "0\n20\n\n1\r\nx\n");
    for (int i = 0; i < 5; i++)
        client_expect_line(client, "1");
    client_expect_silence(client, 50);
    client_half_close(client);
    client_expect_end(client);
    server_stop(server);
}

static void null_counts_lines_across_splits(struct fixture *fixture)
{
    struct server *server;
    struct client *client;

    need_null(fixture);
    server = server_start(fixture);
    client = client_connect(server);
    for (int i = 0; i < 50; i++) {
        client_send(client, "1");
        client_send(client, "0");
        client_send(client, "\n1\n");
    }
    for (int i = 0; i < 100; i++)
        client_expect_line(client, "1");
    client_expect_silence(client, 50);
}

static void null_serves_many_connections_at_once(struct fixture *fixture)
{
    struct server *server;
    struct client *clients[64];

    need_null(fixture);
    server = server_start(fixture);
    for (int i = 0; i < 64; i++)
        clients[i] = client_connect(server);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 64; i++)
            client_send(clients[i], "1\n");
        for (int i = 0; i < 64; i++)
            client_expect_line(clients[i], "1");
    }
    for (int i = 0; i < 64; i++)
        client_reset(clients[i]);
    server_stop(server);
}

static const struct suite_test tests[] = {
    TEST(null_answers_1_to_every_line, 0),
    TEST(null_counts_lines_across_splits, 0),
    TEST(null_serves_many_connections_at_once, 0),
};

const struct suite_part null_part = SUITE_PART(tests);
