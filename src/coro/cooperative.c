#include "common/clock.h"
#include "src/coro/computing.h"
#include "src/coro/connection.h"
#include "src/coro/server.h"
#include "src/fib.h"

#include <errno.h>

/* Long against a look at the sockets, short for a client who waits. */
enum { SLICE_NS = 250 * 1000 };

struct slices {
    struct job job;
    struct coro_loop *loop;
    int64_t end_ns; /* of the present one */
};

/* Asked from within the recursion, whose stack stays as it is while the others have their turn. */
static bool is_cancelled(void *argument)
{
    struct slices *slices = argument;

    if (clock_ns() >= slices->end_ns) {
        coro_yield(slices->loop);
        slices->end_ns = clock_ns() + SLICE_NS;
    }
    return job_is_cancelled(&slices->job);
}

static int compute(struct connection *connection, unsigned n, uint64_t *value)
{
    const struct server *lent = connection->server->lent;
    struct slices slices = {.loop = connection->server->loop, .end_ns = clock_ns() + SLICE_NS};
    int error;

    if (server_cancelled(lent))
        return -ECANCELED; /* none is begun, so none is counted */
    job_init(&slices.job, lent, n, connection->descriptor.watch.descriptor);
    error = fib_checked(n, is_cancelled, &slices, value);
    if (error < 0)
        server_count_cancelled(lent);
    return error;
}

const struct computing computing_cooperative = {.compute = compute};
