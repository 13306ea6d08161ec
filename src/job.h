#ifndef JOB_H
#define JOB_H

#include "src/server.h"

#include <stdatomic.h>

/*
 * One computation on a thread or process of its own or of a pool. It looks after its client by
 * itself: when the connection is reset, or on a Unix socket closed fully, the computation is
 * abandoned. A half-close is no reason: the answer is still owed. So its descriptor must stay open
 * until it is done.
 */
struct job {
    const struct server *server;
    unsigned n;
    int descriptor;
    atomic_bool abandoned;
    int64_t probe_at_ns;
    int status;       /* when done: 0, or -ECANCELED */
    uint64_t value;   /* when done with 0 */
    struct job *next; /* for the queue that it is in */
};

/* The descriptor is borrowed until the job is done. Cannot fail. */
void job_init(struct job *job, const struct server *server, unsigned n, int descriptor);

/* Computes, on any thread, and counts itself where it was cancelled; status and value are set when
 * it returns. */
void job_run(struct job *job);

/* Whether nobody waits for a job under way: it was abandoned, its client is gone, or the server is
 * cancelled. For who computes it by himself; asked every few microseconds it costs little. */
bool job_is_cancelled(struct job *job);

/* Tells a job, from any thread, that nobody waits for it; it ends within some tens of microseconds.
 */
void job_abandon(struct job *job);

#endif
