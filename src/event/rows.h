#ifndef EVENT_ROWS_H
#define EVENT_ROWS_H

#include "src/backend.h"

/* What is said of the strategies on libevent, whether it is there or not: initializers. */

#define EVENT_ROW                                                                                  \
    .name = "event",                                                                               \
    .summary = "libevent's listener and bufferevents, costly requests in a thread pool",           \
    .family = "event", .compute = COMPUTE_POOL, .concurrent_connections = true

#define EVENT_RAW_ROW                                                                              \
    .name = "event-raw",                                                                           \
    .summary = "one thread, callbacks on descriptors that libevent watches: no bufferevents",      \
    .family = "event", .compute = COMPUTE_INLINE, .concurrent_connections = true

/* "libevent 2.1.12-stable". */
bool event_probe(char *text, size_t size);

#endif
