#include "lib/coro/internal.h"

#include <stdlib.h>

/* Kept structs are small; as many as a busy server ends and starts in a moment. */
enum { UNUSED_AT_MOST = 1024 };

static struct coro_task *turn_owner(struct coro_call *turn)
{
    return (struct coro_task *)((char *)turn - offsetof(struct coro_task, turn));
}

static void drop(struct coro_task *task)
{
    struct coro_loop *loop = task->loop;

    if (--task->holders > 0)
        return;
    if (loop->unused_count >= UNUSED_AT_MOST) {
        free(task);
        return;
    }
    task->next = loop->unused;
    loop->unused = task;
    loop->unused_count++;
}

static struct coro_task *take_unused(struct coro_loop *loop)
{
    struct coro_task *task = loop->unused;

    if (!task)
        return malloc(sizeof *task);
    loop->unused = task->next;
    loop->unused_count--;
    return task;
}

void tasks_free_unused(struct coro_loop *loop)
{
    struct coro_task *task;

    while ((task = loop->unused) != NULL) {
        loop->unused = task->next;
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
    *task->link = task->next;
    if (task->next)
        task->next->link = task->link;
    loop->task_count--;
    drop(task);
}

static void resume(struct coro_call *turn)
{
    struct coro_task *task = turn_owner(turn);
    struct coro_loop *loop = task->loop;

    task->state = TASK_RUNNING;
    loop->current = task;
    context_switch(&loop->context, &task->context);
    loop->current = NULL;
    if (task->state == TASK_ENDED)
        clean_up(task);
}

static void wake_joiners(struct coro_task *task)
{
    struct waiter *waiter;

    while ((waiter = task->joiners) != NULL) {
        task->joiners = waiter->next;
        waiter->link = NULL;
        task_wake(waiter->task, 0);
    }
}

static void run_task(void *argument)
{
    struct coro_task *task = argument;
    struct coro_loop *loop = task->loop;

    context_entered(&task->context, &loop->context);
    task->result = task->function(loop, task->argument);
    task->state = TASK_ENDED;
    wake_joiners(task);
    context_leave(&task->context, &loop->context);
}

int coro_spawn(struct coro_loop *loop, struct coro_task **handle, const char *name,
               coro_function *function, void *argument)
{
    struct coro_task *task;
    void *stack;

    /* Room for its timer now, so that no wait can fail for want of it. */
    if (timers_reserve(&loop->timers, loop->task_count + 1) < 0)
        return -ENOMEM;
    task = take_unused(loop);
    if (!task)
        return -ENOMEM;
    stack = stacks_take(&loop->stacks);
    if (!stack) {
        task->loop = loop;
        task->holders = 1;
        drop(task);
        return -ENOMEM;
    }
    task->turn.function = resume;
    task->loop = loop;
    task->timer = (struct coro_timer){.deadline = CORO_FOREVER};
    task->stack = stack;
    task->joiners = NULL;
    task->slot = NULL;
    task->function = function;
    task->argument = argument;
    task->name = name ? name : "task";
    task->holders = handle ? 2 : 1;
    task->state = TASK_READY;
    task->cancelled = false;
    context_init(&task->context, stack, loop->stacks.size, run_task, task);

    task->next = loop->tasks;
    task->link = &loop->tasks;
    if (task->next)
        task->next->link = &task->next;
    loop->tasks = task;
    loop->task_count++;
    loop_enqueue(loop, &task->turn);
    if (handle)
        *handle = task;
    return 0;
}

void coro_release(struct coro_task *task)
{
    if (task)
        drop(task);
}

int coro_join(struct coro_task *task, int64_t deadline, int *result)
{
    struct coro_task *self;
    int error = 0;

    if (task->state != TASK_ENDED) {
        error = task_checkpoint(task->loop, &self);
        if (error)
            return error;
        if (task == self)
            return -EDEADLK;

        struct waiter waiter = {.task = self, .next = task->joiners, .link = &task->joiners};

        if (waiter.next)
            waiter.next->link = &waiter.next;
        task->joiners = &waiter;
        error = task_suspend(self, deadline);
        if (waiter.link) {
            *waiter.link = waiter.next;
            if (waiter.next)
                waiter.next->link = waiter.link;
        }
    }
    if (!error && result)
        *result = task->result;
    return error;
}

void coro_cancel(struct coro_task *task)
{
    if (task->state == TASK_ENDED)
        return;
    task->cancelled = true;
    task_wake(task, -ECANCELED);
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
    return task->name;
}

int coro_yield(struct coro_loop *loop)
{
    struct coro_task *task;
    int error = task_checkpoint(loop, &task);

    if (error)
        return error;
    task->state = TASK_READY;
    loop_enqueue(loop, &task->turn);
    context_switch(&task->context, &loop->context);
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
