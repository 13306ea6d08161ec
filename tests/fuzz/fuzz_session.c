#include "src/fib.h"
#include "src/session.h"
#include "tests/fuzz/fuzz.h"

#include <stdbool.h>
#include <string.h>

/*
 * The session must answer the same whether bytes come in one piece or in many, whenever its answers
 * are sent, and hold no more of them than it may. An input begins with three letters: l or p for
 * the framing; any one for how the second run is cut up; e or s, the client ends or the server
 * stops. The rest is what the client sends.
 */

enum { HEAD = 3, LONGEST_ANSWER = 96, ANSWERS_MOST = 4 << 20 };

struct transcript {
    char *bytes;
    size_t length, size;
    uint64_t requests, errors;
};

struct run {
    struct session session;
    const uint8_t *next, *end;
    bool stops, ended;
    uint32_t random; /* 0: everything at once */
    struct transcript transcript;
};

/* Numerical Recipes' linear congruence: any mix will do. Returns 1 to most. */
static size_t choose(struct run *run, size_t most)
{
    if (run->random == 0)
        return most;
    run->random = run->random * 1664525 + 1013904223;
    if (run->random == 0)
        run->random = 1;
    return run->random >> 30 == 0 ? most : 1 + (run->random >> 8) % (most < 200 ? most : 200);
}

/* Stands for F(n): the session does not look at it, and its length is up to 20 digits. */
static uint64_t answer_to(unsigned n)
{
    return n % 2 == 0 ? n : UINT64_MAX - n;
}

static void take_output(struct run *run)
{
    struct transcript *transcript = &run->transcript;
    const char *bytes;
    size_t length = session_output(&run->session, &bytes);

    REQUIRE(length < SESSION_OUTPUT_FULL + LONGEST_ANSWER);
    REQUIRE(session_is_full(&run->session) == (length >= SESSION_OUTPUT_FULL));
    if (length == 0)
        return;
    length = choose(run, length);
    if (transcript->length + length > transcript->size) {
        transcript->size = 2 * (transcript->length + length);
        transcript->bytes = realloc(transcript->bytes, transcript->size);
        REQUIRE(transcript->bytes != NULL && transcript->size < ANSWERS_MOST);
    }
    memcpy(transcript->bytes + transcript->length, bytes, length);
    transcript->length += length;
    session_sent(&run->session, length);
}

static void give_input(struct run *run)
{
    size_t left = (size_t)(run->end - run->next);

    if (left == 0) {
        if (run->stops)
            session_stop(&run->session);
        else
            session_receive_end(&run->session);
        run->ended = true;
        return;
    }
    left = choose(run, left < SESSION_READ_SIZE ? left : SESSION_READ_SIZE);
    session_receive(&run->session, (const char *)run->next, left);
    run->next += left;
}

/* Returns whether there was a line. */
static bool answer_one(struct run *run)
{
    unsigned n = FIB_MAX + 1, again = n;

    switch (session_next(&run->session, &n)) {
    case SESSION_NO_LINE:
        return false;
    case SESSION_REFUSED:
        return true;
    case SESSION_REQUEST:
        break;
    }
    REQUIRE(n <= run->session.rules->max_n);
    REQUIRE(!session_wants_read(&run->session));
    REQUIRE(session_next(&run->session, &again) == SESSION_REQUEST && again == n);
    session_answer(&run->session, answer_to(n));
    return true;
}

static void converse(struct run *run)
{
    struct session *session = &run->session;
    const char *bytes;
    bool found;

    while (session_ending(session) == SESSION_OPEN) {
        size_t lines = choose(run, 1 << 20);

        for (found = false; lines > 0 && answer_one(run); lines--)
            found = true;
        /* It never waits for nothing. */
        REQUIRE(found || session_wants_read(session) || session_output(session, &bytes) > 0);
        if (session_wants_read(session))
            give_input(run);
        else
            take_output(run);
    }
}

static void check_end(const struct run *run)
{
    const struct session *session = &run->session;
    size_t lines = 0;

    REQUIRE(session_undelivered(session) == 0);
    /* Only a stop leaves something: a line that had no end yet. */
    REQUIRE(session->output == NULL && (session->input == NULL || run->stops));
    for (size_t i = 0; i < run->transcript.length; i++)
        lines += run->transcript.bytes[i] == '\n';
    REQUIRE(lines == session->requests + session->errors);
    REQUIRE(lines == 0 || run->transcript.bytes[run->transcript.length - 1] == '\n');
}

static struct transcript run_session(const uint8_t *data, size_t size, uint32_t random)
{
    struct session_rules rules;
    struct run run = {
        .next = data + HEAD, .end = data + size, .stops = data[2] == 's', .random = random};

    session_rules_init(&rules, 50, data[0] == 'p');
    session_init(&run.session, &rules);
    converse(&run);
    check_end(&run);
    run.transcript.requests = run.session.requests;
    run.transcript.errors = run.session.errors;
    session_finish(&run.session);
    return run.transcript;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct transcript whole, pieces;

    if (size < HEAD || size > HEAD + SESSION_READ_SIZE)
        return 0;
    whole = run_session(data, size, 0);
    pieces = run_session(data, size, data[1] + 1U);
    /* With packets the end of a read ends a line, so there the pieces are other requests. */
    if (data[0] != 'p') {
        REQUIRE(whole.length == pieces.length);
        REQUIRE(whole.length == 0 || memcmp(whole.bytes, pieces.bytes, whole.length) == 0);
        REQUIRE(whole.requests == pieces.requests && whole.errors == pieces.errors);
    }
    free(whole.bytes);
    free(pieces.bytes);
    return 0;
}
