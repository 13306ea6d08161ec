#ifndef CLIENTS_WEB_CRAWL_LOCATION_H
#define CLIENTS_WEB_CRAWL_LOCATION_H

#include <stdbool.h>

/* No longer URL is followed. */
enum { LOCATION_LENGTH_MAX = 8192 };

/*
 * Where a page is: an absolute URL of HTTP or HTTPS in the one spelling that equivalent URLs share
 * (RFC 3986, 6.2: case, escapes, dot segments, default ports), without a fragment. libcurl takes it
 * apart, which will also fetch it: two readings of a URL would be a way around robots.txt.
 */
struct location {
    char *url;    /* all of it */
    char *origin; /* scheme, host and port: "https://example.org:8443" */
    char *path;   /* and the query: "/a/b?c=d" */
    char *host;   /* in small letters, an IPv6 address in brackets */
    char *port;   /* also where it is the default of the scheme */
    bool default_port;
};

/*
 * Makes the location that a reference on the page at base means, or the URL reference where base is
 * NULL. Returns 0, and location_finish releases it; -EINVAL for what is no URL, -EPROTONOSUPPORT
 * where it is one of another scheme than http and https, -ENAMETOOLONG, or -ENOMEM; *location is
 * empty then, and needs no location_finish.
 */
int location_init(struct location *location, const char *base, const char *reference);
void location_finish(struct location *location);

/*
 * True where a crawl that began at one may go on to the other: the host is the same, and the port,
 * or both ports are the defaults of their schemes (http://example.org leads to
 * https://example.org).
 */
bool location_same_host(const struct location *one, const struct location *other);

#endif
