#include "src/backend.h"
#include "src/select/select.h"

/*
 * The loop of select once per worker thread, each with a listener of its own: the system divides
 * the clients by their addresses, and whoever was given to a loop stays there.
 */
static int run(const struct server *lent)
{
    struct server server = *lent;

    server.limits.poller = POLLER_EPOLL;
    return loops_run(&select_loop, &server);
}

const struct backend backend_epoll_multi = {
    .name = "epoll-multi",
    .summary = "select's loop on epoll once per worker thread, a listener for each",
    .family = "select",
    .compute = COMPUTE_INLINE,
    .concurrent_connections = true,
    .listener_per_loop = true,
    .probe = backend_needs_nothing,
    .run = run,
};
