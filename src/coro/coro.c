#include "lib/coro/engine_poll.h"
#include "src/backend.h"
#include "src/coro/server.h"

/* The coroutines on the library's own engine, with the poller that the user chose. */
static int serve(const struct server *lent, struct computing *computing)
{
    struct coro_engine *engine;
    int error = coro_engine_poll_create(&engine, poller_name(lent->limits.poller));

    if (error < 0)
        return error;
    coro_engine_poll_spin(engine, lent->limits.spin_us);
    return coro_server_run(lent, engine, computing);
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

static int run_cooperative(const struct server *lent)
{
    struct computing computing = computing_cooperative;

    return serve(lent, &computing);
}

const struct backend backend_coro = {
    .name = "coro",
    .summary = "one thread, a coroutine per connection on a hand-written loop",
    .family = "coro",
    .compute = COMPUTE_INLINE,
    .concurrent_connections = true,
    .probe = backend_needs_nothing,
    .run = run_inline,
};

const struct backend backend_coro_threads = {
    .name = "coro-threads",
    .summary = "the same coroutines, costly requests in a thread pool",
    .family = "coro",
    .compute = COMPUTE_POOL,
    .concurrent_connections = true,
    .probe = backend_needs_nothing,
    .run = run_in_pool,
};

const struct backend backend_coro_yield = {
    .name = "coro-yield",
    .summary = "the same coroutines, a long computation suspends itself now and then",
    .family = "coro",
    .compute = COMPUTE_COOPERATIVE,
    .concurrent_connections = true,
    .probe = backend_needs_nothing,
    .run = run_cooperative,
};
