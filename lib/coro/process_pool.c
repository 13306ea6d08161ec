#include "lib/coro/process_pool.h"

#include "lib/coro/socket.h"
#include "lib/coro/waiting.h"
#include "lib/coro/worker.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A killed worker ends soon, but nobody can wait for that. */
#define REAP_INTERVAL INT64_C(5000000)

struct worker {
    struct worker *next; /* of those in use, or of those that were killed */
    struct worker *next_idle;
    struct coro_descriptor descriptor;
    pid_t process;
    int socket;
};

struct coro_process_pool {
    struct coro_loop *loop;
    struct worker *workers, *idle, *killed;
    unsigned count, at_most;
    unsigned idle_count;
    unsigned promised; /* to tasks that were called out of the line and have not run since */
    struct coro_line line;
    struct coro_alarm reaper;
    unsigned references; /* the owner's, and one of each task in coro_run_in_process */
    bool closed;
};

static int add_worker(struct coro_process_pool *pool, struct worker **added)
{
    struct worker *worker = calloc(1, sizeof *worker);
    int error;

    if (!worker)
        return -ENOMEM;
    error = worker_fork(&worker->process, &worker->socket);
    if (error)
        goto free_worker;
    error = coro_descriptor_init(&worker->descriptor, pool->loop, worker->socket);
    if (error)
        goto end_process;
    worker->next = pool->workers;
    pool->workers = worker;
    pool->count++;
    *added = worker;
    return 0;

end_process:
    worker_kill(worker->process);
    worker_reap(worker->process, true, &(int){0});
    close(worker->socket);
free_worker:
    free(worker);
    return error;
}

/* Kills it and takes it out of the pool. Its struct is left to the caller. */
static void expel(struct coro_process_pool *pool, struct worker *worker)
{
    struct worker **link = &pool->workers;

    while (*link != worker)
        link = &(*link)->next;
    *link = worker->next;
    pool->count--;
    coro_descriptor_finish(&worker->descriptor);
    close(worker->socket);
    worker_kill(worker->process);
}

/* Waits for the end of a process that is ending already. */
static int bury(struct coro_process_pool *pool, struct worker *worker)
{
    int status;

    expel(pool, worker);
    worker_reap(worker->process, true, &status);
    free(worker);
    return status;
}

static void reap_killed(struct coro_process_pool *pool, bool wait)
{
    struct worker **link = &pool->killed;

    while (*link) {
        struct worker *worker = *link;

        if (worker_reap(worker->process, wait, &(int){0})) {
            *link = worker->next;
            free(worker);
        } else {
            link = &worker->next;
        }
    }
}

static void reap_later(struct coro_process_pool *pool)
{
    if (pool->killed && coro_call_later(pool->loop, &pool->reaper, REAP_INTERVAL) < 0)
        reap_killed(pool, true);
}

static void reap(struct coro_alarm *alarm)
{
    struct coro_process_pool *pool =
        (struct coro_process_pool *)((char *)alarm - offsetof(struct coro_process_pool, reaper));

    reap_killed(pool, false);
    reap_later(pool);
}

/* Stops a worker in the middle of a job. */
static void stop(struct coro_process_pool *pool, struct worker *worker)
{
    expel(pool, worker);
    worker->next = pool->killed;
    pool->killed = worker;
    reap_later(pool);
}

