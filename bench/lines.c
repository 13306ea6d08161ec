#include "bench/lines.h"

#include <stddef.h>
#include <string.h>

/* Made by count_lines.py. */
static const struct {
    const char *name;
    unsigned lines;
} counted[] = {
#include "backend_lines.inc"
};

unsigned lines_of_backend(const char *name)
{
    for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++)
        if (strcmp(counted[i].name, name) == 0)
            return counted[i].lines;
    return 0;
}
