#include "lib/coro/lock.h"

#include "lib/coro/waiting.h"

static void lose_holder(struct coro_waiter *waiter)
{
    struct coro_lock *lock =
        (struct coro_lock *)((char *)waiter - offsetof(struct coro_lock, ending));

    lock->holder = NULL;
    lock->broken = true;
    line_call_all(&lock->line, -EOWNERDEAD);
}

static void give(struct coro_lock *lock, struct coro_task *task)
{
    lock->holder = task;
    future_watch(&task->future, &lock->ending);
}

void coro_lock_init(struct coro_lock *lock, struct coro_loop *loop)
{
    *lock = (struct coro_lock){.loop = loop, .ending.notify = lose_holder};
    line_init(&lock->line);
}

int coro_lock_finish(struct coro_lock *lock)
{
    if (lock->holder)
        return coro_fail(lock->loop, -EBUSY, "task '%s' still holds the lock",
                         coro_task_name(lock->holder));
    return line_finish(&lock->line, lock->loop);
}

static int fail_broken(struct coro_lock *lock)
{
    return coro_fail(lock->loop, -EOWNERDEAD,
                     "a task has ended while it held the lock: what it protects may be half done");
}

static int wait_for_lock(struct coro_lock *lock, struct coro_task *task, bool insists)
{
    struct coro_place place = {.task = task, .insists = insists};
    int error = line_wait(&lock->line, &place);

    return error == -EOWNERDEAD ? fail_broken(lock) : error;
}

/* When a task is called, it holds the lock already. */
static int acquire(struct coro_lock *lock, struct coro_task *task, bool insists)
{
    if (lock->broken)
        return fail_broken(lock);
    if (lock->holder)
        return wait_for_lock(lock, task, insists);
    give(lock, task);
    return 0;
}

int coro_lock_acquire(struct coro_lock *lock)
{
    struct coro_task *task;
    int error = task_checkpoint(lock->loop, &task);

    if (error)
        return error;
    if (lock->holder == task)
        return coro_fail(lock->loop, -EDEADLK, "the task holds this lock already");
    return acquire(lock, task, false);
}

int coro_lock_try(struct coro_lock *lock)
{
    struct coro_task *task = lock->loop->current;

    if (!task)
        return -EPERM;
    if (lock->holder == task)
        return coro_fail(lock->loop, -EDEADLK, "the task holds this lock already");
    return lock->holder ? -EAGAIN : acquire(lock, task, false);
}

static bool is_held_here(const struct coro_lock *lock)
{
    return lock->holder && lock->holder == lock->loop->current;
}

static int fail_not_held(struct coro_lock *lock)
{
    return coro_fail(lock->loop, -EPERM, "only the task that holds the lock may do this");
}

static void hand_over(struct coro_lock *lock)
{
    struct coro_place *next;

    future_unwatch(&lock->ending);
    lock->holder = NULL;
    next = line_call(&lock->line, 0);
    if (next)
        give(lock, next->task);
}

int coro_lock_release(struct coro_lock *lock)
{
    if (!is_held_here(lock))
        return fail_not_held(lock);
    hand_over(lock);
    return 0;
}

bool coro_lock_is_held(const struct coro_lock *lock)
{
    return lock->holder;
}

void coro_condition_init(struct coro_condition *condition, struct coro_lock *lock)
{
    condition->lock = lock;
    line_init(&condition->line);
}

int coro_condition_finish(struct coro_condition *condition)
{
    return line_finish(&condition->line, condition->lock->loop);
}

int coro_condition_wait(struct coro_condition *condition)
{
    struct coro_lock *lock = condition->lock;
    struct coro_place place = {0};
    int error, lost;

    if (!is_held_here(lock))
        return fail_not_held(lock);
    error = task_checkpoint(lock->loop, &place.task);
    if (error)
        return error;
    hand_over(lock);
    error = line_wait(&condition->line, &place);
    lost = acquire(lock, place.task, true);
    return lost ? lost : error;
}

int coro_condition_wait_for(struct coro_condition *condition, bool (*predicate)(void *argument),
                            void *argument)
{
    struct coro_lock *lock = condition->lock;
    struct coro_task *task;
    int error;

    if (!is_held_here(lock))
        return fail_not_held(lock);
    error = task_checkpoint(lock->loop, &task);
    while (!error && !predicate(argument))
        error = coro_condition_wait(condition);
    return error;
}

int coro_condition_notify(struct coro_condition *condition, size_t count)
{
    if (!is_held_here(condition->lock))
        return fail_not_held(condition->lock);
    while (count > 0 && line_call(&condition->line, 0))
        count--;
    return 0;
}

int coro_condition_notify_all(struct coro_condition *condition)
{
    return coro_condition_notify(condition, SIZE_MAX);
}
