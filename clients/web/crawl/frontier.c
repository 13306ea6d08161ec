#include "clients/web/crawl/frontier.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

TAILQ_HEAD(page_line, page);

struct frontier {
    void *known; /* a tree of all pages, by URL */
    struct page_line present, next;
    unsigned level;
    size_t under_way;
    size_t count, most;
};

static int compare(const void *one, const void *other)
{
    return strcmp(((const struct page *)one)->location.url,
                  ((const struct page *)other)->location.url);
}

static void free_page(void *node)
{
    struct page *page = node;

    location_finish(&page->location);
    free(page);
}

struct frontier *frontier_create(size_t most)
{
    struct frontier *frontier = calloc(1, sizeof(*frontier));

    if (frontier == NULL)
        return NULL;
    TAILQ_INIT(&frontier->present);
    TAILQ_INIT(&frontier->next);
    frontier->most = most;
    return frontier;
}

void frontier_destroy(struct frontier *frontier)
{
    if (frontier == NULL)
        return;
    tdestroy(frontier->known, free_page);
    free(frontier);
}

/* A page of the next level belongs to the present one where a shorter way leads to it after all: by
 * a redirect, or because it is one to begin with. */
static bool promote(struct frontier *frontier, struct page *page, const struct page *found_on,
                    unsigned depth)
{
    if (page->depth <= frontier->level || depth > frontier->level)
        return false;
    TAILQ_REMOVE(&frontier->next, page, entry);
    TAILQ_INSERT_TAIL(&frontier->present, page, entry);
    page->found_on = found_on;
    page->depth = depth;
    return true;
}

int frontier_add(struct frontier *frontier, struct location *location, const struct page *found_on,
                 unsigned depth, struct page **added)
{
    struct page *page = calloc(1, sizeof(*page)), **known;
    int error = -ENOMEM;

    if (page == NULL) {
        location_finish(location);
        return -ENOMEM;
    }
    *page =
        (struct page){.location = *location, .found_on = found_on, .depth = depth, .counted = true};
    *location = (struct location){.url = NULL};
    known = tfind(page, &frontier->known, compare);
    if (known != NULL && promote(frontier, *known, found_on, depth)) {
        free_page(page);
        *added = *known;
        return 0;
    }
    if (known != NULL)
        error = -EEXIST;
    else if (frontier->count >= frontier->most)
        error = -ENOSPC;
    else if (tsearch(page, &frontier->known, compare) != NULL)
        error = 0;
    if (error != 0) {
        free_page(page);
        return error;
    }
    frontier->count++;
    if (depth <= frontier->level)
        TAILQ_INSERT_TAIL(&frontier->present, page, entry);
    else
        TAILQ_INSERT_TAIL(&frontier->next, page, entry);
    *added = page;
    return 0;
}

struct page *frontier_take(struct frontier *frontier,
                           bool (*ready)(void *context, struct page *page), void *context)
{
    struct page *page;

    TAILQ_FOREACH(page, &frontier->present, entry)
    {
        if (!ready(context, page))
            continue;
        TAILQ_REMOVE(&frontier->present, page, entry);
        frontier->under_way++;
        return page;
    }
    return NULL;
}

void frontier_uncount(struct frontier *frontier, struct page *page)
{
    frontier->count -= page->counted;
    page->counted = false;
}

void frontier_done(struct frontier *frontier, struct page *page)
{
    frontier->under_way--;
}

void frontier_drop(struct frontier *frontier, struct page *page)
{
    frontier_done(frontier, page);
    frontier_uncount(frontier, page);
}

size_t frontier_count(const struct frontier *frontier)
{
    return frontier->count;
}

bool frontier_level_done(const struct frontier *frontier)
{
    return frontier->under_way == 0 && TAILQ_EMPTY(&frontier->present);
}

bool frontier_advance(struct frontier *frontier)
{
    if (TAILQ_EMPTY(&frontier->next))
        return false;
    TAILQ_CONCAT(&frontier->present, &frontier->next, entry);
    frontier->level++;
    return true;
}
