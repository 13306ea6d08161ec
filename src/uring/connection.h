#ifndef URING_CONNECTION_H
#define URING_CONNECTION_H

#include "src/idle.h"
#include "src/session.h"

#include <liburing.h>

struct uring;

/*
 * A connection whose bytes the kernel moves by itself: it receives until it is told not to, into
 * buffers of the ring, and sends from the session's own memory. So the session's answers stay as
 * they are while they are being sent, and a connection lives until the last operation that bears
 * its address has completed: no completion can come too late and mean somebody else.
 */
struct connection {
    struct connection *previous, *next; /* in a ring of the server */
    struct connection *next_ready;
    struct uring *uring;
    int descriptor;
    unsigned under_way; /* operations that will complete, or complete once more */
    bool receiving, stopping_receive, sending;
    bool is_ready;      /* in the queue of those that have something to do */
    bool ended, failed; /* the client's side */
    bool parting;
    struct session session;
    struct idle idle;
    char *held; /* what came before the receive could be stopped; NULL mostly */
    size_t held_start, held_end, held_size;
};

/* What connection_advance may submit at the most. */
enum { CONNECTION_SUBMISSIONS = 3 };

/* Takes an admitted descriptor, which has to be a blocking one. Returns 0 or -ENOMEM. */
int connection_open(struct uring *uring, int descriptor);

/* One of its operations has completed, or, with IORING_CQE_F_MORE, has come a step further. */
void connection_complete(struct connection *connection, const struct io_uring_cqe *completion);

/* Has it advanced before the next wait. */
void connection_make_ready(struct connection *connection);

/* Lets the conversation go on as far as it can, then submits what it waits for. May free it. */
void connection_advance(struct connection *connection);

/* Hangs up as soon as nothing is under way. May free it. */
void connection_part(struct connection *connection);

/* Hangs up at once. Only where the ring is no more. */
void connection_drop(struct connection *connection);

#endif
