#include "src/uv/connection.h"

#include "src/job.h"
#include "src/pool.h"
#include "src/turn.h"

#include <fcntl.h>
#include <stdlib.h>

/* A request in libuv's pool. */
struct computation {
    uv_work_t work;
    struct job job;
    struct uv_connection *connection;
};

struct uv_connection {
    union uv_client client;
    uv_timer_t idle_timer;
    uv_write_t write;
    struct uv_serving *serving;
    struct uv_connection *previous, *next;
    struct uv_connection *next_waiting;
    struct computation *computation; /* NULL: none */
    struct session session;
    struct idle idle;
    bool reading, writing, waiting, closing, overdue;
};

static void connection_advance(struct uv_connection *connection);

struct uv_connection *uv_connection_next(const struct uv_connection *connection)
{
    return connection->next;
}

static int descriptor_of(const struct uv_connection *connection)
{
    uv_os_fd_t descriptor;

    return uv_fileno(&connection->client.handle, &descriptor) == 0 ? descriptor : -1;
}

static void on_closed(uv_handle_t *handle)
{
    struct uv_connection *connection = handle->data;
    struct uv_serving *serving = connection->serving;

    free(connection);
    serving->closed(serving);
}

static void on_stream_closed(uv_handle_t *handle)
{
    struct uv_connection *connection = handle->data;

    uv_close((uv_handle_t *)&connection->idle_timer, on_closed);
}

/* The session keeps what libuv has queued, until it is gone: so it is neither copied nor counted
 * twice. */
static void account_sent(struct uv_connection *connection)
{
    size_t queued = uv_stream_get_write_queue_size(&connection->client.stream);
    const char *bytes;
    size_t waiting = session_output(&connection->session, &bytes);

    if (waiting > queued)
        session_sent(&connection->session, waiting - queued);
}

static void leave_waiting(struct uv_connection *connection)
{
    struct uv_connection **link = &connection->serving->waiting;

    if (!connection->waiting)
        return;
    while (*link != connection)
        link = &(*link)->next_waiting;
    *link = connection->next_waiting;
    connection->waiting = false;
}

/* The handle closes its descriptor itself; to linger, the connection goes on under another one. */
static void connection_close(struct uv_connection *connection)
{
    struct uv_serving *serving = connection->serving;
    int lingering = -1;

    if (session_ending(&connection->session) == SESSION_LINGER)
        lingering = fcntl(descriptor_of(connection), F_DUPFD_CLOEXEC, 0);
    if (connection->writing)
        account_sent(connection);
    connection->closing = true;
    leave_waiting(connection);
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        serving->connections = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    server_hang_up(serving->server, &connection->session, lingering);
    uv_close(&connection->client.handle, on_stream_closed);
}

/* No descriptor is closed while a computation may look at it. */
void uv_connection_close_soon(struct uv_connection *connection)
{
    if (connection->computation == NULL) {
        connection_close(connection);
        return;
    }
    uv_read_stop(&connection->client.stream);
    connection->reading = false;
    job_abandon(&connection->computation->job);
    uv_cancel((uv_req_t *)&connection->computation->work);
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct uv_connection *connection = handle->data;

    *buffer = uv_buf_init(connection->serving->bytes, SESSION_READ_SIZE);
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    struct uv_connection *connection = stream->data;

    if (length == 0)
        return; /* libuv's way to say EAGAIN */
    if (server_stopping(connection->serving->server)) {
        session_stop(&connection->session);
    } else if (length > 0) {
        session_receive(&connection->session, buffer->base, (size_t)length);
    } else if (length == UV_EOF) {
        session_receive_end(&connection->session);
        uv_read_stop(stream);
        connection->reading = false;
    } else {
        session_break(&connection->session);
    }
    connection_advance(connection);
}

static void set_reading(struct uv_connection *connection, bool reading)
{
    if (reading == connection->reading)
        return;
    connection->reading = reading;
    if (reading)
        uv_read_start(&connection->client.stream, on_allocate, on_read);
    else
        uv_read_stop(&connection->client.stream);
}

