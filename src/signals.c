#include "src/signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* All that a handler may do is to set flags, write to descriptors and arm a timer. */
static struct {
    struct shared *shared;
    int stopping, cancel;
    const int *_Atomic listeners;
    atomic_uint listener_count;
    timer_t grace;
    long grace_ms;
} handlers = {.stopping = -1, .cancel = -1};

static void raise_flag(atomic_bool *flag, int descriptor)
{
    uint64_t one = 1;
    ssize_t written;

    atomic_store(flag, true);
    written = write(descriptor, &one, sizeof(one));
    (void)written; /* the descriptor is readable either way */
}

static void cancel(int signal)
{
    int before = errno;

    raise_flag(&handlers.shared->cancelled, handlers.cancel);
    errno = before;
}

static void shut_listeners(void)
{
    unsigned count = atomic_load(&handlers.listener_count);
    const int *listeners = atomic_load(&handlers.listeners);

    for (unsigned i = 0; i < count; i++)
        shutdown(listeners[i], SHUT_RD);
}

static void stop(int signal)
{
    struct itimerspec grace = {.it_value = {.tv_sec = handlers.grace_ms / 1000,
                                            .tv_nsec = handlers.grace_ms % 1000 * 1000000}};
    int before = errno;

    if (atomic_load(&handlers.shared->stopping) || handlers.grace_ms == 0)
        raise_flag(&handlers.shared->cancelled, handlers.cancel);
    else
        timer_settime(handlers.grace, 0, &grace, NULL);
    if (!atomic_load(&handlers.shared->stopping))
        raise_flag(&handlers.shared->stopping, handlers.stopping);
    shut_listeners();
    errno = before;
}

static void handle(int signal, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

    /* A second signal must not nest into the first one's handler. */
    sigaddset(&action.sa_mask, SIGTERM);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGALRM);
    sigaction(signal, &action, NULL);
}

int signals_init(struct shared *shared, long grace_ms, int *stopping_descriptor,
                 int *cancel_descriptor)
{
    struct sigevent alarm = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
    int error;

    handlers.shared = shared;
    handlers.grace_ms = grace_ms;
    handlers.stopping = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    handlers.cancel = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (handlers.stopping < 0 || handlers.cancel < 0 ||
        timer_create(CLOCK_MONOTONIC, &alarm, &handlers.grace) < 0) {
        error = -errno;
        close(handlers.stopping);
        close(handlers.cancel);
        return error;
    }
    handle(SIGPIPE, SIG_IGN, 0);
    handle(SIGALRM, cancel, SA_RESTART);
    handle(SIGTERM, stop, SA_RESTART);
    handle(SIGINT, stop, SA_RESTART);
    *stopping_descriptor = handlers.stopping;
    *cancel_descriptor = handlers.cancel;
    return 0;
}

void signals_finish(void)
{
    handle(SIGTERM, SIG_IGN, 0);
    handle(SIGINT, SIG_IGN, 0);
    timer_delete(handlers.grace);
    handle(SIGALRM, SIG_DFL, 0);
    close(handlers.stopping);
    close(handlers.cancel);
}

void signals_shut(const int *listeners, unsigned count)
{
    atomic_store(&handlers.listener_count, 0);
    atomic_store(&handlers.listeners, listeners);
    atomic_store(&handlers.listener_count, count);
    if (atomic_load(&handlers.shared->stopping))
        shut_listeners();
}
