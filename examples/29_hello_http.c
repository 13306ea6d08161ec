/*
 * The smallest HTTP server on libevent: a callback is handed each request and answers it. There is
 * one thread and nothing in it waits.
 *
 *     29_hello_http [--port N]
 */

#include "examples/http_server.h"
#include "examples/port_option.h"

#include <event2/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void answer_hello(struct evhttp_request *request, void *context)
{
    struct evbuffer *body = evbuffer_new();

    if (body == NULL) {
        evhttp_send_error(request, HTTP_INTERNAL, "out of memory");
        return;
    }
    evbuffer_add_printf(body, "Hello, world!\n");
    evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", "text/plain");
    evhttp_send_reply(request, HTTP_OK, "OK", body);
    evbuffer_free(body);
}

int main(int argc, char **argv)
{
    struct http_server server;
    int port = port_option(argc, argv, 8080), error;

    if (port < 0)
        return 2;
    error = http_server_open(&server, (unsigned)port);
    if (error != 0) {
        fprintf(stderr, "cannot listen on port %d: %s\n", port, strerror(-error));
        return EXIT_FAILURE;
    }
    evhttp_set_gencb(server.http, answer_hello, NULL);
    error = http_server_run(&server, "29_hello_http");
    http_server_close(&server);
    return error == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
