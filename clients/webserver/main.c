/* webserver: an HTTP server with latency. */

#include "clients/webserver/options.h"
#include "clients/webserver/server.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 2 };

static int serve(const struct webserver_options *options)
{
    struct web_server *server;
    const char *reason;
    int error = web_server_create(&server, options, &reason);

    if (error < 0) {
        fprintf(stderr, "webserver: cannot listen on %s, port %u: %s\n", options->host,
                options->port, reason);
        return EXIT_FAILURE;
    }
    error = web_server_run(server);
    if (error < 0)
        fprintf(stderr, "webserver: cannot go on: %s\n", strerror(-error));
    if (error == 0 && options->stats) {
        error = web_server_print_stats(server, stdout);
        if (error < 0)
            fprintf(stderr, "webserver: cannot print the statistics: %s\n", strerror(-error));
    }
    web_server_destroy(server);
    return error < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct webserver_options options;

    if (webserver_options_parse(&options, argc, argv) < 0)
        return EXIT_USAGE;
    switch (options.action) {
    case WEBSERVER_HELP:
        webserver_print_help();
        return EXIT_SUCCESS;
    case WEBSERVER_VERSION:
        printf("webserver %s\n", VERSION_TEXT);
        return EXIT_SUCCESS;
    case WEBSERVER_SERVE:
        break;
    }
    signal(SIGPIPE, SIG_IGN);
    return serve(&options);
}
