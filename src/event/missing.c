#include "src/backend.h"

#include <stdio.h>

static bool probe(char *text, size_t size)
{
    snprintf(text, size, "built without libevent");
    return false;
}

const struct backend backend_event = {
    .name = "event",
    .summary = "libevent's listener and bufferevents, costly requests in a thread pool",
    .family = "event",
    .compute = COMPUTE_POOL,
    .concurrent_connections = true,
    .probe = probe,
};
