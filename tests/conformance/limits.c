#include "common/clock.h"
#include "tests/conformance/backpressure.h"
#include "tests/conformance/parts.h"

#include <stdio.h>
#include <string.h>

#define IDLE_TIMEOUT "0.6"
enum { IDLE_TIMEOUT_MS = 600, IDLE_STEP_MS = 150 };

static void one_connection_too_many_is_refused(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--max-connections", "2");
    struct client *first = client_connect(server), *second = client_connect(server), *third;

    client_round_trip(first, 10);
    client_round_trip(second, 10);
    third = client_connect(server);
    client_expect_line(third, "ERR too many connections");
    client_expect_end(third);
    step(fixture, "go on with those who were there");
    client_round_trip(first, 11);
    client_round_trip(second, 12);
}

static void refused_client_that_sends_can_read_the_reason(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--max-connections", "1");
    struct client *first = client_connect(server), *second;

    client_round_trip(first, 10);
    second = client_connect(server);
    for (int i = 0; i < 10; i++) {
        client_send(second, "10\n");
        pause_ms(10);
    }
    client_expect_line(second, "ERR too many connections");
    client_expect_end(second);
    client_round_trip(first, 10);
}

static bool is_served(void *argument)
{
    struct client *client = client_connect(argument);
    char *line;

    client_try_send(client, "10\n", 3);
    if (client_read_line(client, &line, DEADLINE_MS) == CLIENT_LINE && strcmp(line, "55") == 0)
        return true;
    client_close(client);
    return false;
}

static void place_of_a_client_that_left_is_free(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--max-connections", "1");
    struct client *first = client_connect(server), *refused;

    client_round_trip(first, 10);
    refused = client_connect(server);
    client_expect_line(refused, "ERR too many connections");
    client_close(first);
    if (!wait_until(is_served, server, DEADLINE_MS))
        fixture_fail(fixture, "nobody is accepted although the only client has left");
}

static void refusals_leave_no_descriptor_behind(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--max-connections", "1");
    struct client *first = client_connect(server), *others[40];
    int before;

    client_round_trip(first, 10);
    before = server_descriptors(server);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 40; i++)
            others[i] = client_connect(server);
        for (int i = 0; i < 40; i++) {
            client_expect_line(others[i], "ERR too many connections");
            client_close(others[i]);
        }
    }
    /* Refusing politely may need a few descriptors that stay. */
    server_expect_descriptors(server, before + 4);
    if (server_stop(server).refused != 80)
        fixture_fail(fixture, "80 connections were refused, the statistics say otherwise");
}

/* Further clients of a server with one connection at a time wait in the backlog. */
static void second_client_waits_for_its_turn(struct fixture *fixture)
{
    struct server *server;
    struct client *first, *second;

    if (fixture->subject->concurrent)
        fixture_skip(fixture, "serves several connections at once");
    server = server_start(fixture, "--max-connections", "1");
    first = client_connect(server);
    client_round_trip(first, 10);
    second = client_connect(server);
    client_ask(second, 11);
    client_expect_silence(second, 100);
    client_round_trip(first, 12);
    client_close(first);
    client_expect_fibonacci(second, 11);
}

static void expect_not_early(struct fixture *fixture, int64_t begin_ms)
{
    if (clock_ms() - begin_ms < IDLE_TIMEOUT_MS - 10)
        fixture_fail(fixture, "closed after %d ms, " IDLE_TIMEOUT " s are allowed",
                     (int)(clock_ms() - begin_ms));
}

static void silent_client_is_closed(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--idle-timeout", IDLE_TIMEOUT);
    int64_t begin = clock_ms();
    struct client *client = client_connect(server);

    client_expect_end(client);
    expect_not_early(fixture, begin);
}

static void client_that_falls_silent_is_closed(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--idle-timeout", IDLE_TIMEOUT);
    struct client *client = client_connect(server);
    int64_t begin;

    client_round_trip(client, 10);
    pause_ms(IDLE_STEP_MS);
    begin = clock_ms();
    client_round_trip(client, 10);
    client_expect_end(client);
    expect_not_early(fixture, begin);
}

static void completed_lines_keep_a_connection_open(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--idle-timeout", IDLE_TIMEOUT);
    struct client *client = client_connect(server);

    for (int passed = 0; passed < 2 * IDLE_TIMEOUT_MS; passed += IDLE_STEP_MS) {
        client_round_trip(client, 10);
        pause_ms(IDLE_STEP_MS);
    }
    client_round_trip(client, 10);
}

struct dripper {
    struct client *client;
    int64_t next_ms;
};

/* Drips a digit now and then; true once the connection has ended. */
static bool drip_has_ended(void *argument)
{
    struct dripper *dripper = argument;
    char *line;

    if (clock_ms() >= dripper->next_ms) {
        client_try_send(dripper->client, "1", 1);
        dripper->next_ms = clock_ms() + IDLE_STEP_MS;
    }
    return client_read_line(dripper->client, &line, 0) != CLIENT_TIMEOUT;
}

