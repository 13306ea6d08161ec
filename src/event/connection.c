#include "src/event/connection.h"

#include "common/clock.h"
#include "src/idle.h"
#include "src/turn.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event_struct.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>

struct event_connection {
    struct bufferevent *stream;
    struct event timer; /* for another turn, or for the idle time */
    struct event_serving *serving;
    struct event_connection *previous, *next;
    struct session session;
    struct idle idle;
    struct job job;
    bool computing, waiting;
};

static void connection_advance(struct event_connection *connection);

struct event_connection *event_connection_next(const struct event_connection *connection)
{
    return connection->next;
}

static size_t output_length(const struct event_connection *connection)
{
    return evbuffer_get_length(bufferevent_get_output(connection->stream));
}

static int64_t now_ms(const struct event_connection *connection)
{
    return connection->serving->server->limits.idle_timeout_ms > 0 ? clock_ms() : 0;
}

static void connection_close(struct event_connection *connection)
{
    struct event_serving *serving = connection->serving;
    int descriptor = bufferevent_getfd(connection->stream);

    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        serving->connections = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    event_del(&connection->timer);
    bufferevent_free(connection->stream);
    server_hang_up(serving->server, &connection->session, descriptor);
    free(connection);
    serving->closed(serving);
}

/* No descriptor is closed while a computation may look at it. */
void event_connection_close_soon(struct event_connection *connection)
{
    if (connection->computing) {
        bufferevent_disable(connection->stream, EV_READ | EV_WRITE);
        job_abandon(&connection->job);
    } else {
        connection_close(connection);
    }
}

void event_connection_computed(struct job *job)
{
    struct event_connection *connection =
        (struct event_connection *)((char *)job - offsetof(struct event_connection, job));

    connection->computing = false;
    if (job->status == 0)
        session_answer(&connection->session, job->value);
    if (server_cancelled(connection->serving->server)) {
        connection_close(connection);
        return;
    }
    if (job->status < 0)
        session_break(&connection->session);
    connection_advance(connection);
}

/* Out of memory, a connection cannot wait for its time, and ends. */
static void set_timer(struct event_connection *connection, int64_t ms)
{
    struct timeval time = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

    if (event_add(&connection->timer, &time) < 0)
        session_break(&connection->session);
}

/*
 * A bufferevent never writes at once but from its loop. The session keeps what is handed over until
 * it has gone out, so that it knows whether its answers move; meanwhile it makes no new ones. That
 * the socket cannot be watched for writing, only enabling says.
 */
static void send_answers(struct event_connection *connection)
{
    const char *bytes;
    size_t length = session_output(&connection->session, &bytes);

    if (length > 0 && output_length(connection) == 0 &&
        (bufferevent_write(connection->stream, bytes, length) < 0 ||
         bufferevent_enable(connection->stream, EV_WRITE) < 0))
        session_break(&connection->session);
}

static void account_sent(struct event_connection *connection)
{
    const char *bytes;
    size_t waiting = session_output(&connection->session, &bytes);
    size_t left = output_length(connection);

    if (waiting > left)
        session_sent(&connection->session, waiting - left);
}

static void set_reading(struct event_connection *connection, bool reading)
{
    bool before = bufferevent_get_enabled(connection->stream) & EV_READ;

    if (reading && !before && bufferevent_enable(connection->stream, EV_READ) < 0)
        session_break(&connection->session);
    else if (!reading && before)
        bufferevent_disable(connection->stream, EV_READ);
}

static void note_activity(struct event_connection *connection)
{
    int64_t limit = connection->serving->server->limits.idle_timeout_ms;

    if (limit > 0)
        idle_left(&connection->idle, &connection->session, clock_ms(), limit);
}

static void compute(struct event_connection *connection, unsigned n)
{
    uint64_t value;

    if (server_compute(connection->serving->server, n, &value) == 0)
        session_answer(&connection->session, value);
}

static void offload(struct event_connection *connection, unsigned n)
{
    struct event_serving *serving = connection->serving;

    job_init(&connection->job, serving->server, n, bufferevent_getfd(connection->stream));
    connection->computing = true;
    session_computing(&connection->session);
    pool_submit(serving->pool, &connection->job);
}

/* One turn, as long as no answer waits for the loop to send it: a computation waits for that, too.
 */
