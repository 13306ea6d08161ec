#ifndef UV_ROWS_H
#define UV_ROWS_H

#include "src/backend.h"

/* What is said of the strategies on libuv, whether it is there or not: initializers. */

#define UV_ROW                                                                                     \
    .name = "uv",                                                                                  \
    .summary = "libuv's streams, written to at once (uv_try_write), costly requests in its pool",  \
    .family = "uv", .compute = COMPUTE_POOL, .concurrent_connections = true

#define UV_WRITE_ROW                                                                               \
    .name = "uv-write",                                                                            \
    .summary =                                                                                     \
        "libuv's streams as in its guide: uv_write and its callback, costly requests in its pool", \
    .family = "uv", .compute = COMPUTE_POOL, .concurrent_connections = true

#define UV_POLL_ROW                                                                                \
    .name = "uv-poll", .summary = "one thread, callbacks on descriptors that libuv watches",       \
    .family = "uv", .compute = COMPUTE_INLINE, .concurrent_connections = true

#define UV_MULTI_ROW                                                                               \
    .name = "uv-multi", .summary = "uv-poll's loop once per worker thread, a listener for each",   \
    .family = "uv", .compute = COMPUTE_INLINE, .concurrent_connections = true,                     \
    .listener_per_loop = true

/* "libuv 1.44.2". */
bool uv_probe(char *text, size_t size);

#endif
