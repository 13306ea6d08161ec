#include "clients/generator.h"
#include "common/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>

enum {
    LOOK_INTERVAL_US = 50000,   /* how long a blocking call may keep a stop or the end waiting */
    BLOCKING_BYTES = 16384,     /* under way at most: any socket buffer takes them */
    FIRST_SENDS_PER_ROUND = 256 /* between them, as many answers are read at most */
};

bool load_may_block(const struct load *load)
{
    const struct dialogue *dialogue = &load->dialogue;
    size_t longest = dialogue->answer_length > dialogue->request_length ? dialogue->answer_length
                                                                        : dialogue->request_length;

    return load->options->connections == 1 && load->options->pipeline * longest <= BLOCKING_BYTES;
}

/* Replaces what was answered. */
static void refill(struct load *load, struct connection *connection)
{
    int64_t now;
    int answered = load_read(load, connection, &now);

    if (answered > 0 && !connection->idle && now < load->deadline)
        load_send(load, connection, now, (uint32_t)answered);
}

static void handle(struct load *load, const struct epoll_event *event)
{
    struct connection *connection = event->data.ptr;

    if (connection == NULL) {
        load_note_stop(load);
        return;
    }
    if (connection->state != CONNECTION_OPEN)
        return;
    if ((event->events & EPOLLOUT) && load_write(load, connection) < 0)
        return;
    if (event->events & ~(uint32_t)EPOLLOUT)
        refill(load, connection);
}

static int handle_events(struct load *load, int timeout_ms)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    int count = load_wait(load, events, timeout_ms);

    for (int at = 0; at < count; at++)
        handle(load, &events[at]);
    return count < 0 ? count : 0;
}

static void send_first(struct load *load, unsigned *next)
{
    for (unsigned sent = 0; sent < FIRST_SENDS_PER_ROUND && *next < load->options->connections;
         sent++, ++*next)
        if (load->connections[*next].state == CONNECTION_OPEN)
            load_send(load, &load->connections[*next], clock_ns(), load->options->pipeline);
}

int load_closed_loop(struct load *load)
{
    unsigned next = 0;
    int64_t now;
    int error = 0;

    load_begin_window(load);
    for (now = load->start; error == 0 && !load_is_over(load, now); now = clock_ns()) {
        send_first(load, &next);
        load_report(load, now);
        error = handle_events(
            load, next < load->options->connections ? 0 : load_timeout(load, now, load->deadline));
    }
    load_end_window(load, now);
    return error;
}

static int set_blocking(struct load *load, struct connection *connection, bool blocking)
{
    struct timeval limit = {.tv_usec = LOOK_INTERVAL_US};
    int flags = fcntl(connection->descriptor, F_GETFL);

    load->blocks = blocking;
    flags = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
    if (fcntl(connection->descriptor, F_SETFL, flags) < 0 ||
        setsockopt(connection->descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0 ||
        setsockopt(connection->descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
        return load_fail(load, -errno, "cannot set up a socket: %s", strerror(errno));
    return load_watch(load, connection, blocking ? EPOLL_CTL_DEL : EPOLL_CTL_ADD, EPOLLIN);
}

/* One read, and one write of what it makes room for; both may block for the look interval. */
static int64_t exchange(struct load *load, struct connection *connection)
{
    int64_t now;
    int answered = load_read(load, connection, &now);

    if (now >= load->deadline || answered < 0)
        return now;
    if (answered > 0) {
        connection_add(connection, &load->dialogue, now, (uint32_t)answered);
        load->result->sent += (uint32_t)answered;
    }
    if (connection->unwritten > 0)
        load_put(load, connection);
    return now;
}

int load_blocking_loop(struct load *load)
{
    struct connection *connection = &load->connections[0];
    int64_t now, next_look = 0;
    int error = 0;

    if (connection->state == CONNECTION_OPEN)
        error = set_blocking(load, connection, true);
    if (error < 0)
        return error;
    load_begin_window(load);
    now = load->start;
    if (connection->state == CONNECTION_OPEN) {
        connection_add(connection, &load->dialogue, now, load->options->pipeline);
        load->result->sent += load->options->pipeline;
        load_put(load, connection);
    }
    while (error == 0 && !load_is_over(load, now)) {
        now = exchange(load, connection);
        if (now < next_look)
            continue;
        next_look = now + LOOK_INTERVAL_US * INT64_C(1000);
        load_report(load, now);
        error = handle_events(load, 0);
    }
    load_end_window(load, now);
    if (error == 0 && connection->state == CONNECTION_OPEN)
        error = set_blocking(load, connection, false);
    return error;
}
