#include "src/backend.h"

#include <stdio.h>

static bool probe(char *text, size_t size)
{
    snprintf(text, size, "built without liburing");
    return false;
}

const struct backend backend_uring = {
    .name = "uring",
    .summary = "io_uring: one system call for many receives and sends",
    .family = "uring",
    .compute = COMPUTE_INLINE,
    .concurrent_connections = true,
    .probe = probe,
};
