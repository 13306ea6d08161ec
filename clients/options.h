#ifndef CLIENTS_OPTIONS_H
#define CLIENTS_OPTIONS_H

#include "clients/load.h"

#include <stdbool.h>

enum client_mode {
    CLIENT_FAST, /* prints requests per second */
    CLIENT_SLOW, /* prints seconds per request */
    CLIENT_LOAD, /* prints a summary */
};

enum { OPTIONS_PROBLEM_TEXT = 256 };

/* fibclient's command line. load.addresses is for the caller to fill in from host or unix_path. */
struct client_options {
    enum client_mode mode;
    const char *host; /* points into argv, or is a default */
    unsigned port;
    const char *unix_path; /* NULL: host and port */
    bool json;
    struct load_options load;
};

enum options_outcome {
    OPTIONS_RUN,
    OPTIONS_HELP,
    OPTIONS_VERSION,
    OPTIONS_WRONG,
};

/*
 * Reads the command line. Where it is wrong, problem says what was wrong and what would be right,
 * as one line without its end.
 */
enum options_outcome options_parse(struct client_options *options, int argc, char **argv,
                                   char problem[static OPTIONS_PROBLEM_TEXT]);

/* The text for --help. */
const char *options_help(void);

/* "fast", "slow" or "load". */
const char *options_mode_name(enum client_mode mode);

#endif
