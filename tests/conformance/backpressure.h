#ifndef TESTS_CONFORMANCE_BACKPRESSURE_H
#define TESTS_CONFORMANCE_BACKPRESSURE_H

#include "tests/harness/client.h"

#include <stdint.h>

/* A client that sends requests and does not read, and later reads all it is owed. */
struct deaf_client {
    struct client *client;
    uint64_t sent; /* bytes, whole lines or not */
};

/* Sends what goes out now, without waiting. Returns 0, or -errno of a connection that has ended. */
int deaf_client_send_some(struct deaf_client *deaf);

/*
 * Sends until nothing has gone out for blocked_ms and the server is idle. Fails where that does not
 * come. Returns whether the server leaves requests unread; if not, they are still on their way.
 */
bool deaf_client_send_until_blocked(struct deaf_client *deaf, int blocked_ms);

/* Completes the last line, reads and checks every answer; returns how many there were. */
uint64_t deaf_client_read_all(struct deaf_client *deaf);

/* Half-closes in the middle of whatever line it is; reads and checks every answer up to the end. */
void deaf_client_end_and_read_all(struct deaf_client *deaf);

/* Reads and checks answers up to the end, however many there are; returns their number. */
uint64_t deaf_client_read_to_the_end(struct deaf_client *deaf);

#endif
