#ifndef CORO_INTERNAL_H
#define CORO_INTERNAL_H

#include "lib/coro/context.h"
#include "lib/coro/coro.h"
#include "lib/coro/engine.h"
#include "lib/coro/future.h"
#include "lib/coro/scope.h"
#include "lib/coro/stack.h"
#include "lib/coro/timers.h"

#include <errno.h>
#include <stdatomic.h>

enum task_state { TASK_READY, TASK_RUNNING, TASK_SUSPENDED, TASK_ENDED };

/* What is said of an error; shared by the results that pass it on. */
struct message;

struct coro_future {
    struct coro_loop *loop;           /* NULL: the future has outlived it */
    struct coro_future *next, **link; /* of all that the loop knows */
    struct coro_waiter *waiters;
    struct message *message;
    const char *name;
    void *value;
    int status; /* -EINPROGRESS before it is done */
    unsigned references;
    bool is_task;
    bool examined; /* somebody has asked for the result */
};

/* Stands on the heap and not on its stack, because it may outlive that: a reference keeps the
 * result. */
struct coro_task {
    struct coro_future future;
    struct coro_call turn; /* in the queue of what is ready */
    struct coro_loop *loop;
    struct context *at; /* where it goes on: its own context, or a generator's */
    struct context context;
    struct coro_timer timer; /* ends the present wait */
    void *stack;             /* NULL after the end */
    struct coro_task *next_unused;
    struct coro_task **slot;  /* where a descriptor says that this task waits for it */
    struct coro_scope *scope; /* the innermost one */
    coro_function *function;
    void *argument;
    int result; /* of the present wait */
    unsigned char state;
    bool cancelled;  /* as a whole */
    bool called_off; /* at this place: so or by a scope */
};

struct coro_loop {
    struct coro_engine *engine;
    struct coro_task *current;
    struct coro_call *ready_first, **ready_last;
    struct context *at;     /* outside of tasks: the thread, or a generator that it runs */
    struct context context; /* of the thread that runs the loop */
    int64_t now;            /* 0: not read in this turn */
    bool due;               /* a turn is coming without the engine being told */
    bool running, turning, stopped;
    struct coro_timers timers;
    size_t timer_users; /* how many may be in the heap at a time */
    struct coro_future *futures;
    size_t task_count;
    struct stacks stacks;
    struct coro_task *unused; /* kept for new tasks */
    unsigned unused_count;
    _Atomic(struct coro_call *) posted; /* the latest first */
    void (*complain)(void *context, const char *sentence);
    void *complain_context;
    bool report_overflow;
};

int64_t loop_clock(void);

/* Returns 0; -EBUSY where it runs already, -ENOTSUP where its host runs it. */
int loop_may_run(const struct coro_loop *loop);

/* Has a host make a turn: something is ready, or the next deadline may have changed. */
static inline void loop_want_turn(struct coro_loop *loop)
{
    if (!loop->due) {
        loop->due = true;
        loop->engine->operations->schedule(loop->engine);
    }
}

static inline void loop_enqueue(struct coro_loop *loop, struct coro_call *call)
{
    call->next = NULL;
    *loop->ready_last = call;
    loop->ready_last = &call->next;
    loop_want_turn(loop);
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
    context_switch(task->at, &loop->context);
    return task->result;
}

/* The task that wants to suspend, or why it may not. */
static inline int task_checkpoint(const struct coro_loop *loop, struct coro_task **task)
{
    *task = loop->current;
    if (!*task)
        return -EPERM;
    return (*task)->called_off ? -ECANCELED : 0;
}

/* Frees those kept for new ones. */
void tasks_free_unused(struct coro_loop *loop);

/* Frees a task's struct, or keeps it for a new one. */
void task_recycle(struct coro_task *task);

/* Called when what may call the task off has changed: wakes it where it is called off now. */
void task_reconsider(struct coro_task *task);

/* Room in the timers' heap for one more user of it. Returns 0 or -ENOMEM. */
int loop_reserve_timer(struct coro_loop *loop);
void loop_release_timer(struct coro_loop *loop);

/* Hands a sentence to the loop's complain. */
void loop_complain(struct coro_loop *loop, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* In the loop's list from here until it is freed. */
void future_begin(struct coro_future *future, struct coro_loop *loop, const char *name);
void future_forget_loop(struct coro_future *future);

/* Gives it its result and tells those who wait. */
void future_finish(struct coro_future *future, int status);

/* Has waiter->notify(waiter) called at once when the future is done; it may wake tasks and keep
 * books, and run nothing of the user's. The future must not be done. */
void future_watch(struct coro_future *future, struct coro_waiter *waiter);

/* Takes it back where it was not called yet. */
void future_unwatch(struct coro_waiter *waiter);

/* Suspends the running task until the future is done. Returns 0, -ETIMEDOUT, -ECANCELED, -EPERM,
 * -EDEADLK, or what it was woken with by somebody else, -EINTR for what is no error; 0 from
 * anywhere where it is done already. */
int future_await(struct coro_future *future, int64_t deadline);

/* Has the task answer for an error with the message that came with it; NULL: none did. */
void task_adopt_message(struct coro_task *task, int error, struct message *message);

/* Drops the message of a task that has not failed with it. */
void task_settle_message(struct coro_task *task, int status);

/* Disarms what is in the heap as an alarm. */
struct coro_alarm *timer_alarm(struct coro_timer *timer);

/* Has a stack overflow on this thread reported as one of this loop's (NULL: of none). Returns the
 * loop that it was about before. */
struct coro_loop *overflow_watch(struct coro_loop *loop);

#endif
