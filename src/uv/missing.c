#include "src/backend.h"

#include <stdio.h>

static bool probe(char *text, size_t size)
{
    snprintf(text, size, "built without libuv");
    return false;
}

const struct backend backend_uv = {
    .name = "uv",
    .summary = "libuv's streams, costly requests in its thread pool",
    .family = "uv",
    .compute = COMPUTE_POOL,
    .concurrent_connections = true,
    .probe = probe,
};
