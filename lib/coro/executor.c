#include "lib/coro/executor.h"

#include "lib/coro/waiting.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>

enum { DEFAULT_WAITING = 1000 };

/*
 * Goes from the loop to a thread and back as a posted call. Who waits for it is a task, which frees
 * it, or a future; an abandoned one frees itself.
 */
struct job {
    struct coro_call call;          /* made in the loop when the function has returned */
    struct coro_waiter watch;       /* of the future */
    struct coro_executor *executor; /* NULL when that is gone */
    coro_blocking_function *function;
    coro_discard_function *discard;
    void *argument;
    int result;
    struct coro_future *future;
    struct coro_line done;                  /* the task, where there is no future */
    bool refused;                           /* never begun */
    bool abandoned;                         /* nobody waits for it */
    struct job *next, **link;               /* of all that the executor has */
    struct job *next_queued, **link_queued; /* under lock; link_queued is NULL: not in the queue */
};

struct coro_executor {
    struct coro_loop *loop;
    size_t job_count, jobs_at_most;
    struct job *jobs;
    struct coro_line room, idle;
    unsigned references; /* the owner's, and one of each task in one of its calls */
    bool closed;
    void (*settle)(void *context);
    void *settle_context;

    pthread_mutex_t lock;
    pthread_cond_t work;
    struct job *queue, **queue_end; /* under lock */
    bool finish;                    /* under lock */
    unsigned thread_count;
    pthread_t threads[];
};

void coro_discard_nothing(void *argument)
{
}

static void queue_remove(struct coro_executor *executor, struct job *job)
{
    *job->link_queued = job->next_queued;
    if (job->next_queued)
        job->next_queued->link_queued = job->link_queued;
    else
        executor->queue_end = job->link_queued;
    job->link_queued = NULL;
}

static struct job *next_job(struct coro_executor *executor)
{
    struct job *job;

    pthread_mutex_lock(&executor->lock);
    while (!executor->queue && !executor->finish)
        pthread_cond_wait(&executor->work, &executor->lock);
    job = executor->queue;
    if (job)
        queue_remove(executor, job);
    pthread_mutex_unlock(&executor->lock);
    return job;
}

static void *work(void *argument)
{
    struct coro_executor *executor = argument;
    struct job *job;

    if (executor->settle)
        executor->settle(executor->settle_context);
    while ((job = next_job(executor)) != NULL) {
        job->result = job->function(job->argument);
        coro_loop_post(executor->loop, &job->call);
    }
    return NULL;
}

static void let_go(struct coro_executor *executor)
{
    if (--executor->references > 0)
        return;
    pthread_cond_destroy(&executor->work);
    pthread_mutex_destroy(&executor->lock);
    free(executor);
}

/* The place of a job goes to who has waited longest for one. */
static void give_up_place(struct coro_executor *executor)
{
    if (line_call(&executor->room, 0))
        return;
    if (--executor->job_count == 0)
        line_tell_all(&executor->idle, 0);
}

/* The executor has nothing to do with it any more. */
static void detach(struct job *job)
{
    if (!job->executor)
        return;
    *job->link = job->next;
    if (job->next)
        job->next->link = job->link;
    give_up_place(job->executor);
    job->executor = NULL;
}

static void throw_away(struct job *job)
{
    coro_discard_function *discard = job->discard;
    void *argument = job->argument;

    coro_future_release(job->future);
    free(job);
    if (discard)
        discard(argument);
}

static void set_future(struct job *job)
{
    future_unwatch(&job->watch);
    if (job->result < 0 && job->result != -EINPROGRESS) {
        coro_future_set_error(job->future, job->result, NULL);
    } else {
        job->future->value = job->argument;
        future_finish(job->future, job->result < 0 ? -EIO : job->result);
    }
    coro_future_release(job->future);
    free(job);
}

static void conclude(struct coro_call *call)
{
    struct job *job = (struct job *)((char *)call - offsetof(struct job, call));

    detach(job);
    if (job->abandoned) {
        throw_away(job);
    } else if (job->future) {
        set_future(job);
    } else {
        line_tell_all(&job->done, 0);
    }
}

