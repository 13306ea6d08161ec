#ifndef CORO_LOCK_H
#define CORO_LOCK_H

/*
 * Between tasks of one loop: a lock, for what must stay consistent over a call that suspends, and
 * conditions, for waiting until somebody has changed what a lock protects. (What no call that
 * suspends interrupts needs no lock: tasks of a loop take turns nowhere else.)
 *
 * Who waits gets the lock in the order of coming; a release hands it over. The functions that
 * suspend do so only where they must wait. All of them are called in the thread of the loop.
 *
 * A task that is made to go on by coro_wake while it waits here has got nothing: the call returns
 * the error that it was woken with, or -EINTR.
 */

/* Beside this file also where both are installed. */
#include "coro.h"
#include "future.h"
#include "line.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The caller owns it; its fields are the library's. It does not move in memory. */
struct coro_lock {
    struct coro_loop *loop;
    struct coro_task *holder;
    struct coro_line line;
    struct coro_waiter ending; /* of the holder */
    bool broken;
};

void coro_lock_init(struct coro_lock *lock, struct coro_loop *loop);

/* Before its memory goes. There is nothing to free: returns 0, or -EBUSY while a task holds it or
 * waits for it. */
int coro_lock_finish(struct coro_lock *lock);

/*
 * Suspends until the running task holds the lock. Returns 0; -ECANCELED, without the lock, where
 * the task is called off before it gets it; -EDEADLK where the task holds it already; -EPERM
 * outside of tasks; -EOWNERDEAD where a task has ended while it held the lock: what it protects may
 * be half done, and nobody gets it any more until it is finished and initialised again.
 */
int coro_lock_acquire(struct coro_lock *lock);

/* The same without waiting: never suspends; -EAGAIN where it would have to. */
int coro_lock_try(struct coro_lock *lock);

/* Gives the lock to who has waited longest. Never suspends. Returns 0; -EPERM where the running
 * task does not hold it. */
int coro_lock_release(struct coro_lock *lock);

bool coro_lock_is_held(const struct coro_lock *lock);

/* The caller owns it; its fields are the library's. It does not move in memory. */
struct coro_condition {
    struct coro_lock *lock;
    struct coro_line line;
};

/* A condition of what the lock protects. A lock may have several; it must outlive them. */
void coro_condition_init(struct coro_condition *condition, struct coro_lock *lock);

/* Before its memory goes. Returns 0, or -EBUSY while a task waits for it. */
int coro_condition_finish(struct coro_condition *condition);

/*
 * Releases the lock, suspends until notified, and acquires the lock again: this last also where the
 * task is called off, so that it holds the lock after success as after failure. Returns 0 when
 * notified; -ECANCELED where the task was called off before; -EPERM where it does not hold the
 * lock. Only after -EOWNERDEAD (coro_lock_acquire) it does not hold the lock any more.
 */
int coro_condition_wait(struct coro_condition *condition);

/* Waits until predicate(argument) is true, which is asked with the lock held, for the first time
 * before any wait. Returns as coro_condition_wait does. */
int coro_condition_wait_for(struct coro_condition *condition, bool (*predicate)(void *argument),
                            void *argument);

/*
 * Lets those go on that have waited longest, so many of them, or all. They get the lock when it is
 * released. Never suspends. Returns 0 (and it is forgotten where nobody waits); -EPERM where the
 * running task does not hold the lock.
 */
int coro_condition_notify(struct coro_condition *condition, size_t count);
int coro_condition_notify_all(struct coro_condition *condition);

#ifdef __cplusplus
}
#endif

#endif
