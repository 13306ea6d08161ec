#ifndef EXAMPLES_HTTP_FETCH_H
#define EXAMPLES_HTTP_FETCH_H

/*
 * An HTTP client for coroutines, on libcurl's multi interface: libcurl says which sockets it wants
 * watched and when it wants to be called, and the coroutine library does both (libcurl-multi(3),
 * "multi_socket"). Whoever asks for a URL is suspended until the answer is there.
 */

#include "lib/coro/coro.h"

#include <stddef.h>

struct http_client;

struct http_response {
    long status; /* of HTTP: 200, 404, ... */
    char *body;  /* a NUL follows it */
    size_t size;
};

/*
 * Creates a client, which keeps connections and handles from one request to the next. A program
 * that fetches https ignores SIGPIPE. Returns 0 and *client, to be destroyed before the loop; or
 * -ENOMEM.
 */
int http_client_create(struct http_client **client, struct coro_loop *loop);

/* When no request is under way. Takes NULL. */
void http_client_destroy(struct http_client *client);

/*
 * Suspends until the answer has come. Redirects are followed, up to 10. Returns 0 and fills
 * *response, which http_response_finish frees, whatever the status in it; or -errno, with nothing
 * to free, and a message (coro_message): -EINVAL (not a URL of http or https), -EHOSTUNREACH (no
 * such host), -ECONNREFUSED and the like, -EMSGSIZE (a body above 64 MiB), -EPROTO, -ENOMEM,
 * -ECANCELED. For a deadline call it in a scope (scope.h).
 */
int http_get(struct http_client *client, const char *url, struct http_response *response);

/* The same without a client or a loop: stops the thread until the answer has come. Any thread may
 * call it. */
int http_get_blocking(const char *url, struct http_response *response);

void http_response_finish(struct http_response *response);

#endif
