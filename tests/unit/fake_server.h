#ifndef TESTS_UNIT_FAKE_SERVER_H
#define TESTS_UNIT_FAKE_SERVER_H

#include "common/address.h"

#include <stdbool.h>
#include <stdint.h>

/* What the server does wrong, once on each connection, where that many requests were answered. */
enum fake_fault {
    FAKE_NONE,
    FAKE_WRONG,        /* one answer is another number */
    FAKE_ERR,          /* one answer is an ERR line */
    FAKE_EXTRA,        /* one request is answered twice */
    FAKE_EXTRA_AT_END, /* one more answer after the client's half-close */
    FAKE_STUB_AT_END,  /* the same, without its line end */
    FAKE_MISSING,      /* one request is not answered */
    FAKE_SILENT,       /* no request is answered any more */
    FAKE_CLOSE,        /* closes */
    FAKE_RESET,        /* closes with a reset */
    FAKE_REFUSE,       /* says why unasked, and closes, instead of the first answer */
    FAKE_STALL,        /* answers nobody for stall_ms, and then goes on */
    FAKE_KEEP_OPEN,    /* takes no notice of the client's half-close */
    FAKE_IN_PIECES,    /* nothing wrong, but answers come byte by byte */
};

struct fake_options {
    enum fake_fault fault;
    unsigned after;
    unsigned stall_ms;
    const char *answer;    /* NULL: "1" */
    const char *unix_path; /* NULL: a free port on 127.0.0.1 */
};

/* A small server of the line protocol in a thread of its own. Any failure to set it up aborts. */
struct fake_server;

struct fake_server *fake_server_create(const struct fake_options *options);

/* Closes all connections with a reset and ends the thread. Takes NULL. */
void fake_server_destroy(struct fake_server *server);

struct address fake_server_address(const struct fake_server *server);

unsigned fake_server_port(const struct fake_server *server);

/* Waits until that many requests have come in. False after 20 s. */
bool fake_server_wait(struct fake_server *server, uint64_t requests);

/* Connections accepted so far. */
unsigned fake_server_accepted(struct fake_server *server);

/* A port on which nobody listens, and nobody will as long as the returned descriptor is open. */
int fake_closed_port(struct address *address);

#endif
