#ifndef EVENT_CORO_ROWS_H
#define EVENT_CORO_ROWS_H

#include "src/backend.h"

/* What is said of the coroutines on libevent, whether it is there or not: initializers. */

#define EVENT_CORO_ROW                                                                             \
    .name = "event-coro", .summary = "one thread, a coroutine per connection on libevent's loop",  \
    .family = "event", .compute = COMPUTE_INLINE, .concurrent_connections = true

#define EVENT_CORO_THREADS_ROW                                                                     \
    .name = "event-coro-threads",                                                                  \
    .summary = "the same coroutines, costly requests in a thread pool", .family = "event",         \
    .compute = COMPUTE_POOL, .concurrent_connections = true

#endif
