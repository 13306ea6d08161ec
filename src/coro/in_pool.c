#include "src/coro/computing.h"
#include "src/coro/connection.h"
#include "src/coro/server.h"

/* A request in the pool, on the stack of the coroutine that is suspended until it is done. */
struct request {
    struct job job;
    struct coro_task *task;
    bool done;
};

static int compute(struct connection *connection, unsigned n, uint64_t *value)
{
    struct coro_server *server = connection->server;
    struct computing_in_pool *computing = (struct computing_in_pool *)server->computing;
    struct request request = {.task = coro_self(server->loop)};

    job_init(&request.job, server->lent, n, connection->descriptor.watch.descriptor);
    pool_submit(computing->pool, &request.job);
    while (!request.done)
        coro_suspend(server->loop, CORO_FOREVER);
    *value = request.job.value;
    return request.job.status;
}

static int collect(struct coro_loop *loop, void *argument)
{
    struct computing_in_pool *computing = argument;
    struct job *job;

    while (coro_wait_readable(&computing->done, CORO_FOREVER) == 0) {
        while ((job = pool_next_done(computing->pool)) != NULL) {
            struct request *request = (struct request *)job;

            request->done = true;
            coro_wake(request->task, 0);
        }
    }
    return 0;
}

static int start(struct computing *base, const struct server *server, struct coro_loop *loop)
{
    struct computing_in_pool *computing = (struct computing_in_pool *)base;
    int error = pool_create(&computing->pool, server);

    if (error < 0)
        return error;
    error = coro_descriptor_init(&computing->done, loop, pool_descriptor(computing->pool));
    if (error < 0)
        goto destroy_pool;
    error = coro_spawn(loop, &computing->collector, "collector", collect, computing);
    if (error < 0)
        goto finish_descriptor;
    return 0;

finish_descriptor:
    coro_descriptor_finish(&computing->done);
destroy_pool:
    pool_destroy(computing->pool);
    return error;
}

static void stop(struct computing *base)
{
    coro_cancel(((struct computing_in_pool *)base)->collector);
}

static void finish(struct computing *base)
{
    struct computing_in_pool *computing = (struct computing_in_pool *)base;

    coro_release(computing->collector);
    coro_descriptor_finish(&computing->done);
    pool_destroy(computing->pool);
}

void computing_in_pool_init(struct computing_in_pool *computing)
{
    *computing = (struct computing_in_pool){
        .base =
            {.has_pool = true, .compute = compute, .start = start, .stop = stop, .finish = finish},
    };
}
