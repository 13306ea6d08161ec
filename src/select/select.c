#include "src/select/select.h"

#include "common/clock.h"
#include "src/backend.h"
#include "src/idle.h"
#include "src/select/loop.h"
#include "src/turn.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>

/* One thread and callbacks: whatever a connection waits for is written down in its struct. */
struct connection {
    struct watcher watcher;
    struct deferred later;
    struct connection *previous, *next;
    struct callbacks *server;
    struct session session;
    struct idle idle;
};

struct callbacks {
    const struct server *lent;
    struct loop loop;
    struct watcher listener, stopping, cancel;
    struct timer accept_pause, idle_check;
    struct connection connections; /* head of a ring, the longest idle first */
    bool draining;
    char bytes[SESSION_READ_SIZE]; /* for all: what is read is handed to a session at once */
};

#define CONTAINER(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

static void connection_unlink(struct connection *connection)
{
    connection->previous->next = connection->next;
    connection->next->previous = connection->previous;
}

static void connection_link_last(struct connection *connection)
{
    struct connection *head = &connection->server->connections;

    connection->previous = head->previous;
    connection->next = head;
    connection->previous->next = head->previous = connection;
}

static void free_later(struct deferred *later)
{
    free(CONTAINER(later, struct connection, later));
}

static void connection_close(struct connection *connection)
{
    struct callbacks *server = connection->server;

    loop_forget(&server->loop, &connection->watcher);
    connection_unlink(connection);
    server_hang_up(server->lent, &connection->session, connection->watcher.descriptor);
    loop_defer(&server->loop, &connection->later, free_later);
    if (server->draining && server->connections.next == &server->connections)
        loop_stop(&server->loop);
}

static void connection_receive(struct connection *connection)
{
    struct callbacks *server = connection->server;
    ssize_t length;

    if (server_stopping(server->lent)) {
        session_stop(&connection->session);
        return;
    }
    length = recv(connection->watcher.descriptor, server->bytes, sizeof(server->bytes), 0);
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
    sent = send(connection->watcher.descriptor, bytes, length, MSG_NOSIGNAL);
    if (sent >= 0)
        session_sent(&connection->session, (size_t)sent);
    else if (errno != EAGAIN && errno != EINTR)
        session_break(&connection->session);
}

/* The longest idle connection is the first in the ring, so one timer serves all. */
static void connection_note_activity(struct connection *connection)
{
    struct callbacks *server = connection->server;
    int64_t limit = server->lent->limits.idle_timeout_ms;

    if (limit == 0)
        return;
    /* By the clock, not by the loop's time: a computation may have come in between. */
    if (idle_left(&connection->idle, &connection->session, clock_ms(), limit) == limit) {
        connection_unlink(connection);
        connection_link_last(connection);
    }
    if (server->idle_check.due_ms == 0)
        server->idle_check.due_ms = server->loop.now_ms + limit;
}

static void connection_advance_later(struct deferred *later);

/* Lets the conversation go on as far as it can, then says what it waits for. */
static void connection_advance(struct connection *connection)
{
    struct callbacks *server = connection->server;
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
        loop_defer(&server->loop, &connection->later, connection_advance_later);
    loop_change(&server->loop, &connection->watcher,
                (session_wants_read(session) ? POLLER_READ : 0) |
                    (session_output(session, &bytes) > 0 ? POLLER_WRITE : 0));
    connection_note_activity(connection);
}

static void connection_advance_later(struct deferred *later)
{
    connection_advance(CONTAINER(later, struct connection, later));
}

static void connection_ready(struct watcher *watcher, unsigned events)
{
    struct connection *connection = CONTAINER(watcher, struct connection, watcher);

    if (session_wants_read(&connection->session))
        connection_receive(connection);
    else if (events & POLLER_ERROR)
        session_break(&connection->session);
    connection_advance(connection);
}

static int connection_open(struct callbacks *server, int descriptor)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    int error = -ENOMEM;

    if (connection != NULL) {
        connection->server = server;
        connection->watcher.descriptor = descriptor;
        connection->watcher.ready = connection_ready;
        error = loop_watch(&server->loop, &connection->watcher, POLLER_READ);
    }
    if (error < 0) {
        free(connection);
        return error;
    }
    session_init(&connection->session, &server->lent->rules);
    idle_init(&connection->idle, &connection->session, server->loop.now_ms);
    connection_link_last(connection);
    connection_note_activity(connection);
    return 0;
}

