#include "common/clock.h"
#include "tests/conformance/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 128, SPLIT_LINES = 1500, SPLIT_SEED = 20240229 };

/* A small generator of its own: the same splits on every machine. */
static unsigned next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* A line of length bytes that asks for n, LF included: blanks, number, ending. */
static size_t pad_line(char *line, size_t length, const char *ending)
{
    size_t number = length - strlen(ending) - 2;

    memset(line, ' ', number);
    memcpy(line + number, "10", 2);
    memcpy(line + number + 2, ending, strlen(ending));
    line[length] = '\n';
    return length + 1;
}

static void expect_too_long(struct fixture *fixture, const char *bytes, size_t length)
{
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);

    client_send_bytes(client, bytes, length);
    client_expect_line(client, "ERR line too long");
    client_expect_end(client);
    client_close(client);
    server_stop(server);
}

static void line_of_128_bytes_is_answered(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);
    char line[LINE_MAX_BYTES + 2];

    client_send_bytes(client, line, pad_line(line, LINE_MAX_BYTES, ""));
    client_expect_line(client, "55");
    client_send_bytes(client, line, pad_line(line, LINE_MAX_BYTES, "\r"));
    client_expect_line(client, "55");
    client_round_trip(client, 11);
}

static void line_of_129_bytes_is_too_long(struct fixture *fixture)
{
    char line[LINE_MAX_BYTES + 3];

    expect_too_long(fixture, line, pad_line(line, LINE_MAX_BYTES + 1, ""));
}

static void carriage_return_counts_into_the_length(struct fixture *fixture)
{
    char line[LINE_MAX_BYTES + 3];

    expect_too_long(fixture, line, pad_line(line, LINE_MAX_BYTES + 1, "\r"));
}

static void line_without_end_is_too_long_at_129_bytes(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);
    char line[LINE_MAX_BYTES + 2];

    pad_line(line, LINE_MAX_BYTES, "");
    client_send_bytes(client, line, LINE_MAX_BYTES);
    client_expect_silence(client, 100);
    client_send_bytes(client, "1", 1);
    client_expect_line(client, "ERR line too long");
    client_expect_end(client);
}

static void overlong_line_in_small_pieces_is_too_long(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);

    for (int i = 0; i < LINE_MAX_BYTES + 1; i++)
        client_send(client, "1");
    client_expect_line(client, "ERR line too long");
    client_expect_end(client);
}

static void answers_before_an_overlong_line_arrive(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);
    char text[3 * 200 + 300];

    for (int i = 0; i < 200; i++)
        memcpy(text + 3 * (size_t)i, "10\n", 3);
    memset(text + 600, '7', 300);
    client_send_bytes(client, text, sizeof(text));
    for (int i = 0; i < 200; i++)
        client_expect_line(client, "55");
    client_expect_line(client, "ERR line too long");
    client_expect_end(client);
}

static void lines_behind_an_overlong_one_are_not_answered(struct fixture *fixture)
{
    char text[LINE_MAX_BYTES + 2 + 6];
    size_t length = LINE_MAX_BYTES + 2;

    memset(text, '1', LINE_MAX_BYTES + 1);
    text[LINE_MAX_BYTES + 1] = '\n';
    memcpy(text + length, "10\n10\n", 6);
    expect_too_long(fixture, text, sizeof(text));
}

/* The answers are readable although the client keeps sending: what it sends is discarded. */
static void client_that_goes_on_sending_can_read_the_answers(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);
    static char much[32 * 1024];
    long sent;

    memset(much, '5', sizeof(much));
    client_send(client, "10\n20\n");
    for (int i = 0; i < 20; i++) {
        sent = client_try_send(client, much, sizeof(much));
        if (sent < 0)
            fixture_fail(fixture, "the connection broke while input was to be discarded: %s",
                         strerror((int)-sent));
        pause_ms(10);
    }
    client_expect_line(client, "55");
    client_expect_line(client, "6765");
    client_expect_line(client, "ERR line too long");
    client_expect_end(client);
}

struct sender {
    struct client *client;
    char bytes[4096];
};

