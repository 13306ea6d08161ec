#ifndef CLIENTS_WEB_CRAWL_CRAWL_H
#define CLIENTS_WEB_CRAWL_CRAWL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A crawl as a list of URLs that grows from the answers: what to fetch next, what came of it, and
 * what that leads to. It does no input or output of its own and knows no strategy; whoever fetches
 * pulls tasks from it and brings them back. Not safe for several threads at once, but for
 * crawl_body and crawl_answer, which touch their own task alone.
 *
 * Pages are visited level by level (frontier.h), on the hosts they began with (location_same_host),
 * within what each site's robots.txt allows; it is the first thing that is fetched from a site. A
 * redirect is a link like others and not followed by the fetch: its target must be on one of these
 * hosts, be allowed, and be visited once.
 */
struct crawl;

struct crawl_settings {
    unsigned depth;      /* links to follow from the pages to begin with; 0: none */
    size_t pages;        /* at most so many pages, robots.txt not counted */
    const char *product; /* what robots.txt may call the crawler; borrowed */
};

/* One URL to fetch. It is the crawl's and lives as long. */
struct crawl_task;

struct crawl_counts {
    size_t pages;     /* fetched or under way */
    size_t known;     /* the same, and those in line */
    size_t forbidden; /* not fetched because robots.txt says so, links counted once */
    size_t off_host;  /* links that led to other hosts, each time they occurred */
    size_t left_out;  /* links to pages that were too many */
};

/* Returns NULL where memory has run out. */
struct crawl *crawl_create(const struct crawl_settings *settings);
void crawl_destroy(struct crawl *crawl);

/*
 * Adds a page to begin with. Returns 0; -EEXIST where it is known, -ENOSPC where there are pages
 * enough already, or an error of location_init.
 */
int crawl_begin(struct crawl *crawl, const char *url);

/* No more pages to begin with will be added; until then crawl_next says CRAWL_WAIT where it could
 * say CRAWL_END, or would go on to the links, and links to hosts without such a page are kept. */
void crawl_begun(struct crawl *crawl);

enum crawl_next {
    CRAWL_FETCH,     /* *task is to be fetched, and given back by crawl_done */
    CRAWL_FORBIDDEN, /* the same, but a page to begin with that robots.txt forbids: not to be
                        fetched */
    CRAWL_WAIT,      /* nothing now; tasks under way will bring more, or the end, or crawl_begin */
    CRAWL_END,       /* nothing more will come; also where memory has run out, see crawl_error */
};

enum crawl_next crawl_next(struct crawl *crawl, struct crawl_task **task);

/* What is to be fetched, and where it was found: NULL for a page to begin with, and for robots.txt.
 */
const char *crawl_task_url(const struct crawl_task *task);
const char *crawl_task_found_on(const struct crawl_task *task);
unsigned crawl_task_depth(const struct crawl_task *task);

/* True for a robots.txt: redirects are followed by the fetch, and it is no result for the user. */
bool crawl_task_is_robots(const struct crawl_task *task);

/*
 * An answer begins, or begins again where a request was repeated: what came before is forgotten.
 * content_type is the header's value or NULL. Returns whether its body is of any use; where not,
 * crawl_body may be left out.
 */
bool crawl_answer(struct crawl_task *task, long status, const char *content_type);
void crawl_body(struct crawl_task *task, const char *bytes, size_t length);

/*
 * The fetch has ended: the status, 0 where no answer came; whether the body came completely; and
 * where the answer redirects to, an absolute URL, or NULL. The task is gone after that.
 */
struct crawl_end {
    long status;
    bool complete;
    const char *redirect;
};
void crawl_done(struct crawl *crawl, struct crawl_task *task, const struct crawl_end *end);

struct crawl_counts crawl_counts(const struct crawl *crawl);

/* 0, or -ENOMEM: the crawl ended early, or links were lost. */
int crawl_error(const struct crawl *crawl);

#endif
