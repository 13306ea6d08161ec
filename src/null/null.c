#include "common/clock.h"
#include "lib/poll/spin.h"
#include "src/backend.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * The reference: what a server costs that does nothing. It computes nothing, parses nothing and
 * keeps no text: a connection's unsent answers are a number of bytes of "1\n1\n1\n...".
 */

enum { BATCH = 256, ANSWER_SIZE = 2, UNSENT_MAX = SESSION_OUTPUT_FULL };

struct client {
    struct client *previous, *next;
    int descriptor;
    uint32_t events;
    size_t unsent; /* bytes */
    uint64_t answered;
    bool in_line, ended;
};

struct null {
    const struct server *server;
    int epoll;
    struct spin spin;
    bool draining, stopped;
    int64_t listen_at_ms;  /* 0: listening; else accepting pauses until then */
    struct client clients; /* head of a ring */
    struct client *closed; /* to be freed behind the events of this wake-up */
    char answers[UNSENT_MAX + SESSION_READ_SIZE * ANSWER_SIZE + ANSWER_SIZE];
    char bytes[SESSION_READ_SIZE];
    struct epoll_event events[BATCH];
};

static void close_client(struct null *null, struct client *client, enum session_ending ending)
{
    client->previous->next = client->next;
    client->next->previous = client->previous;
    epoll_ctl(null->epoll, EPOLL_CTL_DEL, client->descriptor, NULL);
    server_count(null->server, client->answered, 0, (client->unsent + 1) / ANSWER_SIZE);
    server_close(null->server, client->descriptor, ending);
    client->descriptor = -1;
    client->next = null->closed;
    null->closed = client;
}

static void count_lines(struct client *client, const char *bytes, size_t length)
{
    const char *end = bytes + length, *newline;
    size_t lines = 0;

    while ((newline = memchr(bytes, '\n', (size_t)(end - bytes))) != NULL) {
        lines++;
        bytes = newline + 1;
    }
    client->in_line = bytes < end;
    client->unsent += lines * ANSWER_SIZE;
    client->answered += lines;
}

/* Returns false where the client is gone. */
static bool receive(struct null *null, struct client *client)
{
    ssize_t length;

    if (server_stopping(null->server))
        return true;
    length = recv(client->descriptor, null->bytes, sizeof(null->bytes), 0);
    if (length > 0) {
        count_lines(client, null->bytes, (size_t)length);
        if (null->server->rules.packet && client->in_line)
            count_lines(client, "\n", 1);
        return true;
    }
    if (length < 0)
        return errno == EAGAIN || errno == EINTR;
    if (client->in_line)
        count_lines(client, "\n", 1);
    client->ended = true;
    return true;
}

/* An odd number of unsent bytes begins behind the 1 of an answer. */
static bool flush(struct null *null, struct client *client)
{
    ssize_t sent;

    if (client->unsent == 0)
        return true;
    sent = send(client->descriptor, null->answers + client->unsent % ANSWER_SIZE, client->unsent,
                MSG_NOSIGNAL);
    if (sent < 0)
        return errno == EAGAIN || errno == EINTR;
    client->unsent -= (size_t)sent;
    return true;
}

static void watch(struct null *null, struct client *client)
{
    bool reads = !client->ended && !null->draining && client->unsent < UNSENT_MAX;
    struct epoll_event event = {
        .events = (reads ? EPOLLIN : 0) | (client->unsent > 0 ? EPOLLOUT : 0), .data.ptr = client};

    if (event.events == client->events)
        return;
    client->events = event.events;
    epoll_ctl(null->epoll, EPOLL_CTL_MOD, client->descriptor, &event);
}

static void serve(struct null *null, struct client *client, uint32_t events)
{
    bool well = true;

    if (client->events & EPOLLIN)
        well = receive(null, client);
    else if (events & (EPOLLERR | EPOLLHUP))
        well = false;
    if (!well || !flush(null, client))
        close_client(null, client, SESSION_CLOSE);
    else if (client->unsent == 0 && (client->ended || null->draining))
        close_client(null, client, client->ended ? SESSION_CLOSE : SESSION_LINGER);
    else
        watch(null, client);
}

