#include "lib/coro/engine_uv.h"
#include "src/coro/server.h"
#include "src/uv-coro/executor.h"
#include "src/uv-coro/rows.h"

#include <stdio.h>

/* The coroutines of `coro`, on libuv's loop. */
static int run(const struct server *lent)
{
    struct computing computing = computing_inline;
    struct coro_engine *engine;
    int error = coro_engine_uv_create(&engine, NULL);

    return error < 0 ? error : coro_server_run(lent, engine, &computing);
}

static int run_with_executor(const struct server *lent)
{
    struct uv_executor executor;
    struct coro_engine *engine;
    int error = coro_engine_uv_create(&engine, NULL);

    if (error < 0)
        return error;
    uv_executor_init(&executor, coro_engine_uv_loop(engine), lent);
    return coro_server_run(lent, engine, &executor.base);
}

static bool probe(char *text, size_t size)
{
    snprintf(text, size, "libuv %s", uv_version_string());
    return true;
}

const struct backend backend_uv_coro = {UV_CORO_ROW, .probe = probe, .run = run};
const struct backend backend_uv_coro_threads = {
    UV_CORO_THREADS_ROW,
    .probe = probe,
    .run = run_with_executor,
};
