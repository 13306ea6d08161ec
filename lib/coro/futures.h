#ifndef CORO_FUTURES_H
#define CORO_FUTURES_H

#include "lib/coro/internal.h"

/* Looks at an array of futures that are to be waited for. Returns 0, and in *loop the loop of those
 * that are not done (NULL where all are); -EINVAL for NULL among them or for several loops, -EPERM
 * for one that has outlived its loop. */
int futures_check(struct coro_future *const *futures, size_t count, struct coro_loop **loop);

static inline bool future_has_failed(const struct coro_future *future)
{
    return future->status < 0;
}

#endif
