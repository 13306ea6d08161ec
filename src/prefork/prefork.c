#include "common/clock.h"
#include "src/backend.h"
#include "src/blocking.h"
#include "src/prefork/workers.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

/*
 * Processes that share the listener, each of which serves a connection at a time. They need no
 * order to stop: the flags and the descriptors that tell of it are shared with them. The parent
 * serves nobody. It replaces workers that die, and leaves when the last one has.
 */

/* For leaving at a forced stop: a worker that takes longer is suspended, or hangs. */
enum { LEAVE_MS = 1000 };

/* Workers die unasked; signalfd tells of it as a descriptor, so that one poll waits for all. */
static int watch_children(sigset_t *before)
{
    struct sigaction standard = {.sa_handler = SIG_DFL}; /* ignored, nobody could be waited for */
    sigset_t child;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigaction(SIGCHLD, &standard, NULL);
    pthread_sigmask(SIG_BLOCK, &child, before);
    return signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Until a worker dies, the next thing is due, or the server stops, or is to stop at once. */
static void wait_for_news(const struct server *server, int deaths, int timeout_ms)
{
    int order = !server_stopping(server)    ? server->stopping_descriptor
                : !server_cancelled(server) ? server->cancel_descriptor
                                            : -1;
    struct pollfd watched[] = {{.fd = deaths, .events = POLLIN}, {.fd = order, .events = POLLIN}};
    struct signalfd_siginfo drained[16];

    poll(watched, 2, timeout_ms);
    while (read(deaths, drained, sizeof(drained)) > 0)
        continue;
}

/* They leave by themselves; at a forced stop, those that do not are killed. */
static void await_the_last(struct workers *workers, const struct server *server, int deaths)
{
    int64_t kill_at_ms = 0;

    while (workers_bury(workers) > 0) {
        int64_t left = kill_at_ms - clock_ms();

        if (!server_cancelled(server)) {
            wait_for_news(server, deaths, -1);
        } else if (kill_at_ms == 0) {
            kill_at_ms = clock_ms() + LEAVE_MS;
        } else if (left > 0) {
            wait_for_news(server, deaths, (int)left);
        } else {
            workers_kill(workers);
            wait_for_news(server, deaths, LEAVE_MS);
        }
    }
}

static void supervise(struct workers *workers, const struct server *server, int deaths)
{
    while (!server_stopping(server)) {
        wait_for_news(server, deaths, workers_next_start_ms(workers));
        workers_bury(workers);
        if (!server_stopping(server))
            workers_replace(workers);
    }
    await_the_last(workers, server, deaths);
}

static int run(const struct server *server)
{
    struct workers *workers;
    sigset_t before;
    int error = workers_create(&workers, server), deaths;

    if (error < 0)
        return error;
    blocking_set_listener(server, true);
    deaths = watch_children(&before);
    error = deaths < 0 ? -errno : workers_start(workers);
    if (error == 0) {
        server_ready(server);
        supervise(workers, server, deaths);
    }
    if (deaths >= 0)
        close(deaths);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    blocking_set_listener(server, false);
    workers_destroy(workers);
    return error;
}

const struct backend backend_prefork = {
    .name = "prefork",
    .summary = "processes sharing the listener, each serving a connection at a time",
    .family = "processes",
    .compute = COMPUTE_CONNECTION,
    .concurrent_connections = true,
    .probe = backend_needs_nothing,
    .run = run,
};
