#ifndef URING_URING_H
#define URING_URING_H

#include "src/server.h"
#include "src/uring/connection.h"
#include "src/uring/ring.h"

/* What a completion is about; it comes with the address of the server or of the connection. */
enum operation {
    OPERATION_ACCEPT,
    OPERATION_STOP,  /* the order to stop has come */
    OPERATION_LEAVE, /* the order to stop at once has */
    OPERATION_RECEIVE,
    OPERATION_SEND,
    OPERATION_CANCEL, /* of one of the connection's */
    OPERATION_CANCEL_ACCEPT,
    OPERATION_MASK = 7, /* addresses from malloc leave these bits free */
};

/* One server on one ring. Its members are for connection.c and uring.c. */
struct uring {
    const struct server *lent;
    struct ring ring;
    struct connection open;                /* head of a ring, the longest idle first */
    struct connection parting;             /* head of a ring: they wait for their last completion */
    struct connection *ready, **ready_end; /* have something to do */
    bool accepting, cancelling_accept, draining;
    unsigned fresh_sends;  /* prepared since the last call */
    int64_t now_ms;        /* when the last wait was over */
    int64_t accept_at_ms;  /* not before: descriptors had run out */
    int64_t idle_check_ms; /* 0: nothing to check */
};

/* A submission; there is room for it (ring_has_room). To be prepared, then given its meaning. */
struct io_uring_sqe *uring_submission(struct uring *uring);
void uring_mean(struct io_uring_sqe *submission, void *owner, enum operation operation);

#endif
