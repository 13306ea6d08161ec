#ifndef WEBSERVER_SERVER_H
#define WEBSERVER_SERVER_H

/* An HTTP server on libevent's loop that answers when the page says that it is due, and stops at a
 * signal. */

#include "clients/webserver/options.h"

#include <event2/http.h>
#include <stdio.h>

struct web_server;

/*
 * Listens. Returns 0 and *server; or -errno, and *reason says why in words that live for ever:
 * -EADDRINUSE, -EINVAL (no such address), -ENOMEM and bind's other errors.
 */
int web_server_create(struct web_server **server, const struct webserver_options *options,
                      const char **reason);

/* Says on standard output where it listens, and serves until SIGINT or SIGTERM. Then it accepts
 * nobody, waits until what was asked is answered to the end, the grace is over or a second signal
 * comes, and returns 0; -EIO where the loop failed. */
int web_server_run(struct web_server *server);

/* Prints what it has seen, as web_stats_print does (stats.h). */
int web_server_print_stats(const struct web_server *server, FILE *file);

/* Closes all connections. Takes NULL. */
void web_server_destroy(struct web_server *server);

/* For the pages (pages.h): has the request answered by send(server, request) after so many
 * milliseconds; with 0 at once. */
void web_server_answer(struct web_server *server, struct evhttp_request *request, long milliseconds,
                       void (*send)(struct web_server *server, struct evhttp_request *request));

/* Counts up, for /count. Returns the new value. */
unsigned long web_server_count(struct web_server *server);

#endif
