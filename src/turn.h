#ifndef TURN_H
#define TURN_H

#include "src/server.h"
#include "src/session.h"

/*
 * One connection's turn: answers the cheap requests of a session on the spot, and stops wherever
 * the protocol asks for something that only the backend can do. In each case the ready answers are
 * to be sent first.
 */

enum turn_stop {
    TURN_DONE,    /* no complete line is left: wait for the socket */
    TURN_FULL,    /* SESSION_OUTPUT_FULL bytes of answers wait: go on when some are sent */
    TURN_COMPUTE, /* *n is costly: compute it here, then session_answer and go on */
    TURN_OFFLOAD, /* *n is for the pool: session_computing, and session_answer when it is done */
    TURN_OVER,    /* a millisecond of work is done and more is here: let the others have theirs */
};

struct turn {
    const struct server *server;
    bool has_pool;
    uint64_t spent_ns;
};

/* Begins a turn. has_pool: TURN_OFFLOAD instead of TURN_COMPUTE, as --offload says. */
void turn_init(struct turn *turn, const struct server *server, bool has_pool);

/* Goes on with a turn until something is to be done: see above. */
enum turn_stop turn_run(struct turn *turn, struct session *session, unsigned *n);

#endif
