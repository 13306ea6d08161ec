#include "src/uv-poll/uv_poll.h"

#include "src/idle_ring.h"
#include "src/turn.h"
#include "src/uv/rows.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <uv.h>

/* libuv tells who is ready, and that is all that is wanted of it: the calls are our own. */
struct uv_poll_server {
    const struct server *lent;
    uv_loop_t loop;
    uv_poll_t listener, stopping, cancel;
    uv_timer_t accept_pause, idle_check;
    uv_idle_t again; /* active while somebody waits for another turn */
    struct idle_ring connections;
    struct connection *waiting; /* for another turn, the last one first */
    bool draining, ended, closed;
    char bytes[SESSION_READ_SIZE]; /* for all: what is read is handed to a session at once */
};

struct connection {
    uv_poll_t poll;
    struct uv_poll_server *server;
    struct session session;
    struct idle_place place;
    struct connection *next_waiting;
    bool waiting;
    int descriptor;
    int events; /* that it is watched for */
};

static struct connection *connection_at(struct idle_place *place)
{
    return (struct connection *)((char *)place - offsetof(struct connection, place));
}

static void close_handle(uv_handle_t *handle, void *argument)
{
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

/* Without a handle the loop returns. */
static void end_if_drained(struct uv_poll_server *server)
{
    if (!server->draining || server->ended || idle_ring_first(&server->connections) != NULL)
        return;
    server->ended = true;
    uv_walk(&server->loop, close_handle, NULL);
}

static void leave_waiting(struct connection *connection)
{
    struct connection **link = &connection->server->waiting;

    if (!connection->waiting)
        return;
    while (*link != connection)
        link = &(*link)->next_waiting;
    *link = connection->next_waiting;
    connection->waiting = false;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* The handle goes first: libuv must not watch a descriptor that is closed, or somebody else's. */
static void connection_close(struct connection *connection)
{
    struct uv_poll_server *server = connection->server;

    leave_waiting(connection);
    idle_ring_remove(&connection->place);
    uv_close((uv_handle_t *)&connection->poll, on_closed);
    server_hang_up(server->lent, &connection->session, connection->descriptor);
    end_if_drained(server);
}

static void connection_receive(struct connection *connection)
{
    struct uv_poll_server *server = connection->server;
    ssize_t length;

    if (server_stopping(server->lent)) {
        session_stop(&connection->session);
        return;
    }
    length = recv(connection->descriptor, server->bytes, sizeof(server->bytes), 0);
    if (length > 0)
        session_receive(&connection->session, server->bytes, (size_t)length);
    else if (length == 0)
        session_receive_end(&connection->session);
    else if (errno != EAGAIN && errno != EINTR)
        session_break(&connection->session);
}

/* What the socket does not take now waits in the session. */
static void connection_send(struct connection *connection)
{
    const char *bytes;
    size_t length = session_output(&connection->session, &bytes);
    ssize_t sent;

    if (length == 0)
        return;
    sent = send(connection->descriptor, bytes, length, MSG_NOSIGNAL);
    if (sent >= 0)
        session_sent(&connection->session, (size_t)sent);
    else if (errno != EAGAIN && errno != EINTR)
        session_break(&connection->session);
}

static void connection_advance(struct connection *connection);

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct connection *connection = poll->data;

    if (status < 0)
        session_break(&connection->session); /* UV_EBADF is libuv's word for a reset */
    else if (events & UV_READABLE)
        connection_receive(connection);
    connection_advance(connection);
}

/* To start again costs two system calls even for the same events, so only changes are told. */
static void connection_watch(struct connection *connection, int events)
{
    if (events == connection->events)
        return;
    connection->events = events;
    if (events == 0)
        uv_poll_stop(&connection->poll);
    else
        uv_poll_start(&connection->poll, events, on_ready);
}

static void on_again(uv_idle_t *again)
{
    struct uv_poll_server *server = again->data;
    struct connection *waiting = server->waiting;

    server->waiting = NULL;
    uv_idle_stop(again);
    while (waiting != NULL) {
        struct connection *next = waiting->next_waiting;

        waiting->waiting = false;
        connection_advance(waiting);
        waiting = next;
    }
}

/* It goes on behind a look at all the others. */
static void wait_for_turn(struct connection *connection)
{
    struct uv_poll_server *server = connection->server;

    if (connection->waiting)
        return;
    connection->waiting = true;
    connection->next_waiting = server->waiting;
    server->waiting = connection;
    uv_idle_start(&server->again, on_again);
}

/* Lets the conversation go on as far as it can, then says what it waits for. */
static void connection_advance(struct connection *connection)
{
    struct uv_poll_server *server = connection->server;
    struct session *session = &connection->session;
    const char *bytes;
    enum turn_stop stop;
    struct turn turn;
    uint64_t value;
    unsigned n;

    turn_init(&turn, server->lent, false);
    do {
        stop = turn_run(&turn, session, &n);
        connection_send(connection);
        if (stop == TURN_COMPUTE && server_compute(server->lent, n, &value) == 0)
            session_answer(session, value);
    } while ((stop == TURN_COMPUTE && !server_cancelled(server->lent)) ||
             (stop == TURN_FULL && !session_is_full(session)));

    if (session_ending(session) != SESSION_OPEN) {
        connection_close(connection);
        return;
    }
    if (stop == TURN_OVER)
        wait_for_turn(connection);
    connection_watch(connection, (session_wants_read(session) ? UV_READABLE : 0) |
                                     (session_output(session, &bytes) > 0 ? UV_WRITABLE : 0));
    idle_ring_note(&server->connections, &connection->place);
}

/* Starts it only where it is not running: it looks for itself when it has to come again. */
static void start_idle_check(struct uv_poll_server *server);

static void on_idle_check(uv_timer_t *timer)
{
    struct uv_poll_server *server = timer->data;
    struct idle_place *place;

    while ((place = idle_ring_overdue(&server->connections)) != NULL)
        connection_close(connection_at(place));
    start_idle_check(server);
}

static void start_idle_check(struct uv_poll_server *server)
{
    if (server->connections.limit_ms > 0 && !server->ended &&
        idle_ring_first(&server->connections) != NULL &&
        !uv_is_active((uv_handle_t *)&server->idle_check))
        uv_timer_start(&server->idle_check, on_idle_check, idle_ring_wait(&server->connections), 0);
}

static int connection_open(struct uv_poll_server *server, int descriptor)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    int error;

    if (connection == NULL)
        return -ENOMEM;
    error = uv_poll_init(&server->loop, &connection->poll, descriptor);
    if (error < 0) {
        free(connection);
        return error;
    }
    connection->poll.data = connection;
    connection->server = server;
    connection->descriptor = descriptor;
    session_init(&connection->session, &server->lent->rules);
    idle_ring_add(&server->connections, &connection->place, &connection->session);
    connection_watch(connection, UV_READABLE);
    start_idle_check(server);
    return 0;
}

