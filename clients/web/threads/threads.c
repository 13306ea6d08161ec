/*
 * A bounded number of threads, each of which fetches one URL after the other in calls that block.
 * They take turns at the agenda; the main thread watches for what comes from outside.
 */

#include "clients/web/rows.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { STACK_BYTES = 512 * 1024 };

struct crew {
    struct agenda *agenda;
    pthread_mutex_t lock; /* of the agenda and of what follows */
    pthread_cond_t changed;
    pthread_t *threads;
    unsigned started, most, idle;
    int done; /* an eventfd, for the main thread */
};

static void *work_off(void *argument);

static int start_thread(struct crew *crew)
{
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);

    if (error != 0)
        return -error;
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    error = pthread_create(&crew->threads[crew->started], &attributes, work_off, crew);
    if (error == 0)
        crew->started++;
    pthread_attr_destroy(&attributes);
    return -error;
}

/* Whoever has got work sees to it that somebody looks for more: there are never more threads than
 * were needed. Where no thread can be started, those that are there do it all. */
static void call_next(struct crew *crew)
{
    if (crew->idle > 0)
        pthread_cond_signal(&crew->changed);
    else if (crew->started < crew->most)
        start_thread(crew);
}

static void *work_off(void *argument)
{
    struct crew *crew = argument;
    const uint64_t one = 1;
    struct fetch *fetch;
    enum agenda_step step;
    CURLcode code;
    ssize_t written;

    pthread_mutex_lock(&crew->lock);
    while ((step = agenda_next(crew->agenda, &fetch)) != AGENDA_DONE) {
        if (step == AGENDA_WAIT) {
            crew->idle++;
            pthread_cond_wait(&crew->changed, &crew->lock);
            crew->idle--;
            continue;
        }
        call_next(crew);
        pthread_mutex_unlock(&crew->lock);
        code = curl_easy_perform(fetch->handle);
        pthread_mutex_lock(&crew->lock);
        agenda_finish(crew->agenda, fetch, code);
        /* One who waits for this host may begin, or all may go home. */
        pthread_cond_broadcast(&crew->changed);
    }
    pthread_mutex_unlock(&crew->lock);
    written = write(crew->done, &one, sizeof(one));
    (void)written; /* readable either way */
    return NULL;
}

/* Returns when the first thread has found that all is done. */
static void watch(struct crew *crew)
{
    struct pollfd asked[] = {{.fd = crew->done, .events = POLLIN},
                             {.fd = agenda_descriptor(crew->agenda), .events = POLLIN}};

    while (asked[0].revents == 0) {
        if (poll(asked, 2, -1) <= 0 || asked[1].revents == 0)
            continue;
        pthread_mutex_lock(&crew->lock);
        agenda_heed(crew->agenda);
        pthread_cond_broadcast(&crew->changed);
        pthread_mutex_unlock(&crew->lock);
    }
}

/* When all is done nobody starts a thread any more. */
static void join_all(struct crew *crew)
{
    unsigned started;

    pthread_mutex_lock(&crew->lock);
    started = crew->started;
    pthread_mutex_unlock(&crew->lock);
    for (unsigned i = 0; i < started; i++)
        pthread_join(crew->threads[i], NULL);
}

static int run(const struct work *work)
{
    struct crew crew = {
        .agenda = work->agenda,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .changed = PTHREAD_COND_INITIALIZER,
        .threads = calloc(work->settings->concurrency, sizeof(pthread_t)),
        .most = work->settings->concurrency,
        .done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
    };
    int error = 0;

    if (crew.threads == NULL || crew.done < 0)
        error = crew.threads == NULL ? -ENOMEM : -errno;
    if (error == 0) {
        pthread_mutex_lock(&crew.lock);
        error = start_thread(&crew);
        pthread_mutex_unlock(&crew.lock);
    }
    if (error == 0)
        watch(&crew);
    join_all(&crew);
    if (crew.done >= 0)
        close(crew.done);
    free(crew.threads);
    return error;
}

const struct strategy strategy_threads = {
    .name = "threads",
    .summary = "a bounded number of threads, in calls that block",
    .family = "threads",
    .concurrent = true,
    .blocking = true,
    .probe = strategy_needs_libcurl,
    .run = run,
};
