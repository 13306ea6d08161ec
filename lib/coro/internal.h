#ifndef CORO_INTERNAL_H
#define CORO_INTERNAL_H

#include "lib/coro/context.h"
#include "lib/coro/coro.h"
#include "lib/coro/engine.h"
#include "lib/coro/stack.h"
#include "lib/coro/timers.h"

#include <errno.h>
#include <stdatomic.h>

enum task_state { TASK_READY, TASK_RUNNING, TASK_SUSPENDED, TASK_ENDED };

/* Stands on the heap and not on its stack, because it may outlive that: a reference keeps the
 * result. */
struct coro_task {
    struct coro_call turn; /* in the queue of what is ready */
    struct coro_loop *loop;
    struct context context;
    struct coro_timer timer; /* ends the present wait */
    void *stack;             /* NULL after the end */
    struct coro_task *next;  /* of the loop's tasks, or of its unused ones */
    struct coro_task **link; /* what points to this one in the loop's tasks */
    struct waiter *joiners;  /* who waits for the end */
    struct coro_task **slot; /* where a descriptor says that this task waits for it */
    coro_function *function;
    void *argument;
    const char *name;
    int result;       /* of the present wait; after the end: of the function */
    unsigned holders; /* 1 for running, 1 for the reference */
    unsigned char state;
    bool cancelled;
};

/* A task in a list of those that wait for the same. Lies on the waiting task's stack. */
struct waiter {
    struct coro_task *task;
    struct waiter *next, **link;
};

struct coro_loop {
    struct coro_engine *engine;
    struct coro_task *current;
    struct coro_call *ready_first, **ready_last;
    struct context context; /* of the thread that runs the loop */
    int64_t now;            /* 0: not read in this turn */
    bool due;               /* a turn is coming without the engine being told */
    bool running, turning, stopped;
    struct coro_timers timers;
    struct coro_task *tasks;
    size_t task_count;
    struct stacks stacks;
    struct coro_task *unused; /* kept for new tasks */
    unsigned unused_count;
    _Atomic(struct coro_call *) posted; /* the latest first */
};

int64_t loop_clock(void);

static inline void loop_enqueue(struct coro_loop *loop, struct coro_call *call)
{
    call->next = NULL;
    *loop->ready_last = call;
    loop->ready_last = &call->next;
    if (!loop->due) {
        loop->due = true;
        loop->engine->operations->schedule(loop->engine);
    }
}

static inline bool task_wake(struct coro_task *task, int result)
{
    if (task->state != TASK_SUSPENDED)
        return false;
    task->state = TASK_READY;
    task->result = result;
    loop_enqueue(task->loop, &task->turn);
    return true;
}

/* Back to the loop, until the task is made ready. Inline for the same reason as context_switch. */
static inline int task_suspend(struct coro_task *task, int64_t deadline)
{
    struct coro_loop *loop = task->loop;

    if (deadline != task->timer.deadline)
        timers_set(&loop->timers, &task->timer, deadline);
    task->state = TASK_SUSPENDED;
    context_switch(&task->context, &loop->context);
    return task->result;
}

/* The task that wants to suspend, or why it may not. */
static inline int task_checkpoint(const struct coro_loop *loop, struct coro_task **task)
{
    *task = loop->current;
    if (!*task)
        return -EPERM;
    return (*task)->cancelled ? -ECANCELED : 0;
}

/* Frees those kept for new ones. */
void tasks_free_unused(struct coro_loop *loop);

#endif
