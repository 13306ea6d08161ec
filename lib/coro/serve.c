#include "lib/coro/serve.h"

#include "lib/coro/socket.h"
#include "lib/coro/waiting.h"

#include <stdlib.h>
#include <unistd.h>

/* So many accepted, the others get a turn. */
enum { DEFAULT_CONNECTIONS = 1000, ACCEPT_BATCH = 32 };

#define PAUSE INT64_C(100000000)

struct connection {
    struct coro_server *server;
    struct coro_stream *stream;
    struct coro_task *task;
    struct connection *next, **link;
};

struct coro_server {
    struct coro_loop *loop;
    struct coro_descriptor listener;
    struct coro_task *acceptor; /* NULL when it has ended */
    coro_handler *handler;
    void *argument;
    struct coro_serve_options options;
    struct connection *connections;
    size_t count;
    struct coro_line room, end, stop; /* who waits for a connection's place, or for the end */
    int port, status;
    bool stopping;
};

static bool is_running(const struct coro_server *server)
{
    return server->acceptor || server->count > 0;
}

/* The last thing that a task does with the server: who waits for the end may free it. */
static void tell_end(struct coro_server *server)
{
    if (is_running(server))
        return;
    line_tell_all(&server->end, server->status);
    line_tell_all(&server->stop, 0);
}

static bool client_has_gone(int error)
{
    return error == -ECONNRESET || error == -EPIPE || error == -ECANCELED;
}

static void end_connection(struct connection *connection)
{
    struct coro_server *server = connection->server;

    *connection->link = connection->next;
    if (connection->next)
        connection->next->link = connection->link;
    coro_release(connection->task);
    free(connection);
    server->count--;
    line_call(&server->room, 0);
    tell_end(server);
}

/* Returns the error as the task's result where the loop shall complain of it. */
static int report(const struct coro_server *server, int status)
{
    if (status >= 0 || (!server->options.failed && client_has_gone(status)))
        return 0;
    if (!server->options.failed)
        return status;
    server->options.failed(server->argument, status, coro_message(server->loop, status));
    return 0;
}

static int run_connection(struct coro_loop *loop, void *argument)
{
    struct connection *connection = argument;
    struct coro_server *server = connection->server;
    int status = server->handler(connection->stream, server->argument);

    if (status >= 0)
        status = coro_stream_close(connection->stream);
    else
        coro_stream_destroy(connection->stream);
    status = report(server, status);
    end_connection(connection);
    return status;
}

/* Returns 0, or -errno, and the descriptor is closed. */
static int begin_connection(struct coro_server *server, int descriptor)
{
    struct connection *connection = calloc(1, sizeof *connection);
    int error = -ENOMEM;

    if (!connection)
        goto close_descriptor;
    connection->server = server;
    error =
        coro_stream_create(&connection->stream, server->loop, descriptor, &server->options.stream);
    if (error)
        goto free_connection;
    error = coro_spawn(server->loop, &connection->task, "connection", run_connection, connection);
    if (error) {
        coro_stream_destroy(connection->stream);
        free(connection);
        return error;
    }
    connection->next = server->connections;
    connection->link = &server->connections;
    if (connection->next)
        connection->next->link = &connection->next;
    server->connections = connection;
    server->count++;
    return 0;

free_connection:
    free(connection);
close_descriptor:
    close(descriptor);
    return error;
}

/* Will pass when other connections have ended. */
static bool is_exhaustion(int error)
{
    return error == -EMFILE || error == -ENFILE || error == -ENOBUFS || error == -ENOMEM ||
           error == -ERANGE || error == -ENOSPC;
}

/* Errors of one connection, which accept(2) reports as its own. */
static bool is_of_the_client(int error)
{
    return error == -ENETDOWN || error == -EPROTO || error == -ENOPROTOOPT || error == -EHOSTDOWN ||
           error == -ENONET || error == -EHOSTUNREACH || error == -EOPNOTSUPP ||
           error == -ENETUNREACH || error == -ETIMEDOUT;
}

