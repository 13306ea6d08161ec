#include "src/coro/server.h"

#include <errno.h>
#include <stdlib.h>

static bool is_empty(const struct coro_server *server)
{
    return server->connections.next == &server->connections;
}

void coro_server_enter(struct connection *connection)
{
    struct connection *head = &connection->server->connections;

    connection->previous = head->previous;
    connection->next = head;
    connection->previous->next = head->previous = connection;
}

void coro_server_leave(struct connection *connection)
{
    struct coro_server *server = connection->server;

    connection->previous->next = connection->next;
    connection->next->previous = connection->previous;
    if (server->draining && is_empty(server))
        coro_wake(server->supervisor, -EINTR);
}

static int accept_clients(struct coro_loop *loop, void *argument)
{
    struct coro_server *server = argument;
    int descriptor, error = 0;

    while (error != -ECANCELED) {
        error = server_accept(server->lent, true, &descriptor);
        if (error == 0)
            connection_start(server, descriptor);
        else if (error == -EAGAIN)
            error = coro_wait_readable(&server->listener, CORO_FOREVER);
        /* Also where it cannot be waited for: it must not go round without a pause. */
        if (error < 0 && error != -ECANCELED)
            error = coro_sleep(loop, SERVER_ACCEPT_PAUSE_MS * INT64_C(1000000));
    }
    return 0;
}

static int start_computing(struct coro_server *server)
{
    struct computing *computing = server->computing;

    return computing->start ? computing->start(computing, server->lent, server->loop) : 0;
}

static void stop_computing(struct coro_server *server)
{
    if (server->computing->stop)
        server->computing->stop(server->computing);
}

static void finish_computing(struct coro_server *server)
{
    if (server->computing->finish)
        server->computing->finish(server->computing);
}

/* The life of the server, from here to its end. */
static int supervise(struct coro_loop *loop, void *argument)
{
    struct coro_server *server = argument;
    struct connection *head = &server->connections, *connection;

    server->supervisor = coro_self(loop);
    server_ready(server->lent);
    coro_wait_readable(&server->stopping, CORO_FOREVER);
    coro_cancel(server->acceptor);
    server->draining = true;
    for (connection = head->next; connection != head; connection = connection->next)
        coro_interrupt(&connection->descriptor);
    /* The last connection that leaves ends these waits. */
    if (!is_empty(server) && coro_wait_readable(&server->cancel, CORO_FOREVER) == 0) {
        for (connection = head->next; connection != head; connection = connection->next)
            connection_cancel(connection);
    }
    while (!is_empty(server))
        coro_suspend(loop, CORO_FOREVER);
    stop_computing(server);
    return 0;
}

static int spawn_tasks(struct coro_server *server)
{
    int error = coro_spawn(server->loop, &server->acceptor, "acceptor", accept_clients, server);

    if (error < 0)
        goto stop_computing;
    error = coro_spawn(server->loop, NULL, "supervisor", supervise, server);
    if (error < 0)
        goto cancel_acceptor;
    return 0;

cancel_acceptor:
    coro_cancel(server->acceptor);
stop_computing:
    stop_computing(server);
    return error;
}

static int start(struct coro_server *server)
{
    int error = start_computing(server), ended;

    if (error < 0)
        return error;
    error = spawn_tasks(server);
    /* Also where not all could be started: the others come to their end. */
    ended = coro_loop_run(server->loop);
    coro_release(server->acceptor);
    finish_computing(server);
    return error < 0 ? error : ended;
}

static int watch_and_start(struct coro_server *server)
{
    int error = coro_descriptor_init(&server->listener, server->loop, server->lent->listener);

    if (error < 0)
        return error;
    error =
        coro_descriptor_init(&server->stopping, server->loop, server->lent->stopping_descriptor);
    if (error < 0)
        goto finish_listener;
    error = coro_descriptor_init(&server->cancel, server->loop, server->lent->cancel_descriptor);
    if (error < 0)
        goto finish_stopping;
    error = start(server);
    coro_descriptor_finish(&server->cancel);
finish_stopping:
    coro_descriptor_finish(&server->stopping);
finish_listener:
    coro_descriptor_finish(&server->listener);
    return error;
}

int coro_server_run(const struct server *lent, struct coro_engine *engine,
                    struct computing *computing)
{
    struct coro_loop_options options = {.stack_size = lent->limits.stack_size};
    struct coro_server *server = calloc(1, sizeof(*server));
    int error = -ENOMEM;

    if (server == NULL)
        goto destroy_engine;
    server->lent = lent;
    server->computing = computing;
    server->connections.next = server->connections.previous = &server->connections;
    error = coro_loop_create(&server->loop, engine, &options);
    if (error < 0)
        goto free_server;
    error = watch_and_start(server);
    coro_loop_destroy(server->loop);
    free(server);
    return error;

free_server:
    free(server);
destroy_engine:
    coro_engine_destroy(engine);
    return error;
}
