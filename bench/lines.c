#include "bench/lines.h"

#include <stddef.h>
#include <string.h>

struct counted {
    const char *name;
    unsigned lines;
};

/* Made by count_lines.py. */
static const struct counted backends[] = {
#include "backend_lines.inc"
};

static const struct counted strategies[] = {
#include "strategy_lines.inc"
};

static unsigned find(const struct counted *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].name, name) == 0)
            return list[i].lines;
    return 0;
}

unsigned lines_of(const char *name, bool web)
{
    if (web)
        return find(strategies, sizeof(strategies) / sizeof(strategies[0]), name);
    return find(backends, sizeof(backends) / sizeof(backends[0]), name);
}
