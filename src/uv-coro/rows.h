#ifndef UV_CORO_ROWS_H
#define UV_CORO_ROWS_H

#include "src/backend.h"

/* What is said of the coroutines on libuv, whether it is there or not: initializers. */

#define UV_CORO_ROW                                                                                \
    .name = "uv-coro", .summary = "one thread, a coroutine per connection on libuv's loop",        \
    .family = "uv", .compute = COMPUTE_INLINE, .concurrent_connections = true

#define UV_CORO_THREADS_ROW                                                                        \
    .name = "uv-coro-threads",                                                                     \
    .summary = "the same coroutines, costly requests in libuv's thread pool (uv_queue_work)",      \
    .family = "uv", .compute = COMPUTE_POOL, .concurrent_connections = true

#endif
