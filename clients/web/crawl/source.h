#ifndef CLIENTS_WEB_CRAWL_SOURCE_H
#define CLIENTS_WEB_CRAWL_SOURCE_H

#include "clients/web/crawl/crawl.h"
#include "clients/web/source.h"

/* NULL where this program was built with what a crawl needs; otherwise why not. */
const char *crawl_source_missing(void);

/*
 * A crawl as a source of URLs for any strategy. starts is where the pages to begin with come from,
 * borrowed; URLs without a scheme are taken as http. Returns 0 and *source, for source_destroy, or
 * -ENOMEM; -ENOTSUP where it is missing.
 */
int crawl_source_create(struct source **source, struct source *starts,
                        const struct crawl_settings *settings);

/* 0; or -ENOMEM where the crawl ended early for want of memory. */
int crawl_source_error(const struct source *source);

#endif
