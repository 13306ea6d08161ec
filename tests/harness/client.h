#ifndef TESTS_HARNESS_CLIENT_H
#define TESTS_HARNESS_CLIENT_H

#include "tests/harness/server.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLIENT_BUFFER = 64 * 1024 };

/* One connection. It belongs to its fixture; all functions fail the test when they cannot do it. */
struct client {
    struct fixture *fixture;
    struct client *next;
    struct server *server;
    unsigned number; /* to tell it from the others in messages */
    int fd;          /* does not block; -1 when closed */
    bool ended;      /* the end of input was seen */
    int error;       /* or this error */
    size_t start, end;
    char buffer[CLIENT_BUFFER];
};

struct client *client_connect(struct server *server);

/* With small socket buffers, which fill early. */
struct client *client_connect_small(struct server *server);

/* Begins to connect without waiting, TCP only; client_is_connected asks how far it is. */
struct client *client_begin_connect(struct server *server);
bool client_is_connected(struct client *client);

/* Tries once. Returns NULL where the connection is refused. */
struct client *client_try_connect(struct server *server);

/* Sends all of it, waiting as long as it takes within the deadline. */
void client_send(struct client *client, const char *text);
void client_send_bytes(struct client *client, const void *bytes, size_t length);

/* Sends what goes out now without waiting. Returns the number of bytes, or -errno of a connection
 * that has ended. */
long client_try_send(struct client *client, const void *bytes, size_t length);

/* Sends n, LF. */
void client_ask(struct client *client, unsigned n);

/* Reads a line and compares. */
void client_expect_line(struct client *client, const char *line);
void client_expect_number(struct client *client, uint64_t number);

/* The answer F(n). */
void client_expect_fibonacci(struct client *client, unsigned n);

/* A line that begins with "ERR " and goes on with a reason. */
void client_expect_error(struct client *client);

/* client_ask and client_expect_fibonacci. */
void client_round_trip(struct client *client, unsigned n);

/* The server has closed its side, and nothing came before that. */
void client_expect_end(struct client *client);

/* The connection ends, or has ended, in whatever way; what comes before that is dropped. */
void client_expect_gone(struct client *client);

/* Nothing arrives for so long. */
void client_expect_silence(struct client *client, int milliseconds);

enum client_line { CLIENT_LINE, CLIENT_END, CLIENT_ERROR, CLIENT_TIMEOUT };

/*
 * The lower layer of the above, fails nothing: *line is NUL-terminated, without LF, and valid until
 * the next call. Bytes before an end without LF are not a line, CLIENT_END comes then.
 */
enum client_line client_read_line(struct client *client, char **line, int timeout_ms);

void client_half_close(struct client *client);
void client_close(struct client *client);

/* Resets the connection; a Unix socket is closed. */
void client_reset(struct client *client);

/* For fixture_finish. */
void client_destroy(struct client *client);

#endif
