#include "clients/web/crawl/source.h"

#include <errno.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>

struct crawl_source {
    struct source source;
    struct source *starts;
    bool begun;
    struct crawl *crawl;
};

static struct crawl_source *crawl_source_of(const struct source *source)
{
    return (struct crawl_source *)source;
}

/* As libcurl and every browser take it: example.org is http://example.org. */
static int begin(struct crawl *crawl, const char *url)
{
    int error = crawl_begin(crawl, url);
    char *with_scheme;

    if (error != -EINVAL)
        return error;
    if (asprintf(&with_scheme, "http://%s", url) < 0)
        return -ENOMEM;
    error = crawl_begin(crawl, with_scheme);
    free(with_scheme);
    return error;
}

/*
 * Takes one page to begin with. SOURCE_LATER: none now, or it was taken over and *again is set.
 * SOURCE_URL: it is no URL, and *item says so.
 */
static enum source_state take_start(struct crawl_source *crawling, struct source_item *item,
                                    bool *again)
{
    enum source_state state;
    int error;

    *again = false;
    if (crawling->begun)
        return SOURCE_LATER;
    state = crawling->starts->operations->next(crawling->starts, item);
    if (state == SOURCE_END) {
        crawling->begun = *again = true;
        crawl_begun(crawling->crawl);
        return SOURCE_LATER;
    }
    if (state == SOURCE_LATER)
        return state;
    error = begin(crawling->crawl, item->url);
    if (error == -EINVAL || error == -EPROTONOSUPPORT || error == -ENAMETOOLONG ||
        error == -ENOMEM) {
        item->token = NULL;
        item->refusal = error == -ENOMEM ? FAILURE_INTERNAL : FAILURE_BAD_URL;
        item->reason = error == -ENOMEM ? "no memory" : "no URL of http or https";
        return SOURCE_URL;
    }
    *again = true;
    return SOURCE_LATER;
}

static enum source_state crawl_source_next(struct source *source, struct source_item *item)
{
    struct crawl_source *crawling = crawl_source_of(source);
    struct crawl_task *task = NULL;
    enum source_state state;
    bool again = true;

    while (again) {
        enum crawl_next next = crawl_next(crawling->crawl, &task);

        if (next == CRAWL_END)
            return SOURCE_END;
        if (next != CRAWL_WAIT) {
            *item = (struct source_item){
                .url = crawl_task_url(task),
                .token = task,
                .silent = crawl_task_is_robots(task),
                .stays = !crawl_task_is_robots(task),
                .refusal = next == CRAWL_FORBIDDEN ? FAILURE_ROBOTS : FAILURE_NONE,
                .reason = "robots.txt forbids it, or cannot be had",
            };
            return SOURCE_URL;
        }
        state = take_start(crawling, item, &again);
        if (state == SOURCE_URL)
            return state;
    }
    return SOURCE_LATER;
}

static int crawl_source_descriptor(struct source *source)
{
    const struct crawl_source *crawling = crawl_source_of(source);
    const struct source_operations *operations = crawling->starts->operations;

    return crawling->begun || operations->descriptor == NULL
               ? -1
               : operations->descriptor(crawling->starts);
}

static void crawl_source_answer(struct source *source, void *token, long status, const char *type)
{
    crawl_answer(token, status, type);
}

static bool crawl_source_body(struct source *source, void *token, const char *bytes, size_t size)
{
    if (bytes == NULL)
        crawl_answer(token, 0, NULL);
    else
        crawl_body(token, bytes, size);
    return true;
}

static void crawl_source_describe(struct source *source, void *token, struct result *result)
{
    if (token == NULL)
        return;
    result->crawled = true;
    result->depth = crawl_task_depth(token);
    result->found_on = crawl_task_found_on(token);
}

static void crawl_source_finished(struct source *source, void *token, const struct result *result)
{
    struct crawl_end end = {.status = result->status,
                            .complete =
                                result->failure == FAILURE_NONE || result->failure == FAILURE_HTTP,
                            .redirect = result->redirect};

    if (token != NULL)
        crawl_done(crawl_source_of(source)->crawl, token, &end);
}

static uint64_t crawl_source_total(struct source *source, uint64_t handed_out)
{
    return crawl_counts(crawl_source_of(source)->crawl).known;
}

static const char *crawl_source_count(struct source *source, size_t i, uint64_t *value)
{
    const struct crawl_counts counts = crawl_counts(crawl_source_of(source)->crawl);
    const struct {
        const char *name;
        size_t value;
    } all[] = {
        {"forbidden", counts.forbidden},
        {"off_host", counts.off_host},
        {"left_out", counts.left_out},
    };

    if (i >= sizeof(all) / sizeof(all[0]))
        return NULL;
    *value = all[i].value;
    return all[i].name;
}

static void crawl_source_destroy(struct source *source)
{
    crawl_destroy(crawl_source_of(source)->crawl);
    free(source);
}

static const struct source_operations operations = {
    .next = crawl_source_next,
    .descriptor = crawl_source_descriptor,
    .answer = crawl_source_answer,
    .body = crawl_source_body,
    .describe = crawl_source_describe,
    .finished = crawl_source_finished,
    .total = crawl_source_total,
    .count = crawl_source_count,
    .destroy = crawl_source_destroy,
};

const char *crawl_source_missing(void)
{
    return NULL;
}

int crawl_source_create(struct source **source, struct source *starts,
                        const struct crawl_settings *settings)
{
    struct crawl_source *crawling = calloc(1, sizeof(*crawling));

    if (crawling == NULL)
        return -ENOMEM;
    crawling->source.operations = &operations;
    crawling->starts = starts;
    crawling->crawl = crawl_create(settings);
    if (crawling->crawl == NULL) {
        free(crawling);
        return -ENOMEM;
    }
    xmlInitParser();
    *source = &crawling->source;
    return 0;
}

int crawl_source_error(const struct source *source)
{
    return crawl_error(crawl_source_of(source)->crawl);
}