static void open_client(struct null *null, int descriptor)
{
    struct client *client = calloc(1, sizeof(*client));
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};

    if (client == NULL || epoll_ctl(null->epoll, EPOLL_CTL_ADD, descriptor, &event) < 0) {
        free(client);
        server_turn_away(null->server, descriptor, "out of memory");
        return;
    }
    client->descriptor = descriptor;
    client->events = EPOLLIN;
    client->next = &null->clients;
    client->previous = null->clients.previous;
    client->previous->next = client->next->previous = client;
}

static void watch_listener(struct null *null, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = null};

    epoll_ctl(null->epoll, EPOLL_CTL_MOD, null->server->listener, &event);
}

static void accept_clients(struct null *null)
{
    int descriptor, error;

    while ((error = server_accept(null->server, true, &descriptor)) == 0)
        open_client(null, descriptor);
    if (error != -EAGAIN) {
        watch_listener(null, 0);
        null->listen_at_ms = clock_ms() + SERVER_ACCEPT_PAUSE_MS;
    }
}

static void accept_again_when_due(struct null *null)
{
    if (null->listen_at_ms == 0 || null->draining || clock_ms() < null->listen_at_ms)
        return;
    null->listen_at_ms = 0;
    watch_listener(null, EPOLLIN);
}

/* Answers what has been read; what has not been read is not. */
static void drain(struct null *null)
{
    struct client *client = null->clients.next, *next;

    null->draining = true;
    epoll_ctl(null->epoll, EPOLL_CTL_DEL, null->server->listener, NULL);
    epoll_ctl(null->epoll, EPOLL_CTL_DEL, null->server->stopping_descriptor, NULL);
    for (; client != &null->clients; client = next) {
        next = client->next;
        client->events &= ~(uint32_t)EPOLLIN;
        serve(null, client, 0);
    }
}

static void close_all(struct null *null)
{
    while (null->clients.next != &null->clients)
        close_client(null, null->clients.next, SESSION_CLOSE);
}

static void free_closed(struct null *null)
{
    while (null->closed != NULL) {
        struct client *client = null->closed;

        null->closed = client->next;
        free(client);
    }
}

static void dispatch(struct null *null, const struct epoll_event *event)
{
    const void *owner = event->data.ptr;

    if (owner == null)
        accept_clients(null);
    else if (owner == &null->draining)
        drain(null);
    else if (owner == &null->stopped)
        close_all(null);
    else if (((const struct client *)owner)->descriptor >= 0)
        serve(null, event->data.ptr, event->events);
}

static int watch_always(struct null *null, int descriptor, void *owner)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = owner};

    return epoll_ctl(null->epoll, EPOLL_CTL_ADD, descriptor, &event) < 0 ? -errno : 0;
}

static int set_up(struct null *null)
{
    int error;

    for (size_t i = 0; i < sizeof(null->answers); i++)
        null->answers[i] = i % ANSWER_SIZE == 0 ? '1' : '\n';
    null->clients.next = null->clients.previous = &null->clients;
    null->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (null->epoll < 0)
        return -errno;
    error = watch_always(null, null->server->listener, null);
    if (error == 0)
        error = watch_always(null, null->server->stopping_descriptor, &null->draining);
    if (error == 0)
        error = watch_always(null, null->server->cancel_descriptor, &null->stopped);
    return error;
}

static int look(void *context, int timeout_ms)
{
    struct null *null = context;

    return epoll_wait(null->epoll, null->events, BATCH, timeout_ms);
}

static int run(const struct server *server)
{
    struct null *null = calloc(1, sizeof(*null));
    int error;

    if (null == NULL)
        return -ENOMEM;
    null->server = server;
    spin_init(&null->spin, server->limits.spin_us);
    error = set_up(null);
    if (error == 0)
        server_ready(server);
    while (error == 0 && !(null->draining && null->clients.next == &null->clients)) {
        int timeout = null->listen_at_ms > 0 ? SERVER_ACCEPT_PAUSE_MS : -1;
        int count = spin_wait(&null->spin, look, null, timeout);

        for (int i = 0; i < count; i++)
            dispatch(null, &null->events[i]);
        free_closed(null);
        accept_again_when_due(null);
    }
    if (null->epoll >= 0)
        close(null->epoll);
    free(null);
    return error;
}

const struct backend backend_null = {
    .name = "null",
    .summary = "answers 1 to every line with the least work there is: the reference",
    .family = "null",
    .compute = COMPUTE_INLINE,
    .concurrent_connections = true,
    .probe = backend_needs_nothing,
    .run = run,
};