/* One that ended while it had nothing to do is found here, before a job is lost with it. */
static bool is_well(const struct worker *worker)
{
    char byte;

    return recv(worker->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

static struct worker *take_idle(struct coro_process_pool *pool)
{
    struct worker *worker;

    while ((worker = pool->idle) != NULL) {
        pool->idle = worker->next_idle;
        pool->idle_count--;
        if (is_well(worker))
            return worker;
        bury(pool, worker);
    }
    return NULL;
}

static void put_idle(struct coro_process_pool *pool, struct worker *worker)
{
    worker->next_idle = pool->idle;
    pool->idle = worker;
    pool->idle_count++;
}

static bool has_place(const struct coro_process_pool *pool)
{
    return pool->idle_count + (pool->at_most - pool->count) > pool->promised;
}

static void call_next(struct coro_process_pool *pool)
{
    if (has_place(pool) && line_call(&pool->line, 0))
        pool->promised++;
}

static int wait_for_place(struct coro_process_pool *pool)
{
    struct coro_task *task;
    int error = task_checkpoint(pool->loop, &task);

    if (error || (has_place(pool) && !pool->line.first))
        return error;
    error = line_stand(&pool->line, pool->loop);
    if (!error)
        pool->promised--;
    return error;
}

static int take_worker(struct coro_process_pool *pool, struct worker **taken)
{
    int error = wait_for_place(pool);

    if (error || pool->closed)
        return error ? error : -ECANCELED;
    *taken = take_idle(pool);
    if (*taken)
        return 0;
    error = add_worker(pool, taken);
    if (error) {
        coro_fail(pool->loop, error, "a worker process cannot be replaced: %s", strerror(-error));
        /* They shall hear of it too, not wait for ever. */
        call_next(pool);
    }
    return error;
}

/* Returns 0, or -EPIPE where the worker has gone. */
static int receive(struct worker *worker, void *buffer, size_t size)
{
    ssize_t count = coro_receive_exactly(&worker->descriptor, buffer, size, CORO_FOREVER);

    if (count < 0)
        return count == -ECONNRESET ? -EPIPE : (int)count;
    return (size_t)count == size ? 0 : -EPIPE;
}

static int send_request(struct worker *worker, const struct worker_request *request,
                        const void *input)
{
    int error = coro_send_all(&worker->descriptor, request, sizeof *request, CORO_FOREVER);

    if (!error)
        error = coro_send_all(&worker->descriptor, input, request->size, CORO_FOREVER);
    return error == -ECONNRESET ? -EPIPE : error;
}

/* Touches nothing of the worker's after an error: it may be gone. */
static int exchange(struct worker *worker, const struct worker_request *request, const void *input,
                    void *output, ssize_t *result)
{
    struct worker_answer answer;
    int error = send_request(worker, request, input);

    if (!error)
        error = receive(worker, &answer, sizeof answer);
    if (!error && answer.result > 0)
        error = receive(worker, output, (size_t)answer.result);
    if (!error)
        *result = answer.result;
    return error;
}

static int report_death(struct coro_loop *loop, pid_t process, int status)
{
    if (status == -1)
        return coro_fail(loop, -EOWNERDEAD,
                         "worker process %d ended during the job; its status was taken by somebody "
                         "else (is SIGCHLD ignored?)",
                         (int)process);
    if (WIFSIGNALED(status))
        return coro_fail(loop, -EOWNERDEAD,
                         "worker process %d was killed by signal %d (%s) during the job",
                         (int)process, WTERMSIG(status), strsignal(WTERMSIG(status)));
    return coro_fail(loop, -EOWNERDEAD, "worker process %d exited with status %d during the job",
                     (int)process, WEXITSTATUS(status));
}

static ssize_t run(struct coro_process_pool *pool, const struct worker_request *request,
                   const void *input, void *output)
{
    struct worker *worker;
    ssize_t result = 0;
    int error = take_worker(pool, &worker);

    if (error)
        return error;

    pid_t process = worker->process;

    error = exchange(worker, request, input, output, &result);
    if (pool->closed)
        return -ECANCELED;
    if (!error) {
        put_idle(pool, worker);
    } else if (error == -EPIPE) {
        error = report_death(pool->loop, process, bury(pool, worker));
    } else {
        stop(pool, worker);
    }
    call_next(pool);
    return error ? error : result;
}

static void let_go(struct coro_process_pool *pool)
{
    if (--pool->references == 0)
        free(pool);
}

ssize_t coro_run_in_process(struct coro_process_pool *pool, coro_process_function *function,
                            const void *input, size_t size, void *output, size_t capacity)
{
    struct worker_request request = {.function = function, .size = size, .capacity = capacity};
    ssize_t result;

    pool->references++;
    result = run(pool, &request, input, output);
    let_go(pool);
    return result;
}

static unsigned cpus(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

int coro_process_pool_create(struct coro_process_pool **created, struct coro_loop *loop,
                             unsigned workers)
{
    struct coro_process_pool *pool = calloc(1, sizeof *pool);

    if (!pool)
        return -ENOMEM;
    pool->loop = loop;
    line_init(&pool->line);
    pool->at_most = workers > 0 ? workers : cpus();
    pool->reaper.function = reap;
    pool->reaper.name = "the end of killed worker processes";
    pool->references = 1;
    while (pool->count < pool->at_most) {
        struct worker *worker;
        int error = add_worker(pool, &worker);

        if (error) {
            coro_process_pool_destroy(pool);
            return error;
        }
        put_idle(pool, worker);
    }
    *created = pool;
    return 0;
}

void coro_process_pool_destroy(struct coro_process_pool *pool)
{
    if (!pool)
        return;
    pool->closed = true;
    coro_call_cancel(&pool->reaper);
    line_tell_all(&pool->line, -ECANCELED);
    while (pool->workers) {
        struct worker *worker = pool->workers;

        expel(pool, worker);
        worker->next = pool->killed;
        pool->killed = worker;
    }
    reap_killed(pool, true);
    let_go(pool);
}

void coro_process_pool_workers(const struct coro_process_pool *pool,
                               void (*visit)(void *context, pid_t worker), void *context)
{
    for (const struct worker *worker = pool->workers; worker; worker = worker->next)
        visit(context, worker->process);
}
