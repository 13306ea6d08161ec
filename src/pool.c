#include "src/pool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

/* Low enough that a loop which wakes up gets the CPU at once, high enough that slow requests do not
 * starve. */
enum { POOL_NICE = 10 };

struct queue {
    struct job *first, **last;
};

struct pool {
    const struct server *server;
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct queue waiting; /* under lock */
    bool finish;          /* under lock */
    pthread_mutex_t done_lock;
    struct queue done; /* under done_lock */
    struct job *taken; /* the loop's: done, not yet returned */
    int descriptor;
    unsigned threads;
    pthread_t thread[];
};

static void queue_init(struct queue *queue)
{
    queue->first = NULL;
    queue->last = &queue->first;
}

static void queue_push(struct queue *queue, struct job *job)
{
    job->next = NULL;
    *queue->last = job;
    queue->last = &job->next;
}

static struct job *queue_pop(struct queue *queue)
{
    struct job *job = queue->first;

    queue->first = job->next;
    if (queue->first == NULL)
        queue->last = &queue->first;
    return job;
}

/* Lower priority keeps a pool from taking the loop's CPU; on CPUs of its own it would only be late.
 */
static bool shares_cpus_with_loop(const struct server *server)
{
    cpu_set_t cpus;

    if (!server->limits.pool_cpus_set || sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
        return true;
    CPU_AND(&cpus, &cpus, &server->limits.pool_cpus);
    return CPU_COUNT(&cpus) > 0;
}

/* Neither call can hurt where it fails: the thread is then as any other. */
void pool_settle_thread(const struct server *server)
{
    if (shares_cpus_with_loop(server))
        setpriority(PRIO_PROCESS, (id_t)gettid(), POOL_NICE);
    if (server->limits.pool_cpus_set)
        sched_setaffinity(0, sizeof(server->limits.pool_cpus), &server->limits.pool_cpus);
}

/* Waits for a job. Returns NULL when the pool is to finish and none is left. */
static struct job *next_job(struct pool *pool)
{
    struct job *job = NULL;

    pthread_mutex_lock(&pool->lock);
    while (pool->waiting.first == NULL && !pool->finish)
        pthread_cond_wait(&pool->work, &pool->lock);
    if (pool->waiting.first != NULL)
        job = queue_pop(&pool->waiting);
    pthread_mutex_unlock(&pool->lock);
    return job;
}

/* The loop is woken once for all jobs that are done before it looks. */
static void hand_back(struct pool *pool, struct job *job)
{
    uint64_t one = 1;
    bool first;

    pthread_mutex_lock(&pool->done_lock);
    first = pool->done.first == NULL;
    queue_push(&pool->done, job);
    pthread_mutex_unlock(&pool->done_lock);
    while (first && write(pool->descriptor, &one, sizeof(one)) < 0 && errno == EINTR)
        continue;
}

static void *work(void *argument)
{
    struct pool *pool = argument;
    struct job *job;

    pool_settle_thread(pool->server);
    while ((job = next_job(pool)) != NULL) {
        job_run(job);
        hand_back(pool, job);
    }
    return NULL;
}

static int start_threads(struct pool *pool, unsigned count)
{
    sigset_t all, before;
    int error = 0;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (error == 0 && pool->threads < count) {
        error = pthread_create(&pool->thread[pool->threads], NULL, work, pool);
        pool->threads += error == 0;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -error;
}

int pool_create(struct pool **created, const struct server *server)
{
    unsigned count = server->limits.workers;
    struct pool *pool = calloc(1, sizeof(*pool) + count * sizeof(pool->thread[0]));
    int error;

    if (pool == NULL)
        return -ENOMEM;
    pool->server = server;
    queue_init(&pool->waiting);
    queue_init(&pool->done);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_mutex_init(&pool->done_lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pool->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    error = pool->descriptor < 0 ? -errno : start_threads(pool, count);
    if (error < 0) {
        pool_destroy(pool);
        return error;
    }
    *created = pool;
    return 0;
}

void pool_destroy(struct pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->finish = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->threads; i++)
        pthread_join(pool->thread[i], NULL);
    if (pool->descriptor >= 0)
        close(pool->descriptor);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->done_lock);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

void pool_submit(struct pool *pool, struct job *job)
{
    pthread_mutex_lock(&pool->lock);
    queue_push(&pool->waiting, job);
    pthread_mutex_unlock(&pool->lock);
    pthread_cond_signal(&pool->work);
}

int pool_descriptor(const struct pool *pool)
{
    return pool->descriptor;
}

struct job *pool_next_done(struct pool *pool)
{
    struct job *job;
    uint64_t count;

    if (pool->taken == NULL) {
        /* Read first: a job that is done in between makes it readable again. */
        if (read(pool->descriptor, &count, sizeof(count)) < 0)
            return NULL;
        pthread_mutex_lock(&pool->done_lock);
        pool->taken = pool->done.first;
        queue_init(&pool->done);
        pthread_mutex_unlock(&pool->done_lock);
    }
    job = pool->taken;
    if (job != NULL)
        pool->taken = job->next;
    return job;
}
