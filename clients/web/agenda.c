#include "clients/web/agenda.h"

#include "clients/web/hosts.h"
#include "clients/web/interrupt.h"
#include "clients/web/retry.h"
#include "common/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
    HELD_MOST = 10000, /* URLs that wait for their host or their retry, before no more are read */
    LOOK_LEAST_MS = 10,
    LOOKS_PER_STALL = 4,
};

struct agenda {
    const struct settings *settings;
    struct source *source;
    struct report *report;
    struct hosts *hosts; /* NULL: no limit for each */
    struct files *files; /* NULL: bodies are not kept */
    struct retries retries;
    enum source_state source_state;
    bool blocking;
    atomic_bool stopping; /* read by blocking fetches as well */
    uint64_t number;      /* of URLs so far */
    unsigned under_way, stalled;
    LIST_HEAD(, fetch) fetches;
    SLIST_HEAD(, fetch) idle;

    int poller; /* readable when one of these is */
    int timer, interrupt;
    int watched;       /* the source's descriptor; -1: none */
    int64_t armed;     /* when the timer fires; INT64_MAX: never */
    int64_t next_look; /* for what stalls; INT64_MAX: never */
};

static void arm(struct agenda *agenda, int64_t due)
{
    struct itimerspec time = {
        .it_value = {.tv_sec = due / 1000000000, .tv_nsec = due % 1000000000}};

    if (due >= agenda->armed)
        return;
    agenda->armed = due;
    timerfd_settime(agenda->timer, TFD_TIMER_ABSTIME, &time, NULL);
}

static int64_t look_period(const struct agenda *agenda)
{
    long period = agenda->settings->stall_timeout_ms / LOOKS_PER_STALL;

    return (int64_t)(period > LOOK_LEAST_MS ? period : LOOK_LEAST_MS) * 1000000;
}

static void begin_looking(struct agenda *agenda)
{
    if (agenda->blocking || agenda->settings->stall_timeout_ms == 0 ||
        agenda->next_look != INT64_MAX)
        return;
    agenda->next_look = clock_ns() + look_period(agenda);
    arm(agenda, agenda->next_look);
}

static void look_for_stalled(struct agenda *agenda, int64_t now)
{
    struct fetch *fetch;

    if (now < agenda->next_look)
        return;
    agenda->stalled = 0;
    LIST_FOREACH(fetch, &agenda->fetches, entry)
    agenda->stalled += fetch_look(fetch, now);
    agenda->next_look = agenda->under_way > 0 ? now + look_period(agenda) : INT64_MAX;
}

static void on_time(struct agenda *agenda)
{
    int64_t now = clock_ns();

    look_for_stalled(agenda, now);
    arm(agenda, agenda->next_look);
    arm(agenda, report_tick(agenda->report, now, agenda->under_way));
}

static int watch(struct agenda *agenda, int descriptor)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};

    return epoll_ctl(agenda->poller, EPOLL_CTL_ADD, descriptor, &event) < 0 ? -errno : 0;
}

/* A pipe whose reader has gone says so without a write; what else it may be has nothing to say. */
static void watch_reader(struct agenda *agenda)
{
    struct epoll_event event = {.data.fd = fileno(agenda->report->stream)};

    epoll_ctl(agenda->poller, EPOLL_CTL_ADD, event.data.fd, &event);
}

static int open_descriptors(struct agenda *agenda)
{
    int error;

    agenda->poller = epoll_create1(EPOLL_CLOEXEC);
    agenda->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (agenda->poller < 0 || agenda->timer < 0)
        return -errno;
    error = watch(agenda, agenda->timer);
    return error == 0 ? watch(agenda, agenda->interrupt) : error;
}

int agenda_create(struct agenda **agenda, const struct settings *settings, struct source *source,
                  struct report *report, bool blocking, int interrupt)
{
    struct agenda *made = calloc(1, sizeof(*made));
    int error;

