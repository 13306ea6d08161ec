#include "lib/coro/engine_poll.h"
#include "src/backend.h"
#include "src/coro/server.h"

/* The coroutines on the library's own engine, with the poller that the user chose. */
static int run(const struct server *lent)
{
    struct coro_engine *engine;
    int error = coro_engine_poll_create(&engine, poller_name(lent->limits.poller));

    if (error < 0)
        return error;
    coro_engine_poll_spin(engine, lent->limits.spin_us);
    return coro_server_run(lent, engine);
}

const struct backend backend_coro = {
    .name = "coro",
    .summary = "one thread, a coroutine per connection on a hand-written loop",
    .family = "coro",
    .compute = COMPUTE_INLINE,
    .concurrent_connections = true,
    .probe = backend_needs_nothing,
    .run = run,
};
