#ifndef CORO_PROCESS_POOL_H
#define CORO_PROCESS_POOL_H

/*
 * Processes that run what needs an address space of its own: code that may crash, that must be
 * stopped in the middle, or that cannot run in two threads. Bytes go in and bytes come out, over a
 * socket to each worker.
 *
 * Workers are forks of this program, so a job is a function of it, and sees the memory as it was
 * when its worker was forked: at coro_process_pool_create, or when a worker had to be replaced. In
 * a program with threads, a fork has the locks of other threads for ever as they were at that
 * moment. The C library puts its own in order (memory, standard I/O); for others, create the pool
 * before the threads, and have jobs use no lock that another thread may hold when a worker is
 * replaced.
 *
 * A worker has an 8 MiB stack, default signal dispositions (but SIGINT and SIGPIPE are ignored),
 * and of the descriptors only standard input, output and error; it ends when its pool does, or the
 * thread that forked it. It leaves by _exit: what a job prints through stdio it flushes itself. A
 * job that forks lets its child end or exec before it returns.
 *
 * A pool belongs to a loop and is destroyed before it.
 */

/* Beside this file also where both are installed. */
#include "coro.h"

#ifdef __cplusplus
extern "C" {
#endif

struct coro_process_pool;

/*
 * Runs in a worker, with size bytes of input and room for capacity bytes of output, both aligned
 * for any type. Returns how many bytes of output it has made, or -errno.
 */
typedef ssize_t coro_process_function(const void *input, size_t size, void *output,
                                      size_t capacity);

/* Creates a pool and forks its workers; 0: one for each CPU that the process may use. Returns 0 and
 * *pool, or -errno: -EAGAIN (too many processes), -ENOMEM, -EMFILE. */
int coro_process_pool_create(struct coro_process_pool **pool, struct coro_loop *loop,
                             unsigned workers);

/* Kills the workers and waits for their end. Takes NULL. Who waits for a job, or for a worker, gets
 * -ECANCELED. */
void coro_process_pool_destroy(struct coro_process_pool *pool);

/*
 * Has a worker call the function, and suspends until it has: while all are busy, the longest
 * waiting is next. The input is copied; both buffers stay the caller's. Returns what the function
 * returned, its output being in output; or
 *   -EOWNERDEAD where the worker has ended before it answered; coro_message (future.h) names the
 *     signal or the status. The worker is replaced. The job is not tried again;
 *   -ECANCELED where the task was called off: the worker is killed and replaced;
 *   -EMSGSIZE where the function claims to have made more than capacity;
 *   -EPERM outside of tasks; -ENOMEM, from the worker too; -EAGAIN, -EMFILE where a worker could
 *     not be replaced (the next call tries again).
 */
ssize_t coro_run_in_process(struct coro_process_pool *pool, coro_process_function *function,
                            const void *input, size_t size, void *output, size_t capacity);

/* Calls visit with the process ID of each worker. */
void coro_process_pool_workers(const struct coro_process_pool *pool,
                               void (*visit)(void *context, pid_t worker), void *context);

#ifdef __cplusplus
}
#endif

#endif
