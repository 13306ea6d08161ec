#ifndef WEB_SOURCE_H
#define WEB_SOURCE_H

/*
 * Where URLs come from, one at a time: a list (lines.h), or a crawl, which makes new ones of the
 * answers. All functions are called by one thread at a time.
 */

#include "clients/web/result.h"

#include <stdbool.h>
#include <stddef.h>

struct source;

struct source_item {
    const char *url; /* valid until the next call of next */
    void *token;     /* the source's own, handed back with what becomes of the URL; may be NULL */
    bool silent;     /* no line of output, and no part of the exit status (robots.txt) */
    bool stays;      /* a redirect is an answer like others, and not followed */
    enum failure
        refusal; /* FAILURE_NONE; or it is not to be fetched, and this is what becomes of it */
    const char *reason; /* a sentence on that; valid as long as the URL */
};

enum source_state {
    SOURCE_URL,   /* *item is filled in */
    SOURCE_LATER, /* none now: ask again when the descriptor is readable, or after a result */
    SOURCE_END,   /* none any more; not asked again */
};

struct source_operations {
    enum source_state (*next)(struct source *source, struct source_item *item);

    /* What to watch for reading after SOURCE_LATER; -1: nothing, only results bring more. NULL:
     * always -1. */
    int (*descriptor)(struct source *source);

    /* An answer below 400 begins, before the first part of its body; one without a body may go by
     * unnoticed. type is its Content-Type, NULL where there is none. Called as body is. NULL: of no
     * interest. */
    void (*answer)(struct source *source, void *token, long status, const char *type);

    /* A part of the body of an answer below 400, unpacked, in order. It may be called by several
     * threads, each with a URL of its own. Returns false to give the URL up (FAILURE_FILE). A
     * retry begins with bytes NULL and size 0: what was kept of the earlier attempt is void. NULL:
     * bodies are not wanted. */
    bool (*body)(struct source *source, void *token, const char *bytes, size_t size);

    /* Adds to a result what the source knows, before it is told to the user. NULL: nothing. */
    void (*describe)(struct source *source, void *token, struct result *result);

    /* The end of a URL, once for each; of those that a stop cut off before they began as well
     * (FAILURE_INTERRUPTED). result is borrowed. NULL: of no interest. */
    void (*finished)(struct source *source, void *token, const struct result *result);

    /* How many URLs there will be in all, as far as is known by now, when so many have been handed
     * out; 0: unknown. NULL: never known. */
    uint64_t (*total)(struct source *source, uint64_t handed_out);

    /* Counts of its own for the summary: the name of number i, and the count; NULL behind the last
     * one. NULL: none. */
    const char *(*count)(struct source *source, size_t i, uint64_t *value);

    void (*destroy)(struct source *source);
};

/* The first member of each kind of source. */
struct source {
    const struct source_operations *operations;
};

/* Takes NULL. */
void source_destroy(struct source *source);

#endif
