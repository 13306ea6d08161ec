#ifndef OPTIONS_H
#define OPTIONS_H

#include "src/backend.h"
#include "src/offload.h"
#include "src/server.h"

#include <stdbool.h>

enum options_action { ACTION_SERVE, ACTION_LIST, ACTION_HELP, ACTION_VERSION };

/* What the command line asks for; texts are borrowed from it. */
struct options {
    enum options_action action;
    bool json, stats;
    const struct backend *backend;
    const char *host;
    unsigned port;
    const char *unix_path; /* NULL: TCP */
    enum offload_mode offload;
    bool packet;
    unsigned max_n;
    struct server_limits limits;
};

/* Returns 0, or -EINVAL where the usage is wrong: then a message stands on stderr. */
int options_parse(struct options *options, int argc, char **argv);

void options_print_help(void);

#endif