static void on_accept_pause(uv_timer_t *timer);

static void on_clients(uv_poll_t *poll, int status, int events)
{
    struct uv_poll_server *server = poll->data;
    int descriptor, error;

    while ((error = server_accept(server->lent, true, &descriptor)) == 0) {
        if (connection_open(server, descriptor) < 0)
            server_turn_away(server->lent, descriptor, "out of memory");
    }
    if (error != -EAGAIN || status < 0) {
        uv_poll_stop(poll);
        uv_timer_start(&server->accept_pause, on_accept_pause, SERVER_ACCEPT_PAUSE_MS, 0);
    }
}

static void on_accept_pause(uv_timer_t *timer)
{
    struct uv_poll_server *server = timer->data;

    if (!server->draining)
        uv_poll_start(&server->listener, UV_READABLE, on_clients);
}

static void on_stopping(uv_poll_t *poll, int status, int events)
{
    struct uv_poll_server *server = poll->data;
    struct idle_place *place = idle_ring_first(&server->connections), *next;

    uv_poll_stop(poll);
    uv_poll_stop(&server->listener);
    server->draining = true;
    end_if_drained(server);
    for (; place != NULL; place = next) {
        struct connection *connection = connection_at(place);

        next = idle_ring_next(&server->connections, place);
        session_stop(&connection->session);
        connection_advance(connection);
    }
}

static void on_cancel(uv_poll_t *poll, int status, int events)
{
    struct uv_poll_server *server = poll->data;
    struct idle_place *place;

    server->draining = true;
    while ((place = idle_ring_first(&server->connections)) != NULL)
        connection_close(connection_at(place));
    end_if_drained(server);
}

static int watch(struct uv_poll_server *server, uv_poll_t *poll, int descriptor,
                 uv_poll_cb callback)
{
    int error = uv_poll_init(&server->loop, poll, descriptor);

    poll->data = server;
    return error < 0 ? error : uv_poll_start(poll, UV_READABLE, callback);
}

static int set_up(struct uv_poll_server *server)
{
    const struct server *lent = server->lent;
    int error;

    idle_ring_init(&server->connections, lent->limits.idle_timeout_ms);
    uv_timer_init(&server->loop, &server->accept_pause);
    uv_timer_init(&server->loop, &server->idle_check);
    uv_idle_init(&server->loop, &server->again);
    server->accept_pause.data = server->idle_check.data = server->again.data = server;
    error = watch(server, &server->stopping, lent->stopping_descriptor, on_stopping);
    if (error == 0)
        error = watch(server, &server->cancel, lent->cancel_descriptor, on_cancel);
    if (error == 0)
        error = watch(server, &server->listener, lent->listener, on_clients);
    return error;
}

/* Returns when every handle is closed; one that was left open is a bug, not to be passed over. */
static int run(void *loop)
{
    struct uv_poll_server *server = loop;

    uv_run(&server->loop, UV_RUN_DEFAULT);
    server->closed = true;
    return uv_loop_close(&server->loop);
}

static void destroy(void *loop)
{
    struct uv_poll_server *server = loop;

    if (!server->closed) {
        server->draining = true;
        end_if_drained(server);
        run(server);
    }
    free(server);
}

static int create(void **created, const struct server *lent)
{
    struct uv_poll_server *server = calloc(1, sizeof(*server));
    int error;

    if (server == NULL)
        return -ENOMEM;
    server->lent = lent;
    error = uv_loop_init(&server->loop);
    if (error < 0) {
        free(server);
        return error;
    }
    error = set_up(server);
    if (error < 0) {
        destroy(server);
        return error;
    }
    *created = server;
    return 0;
}

const struct loop_kind uv_poll_loop = {.create = create, .run = run, .destroy = destroy};

static int serve(const struct server *lent)
{
    return loops_run(&uv_poll_loop, lent);
}

const struct backend backend_uv_poll = {UV_POLL_ROW, .probe = uv_probe, .run = serve};