static void on_written(uv_write_t *write, int status)
{
    struct uv_connection *connection = write->data;

    connection->writing = false;
    if (connection->closing)
        return;
    if (status < 0)
        session_break(&connection->session);
    else
        account_sent(connection);
    connection_advance(connection);
}

/* Most answers fit into the socket's buffer at once. */
static void try_to_send(struct uv_connection *connection)
{
    const char *bytes;
    size_t length = session_output(&connection->session, &bytes);
    uv_buf_t buffer = uv_buf_init((char *)bytes, (unsigned)length);
    int sent = uv_try_write(&connection->client.stream, &buffer, 1);

    if (sent > 0)
        session_sent(&connection->session, (size_t)sent);
    else if (sent < 0 && sent != UV_EAGAIN)
        session_break(&connection->session);
}

/* libuv waits for room where there is none, and says later that all is written. */
static void send_answers(struct uv_connection *connection)
{
    const char *bytes;
    uv_buf_t buffer;
    size_t length;

    if (connection->serving->tries_first && session_output(&connection->session, &bytes) > 0)
        try_to_send(connection);
    length = session_output(&connection->session, &bytes);
    if (length == 0)
        return;
    buffer = uv_buf_init((char *)bytes, (unsigned)length);
    if (uv_write(&connection->write, &connection->client.stream, &buffer, 1, on_written) < 0)
        session_break(&connection->session);
    else
        connection->writing = true;
}

static void compute(uv_work_t *work)
{
    static _Thread_local bool settled;
    struct computation *computation = work->data;

    if (!settled)
        pool_settle_thread(computation->job.server);
    settled = true;
    job_run(&computation->job);
}

static void on_computed(uv_work_t *work, int status)
{
    struct computation *computation = work->data;
    struct uv_connection *connection = computation->connection;
    const struct server *server = connection->serving->server;

    if (status == UV_ECANCELED)
        server_count_cancelled(server);
    if (status == 0 && computation->job.status == 0)
        session_answer(&connection->session, computation->job.value);
    else if (!server_cancelled(server))
        session_break(&connection->session);
    free(computation);
    connection->computation = NULL;
    if (server_cancelled(server))
        connection_close(connection);
    else
        connection_advance(connection);
}

static void offload(struct uv_connection *connection, unsigned n)
{
    struct uv_serving *serving = connection->serving;
    struct computation *computation = malloc(sizeof(*computation));

    if (computation == NULL) {
        session_break(&connection->session);
        return;
    }
    computation->connection = connection;
    computation->work.data = computation;
    job_init(&computation->job, serving->server, n, descriptor_of(connection));
    connection->computation = computation;
    session_computing(&connection->session);
    uv_queue_work(&serving->loop, &computation->work, compute, on_computed);
}

static void wait_for_turn(struct uv_connection *connection)
{
    struct uv_serving *serving = connection->serving;

    if (connection->waiting)
        return;
    connection->waiting = true;
    connection->next_waiting = serving->waiting;
    serving->waiting = connection;
    uv_idle_start(&serving->again, uv_connection_again);
}

void uv_connection_again(uv_idle_t *again)
{
    struct uv_serving *serving = again->data;
    struct uv_connection *waiting = serving->waiting;

    serving->waiting = NULL;
    uv_idle_stop(again);
    while (waiting != NULL) {
        struct uv_connection *next = waiting->next_waiting;

        waiting->waiting = false;
        connection_advance(waiting);
        waiting = next;
    }
}

/*
 * libuv runs timers before it polls. So the first time is only a warning: a line that came in time
 * may lie unread since a long computation, and is read before the timer fires again.
 */