static void bytes_of_an_unfinished_line_do_not_extend_it(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--idle-timeout", IDLE_TIMEOUT);
    struct dripper dripper = {0};
    int64_t begin = clock_ms();

    dripper.client = client_connect(server);
    /* 128 drips would take 19 s: it is not the length of the line that ends this. */
    if (!wait_until(drip_has_ended, &dripper, 110 * IDLE_STEP_MS))
        fixture_fail(fixture, "a client that drips bytes is not closed");
    expect_not_early(fixture, begin);
}

static void computing_connection_is_not_idle(struct fixture *fixture)
{
    unsigned n = n_taking(fixture, 1.0);
    struct server *server = server_start(fixture, "--max-n", "93", "--idle-timeout", IDLE_TIMEOUT);
    struct client *client = client_connect(server);

    client_round_trip(client, 10);
    client_ask(client, n);
    client_expect_fibonacci(client, n);
    client_round_trip(client, 10);
}

/* Whether it waits for a worker or, unread, for the loop: its line was sent in time. */
static void request_that_waits_behind_others_is_not_idle(struct fixture *fixture)
{
    unsigned n = n_taking(fixture, 0.9);
    struct server *server =
        server_start(fixture, "--max-n", "93", "--idle-timeout", IDLE_TIMEOUT, "--workers", "1");
    struct client *clients[2];
    int64_t mark;

    if (strcmp(fixture->subject->backend, "prefork") == 0 ||
        strcmp(fixture->subject->backend, "threadpool") == 0)
        fixture_skip(fixture, "serves one connection per worker");
    for (int i = 0; i < 2; i++) {
        clients[i] = client_connect(server);
        client_round_trip(clients[i], 10);
    }
    mark = server_cpu_ns(server);
    client_ask(clients[0], n);
    server_expect_computing(server, mark);
    client_ask(clients[1], n);
    for (int i = 0; i < 2; i++)
        client_expect_fibonacci(clients[i], n);
}

/* Until nothing goes out for so long, or the server has closed the connection already. */
static void send_until_still(struct deaf_client *deaf, int still_ms)
{
    int64_t moved_ms = clock_ms(), deadline = moved_ms + 4 * DEADLINE_MS;

    while (clock_ms() - moved_ms < still_ms) {
        uint64_t before = deaf->sent;

        if (deaf_client_send_some(deaf) < 0)
            return;
        if (deaf->sent > before)
            moved_ms = clock_ms();
        else
            pause_ms(1);
        if (clock_ms() > deadline)
            fixture_fail(deaf->client->fixture, "the server reads on without an answer read");
    }
}

static void client_that_does_not_take_its_answers_is_closed(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--idle-timeout", IDLE_TIMEOUT);
    struct client *measure = client_connect(server);
    struct deaf_client deaf;
    int with_one;

    client_round_trip(measure, 10);
    with_one = server_descriptors(server);
    client_close(measure);
    server_expect_descriptors(server, with_one - 1);
    deaf = (struct deaf_client){.client = client_connect_small(server)};
    client_round_trip(deaf.client, 10);
    send_until_still(&deaf, 100);
    server_expect_descriptors(server, with_one - 1);
    server_stop(server);
}

static void idle_timeout_0_means_never(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--idle-timeout", "0");
    struct client *client = client_connect(server);

    client_expect_silence(client, 300);
    client_round_trip(client, 10);
    client_expect_silence(client, 300);
    client_round_trip(client, 10);
}

static void idle_client_makes_room_for_the_next(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--idle-timeout", IDLE_TIMEOUT, "--workers", "1");
    struct client *silent = client_connect(server), *next = client_connect(server);

    client_ask(next, 10);
    client_expect_line(next, "55");
    client_expect_end(silent);
}

static const struct suite_test tests[] = {
    TEST(one_connection_too_many_is_refused, NEEDS_NUMBERS | NEEDS_REFUSAL),
    TEST(refused_client_that_sends_can_read_the_reason, NEEDS_NUMBERS | NEEDS_REFUSAL),
    TEST(place_of_a_client_that_left_is_free, NEEDS_NUMBERS | NEEDS_REFUSAL),
    TEST(refusals_leave_no_descriptor_behind, NEEDS_NUMBERS | NEEDS_REFUSAL),
    TEST(second_client_waits_for_its_turn, NEEDS_NUMBERS),
    TEST(silent_client_is_closed, NEEDS_NUMBERS),
    TEST(client_that_falls_silent_is_closed, NEEDS_NUMBERS),
    TEST(completed_lines_keep_a_connection_open, NEEDS_NUMBERS),
    TEST(bytes_of_an_unfinished_line_do_not_extend_it, NEEDS_NUMBERS | NEEDS_LINES),
    TEST(computing_connection_is_not_idle, NEEDS_NUMBERS | NEEDS_RELEASE),
    TEST(request_that_waits_behind_others_is_not_idle,
         NEEDS_NUMBERS | NEEDS_CONCURRENCY | NEEDS_RELEASE),
    TEST(client_that_does_not_take_its_answers_is_closed, NEEDS_NUMBERS | NEEDS_LINES),
    TEST(idle_timeout_0_means_never, NEEDS_NUMBERS),
    TEST(idle_client_makes_room_for_the_next, NEEDS_NUMBERS),
};

const struct suite_part limits_part = SUITE_PART(tests);
