#include "lib/coro/internal.h"

void coro_loop_pending(struct coro_loop *loop,
                       void (*visit)(void *context, const char *kind, const char *name),
                       void *context)
{
    for (struct coro_future *future = loop->futures; future; future = future->next) {
        if (!coro_future_is_done(future))
            visit(context, future->is_task ? "task" : "future", future->name);
    }
    for (size_t i = 0; i < loop->timers.count; i++) {
        const struct coro_alarm *alarm = timer_alarm(loop->timers.slots[i].timer);

        if (alarm)
            visit(context, "alarm", alarm->name ? alarm->name : "alarm");
    }
}

static void complain_of(void *context, const char *kind, const char *name)
{
    loop_complain(context, "%s '%s' is still pending at the close of the loop", kind, name);
}

static void cancel_futures(struct coro_loop *loop)
{
    struct coro_future *future, *next;

    for (future = loop->futures; future; future = next) {
        /* A shield may let go of the last reference. */
        coro_future_hold(future);
        if (!future->is_task)
            coro_future_cancel(future);
        next = future->next;
        coro_future_release(future);
    }
}

static void give_up(struct coro_alarm *alarm)
{
    coro_loop_stop(alarm->loop);
}

/* Without an engine that waits, only what needs no descriptor and no time can end here. */
static void turn_while_ready(struct coro_loop *loop)
{
    while (loop->task_count > 0 && coro_loop_turn(loop) == 0)
        continue;
}

static int end_tasks(struct coro_loop *loop, int64_t patience)
{
    struct coro_alarm limit = {.function = give_up, .name = "patience of the close"};
    int error = 0;

    coro_loop_cancel_all(loop);
    if (loop->engine->operations->wait) {
        error = coro_call_later(loop, &limit, patience);
        if (!error)
            error = coro_loop_run(loop);
        coro_call_cancel(&limit);
    } else {
        turn_while_ready(loop);
    }
    return error;
}

int coro_loop_close(struct coro_loop *loop, int64_t patience)
{
    int error = 0;

    if (!loop)
        return 0;
    if (loop->running || loop->turning)
        return -EBUSY;
    coro_loop_pending(loop, complain_of, loop);
    cancel_futures(loop);
    if (loop->task_count > 0)
        error = end_tasks(loop, patience);
    return error ? error : coro_loop_destroy(loop);
}

int coro_run(struct coro_loop *loop, const char *name, coro_function *function, void *argument)
{
    struct coro_task *task;
    int status = loop_may_run(loop);

    if (!status)
        status = coro_spawn(loop, &task, name, function, argument);
    if (status)
        return status;
    status = coro_run_until_complete(loop, &task->future, NULL);
    coro_release(task);
    coro_loop_cancel_all(loop);
    coro_loop_run(loop);
    return status;
}
