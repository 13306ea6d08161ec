#include "src/notifier.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { MESSAGE = 512, READY_SECONDS = 5, STOPPING_SECONDS = 1 };

struct notifier {
    struct sockaddr_un address;
    socklen_t length;
    int socket; /* opened early: at a stop there may be no descriptor left */
    int stopping, finish;
    pthread_t thread;
    bool started;
};

static int read_address(struct notifier *notifier, const char *text)
{
    struct sockaddr_un *address = &notifier->address;
    size_t length = strlen(text);

    if (text[0] != '/' && text[0] != '@')
        return -EAFNOSUPPORT;
    if (length >= sizeof(address->sun_path))
        return -ENAMETOOLONG;
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, text, length);
    if (text[0] == '@')
        address->sun_path[0] = '\0';
    /* A name of the abstract namespace has no end but its length. */
    notifier->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    return 0;
}

/* How long a message may wait for room. */
static void set_patience(const struct notifier *notifier, int seconds)
{
    struct timeval limit = {.tv_sec = seconds};

    setsockopt(notifier->socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

static int set_up(struct notifier *notifier, const char *text)
{
    int error = read_address(notifier, text);

    if (error < 0)
        return error;
    notifier->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (notifier->socket < 0)
        return -errno;
    set_patience(notifier, READY_SECONDS);
    notifier->finish = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (notifier->finish >= 0)
        return 0;
    error = -errno;
    close(notifier->socket);
    return error;
}

int notifier_create(struct notifier **created, int stopping_descriptor)
{
    const char *text = getenv("NOTIFY_SOCKET");
    struct notifier *notifier;
    int error = -ENOMEM;

    *created = NULL;
    if (text == NULL || text[0] == '\0')
        return 0;
    notifier = calloc(1, sizeof(*notifier));
    if (notifier != NULL)
        error = set_up(notifier, text);
    unsetenv("NOTIFY_SOCKET");
    if (error < 0) {
        free(notifier);
        return error;
    }
    notifier->stopping = stopping_descriptor;
    *created = notifier;
    return 0;
}

static int tell(const struct notifier *notifier, const char *message)
{
    ssize_t sent;

    do
        sent = sendto(notifier->socket, message, strlen(message), MSG_NOSIGNAL,
                      (const struct sockaddr *)&notifier->address, notifier->length);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

static void *tell_stop(void *argument)
{
    const struct notifier *notifier = argument;
    struct pollfd watched[] = {{.fd = notifier->stopping, .events = POLLIN},
                               {.fd = notifier->finish, .events = POLLIN}};

    while (poll(watched, 2, -1) < 0)
        continue;
    /* A forced stop waits for this, too. */
    set_patience(notifier, STOPPING_SECONDS);
    if (watched[0].revents != 0)
        tell(notifier, "STOPPING=1\nSTATUS=answering what has been read");
    return NULL;
}

/* Signals are for the threads of the strategy. */
static int start_thread(struct notifier *notifier)
{
    sigset_t all, before;
    int error;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&notifier->thread, NULL, tell_stop, notifier);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    notifier->started = error == 0;
    return -error;
}

int notifier_ready(struct notifier *notifier, const char *status)
{
    char message[MESSAGE];
    int error;

    if (notifier == NULL)
        return 0;
    snprintf(message, sizeof(message), "READY=1\nMAINPID=%ld\nSTATUS=%s", (long)getpid(), status);
    error = tell(notifier, message);
    return error < 0 ? error : start_thread(notifier);
}

void notifier_destroy(struct notifier *notifier)
{
    uint64_t one = 1;

    if (notifier == NULL)
        return;
    if (notifier->started) {
        while (write(notifier->finish, &one, sizeof(one)) < 0 && errno == EINTR)
            continue;
        pthread_join(notifier->thread, NULL);
    }
    close(notifier->finish);
    close(notifier->socket);
    free(notifier);
}
