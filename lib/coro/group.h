#ifndef CORO_GROUP_H
#define CORO_GROUP_H

/*
 * Tasks that end together. A task that opens a group waits at its end until each task of the group
 * has ended, whatever happens; so they may use what lies on its stack between the group's creation
 * and coro_group_join. When one of them fails, the others are cancelled, and the opener's own calls
 * fail with -ECANCELED until it joins (after Trio's nurseries and asyncio's TaskGroup).
 *
 * A group is a scope of the task that opens it (scope.h): groups and scopes nest as calls do, and a
 * task that ends without having joined its group is a mistake that ends the program with a
 * sentence, as one that has not left a scope.
 */

/* Beside this file also where both are installed. */
#include "coro.h"

#ifdef __cplusplus
extern "C" {
#endif

struct coro_group;

/* Opens a group of the running task. Returns 0 and *group, to be joined by this task and then
 * destroyed; -EPERM outside of tasks; -ENOMEM. Never suspends. */
int coro_group_create(struct coro_group **group, struct coro_loop *loop);

/*
 * Frees a group that was joined. Takes NULL. Returns 0; or -EBUSY where it was not joined: nothing
 * is freed then, and coro_message says so.
 */
int coro_group_destroy(struct coro_group *group);

/*
 * Starts a task in the group, as coro_spawn does: from any task of the loop, the group's own among
 * them, and also while the group is being joined. Where task is not NULL, *task is a reference that
 * the caller gives back with coro_release; it may outlive the group. Returns 0; -ECANCELED where
 * the group is called off, -EINVAL where it was joined, -ENOMEM: nothing is started then, and the
 * argument is still the caller's. Never suspends.
 */
int coro_group_spawn(struct coro_group *group, struct coro_task **task, const char *name,
                     coro_function *function, void *argument);

/*
 * Calls the group off: its tasks are cancelled, as are the calls of its opener until it joins; no
 * more are started. That alone is no error, but the way to end what is no longer needed. From
 * anywhere in the loop's thread; never suspends.
 */
void coro_group_cancel(struct coro_group *group);

/*
 * The same with an error, as if a task had failed with it: it is what coro_group_join returns,
 * unless another one was first. The message is the one that the running task has noted for this
 * error (coro_fail). Returns the error; -EINVAL where it is not negative, and nothing is done.
 */
int coro_group_fail(struct coro_group *group, int error);

/*
 * Suspends until all tasks of the group have ended, also where the caller is called off from
 * outside the group: then they are cancelled, and are waited for nevertheless. The opener's alone
 * to call, once it has left the scopes and joined the groups that it has entered since. Returns,
 * once all have ended, 0 where no task failed: returning 0 or more is success, and so is to end
 * with -ECANCELED after having been cancelled, by itself or with the group; the error of the task
 * that failed first, whose message becomes the caller's as by coro_fail (of those that fail after
 * it the loop complains, where nobody asks for their results); -ECANCELED where the caller was
 * called off from outside before any task failed. Joined again, it returns the same at once. Or,
 * and then nothing was waited for: -EPERM for another task than the opener, -EINVAL where a scope
 * inside the group has not been left.
 */
int coro_group_join(struct coro_group *group);

/* How many of its tasks have not ended. */
size_t coro_group_tasks(const struct coro_group *group);

#ifdef __cplusplus
}
#endif

#endif
