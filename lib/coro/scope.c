#include "lib/coro/internal.h"

static void expire(struct coro_timer *timer)
{
    struct coro_scope *scope =
        (struct coro_scope *)((char *)timer - offsetof(struct coro_scope, timer));

    /* One that was cancelled before stays cancelled. */
    if (scope->called_off)
        return;
    scope->called_off = scope->expired = true;
    task_reconsider(scope->task);
}

static int enter(struct coro_scope *scope, struct coro_loop *loop, int64_t deadline, bool shielded)
{
    struct coro_task *task = loop->current;

    if (!task)
        return -EPERM;
    if (loop_reserve_timer(loop) < 0)
        return -ENOMEM;
    *scope = (struct coro_scope){
        .task = task,
        .outer = task->scope,
        .timer = {.deadline = CORO_FOREVER, .expire = expire},
        .shielded = shielded,
    };
    task->scope = scope;
    coro_scope_set_deadline(scope, deadline);
    task_reconsider(task);
    return 0;
}

int coro_scope_enter(struct coro_scope *scope, struct coro_loop *loop, int64_t deadline)
{
    return enter(scope, loop, deadline, false);
}

int coro_scope_enter_shielded(struct coro_scope *scope, struct coro_loop *loop, int64_t deadline)
{
    return enter(scope, loop, deadline, true);
}

int coro_scope_leave(struct coro_scope *scope, int result)
{
    struct coro_task *task = scope->task;

    if (task->scope != scope || task->loop->current != task)
        return -EINVAL;
    timers_remove(&task->loop->timers, &scope->timer);
    loop_release_timer(task->loop);
    task->scope = scope->outer;
    task_reconsider(task);
    return result == -ECANCELED && scope->expired && !task->called_off ? -ETIMEDOUT : result;
}

void coro_scope_cancel(struct coro_scope *scope)
{
    scope->called_off = true;
    task_reconsider(scope->task);
}

void coro_scope_set_deadline(struct coro_scope *scope, int64_t deadline)
{
    struct coro_loop *loop = scope->task->loop;

    if (scope->called_off)
        return;
    if (deadline <= loop_clock()) {
        expire(&scope->timer);
        return;
    }
    timers_set(&loop->timers, &scope->timer, deadline);
    loop_want_turn(loop);
}

bool coro_scope_is_called_off(const struct coro_scope *scope)
{
    return scope->called_off;
}

bool coro_called_off(const struct coro_loop *loop)
{
    return loop->current && loop->current->called_off;
}

int coro_timeout(struct coro_loop *loop, int64_t nanoseconds, coro_function *function,
                 void *argument)
{
    int64_t now = loop_clock();
    struct coro_scope scope;
    int error = coro_scope_enter(
        &scope, loop, nanoseconds < CORO_FOREVER - now ? now + nanoseconds : CORO_FOREVER);

    if (error)
        return error;
    return coro_scope_leave(&scope, function(loop, argument));
}
