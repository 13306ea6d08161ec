#ifndef TESTS_WEB_SITE_H
#define TESTS_WEB_SITE_H

#include "tests/harness/fixture.h"

#include <stddef.h>

/*
 * An HTTP server in the process of the tests that answers each path as a table says, badly if need
 * be, and remembers who came. A thread for each connection; it ends with the test. As a proxy it
 * answers by itself, too: the path is the whole URL then, or "HOST:PORT" of a CONNECT.
 */
struct site;

enum site_manner {
    SITE_ANSWER,        /* status, headers, body */
    SITE_NOTHING,       /* closes in place of an answer */
    SITE_RESET,         /* resets in place of an answer */
    SITE_RESET_IN_BODY, /* resets when half of the announced body was sent */
    SITE_SHORT,         /* closes there */
    SITE_STALL,         /* says no more from there on */
    SITE_SILENT,        /* says nothing at all */
    SITE_DRIP,          /* a byte of the body every few milliseconds, without end */
    SITE_BROKEN_CHUNKS, /* closes before the last chunk */
    SITE_NO_HTTP,       /* answers in no language that a web client knows */
    SITE_BUSY,          /* 503 as often as count says, with the headers, then the answer */
    SITE_GATHER, /* answers when count requests wait for it; their number must come out even */
};

struct site_page {
    const char *path; /* ends in "*" where anything may follow */
    enum site_manner manner;
    unsigned status;
    const char *headers; /* further ones, each with its CRLF; NULL: none */
    const char *body;    /* NULL: "hello\n" */
    unsigned count;
};

/* Serves the pages, NULL-terminated by their path and borrowed; other paths are 404. */
struct site *site_start(struct fixture *fixture, const struct site_page *pages);

/* "http://127.0.0.1:PORT", for as long as the site. */
const char *site_url(const struct site *site);
unsigned site_port(const struct site *site);

/* How often the path was asked for; NULL: all requests. */
unsigned site_requests(struct site *site, const char *path);

/* The last request for the path, its headers included, cut to size; empty without one. */
void site_last_request(struct site *site, const char *path, char *text, size_t size);

unsigned site_connections(struct site *site);

/* How many requests were in the server's hands at the same time, at most. */
unsigned site_most_at_once(struct site *site);

/* How many are there now. */
unsigned site_present(struct site *site);

#endif
