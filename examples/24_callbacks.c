/*
 * Callbacks on futures: told of a result without a task that waits. Each comes in a turn of the
 * loop of its own, never from within the call that has set the result. What a callback needs to
 * know lies around its struct coro_done.
 */

#include "examples/main_task.h"
#include "lib/coro/future.h"

#include <stddef.h>
#include <stdio.h>

struct listener {
    const char *name;
    struct coro_done done;
};

static void tell(struct coro_done *done, struct coro_future *future)
{
    const struct listener *listener =
        (const struct listener *)((char *)done - offsetof(struct listener, done));

    printf("%s hears of '%s': %s\n", listener->name, coro_future_name(future),
           coro_future_status(future) < 0 ? coro_future_message(future)
                                          : (const char *)coro_future_value(future));
}

static int listen(struct coro_future *future)
{
    struct listener ann = {.name = "Ann", .done.function = tell};
    struct listener bob = {.name = "Bob", .done.function = tell};
    static char news[] = "it has come";
    struct listener cleo = {.name = "Cleo", .done.function = tell};
    struct coro_loop *loop = coro_future_loop(future);
    int error = coro_future_on_done(future, &ann.done);

    if (error == 0)
        error = coro_future_on_done(future, &bob.done);
    if (error == 0)
        error = coro_future_on_done(future, &cleo.done);
    if (error == 0 && coro_future_forget(&bob.done))
        printf("Bob does not want to know any more\n");
    if (error == 0)
        error = coro_future_set_result(future, news);
    printf("the result is set, and nobody was called yet\n");
    if (error == 0)
        error = coro_yield(loop);
    /* Of what is done one hears as well. */
    if (error == 0)
        error = coro_future_on_done(future, &bob.done);
    return error != 0 ? error : coro_yield(loop);
}

static int cancel_and_listen(struct coro_loop *loop)
{
    struct listener ann = {.name = "Ann", .done.function = tell};
    struct coro_future *future;
    int error = coro_future_create(&future, loop, "a letter");

    if (error != 0)
        return error;
    error = coro_future_on_done(future, &ann.done);
    if (error == 0)
        error = coro_future_cancel(future);
    if (error == 0)
        error = coro_yield(loop);
    coro_future_release(future);
    return error;
}

static int call_back(struct coro_loop *loop, void *argument)
{
    struct coro_future *future;
    int error = coro_future_create(&future, loop, "a parcel");

    if (error != 0)
        return error;
    error = listen(future);
    coro_future_release(future);
    return error != 0 ? error : cancel_and_listen(loop);
}

int main(void)
{
    return run_main_task(call_back, NULL);
}
