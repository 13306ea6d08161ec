#ifndef CLIENTS_WEB_CRAWL_FRONTIER_H
#define CLIENTS_WEB_CRAWL_FRONTIER_H

#include "clients/web/crawl/location.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

/*
 * The pages of a crawl, each known once, and the line of those that are still to be fetched, level
 * by level: pages at a distance of d + 1 links wait until all at distance d are done. So the
 * distance of a page is always the shortest one, and which pages a crawl visits does not depend on
 * which answer comes first.
 */
struct frontier;
struct site;

struct page {
    struct location location;
    struct site *site;           /* the crawl's */
    const struct page *found_on; /* NULL: a page to begin with */
    unsigned depth;              /* links from such a page */
    unsigned redirects;          /* that led to it, in a row */
    bool counted;                /* among those that there may be no more of */
    TAILQ_ENTRY(page) entry;
};

/* most is how many pages may be counted. Returns NULL where memory has run out. */
struct frontier *frontier_create(size_t most);
void frontier_destroy(struct frontier *frontier);

/*
 * Adds a page that was found on another one; its depth is at most one more. Takes the location
 * over, whatever it returns: 0, -EEXIST where it is known by a way as short, -ENOSPC where there
 * are pages enough, -ENOMEM. With 0, *page is the page, the frontier's own.
 */
int frontier_add(struct frontier *frontier, struct location *location, const struct page *found_on,
                 unsigned depth, struct page **page);

/*
 * The first page of the present level for which ready says true; it is then under way until
 * frontier_done. NULL: none now.
 */
struct page *frontier_take(struct frontier *frontier,
                           bool (*ready)(void *context, struct page *page), void *context);

/* The page will not be fetched: it is not counted any more, but stays known and in line. */
void frontier_uncount(struct frontier *frontier, struct page *page);

/* The page has been dealt with. */
void frontier_done(struct frontier *frontier, struct page *page);

/* The page has been dealt with without being fetched: the same, and it is not counted. */
void frontier_drop(struct frontier *frontier, struct page *page);

/* How many pages it has taken, without those that are not counted. */
size_t frontier_count(const struct frontier *frontier);

/* True where every page of the present level is done. */
bool frontier_level_done(const struct frontier *frontier);

/* Goes on to the next level. Returns false where there is none: the crawl is at its end. */
bool frontier_advance(struct frontier *frontier);

#endif
