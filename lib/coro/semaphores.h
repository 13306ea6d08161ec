#ifndef CORO_SEMAPHORES_H
#define CORO_SEMAPHORES_H

/*
 * So many tasks of a loop at a time. Who waits gets a permit in the order of coming; a release
 * hands it over, so that nobody who comes later can take it. All of these are called in the thread
 * of the loop.
 *
 * A task that is made to go on by coro_wake while it waits here has got nothing: the call returns
 * the error that it was woken with, or -EINTR.
 */

/* Beside this file also where both are installed. */
#include "coro.h"
#include "line.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The caller owns it; its fields are the library's. It does not move in memory. */
struct coro_semaphore {
    struct coro_loop *loop;
    struct coro_line line;
    size_t permits, most;
};

/* With so many permits, and never more than most (0: as many as are released). Returns 0; -EINVAL
 * for more permits than most. */
int coro_semaphore_init(struct coro_semaphore *semaphore, struct coro_loop *loop, size_t permits,
                        size_t most);

/* Before its memory goes. There is nothing to free: returns 0, or -EBUSY while a task waits. */
int coro_semaphore_finish(struct coro_semaphore *semaphore);

/*
 * Takes a permit; suspends while there is none. Returns 0; -ECANCELED, without a permit, where the
 * task is called off before it gets one; -EPERM outside of tasks.
 */
int coro_semaphore_acquire(struct coro_semaphore *semaphore);

/* Takes a permit where there is one: returns 0, or -EAGAIN. From within tasks and outside; never
 * suspends. */
int coro_semaphore_try(struct coro_semaphore *semaphore);

/*
 * Hands a permit to who has waited longest, or keeps it for the next to come. It need not be the
 * task that took it. From within tasks and outside; never suspends. Returns 0; -EOVERFLOW where
 * there would be more than most: somebody has released what he had not acquired.
 */
int coro_semaphore_release(struct coro_semaphore *semaphore);

/* How many could be taken now. */
size_t coro_semaphore_permits(const struct coro_semaphore *semaphore);

#ifdef __cplusplus
}
#endif

#endif
