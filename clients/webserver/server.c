#include "clients/webserver/server.h"

#include "clients/webserver/pages.h"
#include "clients/webserver/stats.h"
#include "common/address.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/resource.h>

enum { PAUSE_MS = 20 };

struct web_server {
    struct event_base *base;
    struct evhttp *http;
    struct evconnlistener *listener; /* evhttp's, once it is bound */
    struct event *stops[2], *grace;
    double grace_seconds;
    bool stopping;
    unsigned open; /* requests whose answer is not written to its end, and whose client is there */
    unsigned long count;
    struct web_stats stats;
    LIST_HEAD(, due_answer) due;
};

/* A request that waits for its time. */
struct due_answer {
    struct web_server *server;
    struct evhttp_request *request;
    void (*send)(struct web_server *server, struct evhttp_request *request);
    struct event *timer;
    LIST_ENTRY(due_answer) entry;
};

static struct timeval milliseconds(long count)
{
    return (struct timeval){.tv_sec = count / 1000, .tv_usec = count % 1000 * 1000};
}

static void free_due(struct due_answer *answer)
{
    if (answer->timer != NULL)
        event_free(answer->timer);
    free(answer);
}

static void on_due(evutil_socket_t none, short events, void *context)
{
    struct due_answer *answer = context;

    LIST_REMOVE(answer, entry);
    answer->send(answer->server, answer->request);
    free_due(answer);
}

void web_server_answer(struct web_server *server, struct evhttp_request *request, long delay,
                       void (*send)(struct web_server *server, struct evhttp_request *request))
{
    struct timeval time = milliseconds(delay);
    struct due_answer *answer;

    if (server->stopping)
        evhttp_add_header(evhttp_request_get_output_headers(request), "Connection", "close");
    if (delay == 0) {
        send(server, request);
        return;
    }
    answer = calloc(1, sizeof(*answer));
    if (answer == NULL || (answer->timer = evtimer_new(server->base, on_due, answer)) == NULL) {
        free(answer);
        evhttp_send_error(request, HTTP_INTERNAL, NULL);
        return;
    }
    answer->server = server;
    answer->request = request;
    answer->send = send;
    LIST_INSERT_HEAD(&server->due, answer, entry);
    evtimer_add(answer->timer, &time);
}

static void end_answer(struct web_server *server)
{
    server->open--;
    if (server->stopping && server->open == 0)
        event_base_loopbreak(server->base);
}

static void on_closed(struct evhttp_connection *connection, void *context)
{
    end_answer(context);
}

/* A connection that is closed between two requests takes no answer with it. */
static void on_answered(struct evhttp_request *request, void *context)
{
    struct web_server *server = context;

    web_stats_answer(&server->stats, request);
    evhttp_connection_set_closecb(evhttp_request_get_connection(request), NULL, NULL);
    end_answer(server);
}

static void on_request(struct evhttp_request *request, void *context)
{
    struct web_server *server = context;

    web_stats_request(&server->stats);
    server->open++;
    evhttp_request_set_on_complete_cb(request, on_answered, server);
    evhttp_connection_set_closecb(evhttp_request_get_connection(request), on_closed, server);
    pages_on_request(request, server);
}

unsigned long web_server_count(struct web_server *server)
{
    return ++server->count;
}

static void on_grace_over(evutil_socket_t none, short events, void *context)
{
    struct web_server *server = context;

    event_base_loopbreak(server->base);
}

static void on_stop(evutil_socket_t signal_number, short events, void *context)
{
    struct web_server *server = context;
    struct timeval grace = milliseconds((long)(server->grace_seconds * 1000));

    if (server->stopping || server->open == 0) {
        event_base_loopbreak(server->base);
        return;
    }
    server->stopping = true;
    evconnlistener_disable(server->listener);
    shutdown(evconnlistener_get_fd(server->listener), SHUT_RD);
    evtimer_add(server->grace, &grace);
}

static int watch_stop(struct web_server *server)
{
    static const int signals[] = {SIGINT, SIGTERM};

    for (size_t i = 0; i < 2; i++) {
        server->stops[i] = evsignal_new(server->base, signals[i], on_stop, server);
        if (server->stops[i] == NULL || evsignal_add(server->stops[i], NULL) != 0)
            return -ENOMEM;
    }
    server->grace = evtimer_new(server->base, on_grace_over, server);
    return server->grace != NULL ? 0 : -ENOMEM;
}

static void on_resume(evutil_socket_t none, short events, void *listener)
{
    evconnlistener_enable(listener);
}

/* Out of descriptors, which is how the limit on connections shows: libevent would try again at
 * once and for ever. */
