#include "clients/web/crawl/links.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* What was found is a URL of the web in its normal form: reading it again changes nothing. */
static void check(void *context, struct location *link)
{
    struct location again;

    REQUIRE(strncmp(link->url, "http://", 7) == 0 || strncmp(link->url, "https://", 8) == 0);
    REQUIRE(strchr(link->url, '#') == NULL);
    REQUIRE(link->path[0] == '/' && link->host[0] != '\0');
    REQUIRE(location_init(&again, NULL, link->url) == 0);
    REQUIRE(strcmp(again.url, link->url) == 0);
    REQUIRE(location_same_host(&again, link));
    location_finish(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct links *links = links_create(NULL);

    REQUIRE(links != NULL);
    REQUIRE(links_feed(links, (const char *)data, size));
    REQUIRE(links_finish(links, "http://example.org/dir/page?query", check, NULL) == 0);
    links_destroy(links);
    return 0;
}
