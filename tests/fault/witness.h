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
};

void witness_begin(struct witness *witness, struct server *server);

/* Asks in the midst of it, where the witness could stay. */
void witness_ask(struct witness *witness);

/* Asks, then waits for the descriptors to be back where they were; leaves the server running. */
void witness_end(struct witness *witness);

/* witness_end, then a stop with exit status 0. */
void witness_end_and_stop(struct witness *witness);

/* Sends a request for F(1) and reads the answer. */
void ask_for_one(struct client *client);

#endif
