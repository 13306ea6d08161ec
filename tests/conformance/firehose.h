#ifndef TESTS_CONFORMANCE_FIREHOSE_H
#define TESTS_CONFORMANCE_FIREHOSE_H

#include "tests/harness/client.h"

#include <stdbool.h>
#include <stdint.h>

/* A client that keeps its pipeline full: it sends whenever it can and reads whenever there is
 * something. */
struct firehose {
    struct client *client;
    char block[60 * 1024];
    size_t block_length, at, line_length;
    uint64_t answers;
    char answer[24];
};

/* Connects; asks for n again and again from then on. */
void firehose_open(struct firehose *firehose, struct server *server, unsigned n);

/* Sends and reads what can be done without waiting, and checks the answers. Returns false once the
 * server has closed; fails when the connection breaks otherwise. */
bool firehose_pump(struct firehose *firehose);

#endif
