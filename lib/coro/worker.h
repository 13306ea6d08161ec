#ifndef CORO_WORKER_H
#define CORO_WORKER_H

/* One process of a pool, as its parent sees it and as it sees itself. */

#include "lib/coro/process_pool.h"

struct worker_request {
    coro_process_function *function;
    size_t size, capacity; /* size bytes follow */
};

struct worker_answer {
    ssize_t result; /* that many bytes follow; or -errno */
};

/* Forks a worker. Returns 0, its process ID and a non-blocking socket to it; or -errno. */
int worker_fork(pid_t *worker, int *socket);

/* Kills the worker, whatever it does. */
void worker_kill(pid_t worker);

/* Takes note of its end. Returns 1 and what waitpid(2) says of it (-1 where somebody else has asked
 * before); with wait false, 0 where it has not ended yet. */
int worker_reap(pid_t worker, bool wait, int *status);

#endif
