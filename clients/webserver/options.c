#include "clients/webserver/options.h"

#include "common/number.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>

enum { CONNECTIONS_MAX = 1000000, GRACE_MAX = 1000000 };

enum option_name { HOST = 256, PORT, BACKLOG, MAX_CONNECTIONS, GRACE, STATS, HELP, VERSION };

static const struct option long_options[] = {
    {"host", required_argument, NULL, HOST},
    {"port", required_argument, NULL, PORT},
    {"backlog", required_argument, NULL, BACKLOG},
    {"max-connections", required_argument, NULL, MAX_CONNECTIONS},
    {"grace", required_argument, NULL, GRACE},
    {"stats", no_argument, NULL, STATS},
    {"help", no_argument, NULL, HELP},
    {"version", no_argument, NULL, VERSION},
    {NULL, 0, NULL, 0},
};

void webserver_print_help(void)
{
    fputs("Usage: webserver [--port N] [option...]\n"
          "An HTTP server with latency, for web clients to be tried on.\n"
          "\n"
          "  --host ADDR            the address to listen on (127.0.0.1)\n"
          "  --port N               the port, 0 for a free one (8080)\n"
          "  --backlog N            the listen backlog (4096)\n"
          "  --max-connections N    connections at a time; more wait in the backlog (10000)\n"
          "  --grace S              how long a stop waits for answers that are due (5)\n"
          "  --stats                at the end, print what was asked and answered, as JSON\n"
          "  --help, --version\n"
          "\n"
          "  /                      a small page\n"
          "  /delay/MS              the same after MS milliseconds\n"
          "  /count                 adds one to a counter, and answers it as JSON\n"
          "  /bytes/N               N bytes\n"
          "  /status/CODE           an answer with that status\n"
          "  /redirect/N            N redirects, one to the next, and then /\n"
          "Each takes ?delay=S: S seconds pass before it answers, with a fraction if need be.\n",
          stdout);
}

static int read_number(const char *name, long minimum, long maximum, unsigned *value)
{
    long number;

    if (number_parse(optarg, minimum, maximum, &number) < 0) {
        fprintf(stderr, "webserver: --%s %s: a number from %ld to %ld is wanted\n", name, optarg,
                minimum, maximum);
        return -EINVAL;
    }
    *value = (unsigned)number;
    return 0;
}

static int read_grace(double *seconds)
{
    if (number_parse_real(optarg, 0, GRACE_MAX, seconds) == 0)
        return 0;
    fprintf(stderr, "webserver: --grace %s: seconds from 0 to %d are wanted\n", optarg, GRACE_MAX);
    return -EINVAL;
}

static int read_option(struct webserver_options *options, int option)
{
    switch (option) {
    case HOST:
        options->host = optarg;
        return 0;
    case PORT:
        return read_number("port", 0, 65535, &options->port);
    case BACKLOG:
        return read_number("backlog", 1, INT_MAX, &options->backlog);
    case MAX_CONNECTIONS:
        return read_number("max-connections", 1, CONNECTIONS_MAX, &options->max_connections);
    case GRACE:
        return read_grace(&options->grace_seconds);
    case STATS:
        options->stats = true;
        return 0;
    case HELP:
    case 'h':
        options->action = WEBSERVER_HELP;
        return 0;
    case VERSION:
        options->action = WEBSERVER_VERSION;
        return 0;
    default:
        return -EINVAL; /* getopt_long has said why */
    }
}

int webserver_options_parse(struct webserver_options *options, int argc, char **argv)
{
    int option, error = 0;

    *options = (struct webserver_options){
        .host = "127.0.0.1",
        .port = 8080,
        .backlog = 4096,
        .max_connections = 10000,
        .grace_seconds = 5,
    };
    while (error == 0 && (option = getopt_long(argc, argv, "h", long_options, NULL)) != -1)
        error = read_option(options, option);
    if (error == 0 && optind < argc) {
        fprintf(stderr, "webserver: unexpected argument '%s'; options begin with --\n",
                argv[optind]);
        error = -EINVAL;
    }
    if (error != 0)
        fputs("Try 'webserver --help'.\n", stderr);
    return error;
}