static bool sending_has_failed(void *argument)
{
    struct sender *sender = argument;

    return client_try_send(sender->client, sender->bytes, sizeof(sender->bytes)) < 0;
}

/* At most a second of discarding, then the connection is closed under the sender. */
static void client_that_never_stops_sending_is_closed(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    static struct sender sender;
    int64_t begin = clock_ms();

    sender.client = client_connect(server);
    memset(sender.bytes, '5', sizeof(sender.bytes));
    client_send_bytes(sender.client, sender.bytes, sizeof(sender.bytes));
    if (!wait_until(sending_has_failed, &sender, DEADLINE_MS))
        fixture_fail(fixture, "still discarding after %d s", DEADLINE_MS / 1000);
    if (clock_ms() - begin > 5000 * SLOWNESS)
        fixture_fail(fixture, "discarded for %.1f s, a second is the limit",
                     (double)(clock_ms() - begin) / 1e3);
}

static void overlong_line_leaves_no_descriptor_behind(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);
    char line[200];
    int before;

    memset(line, '1', sizeof(line));
    client_send_bytes(client, line, sizeof(line));
    client_expect_line(client, "ERR line too long");
    client_expect_end(client);
    before = server_descriptors(server);
    client_close(client);
    server_expect_descriptors(server, before - 1);
}

/* Every kind of line; blanks, wrong ones and CRLF among them. */
static void make_line(unsigned choice, char *line, size_t size)
{
    switch (choice % 8) {
    case 0:
        snprintf(line, size, "\t%u \r\n", choice / 8 % 20);
        break;
    case 1:
        snprintf(line, size, "x%u\n", choice / 8);
        break;
    case 2:
        snprintf(line, size, "%*u\n", 100, choice / 8 % 20);
        break;
    default:
        snprintf(line, size, "%u\n", choice / 8 % 20);
        break;
    }
}

static void expect_answer_of(struct client *client, uint32_t *seed)
{
    unsigned choice = next_random(seed);

    if (choice % 8 == 1)
        client_expect_error(client);
    else
        client_expect_fibonacci(client, choice / 8 % 20);
}

static size_t make_lines(char *text, size_t size, uint32_t seed, int count)
{
    size_t length = 0;

    for (int i = 0; i < count; i++) {
        make_line(next_random(&seed), text + length, size - length);
        length += strlen(text + length);
    }
    return length;
}

static void pipelined_answers_keep_their_order(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);
    static char text[SPLIT_LINES * 128];
    uint32_t seed = 1;

    client_send_bytes(client, text, make_lines(text, sizeof(text), seed, SPLIT_LINES));
    for (int i = 0; i < SPLIT_LINES; i++)
        expect_answer_of(client, &seed);
    client_half_close(client);
    client_expect_end(client);
}

static void random_splits_give_the_same_answers(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);
    static char text[SPLIT_LINES * 128];
    uint32_t split = 1, due = SPLIT_SEED;
    size_t length = make_lines(text, sizeof(text), SPLIT_SEED, SPLIT_LINES), at = 0, piece;
    int asked = 0, answered = 0;

    while (at < length) {
        piece = 1 + next_random(&split) % (next_random(&split) % 4 == 0 ? 500 : 12);
        piece = piece < length - at ? piece : length - at;
        client_send_bytes(client, text + at, piece);
        for (size_t i = 0; i < piece; i++)
            asked += text[at + i] == '\n';
        at += piece;
        for (; asked - answered > 40; answered++)
            expect_answer_of(client, &due);
    }
    for (; answered < SPLIT_LINES; answered++)
        expect_answer_of(client, &due);
    client_half_close(client);
    client_expect_end(client);
}

static void one_byte_at_a_time_gives_the_same_answers(struct fixture *fixture)
{
    static const char text[] = " 10\r\n7\nx\n\n20\t\n1 1\n";
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);

    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        client_send_bytes(client, text + i, 1);
        pause_ms(2);
    }
    client_expect_line(client, "55");
    client_expect_line(client, "13");
    client_expect_error(client);
    client_expect_error(client);
    client_expect_line(client, "6765");
    client_expect_error(client);
}

