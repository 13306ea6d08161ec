#ifndef CORO_EXECUTOR_H
#define CORO_EXECUTOR_H

/*
 * Threads that run what would stop the loop: blocking calls, long computations. A task waits for
 * the result while others go on.
 *
 * An executor belongs to a loop and is destroyed before it. What runs in its threads must not call
 * this library, but for coro_loop_post.
 *
 * A function that has begun cannot be stopped. So a task that is called off while it waits has two
 * ways to go on: to wait for the end of the function, which then needs nothing but a plain argument
 * (Trio's rule), or to abandon it and go on at once, and then the argument is the executor's.
 */

/* Beside this file also where both are installed. */
#include "coro.h"

#ifdef __cplusplus
extern "C" {
#endif

struct coro_executor;
struct coro_future;

struct coro_executor_options {
    unsigned threads; /* 0: one for each CPU that the process may use */
    unsigned waiting; /* how many jobs may wait for a thread; 0: 1000 */

    /* Called first in each thread, for its priority or its CPUs. Signals are blocked there. */
    void (*settle)(void *context);
    void *settle_context;
};

/* Creates an executor and starts its threads. options may be NULL. Returns 0 and *executor, or
 * -errno: -ENOMEM, -EAGAIN (too many threads). */
int coro_executor_create(struct coro_executor **executor, struct coro_loop *loop,
                         const struct coro_executor_options *options);

/*
 * Ends it, from the loop's thread. Takes NULL. Functions that have begun are waited for, and the
 * loop stands still meanwhile (coro_executor_drain first, to wait in a task). Jobs that have not
 * begun never will: their result is -ECANCELED, as is that of who still waits to hand one in.
 */
void coro_executor_destroy(struct coro_executor *executor);

/* Suspends until there is no job left, the abandoned ones included. Returns 0, -ECANCELED or
 * -EPERM. */
int coro_executor_drain(struct coro_executor *executor);

/* How many jobs wait for a thread or run. */
size_t coro_executor_jobs(const struct coro_executor *executor);

/* Returns what the caller of coro_run_in_executor is to be given. Runs in a thread. */
typedef int coro_blocking_function(void *argument);

/* Frees what the function was given and has made of it. Runs in the loop's thread and must not
 * suspend. */
typedef void coro_discard_function(void *argument);

/* For arguments that need no freeing and outlive the executor. */
void coro_discard_nothing(void *argument);

/*
 * Has a thread call function(argument). Suspends: while there is no room for the job, and until the
 * function has returned. Returns 0 and in *result (may be NULL) what it returned; -EPERM outside of
 * tasks, -ENOMEM, or -ECANCELED.
 *
 * Where the task is called off: a function that has not begun is never called. One that has begun
 *   - with discard NULL is waited for all the same, and its result is returned: the argument may
 *     lie on the caller's stack, and -ECANCELED means that the function was not called;
 *   - with a discard is abandoned: -ECANCELED at once.
 * With a discard, the executor owns the argument from an -ECANCELED on and calls discard(argument)
 * once, when nothing uses it any more; in all other cases the argument stays the caller's.
 */
int coro_run_in_executor(struct coro_executor *executor, coro_blocking_function *function,
                         void *argument, coro_discard_function *discard, int *result);

/*
 * The same as a future, to be gathered or waited for among others. Never suspends. The status of
 * the future is what the function returned, its value the argument. Returns 0 and *future, one
 * reference of the caller's; -EAGAIN where there is no room for the job (coro_run_in_executor
 * waits), -ENOMEM.
 *
 * coro_future_cancel takes a job back that has not begun, and abandons one that has. discard may
 * not be NULL (-EINVAL): it is called for the argument of a cancelled future, when nothing uses it
 * any more; coro_discard_nothing where the argument outlives the executor.
 */
int coro_submit_to_executor(struct coro_executor *executor, coro_blocking_function *function,
                            void *argument, coro_discard_function *discard,
                            struct coro_future **future);

#ifdef __cplusplus
}
#endif

#endif
