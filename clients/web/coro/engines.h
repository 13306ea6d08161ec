#ifndef WEB_CORO_ENGINES_H
#define WEB_CORO_ENGINES_H

#include "lib/coro/coro.h"

/* "poller" (also for NULL), "uv", "event". Returns 0 and *engine for coro_loop_create; -ENOTSUP
 * where its library was not there to build with; or why the engine cannot be. */
int web_engine_create(struct coro_engine **engine, const char *name);

#endif
