#include "src/uv-poll/uv_poll.h"
#include "src/uv/rows.h"

/* A uv_loop_t belongs to one thread; several threads with a loop each is how libuv scales. */
static int run(const struct server *lent)
{
    return loops_run(&uv_poll_loop, lent);
}

const struct backend backend_uv_multi = {UV_MULTI_ROW, .probe = uv_probe, .run = run};
