#include "clients/generator.h"
#include "common/clock.h"

#include <sys/epoll.h>
#include <sys/socket.h>

static const int64_t ANSWERS_WAIT = INT64_C(5000000000); /* for what is due */
static const int64_t END_WAIT = INT64_C(1000000000);     /* for the server to close after that */

/* Requests of which nothing was written yet are not sent any more. */
static void withdraw(struct load *load, struct connection *connection)
{
    uint32_t requests;
    int64_t when;

    while ((requests = connection_withdraw(connection, load_dialogue(load, connection), &when)) >
           0) {
        load->result->sent -= requests;
        if (load->options->rate > 0)
            load->result->unsent += requests;
        load_record_waiting(load, load->deadline - when, requests);
    }
}

/*
 * With nothing due any more, a half-close makes the server end the stream, and what is read until
 * then was never asked for.
 */
static void finish_if_answered(struct connection *connection)
{
    if (connection->state != CONNECTION_OPEN || connection->under_way > 0)
        return;
    connection->state = CONNECTION_FINISHING;
    shutdown(connection->descriptor, SHUT_WR);
}

static void handle(struct load *load, const struct epoll_event *event, int64_t *last_answer)
{
    struct connection *connection = event->data.ptr;

    if (connection == NULL) {
        load_note_stop(load);
        return;
    }
    if (connection->state != CONNECTION_OPEN && connection->state != CONNECTION_FINISHING)
        return;
    if ((event->events & EPOLLOUT) && load_write(load, connection) < 0)
        return;
    if (load_read(load, connection, last_answer) >= 0)
        finish_if_answered(connection);
}

static unsigned connections_due(const struct load *load)
{
    unsigned due = 0;

    for (unsigned at = 0; at < load->total; at++)
        due += load->connections[at].under_way > 0;
    return due;
}

static void wait_for_answers(struct load *load)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    unsigned stops = load->stops;
    int64_t give_up = load->deadline + ANSWERS_WAIT, last_answer = clock_ns(), now = last_answer;
    bool due = connections_due(load) > 0;

    while (load->open > 0 && now < give_up && load->stops == stops) {
        int count = load_wait(load, events, load_timeout(load, now, give_up));

        for (int at = 0; at < count; at++)
            handle(load, &events[at], &last_answer);
        now = clock_ns();
        load_report(load, now);
        due = due && connections_due(load) > 0;
        if (!due && give_up > last_answer + END_WAIT)
            give_up = last_answer + END_WAIT;
        if (count < 0)
            break;
    }
}

static void count_missing(struct load *load, struct connection *connection, int64_t now)
{
    uint32_t missing = connection->under_way, taken;
    int64_t when;

    load->result->errors.extra +=
        connection->state == CONNECTION_FINISHING && answers_unfinished(&connection->answers);
    if (missing == 0)
        return;
    load->result->errors.missing += missing;
    load_problem(load, "connection %u: %u answers did not come in %.1f s after the end",
                 (unsigned)(connection - load->connections) + 1, missing,
                 (double)(now - load->deadline) * 1e-9);
    while ((taken = connection_take(connection, missing, &when)) > 0)
        load_record_waiting(load, now - when, taken);
}

void load_drain(struct load *load)
{
    int64_t now;

    for (unsigned at = 0; at < load->total; at++) {
        struct connection *connection = &load->connections[at];

        if (connection->state != CONNECTION_OPEN)
            continue;
        withdraw(load, connection);
        finish_if_answered(connection);
    }
    wait_for_answers(load);
    now = clock_ns();
    for (unsigned at = 0; at < load->total; at++)
        count_missing(load, &load->connections[at], now);
}
