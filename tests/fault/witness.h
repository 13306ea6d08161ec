#ifndef TESTS_FAULT_WITNESS_H
#define TESTS_FAULT_WITNESS_H

#include "tests/harness/client.h"

/*
 * The polite client beside the trouble: it must have every answer, before, meanwhile and after. All
 * it asks is F(1), which every backend answers with 1. Of a server that serves one client at a time
 * it is the client before and the client after.
 */
struct witness {
    struct server *server;
    struct client *client; /* NULL where it cannot stay connected */
    int descriptors;       /* how many the server had open with the witness alone */
    int64_t resident;      /* bytes of memory it had then */
    int64_t answers;       /* how many the server gave, as far as was counted */
};

void witness_begin(struct witness *witness, struct server *server);

/* Asks in the midst of it, where the witness could stay. */
void witness_ask(struct witness *witness);

/*
 * Asks, then waits for descriptors, memory and processor time to be back where they were; leaves
 * the server running.
 */
void witness_end(struct witness *witness);

/* witness_end, then a stop with exit status 0 and statistics that agree with what was seen. */
void witness_end_and_stop(struct witness *witness);

/* For wait_until: true of a server that uses next to no processor time for a moment. */
bool server_is_at_rest(void *server);

/* Sends lines without reading answers until nothing goes out: the server has stopped reading. */
void fill_pipeline(struct client *client);

/*
 * Waits until the server has done all there was to do and sleeps. Returns false where it ended
 * instead: one that is dying takes its time, but does not sleep.
 */
bool server_settles(struct server *server);

/* Sends a request for F(1) and reads the answer. */
void ask_for_one(struct client *client);

#endif