static void on_idle_timer(uv_timer_t *timer)
{
    struct uv_connection *connection = timer->data;
    struct uv_serving *serving = connection->serving;
    int64_t left;

    if (connection->writing)
        account_sent(connection);
    left = idle_left(&connection->idle, &connection->session, (int64_t)uv_now(&serving->loop),
                     serving->server->limits.idle_timeout_ms);
    if (left == 0 && connection->overdue) {
        uv_connection_close_soon(connection);
        return;
    }
    connection->overdue = left == 0;
    uv_timer_start(timer, on_idle_timer, left > 0 ? (uint64_t)left : 1, 0);
}

/* The timer is left running: when it fires, it looks at when there was activity last. */
static void note_activity(struct uv_connection *connection)
{
    int64_t limit = connection->serving->server->limits.idle_timeout_ms;

    if (limit == 0)
        return;
    uv_update_time(&connection->serving->loop); /* a computation may have taken long */
    idle_left(&connection->idle, &connection->session, (int64_t)uv_now(&connection->serving->loop),
              limit);
}

/* Lets the conversation go on as far as it can, then says what it waits for. */
static void connection_advance(struct uv_connection *connection)
{
    const struct server *server = connection->serving->server;
    struct session *session = &connection->session;
    enum turn_stop stop = TURN_DONE;
    struct turn turn;
    unsigned n;

    turn_init(&turn, server, true);
    while (!connection->writing && connection->computation == NULL) {
        uint64_t value;

        stop = turn_run(&turn, session, &n);
        send_answers(connection);
        if (connection->writing)
            break; /* libuv writes from the session's output: no answer may join it now */
        if (stop == TURN_OFFLOAD)
            offload(connection, n);
        else if (stop == TURN_COMPUTE && server_compute(server, n, &value) == 0)
            session_answer(session, value);
        else if (stop != TURN_FULL || server_cancelled(server))
            break;
    }
    if (session_ending(session) != SESSION_OPEN) {
        uv_connection_close_soon(connection);
        return;
    }
    if (stop == TURN_OVER && !connection->writing)
        wait_for_turn(connection);
    set_reading(connection, session_wants_read(session));
    note_activity(connection);
}

void uv_connection_stop(struct uv_connection *connection)
{
    session_stop(&connection->session);
    connection_advance(connection);
}

static void on_refused(uv_handle_t *handle)
{
    free(handle->data);
}

static void refuse(struct uv_connection *connection)
{
    int descriptor = fcntl(descriptor_of(connection), F_DUPFD_CLOEXEC, 0);

    if (descriptor >= 0)
        server_refuse(connection->serving->server, descriptor, "too many connections");
    uv_close(&connection->client.handle, on_refused);
}

static void start(struct uv_connection *connection)
{
    struct uv_serving *serving = connection->serving;
    int64_t limit = serving->server->limits.idle_timeout_ms;

    session_init(&connection->session, &serving->server->rules);
    idle_init(&connection->idle, &connection->session, (int64_t)uv_now(&serving->loop));
    uv_timer_init(&serving->loop, &connection->idle_timer);
    connection->idle_timer.data = connection;
    connection->write.data = connection;
    connection->next = serving->connections;
    if (connection->next != NULL)
        connection->next->previous = connection;
    serving->connections = connection;
    if (limit > 0)
        uv_timer_start(&connection->idle_timer, on_idle_timer, (uint64_t)limit, 0);
    set_reading(connection, true);
}

int uv_connection_accept(struct uv_serving *serving, uv_stream_t *listener)
{
    struct uv_connection *connection = calloc(1, sizeof(*connection));
    int error;

    if (connection == NULL)
        return UV_ENOMEM;
    connection->serving = serving;
    if (serving->server->is_unix)
        uv_pipe_init(&serving->loop, &connection->client.pipe, 0);
    else
        uv_tcp_init(&serving->loop, &connection->client.tcp);
    connection->client.handle.data = connection;
    error = uv_accept(listener, &connection->client.stream);
    if (error < 0)
        uv_close(&connection->client.handle, on_refused);
    else if (server_admit(serving->server, descriptor_of(connection)))
        start(connection);
    else
        refuse(connection);
    return error;
}