static void unfinished_line_is_not_answered_yet(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);

    client_send(client, "1");
    client_expect_silence(client, 150);
    client_send(client, "0");
    client_expect_silence(client, 150);
    client_send(client, "\n");
    client_expect_line(client, "55");
}

static void half_close_answers_every_complete_request(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);

    client_send(client, "10\nx\n20\n");
    client_half_close(client);
    client_expect_line(client, "55");
    client_expect_error(client);
    client_expect_line(client, "6765");
    client_expect_end(client);
}

static void half_close_makes_an_unterminated_line_a_request(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);

    client_send(client, "10");
    client_half_close(client);
    client_expect_line(client, "55");
    client_expect_end(client);
}

static void unterminated_line_behind_others_is_a_request_too(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);

    client_send(client, "10\n20\n7");
    client_half_close(client);
    client_expect_line(client, "55");
    client_expect_line(client, "6765");
    client_expect_line(client, "13");
    client_expect_end(client);
}

static void unterminated_line_that_is_wrong_gets_err(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);

    client_send(client, "10\nabc");
    client_half_close(client);
    client_expect_line(client, "55");
    client_expect_error(client);
    client_expect_end(client);
}

static void unterminated_line_sent_long_before_the_end_is_answered(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);

    client_send(client, "1");
    client_send(client, "0");
    client_expect_silence(client, 100);
    client_half_close(client);
    client_expect_line(client, "55");
    client_expect_end(client);
}

static void half_close_without_a_word_ends_the_connection(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);

    client_half_close(client);
    client_expect_end(client);
}

static void half_close_after_many_requests_answers_all(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);
    static char text[20000 * 3];

    for (size_t i = 0; i < 20000; i++)
        memcpy(text + 3 * i, "12\n", 3);
    client_send_bytes(client, text, sizeof(text));
    client_half_close(client);
    for (int i = 0; i < 20000; i++)
        client_expect_line(client, "144");
    client_expect_end(client);
}

/* A FIN is no reset: the answer is still owed. */
static void half_close_while_computing_gets_the_answer(struct fixture *fixture)
{
    unsigned n = n_taking(fixture, 0.3);
    struct server *server = server_start(fixture, "--max-n", "93");
    struct client *client = client_connect(server);
    int64_t mark = server_cpu_ns(server);

    client_ask(client, n);
    client_send(client, "10\n7");
    server_expect_computing(server, mark);
    client_half_close(client);
    client_expect_fibonacci(client, n);
    client_expect_line(client, "55");
    client_expect_line(client, "13");
    client_expect_end(client);
    if (server_stop(server).cancelled != 0)
        fixture_fail(fixture, "a half-close has cancelled a computation");
}

static void packet_framing_answers_without_newline(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--framing=packet");
    struct client *client = client_connect(server);

    client_send(client, "10");
    client_expect_line(client, "55");
    client_send(client, "20");
    client_expect_line(client, "6765");
    client_send(client, "1");
    client_expect_line(client, "1");
}

static void packet_framing_answers_lines_once(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--framing=packet");
    struct client *client = client_connect(server);

    client_send(client, "10\n");
    client_expect_line(client, "55");
    client_expect_silence(client, 100);
    client_send(client, "10\n20");
    client_expect_line(client, "55");
    client_expect_line(client, "6765");
    client_expect_silence(client, 100);
}

/* However little a backend reads at a time. */
static void packet_framing_keeps_a_packet_together(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--framing=packet");
    struct client *client = client_connect(server);
    char packet[3 * 2000 + 1] = "";

    for (size_t i = 0; i < sizeof(packet) - 1; i += 3)
        memcpy(packet + i, "10\n", 4);
    client_send(client, packet);
    for (size_t i = 0; i < sizeof(packet) - 1; i += 3)
        client_expect_line(client, "55");
    client_expect_silence(client, 100);
}

static void packet_framing_answers_errors(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--framing=packet");
    struct client *client = client_connect(server);

    client_send(client, "ten");
    client_expect_error(client);
    client_send(client, "10");
    client_expect_line(client, "55");
    client_half_close(client);
    client_expect_end(client);
}

