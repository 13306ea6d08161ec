#include "lib/coro/combine.h"
#include "lib/coro/internal.h"
#include "lib/coro/message.h"

#include <stdlib.h>

/* Between the two, until the inner one is done. */
struct shield {
    struct coro_waiter waiter;
    struct coro_future *outer, *inner;
};

static void pass_on(struct coro_future *outer, struct coro_future *inner)
{
    if (coro_future_is_done(outer))
        return;
    outer->value = inner->value;
    outer->message = message_hold(inner->message);
    future_finish(outer, coro_future_status(inner));
}

static void end(struct coro_waiter *waiter)
{
    struct shield *shield = (struct shield *)waiter;

    pass_on(shield->outer, shield->inner);
    coro_future_release(shield->outer);
    coro_future_release(shield->inner);
    free(shield);
}

static int watch(struct coro_future *outer, struct coro_future *inner)
{
    struct shield *shield = malloc(sizeof *shield);

    if (!shield)
        return -ENOMEM;
    *shield = (struct shield){
        .waiter.notify = end,
        .outer = coro_future_hold(outer),
        .inner = coro_future_hold(inner),
    };
    future_watch(inner, &shield->waiter);
    return 0;
}

int coro_shield(struct coro_future **shield, struct coro_future *future)
{
    struct coro_future *outer;
    int error;

    if (!future->loop)
        return -EPERM;
    error = coro_future_create(&outer, future->loop, future->name);
    if (error)
        return error;
    if (coro_future_is_done(future))
        pass_on(outer, future);
    else
        error = watch(outer, future);
    if (error)
        coro_future_release(outer);
    else
        *shield = outer;
    return error;
}
