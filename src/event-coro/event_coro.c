#include "lib/coro/engine_event.h"
#include "src/coro/server.h"
#include "src/event-coro/rows.h"

#include <stdio.h>

/* The coroutines of `coro`, on libevent's loop. */
static int serve(const struct server *lent, struct computing *computing)
{
    struct coro_engine *engine;
    int error = coro_engine_event_create(&engine, NULL);

    return error < 0 ? error : coro_server_run(lent, engine, computing);
}

static int run_inline(const struct server *lent)
{
    struct computing computing = computing_inline;

    return serve(lent, &computing);
}

static int run_in_pool(const struct server *lent)
{
    struct computing_in_pool computing;

    computing_in_pool_init(&computing);
    return serve(lent, &computing.base);
}

static bool probe(char *text, size_t size)
{
    snprintf(text, size, "libevent %s", event_get_version());
    return true;
}

const struct backend backend_event_coro = {EVENT_CORO_ROW, .probe = probe, .run = run_inline};
const struct backend backend_event_coro_threads = {
    EVENT_CORO_THREADS_ROW,
    .probe = probe,
    .run = run_in_pool,
};
