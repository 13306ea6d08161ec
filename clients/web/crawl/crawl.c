#include "clients/web/crawl/crawl.h"

#include "clients/web/crawl/frontier.h"
#include "clients/web/crawl/links.h"
#include "clients/web/crawl/robots.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

enum { REDIRECTS_MAX = 10 };

/* What one robots.txt is for. */
struct site {
    struct site *next;
    char *origin;
    bool asked;
    struct robots *robots;    /* NULL until it has been fetched */
    const struct page *given; /* a page to begin with, or NULL */
};

/* A link to a host on which there may yet be a page to begin with. */
struct undecided_link {
    STAILQ_ENTRY(undecided_link) entry;
    const struct page *page;
    struct location location;
    unsigned depth, redirects;
};

struct crawl {
    struct crawl_settings settings;
    struct frontier *frontier;
    struct site *sites;
    struct crawl_task *tasks; /* under way */
    struct crawl_counts counts;
    STAILQ_HEAD(, undecided_link) undecided;
    bool begun;
    bool out_of_memory;
};

struct crawl_task {
    struct crawl_task *next, **link;
    struct site *site;
    struct page *page; /* NULL: the task is the site's robots.txt */
    char *robots_url;
    bool forbidden;
    bool expands;        /* links on the page are wanted */
    struct links *links; /* of an answer that is HTML */
    char *text;          /* of a robots.txt */
    size_t length;
    bool out_of_memory;
};

struct crawl *crawl_create(const struct crawl_settings *settings)
{
    struct crawl *crawl = calloc(1, sizeof(*crawl));

    if (crawl == NULL)
        return NULL;
    STAILQ_INIT(&crawl->undecided);
    crawl->settings = *settings;
    crawl->frontier = frontier_create(settings->pages);
    if (crawl->frontier == NULL) {
        free(crawl);
        return NULL;
    }
    return crawl;
}

static void unlink_task(struct crawl_task *task)
{
    *task->link = task->next;
    if (task->next != NULL)
        task->next->link = task->link;
}

static void free_task(struct crawl_task *task)
{
    links_destroy(task->links);
    free(task->robots_url);
    free(task->text);
    free(task);
}

static struct undecided_link *take_undecided(struct crawl *crawl)
{
    struct undecided_link *link = STAILQ_FIRST(&crawl->undecided);

    if (link != NULL)
        STAILQ_REMOVE_HEAD(&crawl->undecided, entry);
    return link;
}

static void free_undecided(struct undecided_link *link)
{
    location_finish(&link->location);
    free(link);
}

void crawl_destroy(struct crawl *crawl)
{
    struct undecided_link *link;
    struct crawl_task *task;
    struct site *site;

    if (crawl == NULL)
        return;
    while ((task = crawl->tasks) != NULL) {
        crawl->tasks = task->next;
        free_task(task);
    }
    while ((link = take_undecided(crawl)) != NULL)
        free_undecided(link);
    while ((site = crawl->sites) != NULL) {
        crawl->sites = site->next;
        robots_destroy(site->robots);
        free(site->origin);
        free(site);
    }
    frontier_destroy(crawl->frontier);
    free(crawl);
}

static struct site *find_site(struct crawl *crawl, const char *origin)
{
    struct site *site;

    for (site = crawl->sites; site != NULL; site = site->next)
        if (strcmp(site->origin, origin) == 0)
            return site;
    site = calloc(1, sizeof(*site));
    if (site == NULL)
        return NULL;
    site->origin = strdup(origin);
    if (site->origin == NULL) {
        free(site);
        return NULL;
    }
    site->next = crawl->sites;
    crawl->sites = site;
    return site;
}

static bool is_forbidden(const struct page *page)
{
    return page->site->robots != NULL && !robots_allow(page->site->robots, page->location.path);
}

/* Takes the location over. A page that is known to be forbidden leaves its place to others. */
static int add(struct crawl *crawl, struct location *location, const struct page *found_on,
               unsigned depth, unsigned redirects)
{
    struct site *site = find_site(crawl, location->origin);
    struct page *page;
    int error;

    if (site == NULL) {
        location_finish(location);
        return -ENOMEM;
    }
    error = frontier_add(crawl->frontier, location, found_on, depth, &page);
    if (error == 0) {
        page->site = site;
        page->redirects = redirects;
        if (found_on == NULL)
            site->given = page;
        if (is_forbidden(page))
            frontier_uncount(crawl->frontier, page);
    }
    return error;
}

