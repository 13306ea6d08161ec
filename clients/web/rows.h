#ifndef WEB_ROWS_H
#define WEB_ROWS_H

#include "clients/web/strategy.h"

/* The rows of the table, a folder each. */
extern const struct strategy strategy_easy, strategy_threads, strategy_multi, strategy_uv,
    strategy_event, strategy_coro;

#endif
