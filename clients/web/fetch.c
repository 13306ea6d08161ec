#include "clients/web/fetch.h"

#include "clients/web/interrupt.h"
#include "common/clock.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static void announce(struct fetch *fetch, long status)
{
    struct source *source = fetch->source;
    char *type = NULL;

    if (source == NULL || source->operations->answer == NULL)
        return;
    curl_easy_getinfo(fetch->handle, CURLINFO_CONTENT_TYPE, &type);
    source->operations->answer(source, fetch->target->token, status, type);
}

/* Only of an answer that is one: the body of a 404 is nothing that was asked for. */
static bool begin_body(struct fetch *fetch)
{
    long status = 0;

    fetch->begun_body = true;
    curl_easy_getinfo(fetch->handle, CURLINFO_RESPONSE_CODE, &status);
    fetch->keeps_body = status < 400;
    if (fetch->keeps_body)
        announce(fetch, status);
    if (!fetch->keeps_body || fetch->files == NULL)
        return true;
    return file_open(&fetch->file, fetch->files, fetch->target->url, fetch->target->number) == 0;
}

static bool keep(struct fetch *fetch, const char *bytes, size_t size)
{
    if (!fetch->begun_body && !begin_body(fetch))
        return false;
    if (!fetch->keeps_body)
        return true;
    if (fetch->files != NULL && file_write(&fetch->file, bytes, size) != 0)
        return false;
    return fetch->source == NULL ||
           fetch->source->operations->body(fetch->source, fetch->target->token, bytes, size);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct fetch *fetch = context;
    size_t length = size * count;

    fetch->bytes += length;
    if (fetch->files == NULL && fetch->source == NULL)
        return length;
    fetch->unwritten = !keep(fetch, bytes, length);
    return fetch->unwritten ? CURL_WRITEFUNC_ERROR : length;
}

static long count_redirects(const struct fetch *fetch)
{
    long redirects = 0;

    curl_easy_getinfo(fetch->handle, CURLINFO_REDIRECT_COUNT, &redirects);
    return redirects;
}

/* libcurl is about to send a request; its times would not tell: they are sums over redirects. */
static int on_request(void *context, char *address, char *local_address, int port, int local_port)
{
    struct fetch *fetch = context;

    fetch->reached = count_redirects(fetch) + 1;
    return CURL_PREREQFUNC_OK;
}

static bool is_connected(const struct fetch *fetch)
{
    return fetch->reached > count_redirects(fetch);
}

/* libcurl calls it at least once a second, and when a signal has ended its sleep. */
static int on_progress(void *context, curl_off_t download_total, curl_off_t downloaded,
                       curl_off_t upload_total, curl_off_t uploaded)
{
    struct fetch *fetch = context;

    if (interrupt_came() || atomic_load_explicit(fetch->stopping, memory_order_relaxed))
        return 1;
    return fetch->settings->stall_timeout_ms > 0 && fetch_look(fetch, clock_ns());
}

bool fetch_look(struct fetch *fetch, int64_t now)
{
    const struct settings *settings = fetch->settings;
    /* libcurl counts no time while a URL waits for another one's connection (HTTP/2). */
    long limit = is_connected(fetch) ? settings->stall_timeout_ms : settings->connect_timeout_ms;
    long stage = fetch->reached + count_redirects(fetch);

    if (fetch->last_progress == 0 || fetch->bytes != fetch->bytes_seen ||
        stage != fetch->stage_seen) {
        fetch->bytes_seen = fetch->bytes;
        fetch->stage_seen = stage;
        fetch->last_progress = now;
    }
    fetch->stalled = limit > 0 && now - fetch->last_progress >= limit * 1000000;
    return fetch->stalled;
}

static long http_version(enum http_choice choice)
{
    switch (choice) {
    case HTTP_2:
        return CURL_HTTP_VERSION_2TLS;
    case HTTP_2_PRIOR_KNOWLEDGE:
        return CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
    case HTTP_1_1:
    default:
        return CURL_HTTP_VERSION_1_1;
    }
}

