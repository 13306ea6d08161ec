#ifndef EXAMPLES_HTTP_SERVER_H
#define EXAMPLES_HTTP_SERVER_H

/* What the HTTP servers here have in common: a loop of libevent's with its HTTP server, on this
 * machine alone, that a signal stops. */

#include <event2/event.h>
#include <event2/http.h>

struct http_server {
    struct event_base *base;
    struct evhttp *http;
    struct event *stops[2];
};

/* Listens on a port of 127.0.0.1, 0 for a free one. Returns 0, or -errno and nothing is to be
 * closed. */
int http_server_open(struct http_server *server, unsigned port);

/* Says on standard output where it listens, and serves until SIGINT or SIGTERM. Returns 0 or -EIO.
 */
int http_server_run(struct http_server *server, const char *name);

/* Closes the connections, too. */
void http_server_close(struct http_server *server);

#endif