    if (made == NULL)
        return -ENOMEM;
    *made = (struct agenda){
        .settings = settings,
        .source = source,
        .report = report,
        .blocking = blocking,
        .poller = -1,
        .timer = -1,
        .interrupt = interrupt,
        .watched = -1,
        .armed = INT64_MAX,
        .next_look = INT64_MAX,
    };
    error = open_descriptors(made);
    if (error == 0 && settings->per_host > 0)
        error = hosts_create(&made->hosts, settings->per_host);
    if (error == 0 && settings->directory != NULL)
        error = files_create(&made->files, settings->directory);
    if (error < 0) {
        agenda_destroy(made);
        return error;
    }
    watch_reader(made);
    arm(made, report_tick(report, clock_ns(), 0));
    *agenda = made;
    return 0;
}

void agenda_destroy(struct agenda *agenda)
{
    struct fetch *fetch;

    if (agenda == NULL)
        return;
    while ((fetch = SLIST_FIRST(&agenda->idle)) != NULL) {
        SLIST_REMOVE_HEAD(&agenda->idle, idle);
        fetch_destroy(fetch);
    }
    retries_finish(&agenda->retries);
    hosts_destroy(agenda->hosts);
    files_destroy(agenda->files);
    if (agenda->timer >= 0)
        close(agenda->timer);
    if (agenda->poller >= 0)
        close(agenda->poller);
    free(agenda);
}

static void tell(struct agenda *agenda, void *token, bool silent, const struct result *result)
{
    const struct source_operations *operations = agenda->source->operations;
    struct result told = *result;

    if (operations->describe != NULL)
        operations->describe(agenda->source, token, &told);
    if (!silent)
        arm(agenda, report_result(agenda->report, &told));
    if (operations->finished != NULL)
        operations->finished(agenda->source, token, &told);
}

static void conclude(struct agenda *agenda, struct target *target, const struct result *result)
{
    tell(agenda, target->token, target->silent, result);
    free(target);
}

/* Of what no transfer has answered. */
static struct result result_without(const char *url, enum failure failure, const char *message)
{
    return (struct result){
        .url = url, .final_url = url, .failure = failure, .message = message, .type = ""};
}

/* What never came to a transfer, or waits for another one. */
static void conclude_without(struct agenda *agenda, struct target *target, enum failure failure,
                             const char *message)
{
    struct result result = result_without(target->url, failure, message);

    result.attempts = target->attempts;
    result.connections = target->connections;
    conclude(agenda, target, &result);
}

/* Also where nobody reads the results any more. */
static bool must_stop(const struct agenda *agenda)
{
    return interrupt_came() || agenda->report->error < 0;
}

/* Who was never begun has no line in the output. */
static void stop(struct agenda *agenda)
{
    struct target *target;

    agenda->stopping = true;
    while (retries_first(&agenda->retries) != NULL)
        conclude_without(agenda, retries_take(&agenda->retries), FAILURE_INTERRUPTED,
                         "interrupted");
    while (agenda->hosts != NULL && (target = hosts_dismiss(agenda->hosts)) != NULL) {
        target->silent = target->silent || target->attempts == 0;
        conclude_without(agenda, target, FAILURE_INTERRUPTED, "interrupted");
    }
}

static bool try_again(struct agenda *agenda, struct fetch *fetch, const struct result *result)
{
    struct target *target = fetch->target;
    const struct source_operations *operations = agenda->source->operations;
    long wait;

    if (target->attempts > agenda->settings->retries || agenda->stopping || must_stop(agenda) ||
        !failure_is_transient(result->failure, result->status))
        return false;
    wait = retry_wait_ms(agenda->settings->retry_wait_ms, target->attempts,
                         fetch_retry_after(fetch), target->number);
    if (wait < 0)
        return false;
    target->due = clock_ns() + (int64_t)wait * 1000000;
    if (retries_add(&agenda->retries, target) < 0)
        return false;
    if (operations->body != NULL)
        operations->body(agenda->source, target->token, NULL, 0);
    report_retry(agenda->report);
    arm(agenda, target->due);
    return true;
}

