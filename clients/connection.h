#ifndef CLIENTS_CONNECTION_H
#define CLIENTS_CONNECTION_H

#include "clients/answers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* So many requests that were sent (open loop: due) at the same time. */
struct departure {
    int64_t when;
    uint32_t requests;
};

enum connection_state {
    CONNECTION_UNOPENED,
    CONNECTION_CONNECTING,
    CONNECTION_OPEN,
    CONNECTION_FINISHING, /* half-closed; nothing more is due */
    CONNECTION_CLOSED,
};

/*
 * One connection's book-keeping: what was sent and when, what came back. Requests under way stand
 * in a ring of departures that the owner lends (capacity: the most requests under way at once).
 */
struct connection {
    int descriptor;
    enum connection_state state;
    bool idle;
    bool watches_writing;
    bool in_round; /* open loop: stands in the list of connections to write to */
    struct answers answers;
    uint32_t ring_first;
    uint32_t ring_used;
    uint32_t ring_size;
    uint32_t under_way; /* requests without an answer, unwritten ones included */
    size_t unwritten;   /* bytes of requests that the socket has not taken yet */
    uint64_t answered;  /* rightly, within the window */
    struct departure *ring;
};

/* Adds requests that left, or leave with the next write, at when. There must be room for them. */
void connection_add(struct connection *connection, const struct dialogue *dialogue, int64_t when,
                    uint32_t requests);

/*
 * Takes up to most of the oldest requests under way that left at the same time. Returns how many
 * (0 where none is under way) and sets *when.
 */
uint32_t connection_take(struct connection *connection, uint32_t most, int64_t *when);

/*
 * Takes back requests of which no byte is written yet, the newest first: as many as left at the
 * same time. Returns how many (0: no more of them) and sets *when.
 */
uint32_t connection_withdraw(struct connection *connection, const struct dialogue *dialogue,
                             int64_t *when);

/*
 * Writes what is unwritten, with one call of send as a rule. Returns 0, also where bytes remain
 * because the socket takes no more at present; -errno where the connection failed.
 */
int connection_write(struct connection *connection, const struct dialogue *dialogue);

/* Reads once. Returns the bytes read, 0 at the end of the stream, or -errno (-EAGAIN: none yet). */
ssize_t connection_read(struct connection *connection, char *buffer, size_t size, int flags);

#endif
