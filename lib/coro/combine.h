#ifndef CORO_COMBINE_H
#define CORO_COMBINE_H

/*
 * Waiting for several futures (tasks among them: coro_task_future) at a time. All of these wait as
 * coro_await does: they leave alone what they wait for, also where the caller is called off or an
 * error comes early. A task that was handed something of the caller's stack goes on using it then;
 * tasks that must end with the caller belong in a group (group.h), futures that nobody needs any
 * more get a coro_future_cancel.
 *
 * The arrays are read during the call alone. The futures stay the caller's, and are held while a
 * function waits for them. NULL among them, or futures of several loops, are -EINVAL; the caller's
 * own task, where it would be waited for, is -EDEADLK; one that has outlived its loop without a
 * result, -EPERM. A future may be among them more than once.
 *
 * A task that is made to go on by coro_wake while it waits here has got nothing: the call returns
 * the error that it was woken with, or -EINTR.
 */

/* Beside this file also where both are installed. */
#include "coro.h"
#include "future.h"

#ifdef __cplusplus
extern "C" {
#endif

enum coro_wait_until {
    CORO_FIRST_COMPLETED, /* one of them is done */
    CORO_FIRST_ERROR,     /* one has failed (was cancelled, too), or all are done */
    CORO_ALL_COMPLETED,
};

/*
 * Suspends until so much has come; not at all where it has already. *which (may be NULL) becomes
 * the index of the future that made the wait end: of those that were done before, the first in the
 * array. Returns how many are done now; what they have come to is not asked. -ECANCELED where the
 * caller is called off before; -EPERM outside of tasks; -ENOMEM. For no futures at all it returns
 * 0, and *which is left alone; but -EINVAL for CORO_FIRST_COMPLETED, which would never come.
 *
 * With a limit of time: call it in a scope (scope.h), and ask the futures afterwards.
 */
ssize_t coro_wait(struct coro_future *const *futures, size_t count, enum coro_wait_until until,
                  size_t *which);

/*
 * Suspends until all futures are done, whether they fail or not. values[i] (values may be NULL)
 * becomes the value of futures[i], NULL where that has failed. Returns 0; or the status of the
 * future that failed first, whose message becomes the caller's as by coro_fail (the others can be
 * asked for theirs); or an error of coro_wait: values is left alone then.
 */
int coro_gather(struct coro_future *const *futures, size_t count, void **values);

/* Futures in the order in which they become done. */
struct coro_completions;

/* Returns 0 and *completions, which holds the futures; -EINVAL, -ENOMEM. Never suspends. */
int coro_as_completed(struct coro_completions **completions, struct coro_future *const *futures,
                      size_t count);

/*
 * Hands out the next future that is done, each once; suspends until there is one. Those that were
 * done before coro_as_completed come first, in the array's order. Returns 1 and *future (borrowed
 * from the completions); 0 when all were handed out; -ECANCELED where the caller is called off
 * before (it can ask again in a shielded scope); -EDEADLK where the only one left is its own task;
 * -EPERM outside of tasks. Several tasks may ask; they have their turn in the order of coming.
 */
int coro_completions_next(struct coro_completions *completions, struct coro_future **future);

/* Gives the futures back, which go on. Takes NULL. Tasks that wait for the next one are told that
 * there is none. */
void coro_completions_destroy(struct coro_completions *completions);

/*
 * A future of its own that gets the result of another one, for handing to somebody who may cancel
 * it: the other one goes on then. (Awaiting needs no shield, it never cancels. To keep a part of
 * the running task from being called off: coro_scope_enter_shielded.) Returns 0 and *shield, one
 * reference of the caller's; both are held until the other one is done, at the latest by
 * coro_loop_close. -EPERM where that one has outlived its loop; -ENOMEM. Never suspends.
 */
int coro_shield(struct coro_future **shield, struct coro_future *future);

#ifdef __cplusplus
}
#endif

#endif
