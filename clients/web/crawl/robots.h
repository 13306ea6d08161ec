#ifndef CLIENTS_WEB_CRAWL_ROBOTS_H
#define CLIENTS_WEB_CRAWL_ROBOTS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What a site's robots.txt asks of a crawler, by the Robots Exclusion Protocol, RFC 9309. Nothing
 * here waits; an object does not change once it is made.
 */
struct robots;

/* How much of a file is read; the rest is ignored (RFC 9309, 2.5, wants 500 KiB at least). */
enum { ROBOTS_BYTES_MAX = 512 * 1024 };

/*
 * Makes of the answer to a request for /robots.txt what is allowed to the crawler of that product
 * token (letters, "-" and "_"). status is the HTTP status behind any redirects, 0 where no answer
 * came. 2xx: text says it. 4xx, and redirects that lead nowhere: everything is allowed. 5xx and no
 * answer: nothing is (2.3.1). text is not kept and may hold any bytes. NULL: out of memory.
 */
struct robots *robots_create(long status, const char *text, size_t length, const char *product);
void robots_destroy(struct robots *robots);

/*
 * True where the crawler may fetch the path, which begins with "/" and has the query, if any, at
 * its end. /robots.txt itself is always allowed. False also where there is no memory to find out.
 */
bool robots_allow(const struct robots *robots, const char *path);

#endif