int crawl_begin(struct crawl *crawl, const char *url)
{
    struct location location;
    int error = location_init(&location, NULL, url);

    if (error == 0)
        error = add(crawl, &location, NULL, 0, 0);
    crawl->counts.left_out += error == -ENOSPC;
    return error;
}

static bool is_on_given_host(const struct crawl *crawl, const struct location *location)
{
    for (const struct site *site = crawl->sites; site != NULL; site = site->next)
        if (site->given != NULL && location_same_host(&site->given->location, location))
            return true;
    return false;
}

/* Takes the location over. */
static void postpone(struct crawl *crawl, const struct page *page, struct location *location,
                     unsigned depth, unsigned redirects)
{
    struct undecided_link *link = malloc(sizeof(*link));

    if (link == NULL) {
        crawl->out_of_memory = true;
        location_finish(location);
        return;
    }
    *link = (struct undecided_link){
        .page = page, .location = *location, .depth = depth, .redirects = redirects};
    *location = (struct location){.url = NULL};
    STAILQ_INSERT_TAIL(&crawl->undecided, link, entry);
}

/* A link leads from the page to the location, which it takes over. */
static void follow(struct crawl *crawl, const struct page *page, struct location *location,
                   unsigned depth, unsigned redirects)
{
    int error;

    if (!is_on_given_host(crawl, location)) {
        if (!crawl->begun) {
            postpone(crawl, page, location, depth, redirects);
            return;
        }
        crawl->counts.off_host++;
        location_finish(location);
        return;
    }
    error = add(crawl, location, page, depth, redirects);
    crawl->counts.left_out += error == -ENOSPC;
    crawl->out_of_memory |= error == -ENOMEM;
}

void crawl_begun(struct crawl *crawl)
{
    struct undecided_link *link;

    crawl->begun = true;
    while ((link = take_undecided(crawl)) != NULL) {
        follow(crawl, link->page, &link->location, link->depth, link->redirects);
        free_undecided(link);
    }
}

/* Passes over pages whose robots.txt is not known, and keeps the first site that was not asked. */
static bool is_ready(void *context, struct page *page)
{
    struct site **unasked = context;

    if (page->site->robots != NULL)
        return true;
    if (!page->site->asked && *unasked == NULL)
        *unasked = page->site;
    return false;
}

static struct crawl_task *create_task(struct crawl *crawl, struct site *site, struct page *page)
{
    struct crawl_task *task = calloc(1, sizeof(*task));

    if (task == NULL)
        return NULL;
    task->site = site;
    task->page = page;
    task->expands = page != NULL && page->depth < crawl->settings.depth;
    task->next = crawl->tasks;
    task->link = &crawl->tasks;
    if (task->next != NULL)
        task->next->link = &task->next;
    crawl->tasks = task;
    if (page == NULL && asprintf(&task->robots_url, "%s/robots.txt", site->origin) < 0) {
        task->robots_url = NULL;
        unlink_task(task);
        free_task(task);
        return NULL;
    }
    return task;
}

static enum crawl_next hand_out(struct crawl *crawl, struct site *site, struct page *page,
                                struct crawl_task **task)
{
    *task = create_task(crawl, site, page);
    if (*task == NULL) {
        crawl->out_of_memory = true;
        return CRAWL_END;
    }
    if (page == NULL)
        site->asked = true;
    else
        crawl->counts.pages++;
    return CRAWL_FETCH;
}

/* Only of pages that the user named is it worth saying each by itself that they are forbidden. */
static bool forbid(struct crawl *crawl, struct page *page, struct crawl_task **task)
{
    crawl->counts.forbidden++;
    if (page->found_on != NULL) {
        frontier_drop(crawl->frontier, page);
        return false;
    }
    *task = create_task(crawl, page->site, page);
    if (*task == NULL)
        crawl->out_of_memory = true;
    else
        (*task)->forbidden = true;
    return *task != NULL;
}

enum crawl_next crawl_next(struct crawl *crawl, struct crawl_task **task)
{
    while (!crawl->out_of_memory) {
        struct site *unasked = NULL;
        struct page *page = frontier_take(crawl->frontier, is_ready, &unasked);

        if (page != NULL && !is_forbidden(page))
            return hand_out(crawl, page->site, page, task);
        if (page != NULL && forbid(crawl, page, task))
            return CRAWL_FORBIDDEN;
        if (page != NULL)
            continue;
        if (unasked != NULL)
            return hand_out(crawl, unasked, NULL, task);
        if (!crawl->begun || !frontier_level_done(crawl->frontier))
            return CRAWL_WAIT;
        if (!frontier_advance(crawl->frontier))
            break;
    }
    return CRAWL_END;
}

