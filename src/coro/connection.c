#include "src/coro/connection.h"

#include "lib/coro/scope.h"
#include "src/coro/server.h"
#include "src/turn.h"

#include <errno.h>
#include <stdlib.h>

/* When the client will have been idle for too long. */
static int64_t deadline(struct connection *connection)
{
    int64_t limit_ms = connection->server->lent->limits.idle_timeout_ms;
    int64_t now;

    if (limit_ms == 0)
        return CORO_FOREVER;
    now = coro_now(connection->server->loop) / 1000000;
    return (now + idle_left(&connection->idle, &connection->session, now, limit_ms)) * 1000000;
}

/* The buffer is everybody's: what is read is handed to the session before anyone else has a turn.
 */
static void receive(struct connection *connection)
{
    struct coro_server *server = connection->server;
    struct session *session = &connection->session;
    ssize_t length = coro_receive(&connection->descriptor, server->bytes, sizeof(server->bytes),
                                  deadline(connection));

    if (server_stopping(server->lent))
        session_stop(session);
    else if (length > 0)
        session_receive(session, server->bytes, (size_t)length);
    else if (length == 0)
        session_receive_end(session);
    else
        session_break(session);
}

static void send_answers(struct connection *connection)
{
    const char *bytes;
    size_t length;

    while ((length = session_output(&connection->session, &bytes)) > 0) {
        ssize_t sent = coro_send(&connection->descriptor, bytes, length, deadline(connection));

        if (sent >= 0)
            session_sent(&connection->session, (size_t)sent);
        else if (sent == -ECANCELED)
            return;
        else
            session_break(&connection->session);
    }
}

/* A computation on another thread uses this coroutine's stack: it ends before the coroutine does.
 */
static void compute(struct connection *connection, unsigned n)
{
    struct coro_server *server = connection->server;
    struct coro_scope shield;
    uint64_t value;
    int error = coro_scope_enter_shielded(&shield, server->loop, CORO_FOREVER);

    session_computing(&connection->session);
    if (error == 0)
        error = coro_scope_leave(&shield, server->computing->compute(connection, n, &value));
    if (error == 0)
        session_answer(&connection->session, value);
    else if (!server_cancelled(server->lent))
        session_break(&connection->session);
    coro_refresh_clock(server->loop);
}

/* A turn's budget outlasts receiving: a client that always has more to say gives way, too. */
static void converse(struct connection *connection)
{
    struct coro_server *server = connection->server;
    struct session *session = &connection->session;
    struct turn turn;
    unsigned n;

    turn_init(&turn, server->lent, server->computing->has_pool);
    while (session_ending(session) == SESSION_OPEN && !server_cancelled(server->lent)) {
        enum turn_stop stop = turn_run(&turn, session, &n);

        send_answers(connection);
        if (stop == TURN_COMPUTE || stop == TURN_OFFLOAD) {
            compute(connection, n);
        } else if (stop == TURN_OVER) {
            coro_yield(server->loop);
            turn_init(&turn, server->lent, server->computing->has_pool);
        } else if (session_wants_read(session)) {
            receive(connection);
        }
    }
}

static int run(struct coro_loop *loop, void *argument)
{
    struct connection *connection = argument;
    int descriptor = connection->descriptor.watch.descriptor;

    connection->task = coro_self(loop);
    converse(connection);
    coro_descriptor_finish(&connection->descriptor);
    server_hang_up(connection->server->lent, &connection->session, descriptor);
    coro_server_leave(connection);
    free(connection);
    return 0;
}

void connection_start(struct coro_server *server, int descriptor)
{
    struct connection *connection = calloc(1, sizeof(*connection));

    if (connection == NULL)
        goto turn_away;
    if (coro_descriptor_init(&connection->descriptor, server->loop, descriptor) < 0)
        goto free_connection;
    if (coro_spawn(server->loop, NULL, "connection", run, connection) < 0)
        goto finish_descriptor;
    connection->server = server;
    session_init(&connection->session, &server->lent->rules);
    idle_init(&connection->idle, &connection->session, coro_now(server->loop) / 1000000);
    coro_server_enter(connection);
    return;

finish_descriptor:
    coro_descriptor_finish(&connection->descriptor);
free_connection:
    free(connection);
turn_away:
    server_turn_away(server->lent, descriptor, "too many connections for this server");
}

void connection_cancel(struct connection *connection)
{
    if (connection->task)
        coro_cancel(connection->task);
}
