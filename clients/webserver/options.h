#ifndef WEBSERVER_OPTIONS_H
#define WEBSERVER_OPTIONS_H

#include <stdbool.h>

enum webserver_action { WEBSERVER_SERVE, WEBSERVER_HELP, WEBSERVER_VERSION };

/* What the command line asks for; texts are borrowed from it. */
struct webserver_options {
    enum webserver_action action;
    const char *host;
    unsigned port;
    unsigned backlog;
    unsigned max_connections;
    double grace_seconds; /* how long a stop waits for answers that are due */
    bool stats;           /* to be printed at the end */
};

/* Returns 0, or -EINVAL where the usage is wrong: then a message stands on stderr. */
int webserver_options_parse(struct webserver_options *options, int argc, char **argv);

void webserver_print_help(void);

#endif
