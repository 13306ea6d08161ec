#include "src/session.h"

#include "src/fib.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum state {
    READING,  /* the client may send more */
    ENDED,    /* the client has ended its side: answer what is here, then close */
    STOPPING, /* the server reads nothing more: answer what is here, then linger */
    BROKEN,   /* nothing can be sent: close */
};

enum { NO_REQUEST = FIB_MAX + 1, OUTPUT_FIRST_SIZE = 64, OUTPUT_NUMBER_SIZE = 24 };

void session_rules_init(struct session_rules *rules, unsigned max_n, bool packet)
{
    rules->max_n = max_n;
    rules->packet = packet;
    snprintf(rules->too_large, sizeof(rules->too_large), "n is above the limit of %u", max_n);
}

void session_init(struct session *session, const struct session_rules *rules)
{
    *session = (struct session){.rules = rules, .state = READING, .n = NO_REQUEST};
}

static void drop_input(struct session *session)
{
    free(session->input);
    session->input = NULL;
    session->input_start = session->input_end = 0;
}

static void drop_output(struct session *session)
{
    free(session->output);
    session->output = NULL;
    session->output_start = session->output_end = session->output_size = 0;
}

void session_finish(struct session *session)
{
    drop_input(session);
    drop_output(session);
}

void session_break(struct session *session)
{
    drop_input(session);
    drop_output(session);
    session->n = NO_REQUEST;
    session->state = BROKEN;
}

/* Makes room for length more bytes of output behind those that wait. Returns NULL when the session
 * broke. */
static char *reserve_output(struct session *session, size_t length)
{
    size_t waiting = session->output_end - session->output_start;
    size_t size = session->output_size > 0 ? session->output_size : OUTPUT_FIRST_SIZE;
    char *grown;

    if (session->output_end + length <= session->output_size)
        return session->output + session->output_end;
    if (session->output_start > 0) {
        memmove(session->output, session->output + session->output_start, waiting);
        session->output_start = 0;
        session->output_end = (uint32_t)waiting;
    }
    while (size < waiting + length)
        size *= 2;
    if (size > session->output_size) {
        grown = realloc(session->output, size);
        if (grown == NULL) {
            session_break(session);
            return NULL;
        }
        session->output = grown;
        session->output_size = (uint32_t)size;
    }
    return session->output + session->output_end;
}

static void answer_error(struct session *session, const char *reason)
{
    size_t length = strlen(reason);
    char *to = reserve_output(session, length + 5);

    if (to == NULL)
        return;
    memcpy(to, "ERR ", 4);
    memcpy(to + 4, reason, length);
    to[4 + length] = '\n';
    session->output_end += (uint32_t)length + 5;
    session->errors++;
    session->activity++;
}

void session_refuse(struct session *session, const char *reason)
{
    answer_error(session, reason);
    if (session->state != BROKEN)
        session->state = STOPPING;
}

void session_receive(struct session *session, const char *bytes, size_t length)
{
    size_t kept = session->input_end - session->input_start;
    bool end_line = session->rules->packet && length > 0 && bytes[length - 1] != '\n';
    char *grown;

    if (session->state != READING)
        return;
    if (session->input_start > 0)
        memmove(session->input, session->input + session->input_start, kept);
    grown = realloc(session->input, kept + length + end_line);
    if (grown == NULL) {
        session_break(session);
        return;
    }
    memcpy(grown + kept, bytes, length);
    if (end_line)
        grown[kept + length] = '\n';
    session->input = grown;
    session->input_start = 0;
    session->input_end = (uint32_t)(kept + length + end_line);
}

void session_receive_end(struct session *session)
{
    if (session->state == READING)
        session->state = ENDED;
}

void session_stop(struct session *session)
{
    if (session->state == READING)
        session->state = STOPPING;
}

/* The length of the next line without its LF, or -1 where there is none; *consumed counts the LF.
 */
static long next_line(const struct session *session, size_t *consumed)
{
    size_t length = session->input_end - session->input_start;
    const char *from, *newline;

    if (length == 0)
        return -1;
    from = session->input + session->input_start;
    newline = memchr(from, '\n', length < SESSION_LINE_MAX + 1 ? length : SESSION_LINE_MAX + 1);
    if (newline != NULL) {
        *consumed = (size_t)(newline - from) + 1;
        return newline - from;
    }
    if (length <= SESSION_LINE_MAX && session->state != ENDED)
        return -1;
    *consumed = length;
    return (long)length;
}

