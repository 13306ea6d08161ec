#include "src/event/rows.h"
#include "src/idle_ring.h"
#include "src/turn.h"

#include <errno.h>
#include <event2/event.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>

/* libevent tells who is ready, and that is all that is wanted of it: the calls are our own. */
struct raw_server {
    const struct server *lent;
    struct event_base *base;
    struct event *listener, *stopping, *cancel, *accept_pause, *idle_check, *again;
    struct idle_ring connections;
    struct connection *waiting; /* for another turn, the last one first */
    bool draining;
    char bytes[SESSION_READ_SIZE]; /* for all: what is read is handed to a session at once */
};

struct connection {
    struct event *event;
    struct raw_server *server;
    struct session session;
    struct idle_place place;
    struct connection *next_waiting;
    bool waiting;
    int descriptor;
    short events; /* that it is watched for */
};

static struct connection *connection_at(struct idle_place *place)
{
    return (struct connection *)((char *)place - offsetof(struct connection, place));
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

static void end_if_drained(struct raw_server *server)
{
    if (server->draining && idle_ring_first(&server->connections) == NULL)
        event_base_loopbreak(server->base);
}

/* The event goes first: libevent must not watch a descriptor that is closed, or somebody else's. */
static void connection_close(struct connection *connection)
{
    struct raw_server *server = connection->server;

    leave_waiting(connection);
    idle_ring_remove(&connection->place);
    event_free(connection->event);
    server_hang_up(server->lent, &connection->session, connection->descriptor);
    free(connection);
    end_if_drained(server);
}

static void connection_receive(struct connection *connection)
{
    struct raw_server *server = connection->server;
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

static void on_ready(evutil_socket_t descriptor, short what, void *argument)
{
    struct connection *connection = argument;

    if (what & EV_READ)
        connection_receive(connection);
    connection_advance(connection);
}

/*
 * A persistent event stays added, so a request costs no system call for it; to change what it is
 * for costs two. Returns 0 or -ENOMEM.
 */
static int connection_watch(struct connection *connection, short events)
{
    if (events == connection->events)
        return 0;
    event_del(connection->event);
    connection->events = events;
    event_assign(connection->event, connection->server->base, connection->descriptor,
                 (short)(events | EV_PERSIST), on_ready, connection);
    return events != 0 && event_add(connection->event, NULL) < 0 ? -ENOMEM : 0;
}

static void on_again(evutil_socket_t none, short what, void *argument)
{
    struct raw_server *server = argument;
    struct connection *waiting = server->waiting;

    server->waiting = NULL;
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
    struct raw_server *server = connection->server;
    struct timeval at_once = {0};

    if (connection->waiting)
        return;
    connection->waiting = true;
    connection->next_waiting = server->waiting;
    server->waiting = connection;
    event_add(server->again, &at_once);
}

/* Lets the conversation go on as far as it can, then says what it waits for. */
static void connection_advance(struct connection *connection)
{
    struct raw_server *server = connection->server;
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

    if (session_ending(session) == SESSION_OPEN &&
        connection_watch(connection,
                         (short)((session_wants_read(session) ? EV_READ : 0) |
                                 (session_output(session, &bytes) > 0 ? EV_WRITE : 0))) < 0)
        session_break(session);
    if (session_ending(session) != SESSION_OPEN) {
        connection_close(connection);
        return;
    }
    if (stop == TURN_OVER)
        wait_for_turn(connection);
    idle_ring_note(&server->connections, &connection->place);
}

static void start_idle_check(struct raw_server *server)
{
    struct timeval wait;
    uint64_t ms;

    if (server->connections.limit_ms == 0 || idle_ring_first(&server->connections) == NULL ||
        event_pending(server->idle_check, EV_TIMEOUT, NULL))
        return;
    ms = idle_ring_wait(&server->connections);
    wait = (struct timeval){.tv_sec = (time_t)(ms / 1000), .tv_usec = (long)(ms % 1000) * 1000};
    event_add(server->idle_check, &wait);
}

static void on_idle_check(evutil_socket_t none, short what, void *argument)
{
    struct raw_server *server = argument;
    struct idle_place *place;

    while ((place = idle_ring_overdue(&server->connections)) != NULL)
        connection_close(connection_at(place));
    start_idle_check(server);
}

static int connection_open(struct raw_server *server, int descriptor)
{
    struct connection *connection = calloc(1, sizeof(*connection));

    if (connection == NULL)
        return -ENOMEM;
    connection->server = server;
    connection->descriptor = descriptor;
    connection->event = event_new(server->base, descriptor, EV_PERSIST, on_ready, connection);
    if (connection->event == NULL)
        goto free_connection;
    if (connection_watch(connection, EV_READ) < 0)
        goto free_event;
    session_init(&connection->session, &server->lent->rules);
    idle_ring_add(&server->connections, &connection->place, &connection->session);
    start_idle_check(server);
    return 0;

free_event:
    event_free(connection->event);
free_connection:
    free(connection);
    return -ENOMEM;
}

/* Where there is no memory for a timer, the loop has to spin: nobody else would resume it. */
static void pause_accepting(struct raw_server *server)
{
    struct timeval pause = {.tv_usec = SERVER_ACCEPT_PAUSE_MS * 1000};

    if (event_add(server->accept_pause, &pause) == 0)
        event_del(server->listener);
}

static void on_clients(evutil_socket_t listener, short what, void *argument)
{
    struct raw_server *server = argument;
    int descriptor, error;

    while ((error = server_accept(server->lent, true, &descriptor)) == 0) {
        if (connection_open(server, descriptor) < 0)
            server_turn_away(server->lent, descriptor, "out of memory");
    }
    if (error != -EAGAIN)
        pause_accepting(server);
}

static void on_accept_pause(evutil_socket_t none, short what, void *argument)
{
    struct raw_server *server = argument;

    if (!server->draining && event_add(server->listener, NULL) < 0)
        pause_accepting(server);
}

static void on_stopping(evutil_socket_t descriptor, short what, void *argument)
{
    struct raw_server *server = argument;
    struct idle_place *place = idle_ring_first(&server->connections), *next;

    event_del(server->listener);
    server->draining = true;
    end_if_drained(server);
    for (; place != NULL; place = next) {
        struct connection *connection = connection_at(place);

        next = idle_ring_next(&server->connections, place);
        session_stop(&connection->session);
        connection_advance(connection);
    }
}

static void on_cancel(evutil_socket_t descriptor, short what, void *argument)
{
    struct raw_server *server = argument;
    struct idle_place *place;

    server->draining = true;
    while ((place = idle_ring_first(&server->connections)) != NULL)
        connection_close(connection_at(place));
    end_if_drained(server);
}

static struct event *watch(struct raw_server *server, int descriptor, short what,
                           event_callback_fn callback)
{
    struct event *event = event_new(server->base, descriptor, what, callback, server);

    if (event != NULL && event_add(event, NULL) < 0) {
        event_free(event);
        return NULL;
    }
    return event;
}

static int set_up(struct raw_server *server)
{
    const struct server *lent = server->lent;

    idle_ring_init(&server->connections, lent->limits.idle_timeout_ms);
    server->base = event_base_new();
    if (server->base == NULL)
        return -ENOMEM;
    server->listener = watch(server, lent->listener, EV_READ | EV_PERSIST, on_clients);
    server->stopping = watch(server, lent->stopping_descriptor, EV_READ, on_stopping);
    server->cancel = watch(server, lent->cancel_descriptor, EV_READ, on_cancel);
    server->accept_pause = evtimer_new(server->base, on_accept_pause, server);
    server->idle_check = evtimer_new(server->base, on_idle_check, server);
    server->again = evtimer_new(server->base, on_again, server);
    if (server->listener == NULL || server->stopping == NULL || server->cancel == NULL ||
        server->accept_pause == NULL || server->idle_check == NULL || server->again == NULL)
        return -ENOMEM;
    return 0;
}

static void tear_down(struct raw_server *server)
{
    struct event *events[] = {server->again,  server->idle_check, server->accept_pause,
                              server->cancel, server->stopping,   server->listener};

    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        if (events[i] != NULL)
            event_free(events[i]);
    }
    if (server->base != NULL)
        event_base_free(server->base);
}

static int run(const struct server *lent)
{
    struct raw_server *server = calloc(1, sizeof(*server));
    int error;

    if (server == NULL)
        return -ENOMEM;
    server->lent = lent;
    error = set_up(server);
    if (error == 0) {
        server_ready(lent);
        if (event_base_dispatch(server->base) < 0)
            error = -EIO;
    }
    tear_down(server);
    free(server);
    return error;
}

const struct backend backend_event_raw = {EVENT_RAW_ROW, .probe = event_probe, .run = run};
