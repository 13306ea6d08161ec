#include "lib/coro/internal.h"

/* A task that waits for a future; lies on its stack. */
struct awaiting {
    struct coro_waiter waiter;
    struct coro_task *task;
};

static void wake(struct coro_waiter *waiter)
{
    task_wake(((struct awaiting *)waiter)->task, 0);
}

int future_await(struct coro_future *future, int64_t deadline)
{
    struct awaiting awaiting = {.waiter.notify = wake};
    int error;

    if (coro_future_is_done(future))
        return 0;
    if (!future->loop)
        return -EPERM;
    error = task_checkpoint(future->loop, &awaiting.task);
    if (error)
        return error;
    if (future == &awaiting.task->future)
        return -EDEADLK;
    future_watch(future, &awaiting.waiter);
    error = task_suspend(awaiting.task, deadline);
    future_unwatch(&awaiting.waiter);
    if (error != -ECANCELED && coro_future_is_done(future))
        return 0;
    /* Woken by somebody else, who has no result to give. */
    return error < 0 ? error : -EINTR;
}

int coro_await(struct coro_future *future, void **value)
{
    struct coro_task *task;
    int status;

    /* Who holds it may let go of it while this task is suspended. */
    coro_future_hold(future);
    status = future_await(future, CORO_FOREVER);
    if (!status) {
        status = coro_future_status(future);
        task = future->loop ? future->loop->current : NULL;
        if (value)
            *value = coro_future_value(future);
        if (task && status < 0)
            task_adopt_message(task, status, future->message);
    }
    coro_future_release(future);
    return status;
}

int coro_join(struct coro_task *task, int64_t deadline, int *result)
{
    int error;

    coro_future_hold(&task->future);
    error = future_await(&task->future, deadline);
    if (!error && result)
        *result = coro_future_status(&task->future);
    coro_future_release(&task->future);
    return error;
}

static void call_done(struct coro_call *call)
{
    struct coro_done *done = (struct coro_done *)((char *)call - offsetof(struct coro_done, call));
    struct coro_future *future = done->future;

    done->function(done, future);
    coro_future_release(future);
}

static void enqueue_done(struct coro_waiter *waiter)
{
    struct coro_done *done =
        (struct coro_done *)((char *)waiter - offsetof(struct coro_done, waiter));

    if (done->future->loop)
        loop_enqueue(done->future->loop, &done->call);
    else
        coro_future_release(done->future);
}

int coro_future_on_done(struct coro_future *future, struct coro_done *done)
{
    if (!future->loop)
        return -EPERM;
    done->future = coro_future_hold(future);
    done->waiter = (struct coro_waiter){.notify = enqueue_done};
    done->call = (struct coro_call){.function = call_done};
    if (coro_future_is_done(future))
        enqueue_done(&done->waiter);
    else
        future_watch(future, &done->waiter);
    return 0;
}

bool coro_future_forget(struct coro_done *done)
{
    if (!done->waiter.link)
        return false;
    future_unwatch(&done->waiter);
    coro_future_release(done->future);
    return true;
}

int coro_return(struct coro_loop *loop, void *value)
{
    if (!loop->current)
        return -EPERM;
    loop->current->future.value = value;
    return 0;
}
