#include "clients/load.h"

#include "clients/generator.h"
#include "common/clock.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

static const int64_t REPORT_INTERVAL = INT64_C(1000000000);

static double in_seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

void load_problem(struct load *load, const char *format, ...)
{
    struct load_result *result = load->result;
    const struct load_observer *observer = &load->options->observer;
    va_list arguments;

    if (result->problem[0] != '\0')
        return;
    va_start(arguments, format);
    vsnprintf(result->problem, sizeof(result->problem), format, arguments);
    va_end(arguments);
    if (observer->problem != NULL && load->phase != LOAD_CONNECTING)
        observer->problem(observer->context, result->problem);
}

int load_fail(struct load *load, int error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(load->result->problem, sizeof(load->result->problem), format, arguments);
    va_end(arguments);
    return error;
}

static void report_now(struct load *load, int64_t now)
{
    const struct load_observer *observer = &load->options->observer;
    struct load_progress progress = {
        .phase = load->phase,
        .open = load->open,
        .seconds = load->phase == LOAD_CONNECTING ? 0 : (double)(now - load->start) * 1e-9,
        .interval = (double)(now - load->last_report) * 1e-9,
        .requests = load->result->requests - load->reported,
        .errors = load_errors_total(&load->result->errors),
    };

    load->reported = load->result->requests;
    load->last_report = now;
    observer->progress(observer->context, &progress);
}

void load_report(struct load *load, int64_t now)
{
    if (now < load->next_report || load->options->observer.progress == NULL)
        return;
    report_now(load, now);
    while (load->next_report <= now)
        load->next_report += REPORT_INTERVAL;
}

void load_begin_window(struct load *load)
{
    const struct load_observer *observer = &load->options->observer;

    if (observer->problem != NULL && load->result->problem[0] != '\0')
        observer->problem(observer->context, load->result->problem);
    load->phase = LOAD_MEASURING;
    getrusage(RUSAGE_THREAD, &load->usage_at_start);
    load->start = clock_ns();
    load->last_report = load->start;
    load->next_report = load->start + REPORT_INTERVAL;
    load->deadline = INT64_MAX;
    if (load->options->seconds <= 0)
        return;
    load->deadline = load->start + (int64_t)(load->options->seconds * 1e9);
    load->slice_end = load->start + (load->deadline - load->start) / LOAD_SLICES;
}

void load_next_slices(struct load *load, int64_t now)
{
    struct load_result *result = load->result;
    int64_t window = load->deadline - load->start;

    while (load->slice < LOAD_SLICES && now >= load->slice_end) {
        result->slices[load->slice++] = result->requests - load->sliced;
        load->sliced = result->requests;
        load->slice_end = load->start + window * (load->slice + 1) / LOAD_SLICES;
    }
    result->sliced = load->slice == LOAD_SLICES;
    if (result->sliced)
        load->slice_end = INT64_MAX;
}

void load_end_window(struct load *load, int64_t now)
{
    struct load_result *result = load->result;
    struct rusage usage;

    getrusage(RUSAGE_THREAD, &usage);
    result->user_cpu = in_seconds(usage.ru_utime) - in_seconds(load->usage_at_start.ru_utime);
    result->system_cpu = in_seconds(usage.ru_stime) - in_seconds(load->usage_at_start.ru_stime);
    if (now >= load->deadline)
        load_next_slices(load, load->deadline);
    if (now < load->deadline) {
        load->slice_end = INT64_MAX;
        result->stopped = load->stops > 0;
        result->lost = load->stops == 0;
        load->deadline = now;
    }
    result->seconds = (double)(load->deadline - load->start) * 1e-9;
    if (load->options->observer.progress != NULL &&
        load->deadline - load->last_report >= REPORT_INTERVAL / 2)
        report_now(load, load->deadline);
    load->phase = LOAD_DRAINING;
}

bool load_is_over(const struct load *load, int64_t now)
{
    return now >= load->deadline || load->stops > 0 || load->busy_open == 0;
}

static int create_connections(struct load *load)
{
    const struct load_options *options = load->options;
    size_t departures = (size_t)options->connections * options->pipeline + options->idle;
    struct departure *ring;

    load->total = options->connections + options->idle;
    load->connections = calloc(load->total, sizeof(*load->connections));
    load->departures = calloc(departures, sizeof(*load->departures));
    load->result->per_connection = calloc(options->connections, sizeof(uint64_t));
    load->result->connections = options->connections;
    if (load->connections == NULL || load->departures == NULL ||
        load->result->per_connection == NULL)
        return -ENOMEM;
    ring = load->departures;
    for (unsigned at = 0; at < load->total; at++) {
        struct connection *connection = &load->connections[at];

        connection->descriptor = -1;
        connection->idle = at >= options->connections;
        connection->ring = ring;
        connection->ring_size = connection->idle ? 1 : options->pipeline;
        ring += connection->ring_size;
    }
    return 0;
}

static int prepare(struct load *load)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    int error = create_connections(load);

    if (error < 0)
        return load_fail(load, error, "no memory for %u connections with %u requests each",
                         load->options->connections, load->options->pipeline);
    dialogue_init(&load->dialogue, load->options->n);
    dialogue_init(&load->idle_dialogue, 1);
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (load->epoll < 0 ||
        (load->options->stop_descriptor >= 0 &&
         epoll_ctl(load->epoll, EPOLL_CTL_ADD, load->options->stop_descriptor, &event) < 0))
        return load_fail(load, -errno, "cannot use epoll: %s", strerror(errno));
    return 0;
}

static int measure(struct load *load)
{
    if (load->options->rate > 0)
        return load_open_loop(load);
    if (load->options->churn)
        return load_churn_loop(load);
    if (load->options->think > 0)
        return load_think_loop(load);
    return load_may_block(load) ? load_blocking_loop(load) : load_closed_loop(load);
}

static void release(struct load *load)
{
    for (unsigned at = 0; load->connections != NULL && at < load->total; at++)
        load_close(load, &load->connections[at]);
    if (load->epoll >= 0)
        close(load->epoll);
    free(load->connections);
    free(load->departures);
    free(load);
}

int load_run(const struct load_options *options, struct load_result *result)
{
    struct load *load = calloc(1, sizeof(*load));
    int error;

    memset(result, 0, sizeof(*result));
    if (load == NULL) {
        snprintf(result->problem, sizeof(result->problem), "no memory");
        return -ENOMEM;
    }
    load->options = options;
    load->result = result;
    load->epoll = -1;
    load->slice_end = INT64_MAX;
    spin_init(&load->spin, options->spin_us);
    error = prepare(load);
    if (error == 0)
        error = load_connect(load);
    if (error == 0)
        error = measure(load);
    if (error == 0) {
        load_drain(load);
        for (unsigned at = 0; at < options->connections; at++)
            result->per_connection[at] = load->connections[at].answered;
    }
    samples_settle(&result->samples, &result->latency);
    release(load);
    return error;
}

uint64_t load_errors_total(const struct load_errors *errors)
{
    return errors->wrong + errors->missing + errors->extra + errors->closed + errors->unopened;
}

void load_result_finish(struct load_result *result)
{
    samples_finish(&result->samples);
    free(result->per_connection);
    result->per_connection = NULL;
}
