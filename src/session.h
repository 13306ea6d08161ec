#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The line protocol of one connection, without any I/O: bytes go in, requests come out, answers go
 * in, bytes come out. Every rule of the protocol stands here and nowhere else. A session holds no
 * memory but its own struct while nothing is unparsed and nothing waits to be sent. Not
 * thread-safe.
 */

enum {
    SESSION_LINE_MAX = 128, /* bytes of a line, LF not counted, CR counted */
    SESSION_READ_SIZE =
        64 * 1024, /* the most that session_receive takes at once: a good read buffer */
    SESSION_OUTPUT_FULL = 64 * 1024,
};

/* What holds for every session of a server. */
struct session_rules {
    unsigned max_n;     /* at most FIB_MAX */
    bool packet;        /* the end of a read ends a request, too */
    char too_large[64]; /* the answer to an n above max_n, made by session_rules_init */
};

void session_rules_init(struct session_rules *rules, unsigned max_n, bool packet);

/* Its members belong to session.c. */
struct session {
    const struct session_rules *rules;
    char *input, *output;
    uint32_t input_start, input_end;
    uint32_t output_start, output_end, output_size;
    uint32_t activity, sends;
    uint64_t requests, errors;
    uint8_t state;
    uint8_t n;
    bool computing;
};

/* Cannot fail. The rules are borrowed until session_finish. */
void session_init(struct session *session, const struct session_rules *rules);

/* Frees what the session holds; what was not sent is lost. */
void session_finish(struct session *session);

/*
 * Takes the bytes of one read, SESSION_READ_SIZE at most; they are copied where need be. Call it
 * only while session_wants_read. Out of memory breaks the session: see session_break.
 */
void session_receive(struct session *session, const char *bytes, size_t length);

/* The client has ended its side: what it sent last counts as a line. Nothing may be received after
 * it. */
void session_receive_end(struct session *session);

/* The server stops: complete lines are answered, an unfinished one is dropped, nothing more is
 * read. */
void session_stop(struct session *session);

/* Turns the client away: "ERR reason" is its only answer. Only right after session_init. */
void session_refuse(struct session *session, const char *reason);

/* The connection has failed, nothing can be sent any more: whatever waits is dropped. */
void session_break(struct session *session);

enum session_line {
    SESSION_NO_LINE, /* no complete line, or SESSION_OUTPUT_FULL bytes of answers wait already */
    SESSION_REQUEST, /* *n wants to be computed: session_answer, then ask again */
    SESSION_REFUSED, /* a line was answered with ERR: ask again */
};

/* Looks at the next line. An unanswered request is returned again and again until it is answered.
 */
enum session_line session_next(struct session *session, unsigned *n);

/* Answers the request that session_next returned last. */
void session_answer(struct session *session, uint64_t value);

/* The request that session_next returned is being computed elsewhere: no idle time counts
 * meanwhile. */
void session_computing(struct session *session);

/* The bytes to send next, valid until the next call for this session. Returns their number, which
 * may be 0. */
size_t session_output(const struct session *session, const char **bytes);

/* The first length bytes of the output are sent, or handed to somebody who will send them. */
void session_sent(struct session *session, size_t length);

/* True while SESSION_OUTPUT_FULL bytes of answers or more wait: no line is looked at meanwhile. */
bool session_is_full(const struct session *session);

/* False while complete lines are unparsed, too many answers wait, or nothing more is to be read at
 * all. */
bool session_wants_read(const struct session *session);

enum session_ending {
    SESSION_OPEN,   /* there is more to read, to compute or to send */
    SESSION_CLOSE,  /* all is said on both sides: close */
    SESSION_LINGER, /* shut the write side, discard input for at most a second, close */
};

enum session_ending session_ending(const struct session *session);

/* Changes whenever a line is completed or an answer made. */
uint32_t session_activity(const struct session *session);

/* Changes whenever bytes of answers are sent. */
uint32_t session_sends(const struct session *session);

/* True while a request computes elsewhere. */
bool session_is_computing(const struct session *session);

/* How many answers are owed and unsent: lines of output, complete lines of input, the one
 * computing. */
unsigned session_undelivered(const struct session *session);

#endif
