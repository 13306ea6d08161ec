#include "src/blocking.h"

#include "common/clock.h"
#include "src/listener.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { KICK_SIGNAL = SIGUSR1, KICK_AGAIN_MS = 5 };

struct blocking {
    const struct server *server;
    pthread_mutex_t lock;
    pthread_cond_t left;
    struct blocked list; /* head of a ring; under lock */
    bool finish;         /* under lock */
    pthread_t thread;
};

static void heed_kick(int signal)
{
    /* Being interrupted is all there is to it. */
}

/* A kick that comes between a thread's look at the flag and its receive is lost, so it is repeated.
 */
static void wake_all(struct blocking *blocking)
{
    bool cancelled = server_cancelled(blocking->server);
    struct blocked *blocked;

    for (blocked = blocking->list.next; blocked != &blocking->list; blocked = blocked->next) {
        if (cancelled)
            shutdown(blocked->descriptor, SHUT_RDWR);
        pthread_kill(blocked->thread, KICK_SIGNAL);
    }
}

static void await_stop(const struct server *server)
{
    struct pollfd stop = {.fd = server->stopping_descriptor, .events = POLLIN};

    while (poll(&stop, 1, -1) < 0 && errno == EINTR)
        continue;
}

static void *watch_for_stop(void *argument)
{
    struct blocking *blocking = argument;

    await_stop(blocking->server);
    pthread_mutex_lock(&blocking->lock);
    while (!blocking->finish || blocking->list.next != &blocking->list) {
        struct timespec until;

        wake_all(blocking);
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += KICK_AGAIN_MS * 1000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_nsec -= 1000000000;
            until.tv_sec++;
        }
        pthread_cond_timedwait(&blocking->left, &blocking->lock, &until);
    }
    pthread_mutex_unlock(&blocking->lock);
    return NULL;
}

static int start_watching(struct blocking *blocking)
{
    struct sigaction kick = {.sa_handler = heed_kick};
    pthread_condattr_t attributes;
    sigset_t all, before;
    int error;

    sigaction(KICK_SIGNAL, &kick, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&blocking->left, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&blocking->lock, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&blocking->thread, NULL, watch_for_stop, blocking);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -error;
}

int blocking_create(struct blocking **created, const struct server *server)
{
    struct blocking *blocking = calloc(1, sizeof(*blocking));
    int error;

    if (blocking == NULL)
        return -ENOMEM;
    blocking->server = server;
    blocking->list.next = blocking->list.previous = &blocking->list;
    error = start_watching(blocking);
    if (error < 0) {
        free(blocking);
        return error;
    }
    *created = blocking;
    return 0;
}

void blocking_destroy(struct blocking *blocking)
{
    if (blocking == NULL)
        return;
    pthread_mutex_lock(&blocking->lock);
    blocking->finish = true;
    pthread_mutex_unlock(&blocking->lock);
    pthread_join(blocking->thread, NULL);
    pthread_cond_destroy(&blocking->left);
    pthread_mutex_destroy(&blocking->lock);
    free(blocking);
}

void blocking_leave_signals(void)
{
    sigset_t theirs;

    sigemptyset(&theirs);
    sigaddset(&theirs, SIGTERM);
    sigaddset(&theirs, SIGINT);
    sigaddset(&theirs, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &theirs, NULL);
}

void blocking_enter(struct blocking *blocking, struct blocked *blocked, int descriptor)
{
    blocked->thread = pthread_self();
    blocked->descriptor = descriptor;
    pthread_mutex_lock(&blocking->lock);
    blocked->next = &blocking->list;
    blocked->previous = blocking->list.previous;
    blocked->previous->next = blocked->next->previous = blocked;
    pthread_mutex_unlock(&blocking->lock);
}

void blocking_leave(struct blocking *blocking, struct blocked *blocked)
{
    pthread_mutex_lock(&blocking->lock);
    blocked->previous->next = blocked->next;
    blocked->next->previous = blocked->previous;
    if (blocking->list.next == &blocking->list)
        pthread_cond_signal(&blocking->left);
    pthread_mutex_unlock(&blocking->lock);
}

bool blocking_await_client(const struct server *server, bool paused)
{
    struct pollfd watched[] = {{.fd = server->stopping_descriptor, .events = POLLIN},
                               {.fd = server->listener, .events = POLLIN}};

    poll(watched, paused ? 1 : 2, paused ? SERVER_ACCEPT_PAUSE_MS : -1);
    return !server_stopping(server);
}

void blocking_set_listener(const struct server *server, bool blocking)
{
    if (!server->inherited)
        listener_set_blocking(server->listener, blocking);
}

bool blocking_accept(const struct server *server, int *descriptor)
{
    int error;

    while ((error = server_accept(server, false, descriptor)) < 0) {
        if (!blocking_await_client(server, error != -EAGAIN))
            return false;
    }
    return true;
}