void agenda_finish(struct agenda *agenda, struct fetch *fetch, CURLcode code)
{
    struct result result;

    LIST_REMOVE(fetch, entry);
    agenda->under_way--;
    agenda->stalled -= fetch->stalled && agenda->stalled > 0;
    if (agenda->hosts != NULL)
        hosts_leave(agenda->hosts, fetch->target);
    fetch_end(fetch, code, &result);
    if (!try_again(agenda, fetch, &result))
        conclude(agenda, fetch->target, &result);
    if (agenda->blocking)
        report_tick(agenda->report, clock_ns(), agenda->under_way);
    fetch_clear(fetch);
    SLIST_INSERT_HEAD(&agenda->idle, fetch, idle);
    if (agenda->source_state == SOURCE_LATER)
        agenda->source_state = SOURCE_URL;
}

struct fetch *agenda_overdue(struct agenda *agenda)
{
    struct fetch *fetch;

    if (!agenda->stopping && must_stop(agenda))
        stop(agenda);
    if (agenda->stopping)
        return LIST_FIRST(&agenda->fetches);
    if (agenda->stalled == 0)
        return NULL;
    LIST_FOREACH(fetch, &agenda->fetches, entry)
    {
        if (fetch->stalled)
            return fetch;
    }
    agenda->stalled = 0;
    return NULL;
}

struct fetch *agenda_under_way(struct agenda *agenda)
{
    return LIST_FIRST(&agenda->fetches);
}

static struct target *create_target(struct agenda *agenda, const struct source_item *item)
{
    size_t size = strlen(item->url) + 1;
    struct target *target = malloc(sizeof(*target) + size);

    if (target == NULL)
        return NULL;
    *target = (struct target){.number = agenda->number,
                              .token = item->token,
                              .silent = item->silent,
                              .stays = item->stays};
    memcpy(target->url, item->url, size);
    return target;
}

static void watch_source(struct agenda *agenda)
{
    const struct source_operations *operations = agenda->source->operations;
    int descriptor = operations->descriptor != NULL ? operations->descriptor(agenda->source) : -1;

    if (descriptor >= 0 && agenda->watched < 0 && watch(agenda, descriptor) == 0)
        agenda->watched = descriptor;
}

static bool take_from_source(struct agenda *agenda, struct source_item *item)
{
    size_t held = agenda->retries.count;

    *item = (struct source_item){.url = NULL};
    if (agenda->hosts != NULL)
        held += hosts_waiting(agenda->hosts);
    if (agenda->source_state != SOURCE_URL || held >= HELD_MOST)
        return false;
    agenda->source_state = agenda->source->operations->next(agenda->source, item);
    if (agenda->source_state == SOURCE_LATER)
        watch_source(agenda);
    if (agenda->source_state != SOURCE_URL)
        return false;
    agenda->number++;
    return true;
}

static void refuse(struct agenda *agenda, const struct source_item *item, enum failure failure,
                   const char *reason)
{
    const struct result result = result_without(item->url, failure, reason);

    tell(agenda, item->token, item->silent, &result);
}

/* What is not to be fetched, or cannot be, has its result at once, and the next one is taken. */
static struct target *take_new(struct agenda *agenda)
{
    struct source_item item;
    struct target *target;

    while (take_from_source(agenda, &item)) {
        if (item.refusal != FAILURE_NONE) {
            refuse(agenda, &item, item.refusal, item.reason);
            continue;
        }
        target = create_target(agenda, &item);
        if (target != NULL)
            return target;
        refuse(agenda, &item, FAILURE_INTERNAL, "no memory");
    }
    return NULL;
}

static struct target *take_due_retry(struct agenda *agenda)
{
    const struct target *first = retries_first(&agenda->retries);