static void on_accept_error(struct evconnlistener *listener, void *http)
{
    struct timeval pause = milliseconds(PAUSE_MS);

    evconnlistener_disable(listener);
    if (event_base_once(evconnlistener_get_base(listener), -1, EV_TIMEOUT, on_resume, listener,
                        &pause) < 0)
        evconnlistener_enable(listener);
}

/*
 * evhttp does not say when a connection is closed, so the limit is one of descriptors: as many are
 * left as connections are allowed.
 */
static void limit_connections(unsigned most)
{
    struct rlimit limit;
    unsigned vacant = 0;
    int number = 0;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    for (; vacant < most && (rlim_t)number < limit.rlim_max; number++)
        vacant += fcntl(number, F_GETFD) < 0;
    limit.rlim_cur = (rlim_t)number;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0 || vacant < most)
        fprintf(stderr,
                "webserver: warning: the limit of %llu descriptors allows fewer connections than "
                "--max-connections %u; raise it with ulimit -n\n",
                (unsigned long long)limit.rlim_max, most);
}

static int listen_at(struct web_server *server, const struct webserver_options *options,
                     const char **reason)
{
    struct address address;
    int error = address_resolve(&address, options->host, options->port, true, reason);

    if (error < 0)
        return error;
    errno = 0;
    server->listener = evconnlistener_new_bind(
        server->base, NULL, NULL, LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
        (int)options->backlog, (struct sockaddr *)&address.storage, (int)address.length);
    if (server->listener == NULL) {
        error = errno != 0 ? -errno : -ENOMEM;
        *reason = strerror(-error);
        return error;
    }
    if (evhttp_bind_listener(server->http, server->listener) == NULL) {
        evconnlistener_free(server->listener);
        *reason = strerror(ENOMEM);
        return -ENOMEM;
    }
    /* Connections inherit it; the end of a long body does not wait for a delayed acknowledgement.
     */
    setsockopt(evconnlistener_get_fd(server->listener), IPPROTO_TCP, TCP_NODELAY, &(int){1},
               sizeof(int));
    evconnlistener_set_error_cb(server->listener, on_accept_error);
    return 0;
}

/* A delay counts from when the request was read, not from when the loop woke up for many of them;
 * and by a clock that moves on between the kernel's ticks, or it would end as much as one of them
 * early. */
static struct event_base *create_base(void)
{
    struct event_config *config = event_config_new();
    struct event_base *base = NULL;

    if (config != NULL && event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME |
                                                            EVENT_BASE_FLAG_PRECISE_TIMER) == 0)
        base = event_base_new_with_config(config);
    if (config != NULL)
        event_config_free(config);
    return base;
}

int web_server_create(struct web_server **server, const struct webserver_options *options,
                      const char **reason)
{
    struct web_server *made = calloc(1, sizeof(*made));
    int error = -ENOMEM;

    *reason = strerror(ENOMEM);
    if (made == NULL)
        return error;
    LIST_INIT(&made->due);
    made->grace_seconds = options->grace_seconds;
    made->base = create_base();
    if (made->base == NULL || (made->http = evhttp_new(made->base)) == NULL || watch_stop(made) < 0)
        goto failed;
    evhttp_set_allowed_methods(made->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
    evhttp_set_gencb(made->http, on_request, made);
    web_stats_watch(&made->stats, made->http);
    error = listen_at(made, options, reason);
    if (error < 0)
        goto failed;
    limit_connections(options->max_connections);
    *server = made;
    return 0;

failed:
    web_server_destroy(made);
    return error;
}

int web_server_run(struct web_server *server)
{
    struct address address;
    char text[ADDRESS_TEXT];
    int error = address_of_socket(&address, evconnlistener_get_fd(server->listener));

    if (error < 0)
        return error;
    printf("webserver: listening on %s\n", address_format(&address, text));
    fflush(stdout);
    return event_base_dispatch(server->base) < 0 ? -EIO : 0;
}

int web_server_print_stats(const struct web_server *server, FILE *file)
{
    return web_stats_print(file, &server->stats);
}

void web_server_destroy(struct web_server *server)
{
    struct due_answer *answer, *next;

    if (server == NULL)
        return;
    if (server->http != NULL)
        evhttp_free(server->http);
    /* Their requests were libevent's. */
    for (answer = LIST_FIRST(&server->due); answer != NULL; answer = next) {
        next = LIST_NEXT(answer, entry);
        free_due(answer);
    }
    for (size_t i = 0; i < 2; i++) {
        if (server->stops[i] != NULL)
            event_free(server->stops[i]);
    }
    if (server->grace != NULL)
        event_free(server->grace);
    if (server->base != NULL)
        event_base_free(server->base);
    free(server);
}
