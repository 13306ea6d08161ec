#include "src/linger.h"

#include "common/clock.h"
#include "lib/poll/poller.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINGER_MS = 1000, BATCH = 64, DISCARD_SIZE = 16 * 1024, DISCARDS_A_TURN = 16 };

/* Deadlines are all equally far away, so the list in order of arrival is in order of deadlines,
 * too. */
struct parting {
    struct parting *previous, *next;
    int descriptor;
    int64_t deadline_ms;
};

struct lingerer {
    pthread_mutex_t lock;
    pthread_t thread;
    bool started;             /* under lock */
    bool finish;              /* under lock */
    struct parting *arriving; /* under lock; newest first */
    int wake, cancel;
    struct poller *poller; /* the thread's from here on */
    struct parting list;   /* head of a ring */
};

int linger_create(struct lingerer **created, int cancel_descriptor)
{
    struct lingerer *linger = calloc(1, sizeof(*linger));
    int error;

    if (linger == NULL)
        return -ENOMEM;
    linger->list.next = linger->list.previous = &linger->list;
    linger->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (linger->wake < 0) {
        error = -errno;
        goto free_linger;
    }
    error = poller_create(&linger->poller, POLLER_EPOLL);
    if (error < 0)
        goto close_wake;
    linger->cancel = cancel_descriptor;
    error = poller_add(linger->poller, linger->wake, POLLER_READ, &linger->wake);
    if (error == 0)
        error = poller_add(linger->poller, cancel_descriptor, POLLER_READ, &linger->cancel);
    if (error < 0)
        goto destroy_poller;
    pthread_mutex_init(&linger->lock, NULL);
    *created = linger;
    return 0;

destroy_poller:
    poller_destroy(linger->poller);
close_wake:
    close(linger->wake);
free_linger:
    free(linger);
    return error;
}

static void wake_thread(struct lingerer *linger)
{
    uint64_t one = 1;

    while (write(linger->wake, &one, sizeof(one)) < 0 && errno == EINTR)
        continue;
}

static void part(struct lingerer *linger, struct parting *parting)
{
    parting->previous->next = parting->next;
    parting->next->previous = parting->previous;
    poller_remove(linger->poller, parting->descriptor);
    close(parting->descriptor);
    free(parting);
}

/* Returns false when the client has closed, too. Bounded, so that a firehose does not hold the
 * others up. */
static bool discard(int descriptor)
{
    char bytes[DISCARD_SIZE];

    for (int i = 0; i < DISCARDS_A_TURN; i++) {
        ssize_t length = recv(descriptor, bytes, sizeof(bytes), MSG_DONTWAIT);

        if (length == 0 || (length < 0 && errno != EAGAIN && errno != EINTR))
            return false;
        if (length < 0)
            return true;
    }
    return true;
}

/* Returns whether this is to be the end. */
static bool take_arrivals(struct lingerer *linger)
{
    struct parting *arriving;
    uint64_t count;
    bool finish;

    while (read(linger->wake, &count, sizeof(count)) < 0 && errno == EINTR)
        continue;
    pthread_mutex_lock(&linger->lock);
    arriving = linger->arriving;
    linger->arriving = NULL;
    finish = linger->finish;
    pthread_mutex_unlock(&linger->lock);
    while (arriving != NULL) {
        struct parting *parting = arriving;

        arriving = parting->next;
        shutdown(parting->descriptor, SHUT_WR);
        parting->deadline_ms = clock_ms() + LINGER_MS;
        parting->previous = linger->list.previous;
        parting->next = &linger->list;
        parting->previous->next = parting->next->previous = parting;
        if (!discard(parting->descriptor) ||
            poller_add(linger->poller, parting->descriptor, POLLER_READ, parting) < 0)
            part(linger, parting);
    }
    return finish;
}

/* NOLINTBEGIN(clang-analyzer-unix.Malloc): the analyzer cannot see that part unlinks. */
static void part_overdue(struct lingerer *linger, bool all)
{
    int64_t now = clock_ms();

    while (linger->list.next != &linger->list && (all || linger->list.next->deadline_ms <= now))
        part(linger, linger->list.next);
}

static int next_timeout(const struct lingerer *linger)
{
    int64_t left;

    if (linger->list.next == &linger->list)
        return -1;
    left = linger->list.next->deadline_ms - clock_ms();
    return left > 0 ? (int)left : 0;
}
/* NOLINTEND(clang-analyzer-unix.Malloc) */

static void *linger_run(void *argument)
{
    struct lingerer *linger = argument;
    struct poller_event events[BATCH];
    bool finish = false, cancelled = false;

    while (!finish || linger->list.next != &linger->list) {
        int count = poller_wait(linger->poller, events, BATCH, next_timeout(linger));
        bool woken = false;

        for (int i = 0; i < count; i++) {
            struct parting *parting = events[i].owner;

            if (events[i].owner == &linger->wake) {
                woken = true;
            } else if (events[i].owner == &linger->cancel) {
                cancelled = true;
                poller_remove(linger->poller, linger->cancel);
            } else if (!discard(parting->descriptor)) {
                part(linger, parting);
            }
        }
        if (woken)
            finish = take_arrivals(linger);
        part_overdue(linger, cancelled);
    }
    return NULL;
}

/* Under lock. Signals are for the threads of the strategy. */
static int start_thread(struct lingerer *linger)
{
    sigset_t all, before;
    int error;

    if (linger->started)
        return 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&linger->thread, NULL, linger_run, linger);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    linger->started = error == 0;
    return -error;
}

void linger_close(struct lingerer *linger, int descriptor)
{
    struct parting *parting = malloc(sizeof(*parting));
    bool taken = false;

    if (parting != NULL) {
        parting->descriptor = descriptor;
        pthread_mutex_lock(&linger->lock);
        if (start_thread(linger) == 0) {
            parting->next = linger->arriving;
            linger->arriving = parting;
            taken = true;
        }
        pthread_mutex_unlock(&linger->lock);
    }
    if (taken) {
        wake_thread(linger);
    } else {
        free(parting);
        shutdown(descriptor, SHUT_WR);
        discard(descriptor);
        close(descriptor);
    }
}

void linger_destroy(struct lingerer *linger)
{
    if (linger == NULL)
        return;
    pthread_mutex_lock(&linger->lock);
    linger->finish = true;
    pthread_mutex_unlock(&linger->lock);
    if (linger->started) {
        wake_thread(linger);
        pthread_join(linger->thread, NULL);
    }
    poller_destroy(linger->poller);
    close(linger->wake);
    pthread_mutex_destroy(&linger->lock);
    free(linger);
}
