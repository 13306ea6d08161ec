#ifndef WEB_FETCH_H
#define WEB_FETCH_H

/* One URL that is being fetched: libcurl's handle, what the body goes to, and what came of it. A
 * fetch is used again for the next URL, and so are its connections. */

#include "clients/web/files.h"
#include "clients/web/result.h"
#include "clients/web/settings.h"
#include "clients/web/source.h"
#include "clients/web/target.h"

#include <curl/curl.h>
#include <stdatomic.h>
#include <sys/queue.h>

struct fetch {
    CURL *handle;   /* ready to be performed; its CURLOPT_PRIVATE is the fetch */
    void *strategy; /* for whatever the strategy needs to find again; NULL to begin with */

    /* The rest is not the strategy's. */
    LIST_ENTRY(fetch) entry;
    SLIST_ENTRY(fetch) idle;
    const struct settings *settings;
    const atomic_bool *stopping; /* NULL: it is given up by others */
    struct source *source;       /* that wants the bodies; NULL: it does not */
    struct files *files;         /* NULL: bodies are not kept */
    struct target *target;
    struct file file;
    long reached; /* URLs of the attempt that were connected to: its own, then those of redirects */
    uint64_t bytes; /* of the body */
    /* When last looked at. */
    uint64_t bytes_seen;
    long stage_seen;       /* of connecting and redirects */
    int64_t last_progress; /* on clock_ns; 0: not looked at yet */
    bool begun_body, keeps_body, unwritten, stalled;
    char message[CURL_ERROR_SIZE];
};

/*
 * stopping: it will be performed by curl_easy_perform, and gives up from within when this has
 * become true, at an interrupt, or when nothing comes; NULL: it is given up by others. Everything
 * is borrowed. Returns 0 and *fetch, or -ENOMEM.
 */
int fetch_create(struct fetch **fetch, const struct settings *settings, struct source *source,
                 struct files *files, const atomic_bool *stopping);

/* Takes NULL. */
void fetch_destroy(struct fetch *fetch);

/* Prepares an attempt. The target is borrowed until fetch_clear. */
void fetch_begin(struct fetch *fetch, struct target *target);

/* What the attempt has come to. The texts of the result are valid until fetch_clear. */
void fetch_end(struct fetch *fetch, CURLcode code, struct result *result);

/* Seconds of the answer's Retry-After; 0 without one. */
long fetch_retry_after(const struct fetch *fetch);

/* The fetch can begin anew. */
void fetch_clear(struct fetch *fetch);

/* To be called every quarter of the time without a byte that is allowed, with clock_ns: true when
 * it is over, or the time without a connection is. */
bool fetch_look(struct fetch *fetch, int64_t now);

#endif
