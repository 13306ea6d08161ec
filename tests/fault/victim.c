#include "tests/fault/victim.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Costly for a loop, so that it goes to a pool where there is one, and still a millisecond or so.
 */
enum { COSTLY_N = 26, PIPELINED = 40 };

struct victim {
    struct witness *witness;
    struct client *client;
    enum fate fate;
};

static void fail(const struct victim *victim, const char *what, const char *wanted)
{
    fixture_fail(victim->client->fixture, "a victim got %s instead of %s", what, wanted);
}

static void send_text(struct victim *victim, const char *text, size_t length)
{
    long sent;

    /* Short enough for any socket buffer: what does not go out at once never will. */
    if (victim->fate != VICTIM_SERVED)
        return;
    sent = client_try_send(victim->client, text, length);
    if (sent >= 0 && (size_t)sent != length)
        fail(victim, "a full socket buffer", "room for a short request");
}

/* Reads one line, or how the connection ended. Being told why is part of being cut. */
static void expect(struct victim *victim, const char *wanted)
{
    char *line;

    if (victim->fate != VICTIM_SERVED)
        return;
    switch (client_read_line(victim->client, &line, DEADLINE_MS)) {
    case CLIENT_LINE:
        if (strcmp(line, wanted) == 0 ||
            (strcmp(wanted, "ERR") == 0 && strncmp(line, "ERR ", 4) == 0)) {
            victim->witness->answers += wanted[0] != 'E';
            return;
        }
        if (strncmp(line, "ERR ", 4) != 0)
            fail(victim, line, wanted);
        victim->fate = VICTIM_CUT;
        break;
    case CLIENT_TIMEOUT:
        fail(victim, "nothing at all", wanted);
        break;
    default:
        victim->fate = VICTIM_CUT;
        break;
    }
}

static bool is_null(const struct victim *victim)
{
    return strcmp(victim->client->fixture->subject->backend, "null") == 0;
}

static void ask(struct victim *victim, unsigned n)
{
    char line[32];
    int length = snprintf(line, sizeof(line), "%u\n", n);

    send_text(victim, line, (size_t)length);
    snprintf(line, sizeof(line), "%" PRIu64, is_null(victim) ? 1 : fibonacci(n));
    expect(victim, line);
}

static void ask_many(struct victim *victim)
{
    char lines[2 * PIPELINED];

    for (int i = 0; i < PIPELINED; i++)
        memcpy(lines + 2 * i, "1\n", 2);
    send_text(victim, lines, sizeof(lines));
    for (int i = 0; i < PIPELINED; i++)
        expect(victim, "1");
}

/* No byte may come any more but the end. */
static void leave(struct victim *victim)
{
    if (victim->fate == VICTIM_SERVED)
        client_expect_end(victim->client);
    else
        client_expect_gone(victim->client);
    client_close(victim->client);
}

static enum fate converse(struct witness *witness, int rounds)
{
    struct victim victim = {.witness = witness, .client = client_try_connect(witness->server)};

    if (victim.client == NULL)
        return VICTIM_CUT;
    for (int i = 0; i < rounds; i++) {
        ask(&victim, 1);
        ask_many(&victim);
        ask(&victim, COSTLY_N);
        if (!is_null(&victim)) {
            send_text(&victim, "one\n", 4);
            expect(&victim, "ERR");
        }
    }
    send_text(&victim, "1\n1", 3);
    client_half_close(victim.client);
    expect(&victim, "1");
    expect(&victim, "1");
    leave(&victim);
    return victim.fate;
}

static enum fate say_too_much(struct witness *witness)
{
    struct victim victim = {.witness = witness, .client = client_try_connect(witness->server)};
    char line[400];

    if (victim.client == NULL)
        return VICTIM_CUT;
    memset(line, '1', sizeof(line));
    memcpy(line, "1\n", 2);
    send_text(&victim, line, sizeof(line));
    expect(&victim, "1");
    if (is_null(&victim))
        client_half_close(victim.client);
    expect(&victim, is_null(&victim) ? "1" : "ERR");
    leave(&victim);
    return victim.fate;
}

enum fate victims_converse(struct witness *witness, int rounds)
{
    enum fate first = converse(witness, rounds);

    return first == VICTIM_SERVED ? say_too_much(witness) : first;
}
