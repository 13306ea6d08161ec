#ifndef WEB_ROWS_H
#define WEB_ROWS_H

#include "clients/web/strategy.h"

/* The rows of the table, a folder each. */
extern const struct strategy strategy_easy, strategy_threads, strategy_multi, strategy_uv,
    strategy_event, strategy_coro;

/* What is the same whether the library is there or not. */
#define WEB_UV_ROW .name = "uv", .summary = "one thread, libcurl on libuv's loop", .family = "uv"
#define WEB_EVENT_ROW                                                                              \
    .name = "event", .summary = "one thread, libcurl on libevent's loop", .family = "event"

#endif