static int accept_one(struct coro_server *server)
{
    int descriptor;

    if (server->count >= server->options.connections)
        return line_stand(&server->room, server->loop);
    descriptor = coro_accept(&server->listener, CORO_FOREVER);
    if (descriptor < 0)
        return descriptor;
    if (!server->stopping)
        return begin_connection(server, descriptor);
    close(descriptor);
    return -ECANCELED;
}

static int accept_connections(struct coro_loop *loop, void *argument)
{
    struct coro_server *server = argument;
    int listener = server->listener.watch.descriptor;
    unsigned count = 0;
    int error = 0;

    while (!error) {
        error = ++count % ACCEPT_BATCH == 0 ? coro_yield(loop) : accept_one(server);
        if (is_exhaustion(error))
            error = coro_sleep(loop, PAUSE);
        else if (is_of_the_client(error))
            error = coro_yield(loop);
    }
    coro_descriptor_finish(&server->listener);
    close(listener);
    server->status = error == -ECANCELED ? 0 : error;
    coro_release(server->acceptor);
    server->acceptor = NULL;
    error = server->status;
    tell_end(server);
    return error;
}

int coro_serve(struct coro_server **created, struct coro_loop *loop, int listener,
               coro_handler *handler, void *argument, const struct coro_serve_options *options)
{
    struct coro_server *server = calloc(1, sizeof *server);
    int error;

    if (!server)
        return -ENOMEM;
    server->loop = loop;
    line_init(&server->room);
    line_init(&server->end);
    line_init(&server->stop);
    server->handler = handler;
    server->argument = argument;
    if (options)
        server->options = *options;
    if (server->options.connections == 0)
        server->options.connections = DEFAULT_CONNECTIONS;
    server->port = coro_local_port(listener);
    error = coro_descriptor_init(&server->listener, loop, listener);
    if (error)
        goto free_server;
    error = coro_spawn(loop, &server->acceptor, "server", accept_connections, server);
    if (error)
        goto finish_listener;
    *created = server;
    return 0;

finish_listener:
    coro_descriptor_finish(&server->listener);
free_server:
    free(server);
    return error;
}

static void cancel_connections(struct coro_server *server)
{
    for (struct connection *connection = server->connections; connection;
         connection = connection->next)
        coro_cancel(connection->task);
}

static int wait_for_end(struct coro_server *server, int64_t grace)
{
    struct coro_loop *loop = server->loop;
    struct coro_scope scope;
    int64_t now = loop_clock();
    int error =
        coro_scope_enter(&scope, loop, grace < CORO_FOREVER - now ? now + grace : CORO_FOREVER);

    if (error)
        return error;
    error = line_stand(&server->stop, loop);
    return coro_scope_leave(&scope, error);
}

int coro_server_stop(struct coro_server *server, int64_t grace)
{
    int error;

    if (!server->loop->current)
        return -EPERM;
    server->stopping = true;
    if (server->acceptor)
        coro_cancel(server->acceptor);
    if (!is_running(server))
        return 0;
    error = wait_for_end(server, grace);
    if (!error)
        return 0;
    cancel_connections(server);
    if (is_running(server))
        line_insist(&server->stop, server->loop);
    return error;
}

int coro_server_wait(struct coro_server *server)
{
    struct coro_task *task;
    int error = task_checkpoint(server->loop, &task);

    if (error)
        return error;
    return is_running(server) ? line_stand(&server->end, server->loop) : server->status;
}

int coro_server_destroy(struct coro_server *server)
{
    if (server && is_running(server))
        return -EBUSY;
    free(server);
    return 0;
}

size_t coro_server_connections(const struct coro_server *server)
{
    return server->count;
}

int coro_server_port(const struct coro_server *server)
{
    return server->port;
}
