#include "src/uv-coro/executor.h"

#include "src/coro/connection.h"
#include "src/coro/server.h"

#include <stdio.h>
#include <stdlib.h>

/* A request in libuv's pool, on the stack of the coroutine that is suspended until it is done. */
struct request {
    uv_work_t work;
    struct job job;
    struct coro_task *task;
    bool done;
};

static void on_work(uv_work_t *work)
{
    static _Thread_local bool settled;
    struct request *request = work->data;

    if (!settled)
        pool_settle_thread(request->job.server);
    settled = true;
    job_run(&request->job);
}

static void on_done(uv_work_t *work, int status)
{
    struct request *request = work->data;

    request->done = true;
    coro_wake(request->task, 0);
}

static int compute(struct connection *connection, unsigned n, uint64_t *value)
{
    struct coro_server *server = connection->server;
    struct uv_executor *executor = (struct uv_executor *)server->computing;
    struct request request = {.work.data = &request, .task = coro_self(server->loop)};
    int error;

    job_init(&request.job, server->lent, n, connection->descriptor.watch.descriptor);
    error = uv_queue_work(executor->loop, &request.work, on_work, on_done);
    if (error < 0)
        return error;
    while (!request.done)
        coro_suspend(server->loop, CORO_FOREVER);
    *value = request.job.value;
    return request.job.status;
}

void uv_executor_init(struct uv_executor *executor, uv_loop_t *loop, const struct server *server)
{
    char workers[16];

    *executor = (struct uv_executor){.base = {.has_pool = true, .compute = compute}, .loop = loop};
    snprintf(workers, sizeof(workers), "%u", server->limits.workers);
    setenv("UV_THREADPOOL_SIZE", workers, 1);
}
