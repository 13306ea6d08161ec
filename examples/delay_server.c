/*
 * An HTTP server that takes its time, for the clients among the examples:
 *
 *     GET /count?delay=S     waits S seconds, adds one to a counter, and answers it as JSON
 *     GET /bytes/N?delay=S   waits S seconds, and answers N bytes
 *
 * Waiting is a timer for each request, so any number of them wait at the same time.
 *
 *     delay_server [--port N]
 */

#include "common/number.h"
#include "examples/http_server.h"
#include "examples/port_option.h"

#include <event2/buffer.h>
#include <event2/keyvalq_struct.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

enum { DELAY_MAX = 60, BYTES_MAX = 1024 * 1024 };

struct delay_server {
    struct http_server server;
    unsigned long count;
    LIST_HEAD(, delayed_answer) delayed;
};

struct delayed_answer {
    struct delay_server *server;
    struct evhttp_request *request;
    struct event *timer;
    bool counts;
    long bytes;
    LIST_ENTRY(delayed_answer) entry;
};

static void send_text(struct evhttp_request *request, const char *type, struct evbuffer *body)
{
    evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", type);
    evhttp_send_reply(request, HTTP_OK, "OK", body);
}

static void send_count(struct delay_server *server, struct evhttp_request *request,
                       struct evbuffer *body)
{
    evbuffer_add_printf(body, "{\"count\": %lu}\n", ++server->count);
    send_text(request, "application/json", body);
}

static void send_bytes(struct evhttp_request *request, long count, struct evbuffer *body)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";

    for (long i = 0; i < count; i++)
        evbuffer_add(body, &letters[i % 26], 1);
    send_text(request, "text/plain", body);
}

static void free_answer(struct delayed_answer *answer)
{
    event_free(answer->timer);
    free(answer);
}

static void on_time(evutil_socket_t none, short events, void *context)
{
    struct delayed_answer *answer = context;
    struct evbuffer *body = evbuffer_new();

    if (body == NULL)
        evhttp_send_error(answer->request, HTTP_INTERNAL, "out of memory");
    else if (answer->counts)
        send_count(answer->server, answer->request, body);
    else
        send_bytes(answer->request, answer->bytes, body);
    if (body != NULL)
        evbuffer_free(body);
    LIST_REMOVE(answer, entry);
    free_answer(answer);
}

/* Reads delay=S out of the query; without it there is no delay. */
static bool read_delay(struct evhttp_request *request, double *seconds)
{
    const char *query = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(request));
    struct evkeyvalq pairs;
    const char *text;
    bool valid;

    *seconds = 0;
    if (query == NULL)
        return true;
    if (evhttp_parse_query_str(query, &pairs) != 0)
        return false;
    text = evhttp_find_header(&pairs, "delay");
    valid = text == NULL || number_parse_real(text, 0, DELAY_MAX, seconds) == 0;
    evhttp_clear_headers(&pairs);
    return valid;
}

static void answer_later(struct delay_server *server, struct evhttp_request *request, bool counts,
                         long bytes)
{
    struct delayed_answer *answer;
    struct timeval delay;
    double seconds;

    if (!read_delay(request, &seconds)) {
        evhttp_send_error(request, HTTP_BADREQUEST, "delay is a number of seconds from 0 to 60");
        return;
    }
    answer = calloc(1, sizeof(*answer));
    if (answer == NULL ||
        (answer->timer = evtimer_new(server->server.base, on_time, answer)) == NULL) {
        free(answer);
        evhttp_send_error(request, HTTP_INTERNAL, "out of memory");
        return;
    }
    answer->server = server;
    answer->request = request;
    answer->counts = counts;
    answer->bytes = bytes;
    LIST_INSERT_HEAD(&server->delayed, answer, entry);
    delay.tv_sec = (time_t)seconds;
    delay.tv_usec = (suseconds_t)((seconds - (double)delay.tv_sec) * 1e6);
    evtimer_add(answer->timer, &delay);
}

static void on_count(struct evhttp_request *request, void *context)
{
    answer_later(context, request, true, 0);
}

static void on_other(struct evhttp_request *request, void *context)
{
    static const char prefix[] = "/bytes/";
    const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));
    long bytes;

    if (strncmp(path, prefix, sizeof(prefix) - 1) != 0)
        evhttp_send_error(request, HTTP_NOTFOUND, "there are /count and /bytes/N");
    else if (number_parse(path + sizeof(prefix) - 1, 0, BYTES_MAX, &bytes) != 0)
        evhttp_send_error(request, HTTP_BADREQUEST, "N is a number from 0 to 1048576");
    else
        answer_later(context, request, false, bytes);
}

/* Their requests belong to libevent, which answers nobody any more. */
static void free_delayed(struct delay_server *server)
{
    struct delayed_answer *answer = LIST_FIRST(&server->delayed), *next;

    for (; answer != NULL; answer = next) {
        next = LIST_NEXT(answer, entry);
        free_answer(answer);
    }
}

int main(int argc, char **argv)
{
    struct delay_server delay = {.count = 0};
    int port = port_option(argc, argv, 8080), error;

    if (port < 0)
        return 2;
    error = http_server_open(&delay.server, (unsigned)port);
    if (error != 0) {
        fprintf(stderr, "cannot listen on port %d: %s\n", port, strerror(-error));
        return EXIT_FAILURE;
    }
    LIST_INIT(&delay.delayed);
    evhttp_set_cb(delay.server.http, "/count", on_count, &delay);
    evhttp_set_gencb(delay.server.http, on_other, &delay);
    error = http_server_run(&delay.server, "delay_server");
    free_delayed(&delay);
    http_server_close(&delay.server);
    return error == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
