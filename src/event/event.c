#include "src/event/connection.h"
#include "src/event/rows.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>

/* libevent's own server: a listener and bufferevents; costly requests in a pool of threads beside
 * it. */
struct event_server {
    struct event_serving serving; /* first: the connections know this part alone */
    struct evconnlistener *listener;
    struct event *stopping, *cancel, *computed, *accept_pause;
};

static void on_client(struct evconnlistener *listener, evutil_socket_t descriptor,
                      struct sockaddr *address, int length, void *argument)
{
    struct event_server *server = argument;

    if (!server_admit(server->serving.server, descriptor))
        server_refuse(server->serving.server, descriptor, "too many connections");
    else if (event_connection_open(&server->serving, descriptor) < 0)
        server_turn_away(server->serving.server, descriptor, "out of memory");
}

/* Out of descriptors, most likely: libevent would try again at once, and again. */
static void on_accept_error(struct evconnlistener *listener, void *argument)
{
    struct event_server *server = argument;
    struct timeval pause = {.tv_usec = SERVER_ACCEPT_PAUSE_MS * 1000};

    evconnlistener_disable(listener);
    if (event_add(server->accept_pause, &pause) < 0)
        evconnlistener_enable(listener); /* no memory for a timer: the loop has to spin */
}

static void on_accept_pause(evutil_socket_t none, short what, void *argument)
{
    struct event_server *server = argument;

    if (server->listener != NULL && evconnlistener_enable(server->listener) < 0)
        on_accept_error(server->listener, server);
}

static void on_computed(evutil_socket_t descriptor, short what, void *argument)
{
    struct event_server *server = argument;
    struct job *job;

    while ((job = pool_next_done(server->serving.pool)) != NULL)
        event_connection_computed(job);
}

static void end_if_drained(struct event_serving *serving)
{
    struct event_server *server = (struct event_server *)serving;

    if (server->listener == NULL && serving->connections == NULL)
        event_base_loopbreak(serving->base);
}

static void on_stopping(evutil_socket_t descriptor, short what, void *argument)
{
    struct event_server *server = argument;
    struct event_connection *connection = server->serving.connections, *next;

    evconnlistener_free(server->listener);
    server->listener = NULL;
    for (; connection != NULL; connection = next) {
        next = event_connection_next(connection);
        event_connection_stop(connection);
    }
    end_if_drained(&server->serving);
}

static void on_cancel(evutil_socket_t descriptor, short what, void *argument)
{
    struct event_server *server = argument;
    struct event_connection *connection = server->serving.connections, *next;

    for (; connection != NULL; connection = next) {
        next = event_connection_next(connection);
        event_connection_close_soon(connection);
    }
}

static struct event *watch(struct event_server *server, int descriptor, short what,
                           event_callback_fn callback)
{
    struct event *event = event_new(server->serving.base, descriptor, what, callback, server);

    if (event != NULL && event_add(event, NULL) < 0) {
        event_free(event);
        return NULL;
    }
    return event;
}

static int set_up(struct event_server *server)
{
    const struct server *lent = server->serving.server;
    int error = pool_create(&server->serving.pool, lent);

    if (error < 0)
        return error;
    server->serving.closed = end_if_drained;
    server->serving.base = event_base_new();
    if (server->serving.base == NULL)
        return -ENOMEM;
    /* A backlog of 0: the socket listens already. Enabled apart, as only that tells when it fails.
     */
    server->listener =
        evconnlistener_new(server->serving.base, on_client, server,
                           LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_DISABLED, 0, lent->listener);
    server->stopping = watch(server, lent->stopping_descriptor, EV_READ, on_stopping);
    server->cancel = watch(server, lent->cancel_descriptor, EV_READ, on_cancel);
    server->computed =
        watch(server, pool_descriptor(server->serving.pool), EV_READ | EV_PERSIST, on_computed);
    server->accept_pause = evtimer_new(server->serving.base, on_accept_pause, server);
    if (server->listener == NULL || server->stopping == NULL || server->cancel == NULL ||
        server->computed == NULL || server->accept_pause == NULL)
        return -ENOMEM;
    evconnlistener_set_error_cb(server->listener, on_accept_error);
    return evconnlistener_enable(server->listener) < 0 ? -ENOMEM : 0;
}

static void free_event(struct event *event)
{
    if (event != NULL)
        event_free(event);
}

static void tear_down(struct event_server *server)
{
    free_event(server->accept_pause);
    free_event(server->computed);
    free_event(server->cancel);
    free_event(server->stopping);
    if (server->listener != NULL)
        evconnlistener_free(server->listener);
    if (server->serving.base != NULL)
        event_base_free(server->serving.base);
    pool_destroy(server->serving.pool);
}

static int run(const struct server *lent)
{
    struct event_server *server = calloc(1, sizeof(*server));
    int error;

    if (server == NULL)
        return -ENOMEM;
    server->serving.server = lent;
    error = set_up(server);
    if (error == 0) {
        server_ready(lent);
        if (event_base_dispatch(server->serving.base) < 0)
            error = -EIO;
    }
    tear_down(server);
    free(server);
    return error;
}

bool event_probe(char *text, size_t size)
{
    snprintf(text, size, "libevent %s", event_get_version());
    return true;
}

const struct backend backend_event = {EVENT_ROW, .probe = event_probe, .run = run};
