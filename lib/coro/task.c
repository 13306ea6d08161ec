#include "lib/coro/internal.h"

#include <stdlib.h>

/* Kept structs are small; as many as a busy server ends and starts in a moment. */
enum { UNUSED_AT_MOST = 1024 };

static struct coro_task *turn_owner(struct coro_call *turn)
{
    return (struct coro_task *)((char *)turn - offsetof(struct coro_task, turn));
}

void task_recycle(struct coro_task *task)
{
    struct coro_loop *loop = task->future.loop;

    future_forget_loop(&task->future);
    if (!loop || loop->unused_count >= UNUSED_AT_MOST) {
        free(task);
        return;
    }
    task->next_unused = loop->unused;
    loop->unused = task;
    loop->unused_count++;
}

static struct coro_task *take_unused(struct coro_loop *loop)
{
    struct coro_task *task = loop->unused;

    if (!task)
        return malloc(sizeof *task);
    loop->unused = task->next_unused;
    loop->unused_count--;
    return task;
}

void tasks_free_unused(struct coro_loop *loop)
{
    struct coro_task *task;

    while ((task = loop->unused) != NULL) {
        loop->unused = task->next_unused;
        free(task);
    }
}

/* On the loop's stack, after the task has left its own. */
static void clean_up(struct coro_task *task)
{
    struct coro_loop *loop = task->loop;

    context_finish(&task->context);
    stacks_give_back(&loop->stacks, task->stack);
    task->stack = NULL;
    timers_remove(&loop->timers, &task->timer);
    loop_release_timer(loop);
    loop->task_count--;
    coro_future_release(&task->future);
}

static void expire(struct coro_timer *timer)
{
    task_wake((struct coro_task *)((char *)timer - offsetof(struct coro_task, timer)), -ETIMEDOUT);
}

static void resume(struct coro_call *turn)
{
    struct coro_task *task = turn_owner(turn);
    struct coro_loop *loop = task->loop;

    task->state = TASK_RUNNING;
    loop->current = task;
    context_switch(&loop->context, task->at);
    loop->current = NULL;
    if (task->state == TASK_ENDED)
        clean_up(task);
}

/* Its timer would go on pointing into a stack that is gone. */
static void check_scopes(const struct coro_task *task)
{
    if (!task->scope)
        return;
    loop_complain(task->loop,
                  "task '%s' has ended in a scope that it has not left, or a group that it has not "
                  "joined",
                  task->future.name);
    abort();
}

static void run_task(void *argument)
{
    struct coro_task *task = argument;
    struct coro_loop *loop = task->loop;
    int status;

    context_entered(&task->context, &loop->context);
    status = task->function(loop, task->argument);
    check_scopes(task);
    task_settle_message(task, status);
    task->state = TASK_ENDED;
    future_finish(&task->future, status);
    context_leave(&task->context, &loop->context);
}

static void prepare(struct coro_task *task, struct coro_loop *loop, const char *name,
                    coro_function *function, void *argument)
{
    task->turn.function = resume;
    task->loop = loop;
    task->at = &task->context;
    task->timer = (struct coro_timer){.deadline = CORO_FOREVER, .expire = expire};
    task->slot = NULL;
    task->scope = NULL;
    task->function = function;
    task->argument = argument;
    task->state = TASK_READY;
    task->cancelled = task->called_off = false;
    context_init(&task->context, task->stack, loop->stacks.size, run_task, task);
    future_begin(&task->future, loop, name ? name : "task");
    task->future.is_task = true;
}

int coro_spawn(struct coro_loop *loop, struct coro_task **handle, const char *name,
               coro_function *function, void *argument)
{
    struct coro_task *task;

    /* Room for its timer now, so that no wait can fail for want of it. */
    if (loop_reserve_timer(loop) < 0)
        return -ENOMEM;
    task = take_unused(loop);
    if (!task)
        goto no_task;
    task->stack = stacks_take(&loop->stacks);
    if (!task->stack)
        goto no_stack;
    prepare(task, loop, name, function, argument);
    loop->task_count++;
    loop_enqueue(loop, &task->turn);
    if (handle)
        *handle = coro_future_task(coro_future_hold(&task->future));
    return 0;

no_stack:
    free(task);
no_task:
    loop_release_timer(loop);
    return -ENOMEM;
}

void coro_release(struct coro_task *task)
{
    if (task)
        coro_future_release(&task->future);
}

void task_reconsider(struct coro_task *task)
{
    const struct coro_scope *scope = task->scope;

    while (scope && !scope->called_off && !scope->shielded)
        scope = scope->outer;
    task->called_off = scope ? scope->called_off : task->cancelled;
    if (task->called_off)
        task_wake(task, -ECANCELED);
}

void coro_cancel(struct coro_task *task)
{
    if (task->state == TASK_ENDED)
        return;
    task->cancelled = true;
    task_reconsider(task);
}

bool coro_is_cancelled(const struct coro_task *task)
{
    return task->cancelled;
}

bool coro_has_ended(const struct coro_task *task)
{
    return task->state == TASK_ENDED;
}

const char *coro_task_name(const struct coro_task *task)
{
    return task->future.name;
}

int coro_yield(struct coro_loop *loop)
{
    struct coro_task *task;
    int error = task_checkpoint(loop, &task);

    if (error)
        return error;
    task->state = TASK_READY;
    loop_enqueue(loop, &task->turn);
    context_switch(task->at, &loop->context);
    return 0;
}

int coro_sleep(struct coro_loop *loop, int64_t nanoseconds)
{
    struct coro_task *task;
    int error = task_checkpoint(loop, &task);

    if (error)
        return error;
    if (nanoseconds <= 0)
        return coro_yield(loop);

    /* From now, not from when the turn began: a sleep is never shorter than asked for. */
    int64_t now = loop_clock();

    error = task_suspend(task, nanoseconds < CORO_FOREVER - now ? now + nanoseconds : CORO_FOREVER);
    return error == -ETIMEDOUT ? 0 : error;
}

int coro_suspend(struct coro_loop *loop, int64_t deadline)
{
    struct coro_task *task;
    int error = task_checkpoint(loop, &task);

    return error ? error : task_suspend(task, deadline);
}

bool coro_wake(struct coro_task *task, int result)
{
    return task_wake(task, result);
}
