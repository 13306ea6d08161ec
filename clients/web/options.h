#ifndef WEB_OPTIONS_H
#define WEB_OPTIONS_H

#include "clients/web/crawl/crawl.h"
#include "clients/web/format.h"
#include "clients/web/settings.h"
#include "clients/web/strategy.h"

enum web_action { WEB_FETCH, WEB_LIST, WEB_HELP, WEB_VERSION };

/* webclient's command line; texts are borrowed from it. */
struct web_options {
    enum web_action action;
    const struct strategy *strategy;
    struct settings settings;
    enum format format;
    bool quiet;
    bool crawl; /* what is linked, too */
    struct crawl_settings crawling;
    char product[64];  /* its crawler's */
    char *const *urls; /* NULL-terminated */
    const char *input; /* a file of URLs, "-" for standard input; NULL: none */
};

/* Returns 0, or -EINVAL where the usage is wrong: then a message stands on stderr. */
int web_options_parse(struct web_options *options, int argc, char **argv);

void web_options_print_help(void);

#endif
