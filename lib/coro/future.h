#ifndef CORO_FUTURE_H
#define CORO_FUTURE_H

/*
 * A result that comes later. Whoever makes a future gives it its result; any number of tasks await
 * it, before and after. A task is a future as well, whose result is what its function returns.
 *
 * A result is a status, 0 or more (0 but for tasks that return a count) or -errno; with a value,
 * which is the users' business; and, for an error, with a message. Cancelling a task that awaits a
 * future leaves the future alone: what others may be waiting for goes on (Trio's rule, not
 * asyncio's). To cancel what one waits for, say so (coro_future_cancel) or use a group.
 *
 * Futures are counted: coro_future_create and coro_spawn hand out one reference, every holder gives
 * one back. A future belongs to the thread of its loop; to give it a result from another thread,
 * coro_loop_post a call that does.
 */

/* Beside this file also where both are installed. */
#include "coro.h"

#ifdef __cplusplus
extern "C" {
#endif

struct coro_future;

/* Who is told of the result at once. The library's. */
struct coro_waiter {
    void (*notify)(struct coro_waiter *waiter);
    struct coro_waiter *next, **link; /* link is NULL: not waiting */
};

/*
 * Creates a future without a result. name is for people and is not copied; NULL for "future".
 * Returns 0 and *future, one reference of the caller's; or -ENOMEM.
 */
int coro_future_create(struct coro_future **future, struct coro_loop *loop, const char *name);

/* One more reference; returns its argument. */
struct coro_future *coro_future_hold(struct coro_future *future);

/* Gives one reference back. Takes NULL. The last one frees the future; a task goes on, and if it
 * fails without anybody having asked for its result, the loop complains. */
void coro_future_release(struct coro_future *future);

/*
 * Gives the future its result: a value (NULL is one) with status 0, or an error with a message
 * (which is copied; NULL: coro_strerror's). Whoever awaits it becomes ready. Return 0; -EALREADY
 * where it has a result, and keeps it; -EPERM for a task, which gives itself its result; -EINVAL
 * for an error that is not negative. The message is lost where there is no memory for it.
 */
int coro_future_set_result(struct coro_future *future, void *value);
int coro_future_set_error(struct coro_future *future, int error, const char *message);

/*
 * A future: gives it the status -ECANCELED. A task: coro_cancel, and its result comes when it ends.
 * Returns 0, or -EALREADY where it has a result.
 */
int coro_future_cancel(struct coro_future *future);

bool coro_future_is_done(const struct coro_future *future);

/* Whether it is done with -ECANCELED. */
bool coro_future_is_cancelled(const struct coro_future *future);

/* The result of a future that is done. Before: -EINPROGRESS, NULL. The value is borrowed or not as
 * the two parties have agreed. */
int coro_future_status(struct coro_future *future);
void *coro_future_value(const struct coro_future *future);

/* What is known of the error it is done with; "" where there is none. Valid as long as the future.
 */
const char *coro_future_message(struct coro_future *future);

const char *coro_future_name(const struct coro_future *future);
struct coro_loop *coro_future_loop(const struct coro_future *future);

/*
 * Suspends until the future is done, or the task is called off. Returns its status, and its value
 * in *value (which may be NULL); -ECANCELED where the caller was cancelled or is in a scope that is
 * over (coro_called_off tells it from a future that was cancelled); -EDEADLK for the caller's own
 * task; -EPERM outside of tasks, or where the future has outlived its loop without a result. Made
 * to go on by coro_wake before, it returns the error that it was woken with, or -EINTR. Of a future
 * that is done it returns at once, from anywhere. An error's message becomes the caller's, as by
 * coro_fail.
 */
int coro_await(struct coro_future *future, void **value);

/* A task as a future, and back (NULL for what is no task). No reference is taken. */
struct coro_future *coro_task_future(struct coro_task *task);
struct coro_task *coro_future_task(struct coro_future *future);

/* A function to be called when a future is done. The caller sets function and keeps it until it was
 * called or forgotten. */
struct coro_done {
    void (*function)(struct coro_done *done, struct coro_future *future); /* must not suspend */
    struct coro_future *future; /* the rest is the library's */
    struct coro_waiter waiter;
    struct coro_call call;
};

/* Has done->function called in the turn after the result (in the next one where it is there
 * already), on the loop's own stack. The future is held until then. Where the loop goes before the
 * result comes, it is not called. Returns 0, or -EPERM where the loop is gone. */
int coro_future_on_done(struct coro_future *future, struct coro_done *done);

/* Takes it back. Returns true where it will not be called; false where its call is under way in the
 * next turn, or was made. */
bool coro_future_forget(struct coro_done *done);

/* Sets the value of the running task, and returns 0: `return coro_return(loop, value);`. */
int coro_return(struct coro_loop *loop, void *value);

/*
 * Notes a message for an error of the running task, and returns the error: `return coro_fail(loop,
 * -EINVAL, "no host in '%s'", url);`. It goes with the task's result where that is this error. It
 * may suspend no one. Outside of tasks, or without memory, only the message is lost.
 */
int coro_fail(struct coro_loop *loop, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The message noted last in the running task, where it was for this error; else coro_strerror's.
 * Valid until the next one is noted. */
const char *coro_message(const struct coro_loop *loop, int error);

/*
 * Runs the loop until the future is done. Returns its status, and its value in *value (may be
 * NULL); or why the loop could not go on: coro_loop_run's errors; -EINTR where coro_loop_stop was
 * called before.
 */
int coro_run_until_complete(struct coro_loop *loop, struct coro_future *future, void **value);

/*
 * Runs a function as a task, then cancels the other tasks and runs the loop until they have ended.
 * Returns the function's result; coro_spawn's or coro_run_until_complete's error. Where the loop
 * cannot be run (-EBUSY, -ENOTSUP) the function is not called.
 */
int coro_run(struct coro_loop *loop, const char *name, coro_function *function, void *argument);

#ifdef __cplusplus
}
#endif

#endif