static void packet_framing_limits_lines_too(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--framing=packet");
    struct client *client = client_connect(server);
    char line[LINE_MAX_BYTES + 1];

    memset(line, '1', sizeof(line));
    client_send_bytes(client, line, sizeof(line));
    client_expect_line(client, "ERR line too long");
    client_expect_end(client);
}

static void connections_one_after_the_other(struct fixture *fixture)
{
    struct server *server = server_start(fixture);

    for (int i = 0; i < 100; i++) {
        struct client *client = client_connect(server);

        client_round_trip(client, 10);
        client_close(client);
    }
    if (server_stop(server).requests != 100)
        fixture_fail(fixture, "not every request was counted");
}

static void many_connections_at_once(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *clients[64];

    for (int i = 0; i < 64; i++)
        clients[i] = client_connect(server);
    for (unsigned round = 0; round < 5; round++) {
        for (unsigned i = 0; i < 64; i++)
            client_ask(clients[i], (i + round) % 20);
        for (unsigned i = 0; i < 64; i++)
            client_expect_fibonacci(clients[i], (i + round) % 20);
    }
}

static const struct suite_test tests[] = {
    TEST(line_of_128_bytes_is_answered, NEEDS_NUMBERS),
    TEST(line_of_129_bytes_is_too_long, NEEDS_NUMBERS),
    TEST(carriage_return_counts_into_the_length, NEEDS_NUMBERS),
    TEST(line_without_end_is_too_long_at_129_bytes, NEEDS_NUMBERS | NEEDS_LINES),
    TEST(overlong_line_in_small_pieces_is_too_long, NEEDS_NUMBERS | NEEDS_LINES),
    TEST(answers_before_an_overlong_line_arrive, NEEDS_NUMBERS),
    TEST(lines_behind_an_overlong_one_are_not_answered, NEEDS_NUMBERS),
    TEST(client_that_goes_on_sending_can_read_the_answers, NEEDS_NUMBERS),
    TEST(client_that_never_stops_sending_is_closed, NEEDS_NUMBERS),
    TEST(overlong_line_leaves_no_descriptor_behind, NEEDS_NUMBERS),
    TEST(pipelined_answers_keep_their_order, NEEDS_NUMBERS | NEEDS_LINES),
    TEST(random_splits_give_the_same_answers, NEEDS_NUMBERS | NEEDS_LINES),
    TEST(one_byte_at_a_time_gives_the_same_answers, NEEDS_NUMBERS | NEEDS_LINES),
    TEST(unfinished_line_is_not_answered_yet, NEEDS_NUMBERS | NEEDS_LINES),
    TEST(half_close_answers_every_complete_request, NEEDS_NUMBERS),
    TEST(half_close_makes_an_unterminated_line_a_request, NEEDS_NUMBERS),
    TEST(unterminated_line_behind_others_is_a_request_too, NEEDS_NUMBERS),
    TEST(unterminated_line_that_is_wrong_gets_err, NEEDS_NUMBERS),
    TEST(unterminated_line_sent_long_before_the_end_is_answered, NEEDS_NUMBERS | NEEDS_LINES),
    TEST(half_close_without_a_word_ends_the_connection, 0),
    TEST(half_close_after_many_requests_answers_all, NEEDS_NUMBERS | NEEDS_LINES),
    TEST(half_close_while_computing_gets_the_answer, NEEDS_NUMBERS),
    TEST(packet_framing_answers_without_newline, NEEDS_NUMBERS),
    TEST(packet_framing_answers_lines_once, NEEDS_NUMBERS),
    TEST(packet_framing_keeps_a_packet_together, NEEDS_NUMBERS),
    TEST(packet_framing_answers_errors, NEEDS_NUMBERS),
    TEST(packet_framing_limits_lines_too, NEEDS_NUMBERS),
    TEST(connections_one_after_the_other, NEEDS_NUMBERS),
    TEST(many_connections_at_once, NEEDS_NUMBERS | NEEDS_CONCURRENCY),
};

const struct suite_part stream_part = SUITE_PART(tests);
