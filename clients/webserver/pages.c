#include "clients/webserver/pages.h"

#include "clients/webserver/server.h"
#include "common/number.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/keyvalq_struct.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
    DELAY_MAX_MS = 600000,
    BYTES_MAX = 1 << 30,
    REDIRECTS_MAX = 1000,
    CHUNK_BYTES = 65536,
};

typedef void answer_function(struct web_server *server, struct evhttp_request *request);

/* The number behind the prefix of the path. */
static bool number_in_path(struct evhttp_request *request, const char *prefix, long minimum,
                           long maximum, long *number)
{
    const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));

    return number_parse(path + strlen(prefix), minimum, maximum, number) == 0;
}

static void add_header(struct evhttp_request *request, const char *name, const char *value)
{
    evhttp_add_header(evhttp_request_get_output_headers(request), name, value);
}

/* evhttp would write a body also where there is none in HTTP, and the client take it for the next
 * answer; nor does it say to HEAD how long the body is. */
static void send_reply(struct evhttp_request *request, int status, const char *type,
                       struct evbuffer *body)
{
    bool bodiless = status == HTTP_NOCONTENT || status == HTTP_NOTMODIFIED;
    bool head = evhttp_request_get_command(request) == EVHTTP_REQ_HEAD;
    char length[24];

    if (!bodiless)
        add_header(request, "Content-Type", type);
    if (!bodiless && head) {
        snprintf(length, sizeof(length), "%zu", evbuffer_get_length(body));
        add_header(request, "Content-Length", length);
    }
    evhttp_send_reply(request, status, NULL, bodiless || head ? NULL : body);
}

static void send_text(struct evhttp_request *request, int status, const char *type,
                      const char *text)
{
    struct evbuffer *body = evbuffer_new();

    if (body == NULL) {
        evhttp_send_error(request, HTTP_INTERNAL, NULL);
        return;
    }
    evbuffer_add(body, text, strlen(text));
    send_reply(request, status, type, body);
    evbuffer_free(body);
}

static void refuse(struct evhttp_request *request, const char *sentence)
{
    send_text(request, HTTP_BADREQUEST, "text/plain", sentence);
}

static void send_page(struct web_server *server, struct evhttp_request *request)
{
    send_text(request, HTTP_OK, "text/plain", "hello\n");
}

static void send_count(struct web_server *server, struct evhttp_request *request)
{
    char text[64];

    snprintf(text, sizeof(text), "{\"count\": %lu}\n", web_server_count(server));
    send_text(request, HTTP_OK, "application/json", text);
}

/* The same bytes over and over, none of which is copied. */
static void send_bytes(struct web_server *server, struct evhttp_request *request)
{
    static const char zeros[CHUNK_BYTES];
    struct evbuffer *body = evbuffer_new();
    long left = 0;

    if (body == NULL || !number_in_path(request, "/bytes/", 0, BYTES_MAX, &left)) {
        evhttp_send_error(request, HTTP_INTERNAL, NULL);
    } else {
        for (; left > 0; left -= CHUNK_BYTES)
            evbuffer_add_reference(
                body, zeros, left < CHUNK_BYTES ? (size_t)left : (size_t)CHUNK_BYTES, NULL, NULL);
        send_reply(request, HTTP_OK, "application/octet-stream", body);
    }
    if (body != NULL)
        evbuffer_free(body);
}

static void send_status(struct web_server *server, struct evhttp_request *request)
{
    char text[32];
    long status = HTTP_INTERNAL;

    number_in_path(request, "/status/", 200, 599, &status);
    snprintf(text, sizeof(text), "status %ld\n", status);
    send_text(request, (int)status, "text/plain", text);
}

static void send_redirect(struct web_server *server, struct evhttp_request *request)
{
    char location[32] = "/";
    long left = 1;

    number_in_path(request, "/redirect/", 1, REDIRECTS_MAX, &left);
    if (left > 1)
        snprintf(location, sizeof(location), "/redirect/%ld", left - 1);
    add_header(request, "Location", location);
    send_text(request, HTTP_MOVETEMP, "text/plain", "see there\n");
}

static void send_not_found(struct web_server *server, struct evhttp_request *request)
{
    send_text(request, HTTP_NOTFOUND, "text/plain",
              "there are /, /delay/MS, /count, /bytes/N, /status/CODE and /redirect/N\n");
}

/* A path, or the beginning of one that ends in a number. */
struct page {
    const char *path;
    long minimum, maximum; /* of the number; both 0: there is none */
    answer_function *send;
};

static const struct page pages[] = {
    {"/", 0, 0, send_page},
    {"/count", 0, 0, send_count},
    {"/delay/", 0, DELAY_MAX_MS, send_page},
    {"/bytes/", 0, BYTES_MAX, send_bytes},
    {"/status/", 200, 599, send_status},
    {"/redirect/", 1, REDIRECTS_MAX, send_redirect},
};

static const struct page *find_page(const char *path)
{
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        const struct page *page = &pages[i];

        if (page->maximum == 0 ? strcmp(path, page->path) == 0
                               : strncmp(path, page->path, strlen(page->path)) == 0)
            return page;
    }
    return NULL;
}

/* delay=S of the query in milliseconds; none without it. */
static bool read_delay(struct evhttp_request *request, long *milliseconds)
{
    const char *query = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(request));
    struct evkeyvalq pairs;
    double seconds = 0;
    const char *text;
    bool valid;

    *milliseconds = 0;
    if (query == NULL)
        return true;
    if (evhttp_parse_query_str(query, &pairs) != 0)
        return false;
    text = evhttp_find_header(&pairs, "delay");
    valid = text == NULL || number_parse_real(text, 0, DELAY_MAX_MS / 1000.0, &seconds) == 0;
    *milliseconds = (long)(seconds * 1000);
    evhttp_clear_headers(&pairs);
    return valid;
}

void pages_on_request(struct evhttp_request *request, void *context)
{
    const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));
    const struct page *page = find_page(path != NULL && path[0] != '\0' ? path : "/");
    long delay, number = 0;
    char sentence[128];

    if (!read_delay(request, &delay)) {
        refuse(request, "delay is a number of seconds from 0 to 600\n");
        return;
    }
    if (page != NULL && page->maximum > 0 &&
        !number_in_path(request, page->path, page->minimum, page->maximum, &number)) {
        snprintf(sentence, sizeof(sentence), "%sN takes a number from %ld to %ld\n", page->path,
                 page->minimum, page->maximum);
        refuse(request, sentence);
        return;
    }
    if (page != NULL && strcmp(page->path, "/delay/") == 0)
        delay += number;
    web_server_answer(context, request, delay, page != NULL ? page->send : send_not_found);
}
