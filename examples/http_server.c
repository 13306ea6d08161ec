#include "examples/http_server.h"

#include "common/address.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

static void on_stop(evutil_socket_t signal_number, short events, void *context)
{
    event_base_loopbreak(context);
}

static int stop_at(struct http_server *server, size_t place, int signal_number)
{
    server->stops[place] = evsignal_new(server->base, signal_number, on_stop, server->base);
    return server->stops[place] != NULL && evsignal_add(server->stops[place], NULL) == 0 ? 0 : -1;
}

int http_server_open(struct http_server *server, unsigned port)
{
    *server = (struct http_server){.base = event_base_new()};
    if (server->base == NULL || (server->http = evhttp_new(server->base)) == NULL ||
        stop_at(server, 0, SIGINT) != 0 || stop_at(server, 1, SIGTERM) != 0) {
        http_server_close(server);
        return -ENOMEM;
    }
    evhttp_set_allowed_methods(server->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
    errno = 0;
    if (evhttp_bind_socket(server->http, "127.0.0.1", (unsigned short)port) != 0) {
        int error = errno != 0 ? -errno : -EADDRINUSE;

        http_server_close(server);
        return error;
    }
    return 0;
}

static void tell_address(struct evhttp_bound_socket *bound, void *name)
{
    struct address address;
    char text[ADDRESS_TEXT];

    if (address_of_socket(&address, evhttp_bound_socket_get_fd(bound)) == 0)
        printf("%s: listening on %s\n", (const char *)name, address_format(&address, text));
    fflush(stdout);
}

int http_server_run(struct http_server *server, const char *name)
{
    evhttp_foreach_bound_socket(server->http, tell_address, (void *)name);
    return event_base_dispatch(server->base) < 0 ? -EIO : 0;
}

void http_server_close(struct http_server *server)
{
    if (server->http != NULL)
        evhttp_free(server->http);
    for (size_t i = 0; i < 2; i++)
        if (server->stops[i] != NULL)
            event_free(server->stops[i]);
    if (server->base != NULL)
        event_base_free(server->base);
    *server = (struct http_server){.base = NULL};
}
