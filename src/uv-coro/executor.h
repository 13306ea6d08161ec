#ifndef UV_CORO_EXECUTOR_H
#define UV_CORO_EXECUTOR_H

#include "src/coro/computing.h"

#include <uv.h>

/* Computes in libuv's pool of threads. */
struct uv_executor {
    struct computing base;
    uv_loop_t *loop;
};

/* The loop is borrowed until the server has ended. Sizes libuv's pool, which belongs to the process
 * and must not have been used before. Cannot fail. */
void uv_executor_init(struct uv_executor *executor, uv_loop_t *loop, const struct server *server);

#endif
