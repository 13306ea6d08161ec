#include "clients/generator.h"
#include "common/clock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

const struct dialogue *load_dialogue(const struct load *load, const struct connection *connection)
{
    return connection->idle ? &load->idle_dialogue : &load->dialogue;
}

static unsigned number_of(const struct load *load, const struct connection *connection)
{
    return (unsigned)(connection - load->connections) + 1;
}

static void record_latency(struct load_result *result, int64_t took, uint64_t requests)
{
    if (!samples_add(&result->samples, took, requests))
        histogram_add(&result->latency, took, requests);
}

void load_record_waiting(struct load *load, int64_t waited, uint64_t requests)
{
    if (load->options->rate > 0)
        record_latency(load->result, waited, requests);
}

static void record(struct load *load, struct connection *connection, int64_t took,
                   uint32_t requests, bool late)
{
    struct load_result *result = load->result;
    const struct load_observer *observer = &load->options->observer;

    if (!late) {
        result->requests += requests;
        connection->answered += requests;
    } else {
        result->late += requests;
    }
    if (late && load->options->rate == 0)
        histogram_add(&result->late_latency, took, requests);
    else
        record_latency(result, took, requests);
    if (observer->answer == NULL)
        return;
    for (uint32_t at = 0; at < requests; at++)
        observer->answer(observer->context, number_of(load, connection) - 1, (double)took * 1e-9,
                         late);
}

/* Lines beyond what is under way are extra; which of them is beyond, nobody can tell. */
static void count_extra(struct load *load, struct connection *connection,
                        struct answers_checked *checked)
{
    uint64_t extra = checked->right + checked->wrong - connection->under_way;
    uint64_t right = extra < checked->right ? extra : checked->right;

    load->result->errors.extra += extra;
    checked->right -= right;
    checked->wrong -= extra - right;
    load_problem(load, "connection %u: an answer that nothing asked for: \"%s\"",
                 number_of(load, connection),
                 load->wrong_text[0] != '\0' ? load->wrong_text : "a right one, once too often");
}

static void count_wrong(struct load *load, struct connection *connection, uint64_t wrong,
                        int64_t now)
{
    const struct dialogue *dialogue = load_dialogue(load, connection);
    int64_t when;

    load->result->errors.wrong += wrong;
    load_problem(load, "connection %u: wrong answer \"%s\" to %.*s, right is %.*s",
                 number_of(load, connection), load->wrong_text, (int)dialogue->request_length - 1,
                 dialogue->requests, (int)dialogue->answer_length - 1, dialogue->answers);
    while (wrong > 0) {
        uint32_t taken = connection_take(connection, (uint32_t)wrong, &when);

        load_record_waiting(load, now - when, taken);
        wrong -= taken;
    }
}

static int settle(struct load *load, struct connection *connection, struct answers_checked *checked,
                  int64_t now)
{
    bool late = now >= load->deadline;
    int answered;

    if (now >= load->slice_end)
        load_next_slices(load, now);
    if (checked->right + checked->wrong > connection->under_way)
        count_extra(load, connection, checked);
    answered = (int)(checked->right + checked->wrong);
    while (checked->right > 0) {
        int64_t when;
        uint32_t taken = connection_take(connection, (uint32_t)checked->right, &when);

        checked->right -= taken;
        if (!connection->idle)
            record(load, connection, now - when, taken, late);
    }
    if (checked->wrong > 0)
        count_wrong(load, connection, checked->wrong, now);
    return answered;
}

/* The server closed the connection, or it failed. In the end, after a half-close, that is right. */
static void lose(struct load *load, struct connection *connection, int error)
{
    int64_t now = clock_ns(), when;
    uint32_t missing = connection->under_way, taken;

    if (connection->state == CONNECTION_FINISHING) {
        load->result->errors.extra += answers_unfinished(&connection->answers);
        load_close(load, connection);
        return;
    }
    load->result->errors.closed++;
    load->result->errors.missing += missing;
    load_problem(load, "connection %u: %s, with %u answers due", number_of(load, connection),
                 error == 0 ? "closed by the server" : strerror(error), missing);
    while ((taken = connection_take(connection, missing, &when)) > 0)
        load_record_waiting(load, now - when, taken);
    load_close(load, connection);
}

void load_close(struct load *load, struct connection *connection)
{
    if (connection->descriptor < 0)
        return;
    close(connection->descriptor);
    connection->descriptor = -1;
    if (connection->state == CONNECTION_OPEN || connection->state == CONNECTION_FINISHING) {
        load->open--;
        load->busy_open -= !connection->idle;
    }
    connection->state = CONNECTION_CLOSED;
    connection->under_way = 0;
    connection->ring_used = 0;
    connection->unwritten = 0;
}

struct reading {
    struct load *load;
    struct connection *connection;
    ssize_t got;
};