/* Returns true where no thread has begun it, and none will. */
static bool take_back(struct job *job)
{
    struct coro_executor *executor = job->executor;
    bool queued = false;

    if (!executor)
        return false;
    pthread_mutex_lock(&executor->lock);
    queued = job->link_queued != NULL;
    if (queued)
        queue_remove(executor, job);
    pthread_mutex_unlock(&executor->lock);
    return queued;
}

/* Somebody else has given the future its result. What is the user's is discarded by the loop. */
static void abandon_future(struct coro_waiter *watch)
{
    struct job *job = (struct job *)((char *)watch - offsetof(struct job, watch));

    job->abandoned = true;
    if (take_back(job))
        loop_enqueue(job->executor->loop, &job->call);
}

static struct job *create_job(struct coro_executor *executor, coro_blocking_function *function,
                              void *argument, coro_discard_function *discard)
{
    struct job *job = calloc(1, sizeof *job);

    if (!job)
        return NULL;
    line_init(&job->done);
    job->call.function = conclude;
    job->watch.notify = abandon_future;
    job->executor = executor;
    job->function = function;
    job->argument = argument;
    job->discard = discard;
    return job;
}

static void hand_in(struct job *job)
{
    struct coro_executor *executor = job->executor;

    job->next = executor->jobs;
    job->link = &executor->jobs;
    if (job->next)
        job->next->link = &job->next;
    executor->jobs = job;

    pthread_mutex_lock(&executor->lock);
    job->link_queued = executor->queue_end;
    *executor->queue_end = job;
    executor->queue_end = &job->next_queued;
    pthread_cond_signal(&executor->work);
    pthread_mutex_unlock(&executor->lock);
}

static bool has_room(const struct coro_executor *executor)
{
    return executor->job_count < executor->jobs_at_most && !executor->room.first;
}

static int wait_for_room(struct coro_executor *executor)
{
    struct coro_task *task;
    int error = task_checkpoint(executor->loop, &task);

    if (!error && executor->closed)
        error = -ECANCELED;
    if (error)
        return error;
    if (has_room(executor)) {
        executor->job_count++;
        return 0;
    }
    error = line_stand(&executor->room, executor->loop);
    return !error && executor->closed ? -ECANCELED : error;
}

/* Returns 0 where the function has returned; -ECANCELED where it was not called and the job is
 * freed; -EINPROGRESS where it is abandoned. */
static int wait_for_job(struct job *job, struct coro_loop *loop)
{
    int error = line_stand(&job->done, loop);

    if (!error)
        return 0;
    if (job->refused || take_back(job)) {
        detach(job);
        free(job);
        return -ECANCELED;
    }
    if (job->discard) {
        job->abandoned = true;
        return -EINPROGRESS;
    }
    return line_insist(&job->done, loop);
}

/* The executor must be held by the caller. Returns as wait_for_job. */
static int run_job(struct coro_executor *executor, coro_blocking_function *function, void *argument,
                   coro_discard_function *discard, int *result)
{
    int error = wait_for_room(executor);
    struct job *job;

    if (error)
        return error;
    job = create_job(executor, function, argument, discard);
    if (!job) {
        give_up_place(executor);
        return -ENOMEM;
    }
    hand_in(job);
    error = wait_for_job(job, executor->loop);
    if (error)
        return error;
    if (result)
        *result = job->result;
    free(job);
    return 0;
}

int coro_run_in_executor(struct coro_executor *executor, coro_blocking_function *function,
                         void *argument, coro_discard_function *discard, int *result)
{
    int error;

    executor->references++;
    error = run_job(executor, function, argument, discard, result);
    let_go(executor);
    if (error == -ECANCELED && discard)
        discard(argument);
    return error == -EINPROGRESS ? -ECANCELED : error;
}