static void listener_ready(struct watcher *watcher, unsigned events)
{
    struct callbacks *server = CONTAINER(watcher, struct callbacks, listener);
    int descriptor, error;

    while ((error = server_accept(server->lent, true, &descriptor)) == 0) {
        if (connection_open(server, descriptor) < 0)
            server_turn_away(server->lent, descriptor, "too many connections for this server");
    }
    if (error != -EAGAIN) {
        loop_change(&server->loop, watcher, 0);
        server->accept_pause.due_ms = server->loop.now_ms + SERVER_ACCEPT_PAUSE_MS;
    }
}

static void accept_again(struct timer *timer)
{
    struct callbacks *server = CONTAINER(timer, struct callbacks, accept_pause);

    if (!server->draining)
        loop_change(&server->loop, &server->listener, POLLER_READ);
}

static void close_idle(struct timer *timer)
{
    struct callbacks *server = CONTAINER(timer, struct callbacks, idle_check);
    int64_t limit = server->lent->limits.idle_timeout_ms;

    while (server->connections.next != &server->connections) {
        struct connection *oldest = server->connections.next;
        int64_t left = idle_left(&oldest->idle, &oldest->session, server->loop.now_ms, limit);

        if (left > 0) {
            timer->due_ms = server->loop.now_ms + left;
            return;
        }
        connection_close(oldest);
    }
}

static void stopping_ready(struct watcher *watcher, unsigned events)
{
    struct callbacks *server = CONTAINER(watcher, struct callbacks, stopping);
    struct connection *connection = server->connections.next, *next;

    server->draining = true;
    loop_forget(&server->loop, &server->stopping);
    loop_forget(&server->loop, &server->listener);
    if (connection == &server->connections)
        loop_stop(&server->loop);
    for (; connection != &server->connections; connection = next) {
        next = connection->next;
        session_stop(&connection->session);
        connection_advance(connection);
    }
}

static void cancel_ready(struct watcher *watcher, unsigned events)
{
    struct callbacks *server = CONTAINER(watcher, struct callbacks, cancel);

    while (server->connections.next != &server->connections)
        connection_close(server->connections.next);
    loop_stop(&server->loop);
}

static int watch(struct callbacks *server, struct watcher *watcher, int descriptor,
                 void (*ready)(struct watcher *, unsigned))
{
    watcher->descriptor = descriptor;
    watcher->ready = ready;
    return loop_watch(&server->loop, watcher, POLLER_READ);
}

static int set_up(struct callbacks *server)
{
    const struct server *lent = server->lent;
    int error;

    server->connections.next = server->connections.previous = &server->connections;
    server->accept_pause.expired = accept_again;
    server->idle_check.expired = close_idle;
    loop_add_timer(&server->loop, &server->accept_pause);
    loop_add_timer(&server->loop, &server->idle_check);
    error = watch(server, &server->listener, lent->listener, listener_ready);
    if (error == 0)
        error = watch(server, &server->stopping, lent->stopping_descriptor, stopping_ready);
    if (error == 0)
        error = watch(server, &server->cancel, lent->cancel_descriptor, cancel_ready);
    return error;
}

static void destroy(void *loop)
{
    struct callbacks *server = loop;

    loop_finish(&server->loop);
    free(server);
}

static int create(void **created, const struct server *lent)
{
    struct callbacks *server = calloc(1, sizeof(*server));
    int error;

    if (server == NULL)
        return -ENOMEM;
    server->lent = lent;
    error = loop_init(&server->loop, lent->limits.poller, lent->limits.spin_us);
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

static int run(void *loop)
{
    struct callbacks *server = loop;

    return loop_run(&server->loop);
}

const struct loop_kind select_loop = {.create = create, .run = run, .destroy = destroy};

static int serve(const struct server *lent)
{
    return loops_run(&select_loop, lent);
}

const struct backend backend_select = {
    .name = "select",
    .summary = "one thread, callbacks on a hand-written poller",
    .family = "select",
    .compute = COMPUTE_INLINE,
    .concurrent_connections = true,
    .probe = backend_needs_nothing,
    .run = serve,
};
