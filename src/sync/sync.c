#include "src/backend.h"
#include "src/sync/conversation.h"

#include <errno.h>

/* The simplest server there is: accept a client, talk until it leaves, accept the next. */
static int run(const struct server *server)
{
    struct blocking *blocking;
    struct session session;
    bool paused = false;
    int error = blocking_create(&blocking, server);

    if (error < 0)
        return error;
    server_ready(server);
    while (blocking_await_client(server, paused)) {
        int descriptor;

        error = server_accept(server, false, &descriptor);
        if (error == 0)
            converse(server, blocking, &session, descriptor);
        paused = error < 0 && error != -EAGAIN;
    }
    blocking_destroy(blocking);
    return 0;
}

const struct backend backend_sync = {
    .name = "sync",
    .summary = "blocking calls, one connection at a time",
    .family = "sync",
    .compute = COMPUTE_INLINE,
    .concurrent_connections = false,
    .probe = backend_needs_nothing,
    .run = run,
};