/* For spin_wait: 0 where there is nothing to read. */
static int look_for_answers(void *context, int timeout_ms)
{
    struct reading *reading = context;

    reading->got =
        connection_read(reading->connection, reading->load->buffer, sizeof(reading->load->buffer),
                        timeout_ms == 0 ? MSG_DONTWAIT : 0);
    return reading->got != -EAGAIN;
}

static ssize_t read_answers(struct load *load, struct connection *connection)
{
    struct reading reading = {.load = load, .connection = connection};

    if (load->blocks)
        spin_wait(&load->spin, look_for_answers, &reading, -1);
    else
        look_for_answers(&reading, -1);
    return reading.got;
}

int load_read(struct load *load, struct connection *connection, int64_t *now)
{
    struct answers_checked checked = {0};
    ssize_t got = read_answers(load, connection);

    *now = clock_ns();
    if (got == -EAGAIN)
        return 0;
    if (got <= 0) {
        lose(load, connection, (int)-got);
        return -1;
    }
    answers_check(&connection->answers, load_dialogue(load, connection), load->buffer, (size_t)got,
                  &checked, load->wrong_text);
    return settle(load, connection, &checked, *now);
}

int load_watch(struct load *load, struct connection *connection, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = connection};

    return epoll_ctl(load->epoll, operation, connection->descriptor, &event) < 0 ? -errno : 0;
}

int load_put(struct load *load, struct connection *connection)
{
    int error = connection_write(connection, load_dialogue(load, connection));

    if (error == 0)
        return 0;
    /* What the server said before it closed is worth more than EPIPE: that is read first. */
    if (error == -EPIPE || error == -ECONNRESET) {
        connection->unwritten = 0;
        return 0;
    }
    lose(load, connection, -error);
    return -1;
}

int load_write(struct load *load, struct connection *connection)
{
    bool unwritten;
    int error;

    if (load_put(load, connection) < 0)
        return -1;
    unwritten = connection->unwritten > 0;
    if (unwritten == connection->watches_writing)
        return 0;
    connection->watches_writing = unwritten;
    error = load_watch(load, connection, EPOLL_CTL_MOD, unwritten ? EPOLLIN | EPOLLOUT : EPOLLIN);
    if (error == 0)
        return 0;
    lose(load, connection, -error);
    return -1;
}

int load_send(struct load *load, struct connection *connection, int64_t when, uint32_t requests)
{
    connection_add(connection, load_dialogue(load, connection), when, requests);
    load->result->sent += requests;
    return load_write(load, connection);
}

struct waiting {
    int epoll;
    struct epoll_event *events;
};

static int look_for_events(void *context, int timeout_ms)
{
    const struct waiting *waiting = context;

    return epoll_wait(waiting->epoll, waiting->events, EVENTS_AT_ONCE, timeout_ms);
}

int load_wait(struct load *load, struct epoll_event *events, int timeout_ms)
{
    struct waiting waiting = {.epoll = load->epoll, .events = events};
    int count = spin_wait(&load->spin, look_for_events, &waiting, timeout_ms);
    int error = errno;

    if (count >= 0 || error == EINTR)
        return count < 0 ? 0 : count;
    return load_fail(load, -error, "cannot wait for events: %s", strerror(error));
}

int load_timeout(const struct load *load, int64_t now, int64_t next)
{
    int64_t until = next;

    if (load->options->observer.progress != NULL && load->next_report < until)
        until = load->next_report;
    if (until <= now)
        return 0;
    if (until - now > INT64_C(1000000000))
        return 1000;
    return (int)((until - now + 999999) / 1000000);
}

void load_sleep(const struct load *load, int64_t now, int64_t until)
{
    struct pollfd descriptor = {.fd = load->epoll, .events = POLLIN};
    struct timespec time;
    int64_t wait;

    if (load->options->observer.progress != NULL && load->next_report < until)
        until = load->next_report;
    if (until <= now)
        return;
    wait = until - now;
    if (wait > INT64_C(1000000000))
        wait = INT64_C(1000000000);
    time = (struct timespec){.tv_sec = wait / 1000000000, .tv_nsec = wait % 1000000000};
    ppoll(&descriptor, 1, &time, NULL);
}

int load_sharpen_slack(void)
{
    int slack = prctl(PR_GET_TIMERSLACK);

    prctl(PR_SET_TIMERSLACK, 1);
    return slack;
}

void load_restore_slack(int slack)
{
    if (slack > 0)
        prctl(PR_SET_TIMERSLACK, slack);
}

void load_note_stop(struct load *load)
{
    char bytes[STOP_BYTES];
    ssize_t got = read(load->options->stop_descriptor, bytes, sizeof(bytes));

    if (got < 0)
        return;
    if (got == 0)
        epoll_ctl(load->epoll, EPOLL_CTL_DEL, load->options->stop_descriptor, NULL);
    load->stops++;
}
