#include "clients/web/crawl/source.h"

#include <errno.h>

const char *crawl_source_missing(void)
{
    return "it was built without libxml2, which reads the links of a page";
}

int crawl_source_create(struct source **source, struct source *starts,
                        const struct crawl_settings *settings)
{
    return -ENOTSUP;
}

int crawl_source_error(const struct source *source)
{
    return 0;
}