/* The number on a line, NO_REQUEST with *reason where it is none. */
static unsigned read_number(const struct session *session, const char *line, size_t length,
                            const char **reason)
{
    const char *end = line + length;
    unsigned n = 0;

    if (end > line && end[-1] == '\r')
        end--;
    while (line < end && (*line == ' ' || *line == '\t'))
        line++;
    while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    if (line == end) {
        *reason = "empty line, a number is wanted";
        return NO_REQUEST;
    }
    for (; line < end; line++) {
        if (*line < '0' || *line > '9') {
            *reason = "not a decimal number";
            return NO_REQUEST;
        }
        if (n <= FIB_MAX)
            n = n * 10 + (unsigned)(*line - '0');
    }
    if (n > session->rules->max_n) {
        *reason = session->rules->too_large;
        return NO_REQUEST;
    }
    return n;
}

bool session_is_full(const struct session *session)
{
    return session->output_end - session->output_start >= SESSION_OUTPUT_FULL;
}

enum session_line session_next(struct session *session, unsigned *n)
{
    const char *reason = NULL;
    size_t consumed;
    long length;

    if (session->n == NO_REQUEST) {
        if (session_is_full(session))
            return SESSION_NO_LINE;
        length = next_line(session, &consumed);
        if (length < 0) {
            if (session->state == STOPPING)
                drop_input(session);
            return SESSION_NO_LINE;
        }
        session->activity++;
        if (length > SESSION_LINE_MAX) {
            drop_input(session);
            session->state = STOPPING;
            answer_error(session, "line too long");
            return SESSION_REFUSED;
        }
        session->n = (uint8_t)read_number(session, session->input + session->input_start,
                                          (size_t)length, &reason);
        session->input_start += (uint32_t)consumed;
        if (session->input_start == session->input_end)
            drop_input(session);
        if (reason != NULL) {
            answer_error(session, reason);
            return SESSION_REFUSED;
        }
    }
    *n = session->n;
    return SESSION_REQUEST;
}

static size_t write_number(char *to, uint64_t value)
{
    char digits[OUTPUT_NUMBER_SIZE];
    size_t first = sizeof(digits);

    digits[--first] = '\n';
    do {
        digits[--first] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    memcpy(to, digits + first, sizeof(digits) - first);
    return sizeof(digits) - first;
}

void session_answer(struct session *session, uint64_t value)
{
    char *to;

    session->computing = false;
    if (session->n == NO_REQUEST)
        return;
    session->n = NO_REQUEST;
    to = reserve_output(session, OUTPUT_NUMBER_SIZE);
    if (to == NULL)
        return;
    session->output_end += (uint32_t)write_number(to, value);
    session->requests++;
    session->activity++;
}

void session_computing(struct session *session)
{
    session->computing = true;
}

bool session_is_computing(const struct session *session)
{
    return session->computing;
}

size_t session_output(const struct session *session, const char **bytes)
{
    /* Without any there is no buffer, and nothing may be added to NULL. */
    *bytes = session->output != NULL ? session->output + session->output_start : "";
    return session->output_end - session->output_start;
}

void session_sent(struct session *session, size_t length)
{
    session->output_start += (uint32_t)length;
    session->sends++;
    if (session->output_start == session->output_end)
        drop_output(session);
}

bool session_wants_read(const struct session *session)
{
    size_t consumed;

    return session->state == READING && session->n == NO_REQUEST && !session_is_full(session) &&
           next_line(session, &consumed) < 0;
}

enum session_ending session_ending(const struct session *session)
{
    size_t consumed;

    if (session->state == READING)
        return SESSION_OPEN;
    if (session->state == BROKEN)
        return SESSION_CLOSE;
    if (session->n != NO_REQUEST || session->output_end > session->output_start ||
        next_line(session, &consumed) >= 0)
        return SESSION_OPEN;
    return session->state == ENDED ? SESSION_CLOSE : SESSION_LINGER;
}

uint32_t session_activity(const struct session *session)
{
    return session->activity;
}

uint32_t session_sends(const struct session *session)
{
    return session->sends;
}

static unsigned count_lines(const char *bytes, size_t length)
{
    unsigned lines = 0;
    const char *end = bytes + length, *newline;

    while (bytes < end && (newline = memchr(bytes, '\n', (size_t)(end - bytes))) != NULL) {
        lines++;
        bytes = newline + 1;
    }
    return lines;
}

unsigned session_undelivered(const struct session *session)
{
    unsigned lines = session->n != NO_REQUEST;
    size_t waiting = session->output_end - session->output_start;
    size_t unparsed = session->input_end - session->input_start;

    if (waiting > 0)
        lines += count_lines(session->output + session->output_start, waiting);
    if (unparsed > 0) {
        lines += count_lines(session->input + session->input_start, unparsed);
        if (session->state == ENDED && session->input[session->input_end - 1] != '\n')
            lines++;
    }
    return lines;
}