    if (first == NULL)
        return NULL;
    if (first->due <= clock_ns())
        return retries_take(&agenda->retries);
    arm(agenda, first->due);
    return NULL;
}

static struct target *take_target(struct agenda *agenda)
{
    struct target *target;

    for (;;) {
        target = agenda->hosts != NULL ? hosts_take(agenda->hosts) : NULL;
        if (target != NULL)
            return target;
        target = take_due_retry(agenda);
        if (target == NULL)
            target = take_new(agenda);
        if (target == NULL || agenda->hosts == NULL || hosts_admit(agenda->hosts, target))
            return target;
    }
}

static bool is_over(const struct agenda *agenda)
{
    return agenda->under_way == 0 && agenda->retries.count == 0 &&
           (agenda->hosts == NULL || hosts_waiting(agenda->hosts) == 0) &&
           agenda->source_state == SOURCE_END;
}

static struct fetch *take_fetch(struct agenda *agenda)
{
    struct fetch *fetch = SLIST_FIRST(&agenda->idle);

    if (fetch == NULL)
        return fetch_create(&fetch, agenda->settings, agenda->source, agenda->files,
                            agenda->blocking ? &agenda->stopping : NULL) == 0
                   ? fetch
                   : NULL;
    SLIST_REMOVE_HEAD(&agenda->idle, idle);
    return fetch;
}

enum agenda_step agenda_next(struct agenda *agenda, struct fetch **fetch)
{
    struct target *target;

    if (!agenda->stopping && must_stop(agenda))
        stop(agenda);
    if (agenda->stopping)
        return agenda->under_way > 0 ? AGENDA_WAIT : AGENDA_DONE;
    if (agenda->under_way >= agenda->settings->concurrency)
        return AGENDA_WAIT;
    while ((target = take_target(agenda)) != NULL) {
        *fetch = take_fetch(agenda);
        if (*fetch != NULL)
            break;
        if (agenda->hosts != NULL)
            hosts_leave(agenda->hosts, target);
        conclude_without(agenda, target, FAILURE_INTERNAL, "no memory");
    }
    if (target == NULL)
        return is_over(agenda) ? AGENDA_DONE : AGENDA_WAIT;
    LIST_INSERT_HEAD(&agenda->fetches, *fetch, entry);
    agenda->under_way++;
    fetch_begin(*fetch, target);
    begin_looking(agenda);
    return AGENDA_FETCH;
}

int agenda_descriptor(const struct agenda *agenda)
{
    return agenda->poller;
}

static void heed_timer(struct agenda *agenda)
{
    uint64_t times;
    ssize_t size = read(agenda->timer, &times, sizeof(times));

    (void)size; /* it has fired, or was armed anew meanwhile */
    agenda->armed = INT64_MAX;
    on_time(agenda);
}

void agenda_heed(struct agenda *agenda)
{
    enum { DESCRIPTORS = 4 };
    struct epoll_event events[DESCRIPTORS];
    int count = epoll_wait(agenda->poller, events, DESCRIPTORS, 0);

    for (int i = 0; i < count; i++) {
        int descriptor = events[i].data.fd;

        if (descriptor == agenda->timer) {
            heed_timer(agenda);
            continue;
        }
        epoll_ctl(agenda->poller, EPOLL_CTL_DEL, descriptor, NULL);
        if (descriptor == agenda->watched) {
            agenda->watched = -1;
            agenda->source_state = SOURCE_URL;
        } else if (descriptor != agenda->interrupt) {
            report_lose_reader(agenda->report);
        }
    }
    if (!agenda->stopping && must_stop(agenda))
        stop(agenda);
}

void agenda_wait(struct agenda *agenda)
{
    struct pollfd asked = {.fd = agenda->poller, .events = POLLIN};

    poll(&asked, 1, -1);
    agenda_heed(agenda);
}
