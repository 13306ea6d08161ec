#ifndef CLIENTS_WEB_CRAWL_LINKS_H
#define CLIENTS_WEB_CRAWL_LINKS_H

#include "clients/web/crawl/location.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Where an HTML page leads to. Followed are a and area, frame and iframe, and link where it names a
 * page (rel next, prev, canonical or alternate), unless the page asks for it not to be
 * (rel="nofollow", <meta name="robots" content="nofollow">). Broken HTML is read as libxml2's
 * parser mends it.
 *
 * The page is kept until its end and parsed as a whole: what the parser makes of broken HTML that
 * it is given in pieces depends on where the pieces end, and so on chance.
 */
struct links;

/* Of a page, so many bytes are read, and of its links so many bytes kept; the rest is dropped. */
enum { LINKS_PAGE_MAX = 8 * 1024 * 1024, LINKS_BYTES_MAX = 4 * 1024 * 1024 };

/*
 * charset is what the Content-Type says, or NULL where it says nothing: then the page does, by a
 * byte order mark or a meta element. Returns NULL where memory has run out.
 */
struct links *links_create(const char *charset);
void links_destroy(struct links *links);

/* Takes the next bytes of the page. Returns false where memory has run out. */
bool links_feed(struct links *links, const char *bytes, size_t length);

/*
 * Ends the page, which stood at url, and calls visit with each link, which it may take over by
 * emptying it. The same may come several times; what is no URL of the web is left out. Returns 0,
 * or -ENOMEM where links were lost for want of memory.
 */
int links_finish(struct links *links, const char *url,
                 void (*visit)(void *context, struct location *link), void *context);

#endif
