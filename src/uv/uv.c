#include "src/uv/connection.h"
#include "src/uv/rows.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

/* libuv's own server: streams on its loop, costly requests in its pool of threads. */
struct uv_server {
    struct uv_serving serving; /* first: the connections know this part alone */
    union uv_client listener;
    uv_poll_t stopping, cancel;
    uv_timer_t accept_pause;
    bool client_waits; /* libuv has accepted one that is not taken yet, and accepts no other */
    bool stopped;
};

/* A descriptor for each client, and one to spare so that libuv never sees the end of them. */
static bool has_spare_descriptor(const struct uv_server *server)
{
    int spare = fcntl(server->serving.server->stopping_descriptor, F_DUPFD_CLOEXEC, 0);

    if (spare < 0)
        return false;
    close(spare);
    return true;
}

static void on_accept_pause(uv_timer_t *timer);

/*
 * Out of descriptors, libuv would close waiting clients to get rid of them. So the last one is left
 * untaken: libuv accepts nobody until uv_accept has been called.
 */
static void accept_client(struct uv_server *server)
{
    if (has_spare_descriptor(server) &&
        uv_connection_accept(&server->serving, &server->listener.stream) == 0) {
        server->client_waits = false;
        return;
    }
    server->client_waits = true;
    uv_timer_start(&server->accept_pause, on_accept_pause, SERVER_ACCEPT_PAUSE_MS, 0);
}

static void on_accept_pause(uv_timer_t *timer)
{
    struct uv_server *server = timer->data;

    if (server->client_waits && !server->stopped)
        accept_client(server);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct uv_server *server = listener->data;

    if (status == 0)
        accept_client(server);
    else if (server_stopping(server->serving.server))
        uv_close((uv_handle_t *)listener, NULL); /* shut by the stop: libuv would try for ever */
}

static void close_all_handles(struct uv_server *server)
{
    uv_close((uv_handle_t *)&server->stopping, NULL);
    uv_close((uv_handle_t *)&server->cancel, NULL);
    uv_close((uv_handle_t *)&server->accept_pause, NULL);
    uv_close((uv_handle_t *)&server->serving.again, NULL);
}

static void end_if_drained(struct uv_server *server)
{
    if (server->stopped && server->serving.connections == NULL &&
        !uv_is_closing((uv_handle_t *)&server->cancel))
        close_all_handles(server);
}

static void on_stopping(uv_poll_t *poll, int status, int events)
{
    struct uv_server *server = poll->data;
    struct uv_connection *connection = server->serving.connections, *next;

    uv_poll_stop(poll);
    server->stopped = true;
    if (!uv_is_closing(&server->listener.handle))
        uv_close(&server->listener.handle, NULL);
    for (; connection != NULL; connection = next) {
        next = uv_connection_next(connection);
        uv_connection_stop(connection);
    }
    end_if_drained(server);
}

static void on_cancel(uv_poll_t *poll, int status, int events)
{
    struct uv_server *server = poll->data;
    struct uv_connection *connection = server->serving.connections, *next;

    uv_poll_stop(poll);
    for (; connection != NULL; connection = next) {
        next = uv_connection_next(connection);
        uv_connection_close_soon(connection);
    }
}

/* A descriptor is free again. */
static void on_closed(struct uv_serving *serving)
{
    struct uv_server *server = (struct uv_server *)serving;

    if (server->client_waits && !server->stopped)
        accept_client(server);
    end_if_drained(server);
}

static int open_listener(struct uv_server *server)
{
    const struct server *lent = server->serving.server;
    uv_loop_t *loop = &server->serving.loop;
    int descriptor = fcntl(lent->listener, F_DUPFD_CLOEXEC, 0); /* the handle will close it */
    int error;

    if (descriptor < 0)
        return -errno;
    if (lent->is_unix) {
        uv_pipe_init(loop, &server->listener.pipe, 0);
        error = uv_pipe_open(&server->listener.pipe, descriptor);
    } else {
        uv_tcp_init(loop, &server->listener.tcp);
        error = uv_tcp_open(&server->listener.tcp, descriptor);
    }
    server->listener.handle.data = server;
    if (error < 0)
        close(descriptor);
    else
        error = uv_listen(&server->listener.stream, lent->limits.backlog, on_connection);
    if (error < 0)
        uv_close(&server->listener.handle, NULL);
    return error;
}

/* Where it fails, the handle is outside the loop, and not to be closed. */
static int watch(uv_loop_t *loop, uv_poll_t *poll, int descriptor, uv_poll_cb callback)
{
    int error = uv_poll_init(loop, poll, descriptor);

    return error < 0 ? error : uv_poll_start(poll, UV_READABLE, callback);
}

static int set_up(struct uv_server *server)
{
    const struct server *lent = server->serving.server;
    uv_loop_t *loop = &server->serving.loop;
    int error;

    server->stopping.data = server->cancel.data = server;
    server->accept_pause.data = server;
    server->serving.again.data = &server->serving;
    server->serving.closed = on_closed;
    error = watch(loop, &server->stopping, lent->stopping_descriptor, on_stopping);
    if (error < 0)
        return error;
    error = watch(loop, &server->cancel, lent->cancel_descriptor, on_cancel);
    if (error < 0)
        goto close_stopping;
    uv_timer_init(loop, &server->accept_pause);
    uv_idle_init(loop, &server->serving.again);
    error = open_listener(server);
    if (error < 0)
        close_all_handles(server);
    return error;

close_stopping:
    uv_close((uv_handle_t *)&server->stopping, NULL);
    return error;
}

/* libuv's pool belongs to the process and takes its size from the environment, once. */
static void size_pool(unsigned workers)
{
    char text[16];

    snprintf(text, sizeof(text), "%u", workers);
    setenv("UV_THREADPOOL_SIZE", text, 1);
}

static int serve(const struct server *lent, bool tries_first)
{
    struct uv_server *server = calloc(1, sizeof(*server));
    int error;

    if (server == NULL)
        return -ENOMEM;
    server->serving.server = lent;
    server->serving.tries_first = tries_first;
    size_pool(lent->limits.workers);
    error = uv_loop_init(&server->serving.loop);
    if (error < 0)
        goto free_server;
    error = set_up(server);
    if (error == 0)
        server_ready(lent);
    uv_run(&server->serving.loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&server->serving.loop) != 0 && error == 0)
        error = -EBUSY; /* a handle was left open: a bug, not to be passed over */
free_server:
    free(server);
    return error; /* libuv's errors are negative errno values */
}

static int run_trying(const struct server *lent)
{
    return serve(lent, true);
}

static int run_writing(const struct server *lent)
{
    return serve(lent, false);
}

bool uv_probe(char *text, size_t size)
{
    snprintf(text, size, "libuv %s", uv_version_string());
    return true;
}

const struct backend backend_uv = {UV_ROW, .probe = uv_probe, .run = run_trying};
const struct backend backend_uv_write = {UV_WRITE_ROW, .probe = uv_probe, .run = run_writing};