int coro_submit_to_executor(struct coro_executor *executor, coro_blocking_function *function,
                            void *argument, coro_discard_function *discard,
                            struct coro_future **future)
{
    struct job *job;
    int error;

    if (!discard)
        return -EINVAL;
    if (!has_room(executor))
        return -EAGAIN;
    job = create_job(executor, function, argument, discard);
    if (!job)
        return -ENOMEM;
    error = coro_future_create(&job->future, executor->loop, "job of an executor");
    if (error) {
        free(job);
        return error;
    }
    future_watch(job->future, &job->watch);
    executor->job_count++;
    *future = coro_future_hold(job->future);
    hand_in(job);
    return 0;
}

int coro_executor_drain(struct coro_executor *executor)
{
    struct coro_task *task;
    int error = task_checkpoint(executor->loop, &task);

    if (error || executor->job_count == 0)
        return error;
    executor->references++;
    error = line_stand(&executor->idle, executor->loop);
    let_go(executor);
    return error;
}

size_t coro_executor_jobs(const struct coro_executor *executor)
{
    return executor->job_count;
}

static int start_threads(struct coro_executor *executor, unsigned count)
{
    sigset_t all, before;
    int error = 0;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (!error && executor->thread_count < count) {
        error = pthread_create(&executor->threads[executor->thread_count], NULL, work, executor);
        executor->thread_count += !error;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -error;
}

/* Waits for what they have begun. */
static void end_threads(struct coro_executor *executor)
{
    pthread_mutex_lock(&executor->lock);
    executor->finish = true;
    pthread_cond_broadcast(&executor->work);
    pthread_mutex_unlock(&executor->lock);
    for (unsigned i = 0; i < executor->thread_count; i++)
        pthread_join(executor->threads[i], NULL);
}

static unsigned cpus(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

int coro_executor_create(struct coro_executor **created, struct coro_loop *loop,
                         const struct coro_executor_options *options)
{
    unsigned threads = options && options->threads ? options->threads : cpus();
    unsigned waiting = options && options->waiting ? options->waiting : DEFAULT_WAITING;
    struct coro_executor *executor =
        calloc(1, sizeof *executor + threads * sizeof executor->threads[0]);
    int error;

    if (!executor)
        return -ENOMEM;
    executor->loop = loop;
    line_init(&executor->room);
    line_init(&executor->idle);
    executor->references = 1;
    executor->jobs_at_most = (size_t)threads + waiting;
    executor->queue_end = &executor->queue;
    if (options) {
        executor->settle = options->settle;
        executor->settle_context = options->settle_context;
    }
    pthread_mutex_init(&executor->lock, NULL);
    pthread_cond_init(&executor->work, NULL);
    error = start_threads(executor, threads);
    if (error) {
        end_threads(executor);
        let_go(executor);
        return error;
    }
    *created = executor;
    return 0;
}

/* What no thread has begun never will be. */
static void close_queue(struct coro_executor *executor)
{
    pthread_mutex_lock(&executor->lock);
    for (struct job *job = executor->queue; job; job = job->next_queued) {
        job->refused = true;
        job->link_queued = NULL;
    }
    executor->queue = NULL;
    executor->queue_end = &executor->queue;
    pthread_mutex_unlock(&executor->lock);
}

static void refuse(struct job *job)
{
    detach(job);
    if (job->future) {
        future_unwatch(&job->watch);
        coro_future_set_error(job->future, -ECANCELED, "The executor has been destroyed");
        throw_away(job);
    } else {
        line_tell_all(&job->done, -ECANCELED);
    }
}

void coro_executor_destroy(struct coro_executor *executor)
{
    struct job *next;

    if (!executor)
        return;
    executor->closed = true;
    line_tell_all(&executor->room, -ECANCELED);
    close_queue(executor);
    for (struct job *job = executor->jobs; job; job = next) {
        next = job->next;
        if (job->refused)
            refuse(job);
    }
    end_threads(executor);
    while (executor->jobs)
        detach(executor->jobs);
    line_tell_all(&executor->idle, 0);
    let_go(executor);
}
