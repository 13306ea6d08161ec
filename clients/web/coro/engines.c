#include "clients/web/coro/engines.h"

#include "lib/coro/engine_poll.h"
#ifdef WITH_LIBUV
#include "lib/coro/engine_uv.h"
#endif
#ifdef WITH_LIBEVENT
#include "lib/coro/engine_event.h"
#endif

#include <errno.h>
#include <string.h>

int web_engine_create(struct coro_engine **engine, const char *name)
{
    if (name == NULL || strcmp(name, "poller") == 0)
        return coro_engine_poll_create(engine, "epoll");
#ifdef WITH_LIBUV
    if (strcmp(name, "uv") == 0)
        return coro_engine_uv_create(engine, NULL);
#endif
#ifdef WITH_LIBEVENT
    if (strcmp(name, "event") == 0)
        return coro_engine_event_create(engine, NULL);
#endif
    return -ENOTSUP;
}
