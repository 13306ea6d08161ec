#include "clients/web/crawl/robots.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* Every byte as an escape; an asterisk and all other reserved characters would mean something else.
 */
static char *escape(const char *path)
{
    char *escaped = malloc(3 * strlen(path) + 1), *at = escaped;

    REQUIRE(escaped != NULL);
    for (; *path != '\0'; path++)
        if (strchr("/?#[]@!$&'()*+,;=:", *path) == NULL)
            at += sprintf(at, "%%%02x", (unsigned char)*path);
        else
            *at++ = *path;
    *at = '\0';
    return escaped;
}

/* The first line is a path, the rest a robots.txt. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t length = end != NULL ? (size_t)(end - data) : 0;
    char *path = malloc(length + 2), *escaped;
    struct robots *robots;

    REQUIRE(path != NULL);
    path[0] = '/';
    if (length > 0)
        memcpy(path + 1, data, length);
    path[length + 1] = '\0';
    escaped = escape(path);
    length = end != NULL ? length + 1 : 0;
    robots = robots_create(200, (const char *)data + length, size - length, "webclient");
    REQUIRE(robots != NULL);
    REQUIRE(robots_allow(robots, "/robots.txt"));
    if (strcmp(path, "/robots.txt") != 0 && strchr(path, '%') == NULL)
        REQUIRE(robots_allow(robots, path) == robots_allow(robots, escaped));
    robots_destroy(robots);
    free(escaped);
    free(path);
    return 0;
}
