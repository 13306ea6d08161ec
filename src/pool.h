#ifndef POOL_H
#define POOL_H

#include "src/job.h"
#include "src/server.h"

/*
 * A pool of threads that run jobs for one loop. Its threads run at lower priority than the loop, so
 * that they do not take its CPU, and on the CPUs of --pool-cpus.
 */
struct pool;

/* Starts limits.workers threads. Returns 0 and *pool, or -errno (-ENOMEM, -EMFILE, -EAGAIN). */
int pool_create(struct pool **pool, const struct server *server);

/* Waits for the jobs that were submitted, then ends the threads. What they gave is lost. Takes
 * NULL. */
void pool_destroy(struct pool *pool);

/* Queues a job, which is borrowed until pool_next_done returns it. Cannot fail. */
void pool_submit(struct pool *pool, struct job *job);

/* Becomes readable when a job is done; pool_next_done reads it. */
int pool_descriptor(const struct pool *pool);

/* Returns a job that is done, or NULL where there is none just now. For the loop's thread. */
struct job *pool_next_done(struct pool *pool);

/*
 * Makes the calling thread one of a pool's: on --pool-cpus, and at lower priority unless those are
 * none of the CPUs that the thread came with, which are the loop's. For the threads of other pools.
 */
void pool_settle_thread(const struct server *server);

#endif
