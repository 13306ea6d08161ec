#include "src/prefork/workers.h"

#include "common/clock.h"
#include "src/blocking.h"
#include "src/linger.h"
#include "src/sync/conversation.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { YOUNG_MS = 1000, DELAY_FIRST_MS = 10, DELAY_MOST_MS = 1000 };

struct worker {
    pid_t pid; /* 0: none lives */
    int64_t started_ms, start_at_ms;
    int delay_ms; /* before the next start, if this one dies young */
    /*
     * The worker's own, from here on. Its session lies in shared memory, so that what a killed
     * worker has answered is not lost to the statistics.
     */
    atomic_bool serving;
    struct session session;
};

struct workers {
    const struct server *server;
    unsigned count;
    struct worker *list; /* mapped: shared with the workers */
    int starting[2];     /* while they start: a pipe that ends when all have; else -1 */
};

int workers_create(struct workers **created, const struct server *server)
{
    const struct server_limits *limits = &server->limits;
    struct workers *workers = calloc(1, sizeof(*workers));
    void *mapped;

    if (workers == NULL)
        return -ENOMEM;
    workers->server = server;
    workers->starting[0] = workers->starting[1] = -1;
    workers->count = limits->workers < limits->max_connections ? limits->workers
                                                               : (unsigned)limits->max_connections;
    mapped = mmap(NULL, workers->count * sizeof(struct worker), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) {
        free(workers);
        return -ENOMEM;
    }
    workers->list = mapped;
    *created = workers;
    return 0;
}

void workers_destroy(struct workers *workers)
{
    if (workers == NULL)
        return;
    munmap(workers->list, workers->count * sizeof(struct worker));
    free(workers);
}

static void close_start(struct workers *workers)
{
    for (int i = 0; i < 2; i++) {
        if (workers->starting[i] >= 0)
            close(workers->starting[i]);
        workers->starting[i] = -1;
    }
}

/* In the worker. Threads are not inherited by a fork, so it has helpers of its own. */
static int serve(struct workers *workers, struct worker *worker)
{
    struct server server = *workers->server;
    struct blocking *blocking;
    int descriptor, error;

    server.limits.max_connections = LONG_MAX; /* the number of workers is the limit */
    error = linger_create(&server.linger, server.cancel_descriptor);
    if (error < 0)
        return error;
    error = blocking_create(&blocking, &server);
    if (error < 0)
        goto destroy_linger;
    close_start(workers);
    while (blocking_accept(&server, &descriptor)) {
        atomic_store(&worker->serving, true);
        converse(&server, blocking, &worker->session, descriptor);
        atomic_store(&worker->serving, false);
    }
    blocking_destroy(blocking);
destroy_linger:
    linger_destroy(server.linger);
    return error;
}

/* Never returns. The order to stop is the parent's to take: a terminal sends SIGINT to all. */
static _Noreturn void become_worker(struct workers *workers, struct worker *worker, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(EXIT_FAILURE); /* died in between */
    _exit(serve(workers, worker) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

/*
 * The signals to stop are blocked around the fork and stay so in the worker: its inherited handlers
 * must not take an order that is the parent's for a second one. Returns 0 or -errno.
 */
static int start(struct workers *workers, struct worker *worker)
{
    pid_t parent = getpid(), pid;
    sigset_t before;
    int error;

    pthread_sigmask(SIG_SETMASK, NULL, &before);
    blocking_leave_signals();
    pid = fork();
    error = -errno;
    if (pid == 0)
        become_worker(workers, worker, parent);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    worker->started_ms = clock_ms();
    if (pid < 0)
        return error;
    worker->pid = pid;
    return 0;
}

static void end_all(struct workers *workers)
{
    workers_kill(workers);
    for (unsigned i = 0; i < workers->count; i++) {
        if (workers->list[i].pid > 0)
            waitpid(workers->list[i].pid, NULL, 0);
        workers->list[i].pid = 0;
    }
}

/* Each worker closes its ends when it has started, and dying does so, too. */
static void await_start(struct workers *workers)
{
    char nothing;

    close(workers->starting[1]);
    workers->starting[1] = -1;
    while (read(workers->starting[0], &nothing, 1) < 0 && errno == EINTR)
        continue;
}

int workers_start(struct workers *workers)
{
    int error = 0;

    if (pipe2(workers->starting, O_CLOEXEC) < 0)
        return -errno;
    for (unsigned i = 0; i < workers->count && error == 0; i++)
        error = start(workers, &workers->list[i]);
    if (error < 0)
        end_all(workers);
    else
        await_start(workers);
    close_start(workers);
    return error;
}

static void report(pid_t pid, int status)
{
    if (WIFSIGNALED(status))
        fprintf(stderr, "fibserver: worker %d was ended by signal %d (%s)\n", (int)pid,
                WTERMSIG(status), strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != EXIT_SUCCESS)
        fprintf(stderr, "fibserver: worker %d failed\n", (int)pid);
}

/* A worker that died in the middle of a conversation has not ended it. */
static void end_conversation(const struct server *server, struct worker *worker)
{
    if (!atomic_exchange(&worker->serving, false))
        return;
    server_count(server, worker->session.requests, worker->session.errors, 0);
    server_close(server, -1, SESSION_CLOSE);
}

/* Schedules the next one. */
static void postpone(struct worker *worker, int64_t now_ms)
{
    if (now_ms - worker->started_ms >= YOUNG_MS)
        worker->delay_ms = 0;
    worker->start_at_ms = now_ms + worker->delay_ms;
    worker->delay_ms = worker->delay_ms > 0 ? 2 * worker->delay_ms : DELAY_FIRST_MS;
    if (worker->delay_ms > DELAY_MOST_MS)
        worker->delay_ms = DELAY_MOST_MS;
}

unsigned workers_bury(struct workers *workers)
{
    unsigned living = 0;

    for (unsigned i = 0; i < workers->count; i++) {
        struct worker *worker = &workers->list[i];
        int status = 0;

        if (worker->pid > 0 && waitpid(worker->pid, &status, WNOHANG) != 0) {
            report(worker->pid, status);
            end_conversation(workers->server, worker);
            worker->pid = 0;
            postpone(worker, clock_ms());
        }
        living += worker->pid > 0;
    }
    return living;
}

void workers_replace(struct workers *workers)
{
    int64_t now = clock_ms();

    for (unsigned i = 0; i < workers->count; i++) {
        struct worker *worker = &workers->list[i];

        if (worker->pid == 0 && worker->start_at_ms <= now && start(workers, worker) < 0)
            postpone(worker, now);
    }
}

int workers_next_start_ms(const struct workers *workers)
{
    int64_t now = clock_ms();
    int next = -1;

    for (unsigned i = 0; i < workers->count; i++) {
        const struct worker *worker = &workers->list[i];
        int left = worker->start_at_ms > now ? (int)(worker->start_at_ms - now) : 0;

        if (worker->pid == 0 && (next < 0 || left < next))
            next = left;
    }
    return next;
}

void workers_kill(struct workers *workers)
{
    for (unsigned i = 0; i < workers->count; i++) {
        if (workers->list[i].pid > 0)
            kill(workers->list[i].pid, SIGKILL);
    }
}