const char *crawl_task_url(const struct crawl_task *task)
{
    return task->page != NULL ? task->page->location.url : task->robots_url;
}

const char *crawl_task_found_on(const struct crawl_task *task)
{
    return task->page != NULL && task->page->found_on != NULL ? task->page->found_on->location.url
                                                              : NULL;
}

unsigned crawl_task_depth(const struct crawl_task *task)
{
    return task->page != NULL ? task->page->depth : 0;
}

bool crawl_task_is_robots(const struct crawl_task *task)
{
    return task->page == NULL;
}

/* Without a type it may be anything, and the parser makes nothing of what is no HTML. */
static bool is_html(const char *content_type)
{
    static const char *const types[] = {"text/html", "application/xhtml+xml"};
    size_t length;

    if (content_type == NULL)
        return true;
    length = strcspn(content_type, "; \t");
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (length == strlen(types[i]) && strncasecmp(content_type, types[i], length) == 0)
            return true;
    return false;
}

/* The charset of a Content-Type, or an empty string. */
static void read_charset(const char *content_type, char *charset, size_t size)
{
    const char *at = content_type != NULL ? strcasestr(content_type, "charset=") : NULL;

    charset[0] = '\0';
    if (at == NULL)
        return;
    at += strlen("charset=");
    at += *at == '"';
    snprintf(charset, size, "%.*s", (int)strcspn(at, "\"; \t"), at);
}

static bool begin_page(struct crawl_task *task, const char *content_type)
{
    char charset[64];

    if (!is_html(content_type))
        return false;
    read_charset(content_type, charset, sizeof(charset));
    task->links = links_create(charset[0] != '\0' ? charset : NULL);
    task->out_of_memory |= task->links == NULL;
    return task->links != NULL;
}

bool crawl_answer(struct crawl_task *task, long status, const char *content_type)
{
    bool good = status >= 200 && status <= 299;

    links_destroy(task->links);
    task->links = NULL;
    task->length = 0;
    if (task->page == NULL)
        return good;
    return good && task->expands && begin_page(task, content_type);
}

void crawl_body(struct crawl_task *task, const char *bytes, size_t length)
{
    if (task->links != NULL && !links_feed(task->links, bytes, length))
        task->out_of_memory = true;
    if (task->page != NULL)
        return;
    if (task->text == NULL && (task->text = malloc(ROBOTS_BYTES_MAX)) == NULL) {
        task->out_of_memory = true;
        return;
    }
    if (length > ROBOTS_BYTES_MAX - task->length)
        length = ROBOTS_BYTES_MAX - task->length;
    memcpy(task->text + task->length, bytes, length);
    task->length += length;
}

struct visit {
    struct crawl *crawl;
    const struct page *page;
};

static void visit_link(void *context, struct location *link)
{
    const struct visit *visit = context;

    follow(visit->crawl, visit->page, link, visit->page->depth + 1, 0);
}

static void follow_redirect(struct crawl *crawl, const struct page *page, const char *redirect)
{
    struct location location;

    if (page->redirects < REDIRECTS_MAX &&
        location_init(&location, page->location.url, redirect) == 0)
        follow(crawl, page, &location, page->depth, page->redirects + 1);
}

static void page_done(struct crawl *crawl, struct crawl_task *task, const struct crawl_end *end)
{
    struct page *page = task->page;
    struct visit visit = {crawl, page};

    if (end->redirect != NULL && end->status >= 300 && end->status <= 399)
        follow_redirect(crawl, page, end->redirect);
    else if (task->links != NULL && end->complete &&
             links_finish(task->links, page->location.url, visit_link, &visit) != 0)
        crawl->out_of_memory = true;
    frontier_done(crawl->frontier, page);
}

void crawl_done(struct crawl *crawl, struct crawl_task *task, const struct crawl_end *end)
{
    crawl->out_of_memory |= task->out_of_memory;
    if (task->forbidden) {
        frontier_drop(crawl->frontier, task->page);
    } else if (task->page != NULL) {
        page_done(crawl, task, end);
    } else {
        task->site->robots = robots_create(end->complete ? end->status : 0, task->text,
                                           task->length, crawl->settings.product);
        crawl->out_of_memory |= task->site->robots == NULL;
    }
    unlink_task(task);
    free_task(task);
}

struct crawl_counts crawl_counts(const struct crawl *crawl)
{
    struct crawl_counts counts = crawl->counts;

    counts.known = frontier_count(crawl->frontier);
    return counts;
}

int crawl_error(const struct crawl *crawl)
{
    return crawl->out_of_memory ? -ENOMEM : 0;
}
