#ifndef TESTS_WEB_NGINX_H
#define TESTS_WEB_NGINX_H

#include "tests/harness/fixture.h"

#include <stddef.h>

/*
 * nginx on loopback, from a configuration and a root of its own in the test's folder. It has the
 * pages /small (6 bytes), /large (a megabyte that compresses well), /N (N from 0 to 63: "page N\n")
 * and /moved, which redirects to /small; over TLS, with a certificate of its own making, also by
 * HTTP/2.
 */
struct nginx;

/* Ends the test as skipped where nginx or openssl is not installed. */
struct nginx *nginx_start(struct fixture *fixture);

enum { NGINX_LARGE = 1 << 20, NGINX_PAGES = 64 };

/* "http://127.0.0.1:PORT", "https://127.0.0.1:PORT" and the path of the certificate. */
const char *nginx_url(const struct nginx *nginx);
const char *nginx_secure_url(const struct nginx *nginx);
const char *nginx_certificate(const struct nginx *nginx);

/* How many requests it has answered by the protocol ("HTTP/2.0"), and over how many connections. */
struct nginx_count {
    unsigned requests, connections;
};
struct nginx_count nginx_count(const struct nginx *nginx, const char *protocol);

#endif
