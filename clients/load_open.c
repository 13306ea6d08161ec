#include "clients/generator.h"
#include "clients/schedule.h"
#include "common/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

/*
 * The open loop. A request that is due goes to the connection that has been free longest (fewer
 * than pipeline requests under way); while none is free, what is due stays in the schedule, whose
 * next entry is the oldest request not sent yet. So nothing grows with the length of that queue.
 */
struct open_loop {
    struct load *load;
    struct schedule schedule;
    unsigned *free; /* a queue in a ring: connections with room for a request */
    unsigned free_first;
    unsigned free_count;
    int64_t free_since; /* when the queue was last empty no more */
    unsigned *round;    /* connections to write to in this round */
    unsigned round_count;
};

static void push_free(struct open_loop *loop, unsigned number, int64_t now)
{
    unsigned busy = loop->load->options->connections;
    unsigned last = (loop->free_first + loop->free_count) % busy;

    if (loop->free_count == 0)
        loop->free_since = now;
    loop->free[last] = number;
    loop->free_count++;
}

static unsigned pop_free(struct open_loop *loop)
{
    unsigned number = loop->free[loop->free_first];

    loop->free_first = (loop->free_first + 1) % loop->load->options->connections;
    loop->free_count--;
    return number;
}

static bool is_full(const struct open_loop *loop, const struct connection *connection)
{
    return connection->under_way >= loop->load->options->pipeline;
}

/* Behind the schedule though a connection was free: that is the generator's own doing. */
static void record_lag(struct open_loop *loop, int64_t due, int64_t now)
{
    int64_t could = due > loop->free_since ? due : loop->free_since;

    histogram_add(&loop->load->result->lag, now - could, 1);
}

static void assign_due(struct open_loop *loop, int64_t now)
{
    struct load *load = loop->load;

    while (loop->free_count > 0 && load->stops == 0) {
        int64_t due = schedule_due(&loop->schedule);
        unsigned number;
        struct connection *connection;

        if (due > now || due >= load->deadline)
            return;
        number = pop_free(loop);
        connection = &load->connections[number];
        if (connection->state != CONNECTION_OPEN)
            continue;
        connection_add(connection, &load->dialogue, due, 1);
        load->result->sent++;
        record_lag(loop, due, now);
        schedule_advance(&loop->schedule);
        if (!connection->in_round) {
            connection->in_round = true;
            loop->round[loop->round_count++] = number;
        }
        if (!is_full(loop, connection))
            push_free(loop, number, now);
    }
}

static void write_round(struct open_loop *loop)
{
    for (unsigned at = 0; at < loop->round_count; at++) {
        struct connection *connection = &loop->load->connections[loop->round[at]];

        connection->in_round = false;
        if (connection->state == CONNECTION_OPEN)
            load_write(loop->load, connection);
    }
    loop->round_count = 0;
}

static void handle(struct open_loop *loop, const struct epoll_event *event)
{
    struct load *load = loop->load;
    struct connection *connection = event->data.ptr;
    bool was_full;
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
    was_full = is_full(loop, connection);
    if (load_read(load, connection, &now) > 0 && !connection->idle && was_full)
        push_free(loop, (unsigned)(connection - load->connections), now);
}

static void sleep_until_due(struct open_loop *loop, int64_t now)
{
    int64_t until = loop->load->deadline, due = schedule_due(&loop->schedule);

    load_sleep(loop->load, now, loop->free_count > 0 && due < until ? due : until);
}

static int one_round(struct open_loop *loop, int64_t now)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    int count;

    assign_due(loop, now);
    write_round(loop);
    load_report(loop->load, now);
    sleep_until_due(loop, clock_ns());
    count = load_wait(loop->load, events, 0);
    for (int at = 0; at < count; at++)
        handle(loop, &events[at]);
    return count < 0 ? count : 0;
}

/* What was due and never sent has waited all the same. */
static void count_unsent(struct open_loop *loop)
{
    struct load *load = loop->load;
    int64_t due;

    while ((due = schedule_due(&loop->schedule)) < load->deadline) {
        load->result->unsent++;
        load_record_waiting(load, load->deadline - due, 1);
        schedule_advance(&loop->schedule);
    }
}

static int run(struct open_loop *loop)
{
    struct load *load = loop->load;
    int64_t now;
    int error = 0;

    load_begin_window(load);
    now = load->start;
    schedule_init(&loop->schedule, load->options->rate, load->options->seed, now);
    for (unsigned at = 0; at < load->options->connections; at++)
        push_free(loop, at, now);
    for (; error == 0 && !load_is_over(load, now); now = clock_ns())
        error = one_round(loop, now);
    load_end_window(load, now);
    count_unsent(loop);
    return error;
}

int load_open_loop(struct load *load)
{
    struct open_loop loop = {.load = load};
    int error, slack;

    loop.free = calloc(load->options->connections, sizeof(*loop.free));
    loop.round = calloc(load->options->connections, sizeof(*loop.round));
    if (loop.free == NULL || loop.round == NULL) {
        error = load_fail(load, -ENOMEM, "no memory for the lists of connections");
    } else {
        /* A late wake-up would be lag. */
        slack = load_sharpen_slack();
        error = run(&loop);
        load_restore_slack(slack);
    }
    free(loop.free);
    free(loop.round);
    return error;
}
