#ifndef CORO_SCOPE_H
#define CORO_SCOPE_H

/*
 * A part of a task that has a deadline, or can be cancelled by itself, or is shielded from
 * cancellation. They nest, as calls do (after Trio's cancel scopes).
 *
 * When a scope is called off, because its deadline has passed or somebody has cancelled it, the
 * call in which its task is suspended returns -ECANCELED, and so does each suspending call after
 * that until the scope is left. Leaving it turns that -ECANCELED into what it means outside.
 */

/* Beside this file also where both are installed. */
#include "coro.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The caller owns it, on its stack as a rule; its fields are the library's. */
struct coro_scope {
    struct coro_task *task;
    struct coro_scope *outer;
    struct coro_timer timer;
    bool called_off, expired, shielded;
};

/*
 * Enters a scope with a deadline on coro_now's clock (CORO_FOREVER: none), from within a task. Each
 * scope is left in the function that entered it, the innermost first, before the task ends. Returns
 * 0; or -EPERM outside of tasks, -ENOMEM, and no scope is entered.
 */
int coro_scope_enter(struct coro_scope *scope, struct coro_loop *loop, int64_t deadline);

/*
 * The same, and what is outside of it (the cancellation of the task, deadlines around it) has no
 * effect within: for cleaning up. The deadline bounds how long that may take.
 */
int coro_scope_enter_shielded(struct coro_scope *scope, struct coro_loop *loop, int64_t deadline);

/*
 * Leaves the scope. result is what the work in it has come to: returned as it is, but for the
 * -ECANCELED of a scope whose deadline has passed, which becomes -ETIMEDOUT unless the task is
 * called off outside of the scope too. -EINVAL where it is not the innermost one: nothing is left
 * then.
 */
int coro_scope_leave(struct coro_scope *scope, int result);

/* Calls the scope off, from anywhere in the loop's thread. Its -ECANCELED stays -ECANCELED. */
void coro_scope_cancel(struct coro_scope *scope);

/* Moves the deadline of a scope that is not called off yet. */
void coro_scope_set_deadline(struct coro_scope *scope, int64_t deadline);

bool coro_scope_is_called_off(const struct coro_scope *scope);

/* Whether a suspending call of the running task would fail at once: the task is cancelled, or in a
 * scope that is called off, and not shielded from that. */
bool coro_called_off(const struct coro_loop *loop);

/*
 * Calls function(loop, argument) in the running task with so many nanoseconds to go. Returns what
 * it returned, -ETIMEDOUT where it gave up for want of time, or coro_scope_enter's errors. Suspends
 * if the function does.
 */
int coro_timeout(struct coro_loop *loop, int64_t nanoseconds, coro_function *function,
                 void *argument);

#ifdef __cplusplus
}
#endif

#endif