/* libcurl takes 0 for its own choice, five minutes. */
static long connect_timeout(const struct settings *settings)
{
    return settings->connect_timeout_ms > 0 ? settings->connect_timeout_ms : INT_MAX;
}

static void set_connection(CURL *handle, const struct settings *settings)
{
    curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, http_version(settings->http));
    /* Rather a stream of a connection that is being made than a connection of its own. */
    curl_easy_setopt(handle, CURLOPT_PIPEWAIT, settings->http != HTTP_1_1 ? 1L : 0L);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout(settings));
    if (settings->insecure) {
        curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (settings->ca_file != NULL)
        curl_easy_setopt(handle, CURLOPT_CAINFO, settings->ca_file);
    if (settings->proxy != NULL)
        curl_easy_setopt(handle, CURLOPT_PROXY, settings->proxy);
}

static void set_request(CURL *handle, const struct settings *settings)
{
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_DEFAULT_PROTOCOL, "http");
    curl_easy_setopt(handle, CURLOPT_USERAGENT, settings->user_agent);
    curl_easy_setopt(handle, CURLOPT_MAXREDIRS, (long)settings->redirects);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, settings->timeout_ms);
    if (settings->compressed)
        curl_easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, "");
}

static void set_up(struct fetch *fetch)
{
    CURL *handle = fetch->handle;

    /* A signal for time-outs would be the whole process's, and cost two system calls a transfer. */
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
    /* A name that is still being resolved in a thread is let go, not waited for: that would hold up
     * all other URLs of this one. */
    curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
#endif
    curl_easy_setopt(handle, CURLOPT_PRIVATE, fetch);
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, fetch->message);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, fetch);
    curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, on_request);
    curl_easy_setopt(handle, CURLOPT_PREREQDATA, fetch);
    set_connection(handle, fetch->settings);
    set_request(handle, fetch->settings);
    if (fetch->stopping == NULL)
        return;
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, fetch);
}

int fetch_create(struct fetch **fetch, const struct settings *settings, struct source *source,
                 struct files *files, const atomic_bool *stopping)
{
    struct fetch *made = calloc(1, sizeof(*made));

    if (made == NULL)
        return -ENOMEM;
    made->settings = settings;
    made->stopping = stopping;
    made->source = source->operations->body != NULL ? source : NULL;
    made->files = files;
    file_init(&made->file);
    made->handle = curl_easy_init();
    if (made->handle == NULL) {
        free(made);
        return -ENOMEM;
    }
    set_up(made);
    *fetch = made;
    return 0;
}

void fetch_destroy(struct fetch *fetch)
{
    if (fetch == NULL)
        return;
    curl_easy_cleanup(fetch->handle);
    free(fetch);
}

void fetch_begin(struct fetch *fetch, struct target *target)
{
    const char *url = target->url;

    fetch->target = target;
    fetch->bytes = fetch->bytes_seen = 0;
    fetch->last_progress = 0;
    fetch->reached = 0;
    fetch->begun_body = fetch->keeps_body = fetch->unwritten = fetch->stalled = false;
    fetch->message[0] = '\0';
    target->attempts++;
    curl_easy_setopt(fetch->handle, CURLOPT_URL, url);
    curl_easy_setopt(fetch->handle, CURLOPT_FOLLOWLOCATION, target->stays ? 0L : 1L);
}

static enum failure find_failure(struct fetch *fetch, CURLcode code, long status,
                                 curl_off_t microseconds)
{
    long limit = fetch->settings->timeout_ms;
    struct failure_facts facts = {
        .code = code,
        .status = status,
        .connected = is_connected(fetch),
        .unwritten = fetch->unwritten,
        .stalled = fetch->stalled,
        .total_over = limit > 0 && microseconds / 1000 >= limit - 1,
    };

    curl_easy_getinfo(fetch->handle, CURLINFO_OS_ERRNO, &facts.os_error);
    curl_easy_getinfo(fetch->handle, CURLINFO_HTTP_CONNECTCODE, &facts.proxy_status);
    return failure_of(&facts);
}