static enum turn_stop take_turn(struct event_connection *connection)
{
    const struct server *server = connection->serving->server;
    enum turn_stop stop = TURN_DONE;
    struct turn turn;
    unsigned n;

    turn_init(&turn, server, true);
    while (output_length(connection) == 0 && !connection->computing) {
        stop = turn_run(&turn, &connection->session, &n);
        send_answers(connection);
        if (output_length(connection) > 0)
            break;
        if (stop == TURN_OFFLOAD)
            offload(connection, n);
        else if (stop == TURN_COMPUTE && !server_cancelled(server))
            compute(connection, n);
        else
            break;
    }
    return stop;
}

/* Lets the conversation go on as far as it can, then says what it waits for. */
static void connection_advance(struct event_connection *connection)
{
    enum turn_stop stop = take_turn(connection);
    bool open = session_ending(&connection->session) == SESSION_OPEN;

    if (open && stop == TURN_OVER && output_length(connection) == 0) {
        connection->waiting = true;
        set_timer(connection, 0);
    }
    if (open)
        set_reading(connection, session_wants_read(&connection->session));
    /* Asked again: what it waits for may be impossible to wait for. */
    if (session_ending(&connection->session) != SESSION_OPEN)
        event_connection_close_soon(connection);
    else
        note_activity(connection);
}

/* libevent reads a few KiB at a time, which must not cut a packet: so the rest is fetched here. */
static size_t read_packet(struct event_connection *connection, size_t length)
{
    ssize_t rest = recv(bufferevent_getfd(connection->stream), connection->serving->bytes + length,
                        SESSION_READ_SIZE - length, MSG_DONTWAIT);

    return rest > 0 ? length + (size_t)rest : length;
}

static void on_read(struct bufferevent *stream, void *argument)
{
    struct event_connection *connection = argument;
    char *bytes = connection->serving->bytes;
    size_t length = bufferevent_read(stream, bytes, SESSION_READ_SIZE);

    if (connection->serving->server->rules.packet && length > 0)
        length = read_packet(connection, length);
    if (server_stopping(connection->serving->server))
        session_stop(&connection->session);
    else if (length > 0)
        session_receive(&connection->session, bytes, length);
    connection_advance(connection);
}

/* All that was handed over has gone out. */
static void on_written(struct bufferevent *stream, void *argument)
{
    struct event_connection *connection = argument;

    account_sent(connection);
    connection_advance(connection);
}

static void on_event(struct bufferevent *stream, short what, void *argument)
{
    struct event_connection *connection = argument;

    if (what & BEV_EVENT_EOF)
        session_receive_end(&connection->session);
    else
        session_break(&connection->session);
    connection_advance(connection);
}

static void on_timer(evutil_socket_t none, short what, void *argument)
{
    struct event_connection *connection = argument;
    int64_t limit = connection->serving->server->limits.idle_timeout_ms, left;

    if (limit > 0) {
        account_sent(connection);
        left = idle_left(&connection->idle, &connection->session, clock_ms(), limit);
        if (left == 0)
            return event_connection_close_soon(connection);
        set_timer(connection, left);
    }
    if (connection->waiting) {
        connection->waiting = false;
        connection_advance(connection);
    }
}

void event_connection_stop(struct event_connection *connection)
{
    session_stop(&connection->session);
    connection_advance(connection);
}

int event_connection_open(struct event_serving *serving, int descriptor)
{
    struct event_connection *connection = calloc(1, sizeof(*connection));
    int64_t limit = serving->server->limits.idle_timeout_ms;

    if (connection == NULL)
        return -ENOMEM;
    connection->stream = bufferevent_socket_new(serving->base, descriptor, 0);
    if (connection->stream == NULL) {
        free(connection);
        return -ENOMEM;
    }
    bufferevent_setcb(connection->stream, on_read, on_written, on_event, connection);
    if (bufferevent_enable(connection->stream, EV_READ | EV_WRITE) < 0) {
        bufferevent_free(connection->stream);
        free(connection);
        return -ENOMEM;
    }
    connection->serving = serving;
    session_init(&connection->session, &serving->server->rules);
    idle_init(&connection->idle, &connection->session, now_ms(connection));
    event_assign(&connection->timer, serving->base, -1, 0, on_timer, connection);
    connection->next = serving->connections;
    if (connection->next != NULL)
        connection->next->previous = connection;
    serving->connections = connection;
    if (limit > 0)
        set_timer(connection, limit);
    return 0;
}
