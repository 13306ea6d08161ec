#include "clients/generator.h"
#include "common/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

/*
 * Clients that pause between an answer and their next request, as people do: a closed loop whose
 * load is bounded from above, so that it is polite to others. All pauses are equally long, so that
 * those that ended first stand first in a queue.
 */
struct pause {
    unsigned connection;
    int64_t end;
};

struct think_loop {
    struct load *load;
    struct pause *pauses; /* a queue in a ring, one place per connection */
    unsigned first;
    unsigned count;
    int64_t length;
};

static void begin_pause(struct think_loop *loop, unsigned connection, int64_t end)
{
    unsigned last = (loop->first + loop->count++) % loop->load->options->connections;

    loop->pauses[last] = (struct pause){connection, end};
}

static void send_after_pauses(struct think_loop *loop, int64_t now)
{
    struct load *load = loop->load;

    while (loop->count > 0 && loop->pauses[loop->first].end <= now) {
        struct connection *connection = &load->connections[loop->pauses[loop->first].connection];

        loop->first = (loop->first + 1) % load->options->connections;
        loop->count--;
        if (connection->state == CONNECTION_OPEN)
            load_send(load, connection, clock_ns(), 1);
    }
}

static void handle(struct think_loop *loop, const struct epoll_event *event)
{
    struct load *load = loop->load;
    struct connection *connection = event->data.ptr;
    int64_t now;

    if (connection == NULL) {
        load_note_stop(load);
        return;
    }
    if (connection->state != CONNECTION_OPEN)
        return;
    if ((event->events & EPOLLOUT) && load_write(load, connection) < 0)
        return;
    if (!(event->events & ~(uint32_t)EPOLLOUT))
        return;
    if (load_read(load, connection, &now) > 0 && !connection->idle && connection->under_way == 0)
        begin_pause(loop, (unsigned)(connection - load->connections), now + loop->length);
}

static int one_round(struct think_loop *loop, int64_t now)
{
    struct load *load = loop->load;
    struct epoll_event events[EVENTS_AT_ONCE];
    int64_t until = load->deadline;
    int count;

    send_after_pauses(loop, now);
    load_report(load, now);
    if (loop->count > 0 && loop->pauses[loop->first].end < until)
        until = loop->pauses[loop->first].end;
    load_sleep(load, clock_ns(), until);
    count = load_wait(load, events, 0);
    for (int at = 0; at < count; at++)
        handle(loop, &events[at]);
    return count < 0 ? count : 0;
}

/* The first requests are spread over one pause, so that the clients do not march in step. */
static void begin_first_pauses(struct think_loop *loop, int64_t now)
{
    unsigned connections = loop->load->options->connections;

    for (unsigned at = 0; at < connections; at++)
        begin_pause(loop, at,
                    now + (int64_t)((double)loop->length * (double)at / (double)connections));
}

int load_think_loop(struct load *load)
{
    struct think_loop loop = {.load = load, .length = (int64_t)(load->options->think * 1e9)};
    int slack, error = 0;
    int64_t now;

    loop.pauses = calloc(load->options->connections, sizeof(*loop.pauses));
    if (loop.pauses == NULL)
        return load_fail(load, -ENOMEM, "no memory for the pauses of the connections");
    slack = load_sharpen_slack();
    load_begin_window(load);
    now = load->start;
    begin_first_pauses(&loop, now);
    for (; error == 0 && !load_is_over(load, now); now = clock_ns())
        error = one_round(&loop, now);
    load_end_window(load, now);
    load_restore_slack(slack);
    free(loop.pauses);
    return error;
}