static void describe(struct fetch *fetch, CURLcode code, long status, struct result *result)
{
    const struct settings *settings = fetch->settings;

    if (result->failure == FAILURE_HTTP)
        snprintf(fetch->message, sizeof(fetch->message), "the server answered %ld", status);
    else if (result->failure == FAILURE_STALLED && code == CURLE_ABORTED_BY_CALLBACK)
        snprintf(fetch->message, sizeof(fetch->message), "nothing came for %g s",
                 (double)settings->stall_timeout_ms / 1000);
    else if (result->failure == FAILURE_CONNECT_TIMEOUT && code == CURLE_ABORTED_BY_CALLBACK)
        snprintf(fetch->message, sizeof(fetch->message), "no connection for %g s",
                 (double)settings->connect_timeout_ms / 1000);
    else if (result->failure == FAILURE_FILE && fetch->file.error < 0)
        snprintf(fetch->message, sizeof(fetch->message), "the body cannot be written: %s",
                 strerror(-fetch->file.error));
    else if (result->failure == FAILURE_PROTOCOL && code == CURLE_WRITE_ERROR)
        snprintf(fetch->message, sizeof(fetch->message), "the body cannot be unpacked");
    else if (result->failure == FAILURE_INTERRUPTED)
        snprintf(fetch->message, sizeof(fetch->message), "interrupted");
    else if (fetch->message[0] == '\0')
        snprintf(fetch->message, sizeof(fetch->message), "%s", curl_easy_strerror(code));
    result->message = fetch->message;
}

/* An answer without a body gets an empty file, like one of no bytes. */
static CURLcode end_file(struct fetch *fetch, CURLcode code)
{
    bool whole;

    if (fetch->files == NULL)
        return code;
    if (code == CURLE_OK && !fetch->begun_body && !begin_body(fetch))
        fetch->unwritten = true;
    whole = code == CURLE_OK && !fetch->unwritten && fetch->keeps_body;
    if (file_close(&fetch->file, whole) != 0 && whole)
        fetch->unwritten = true;
    return fetch->unwritten ? CURLE_WRITE_ERROR : code;
}

void fetch_end(struct fetch *fetch, CURLcode code, struct result *result)
{
    CURL *handle = fetch->handle;
    curl_off_t microseconds = 0;
    long status = 0, connections = 0;
    char *type = NULL, *final_url = NULL, *redirect = NULL;

    code = end_file(fetch, code);
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(handle, CURLINFO_TOTAL_TIME_T, &microseconds);
    curl_easy_getinfo(handle, CURLINFO_NUM_CONNECTS, &connections);
    curl_easy_getinfo(handle, CURLINFO_CONTENT_TYPE, &type);
    curl_easy_getinfo(handle, CURLINFO_EFFECTIVE_URL, &final_url);
    curl_easy_getinfo(handle, CURLINFO_REDIRECT_URL, &redirect);
    fetch->target->connections += connections;
    *result = (struct result){
        .url = fetch->target->url,
        .final_url = final_url != NULL ? final_url : fetch->target->url,
        .status = code == CURLE_OK ? status : 0,
        .bytes = fetch->bytes,
        .seconds = (double)microseconds / 1e6,
        .failure = find_failure(fetch, code, status, microseconds),
        .message = "",
        .attempts = fetch->target->attempts,
        .redirects = count_redirects(fetch),
        .connections = fetch->target->connections,
        .type = type != NULL ? type : "",
        .file = fetch->files != NULL ? file_name(&fetch->file) : NULL,
        .redirect = redirect,
    };
    if (result->failure != FAILURE_NONE)
        describe(fetch, code, status, result);
}

long fetch_retry_after(const struct fetch *fetch)
{
    curl_off_t seconds = 0;

    curl_easy_getinfo(fetch->handle, CURLINFO_RETRY_AFTER, &seconds);
    return seconds < 0 ? 0 : (long)seconds;
}

void fetch_clear(struct fetch *fetch)
{
    file_clear(&fetch->file);
    fetch->target = NULL;
    fetch->strategy = NULL;
}
