#include "tests/unit/fake_server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_CONNECTIONS = 1024, ANSWER_BYTES = 65536, WAIT_SECONDS = 20 };

struct fake_connection {
    uint64_t answered;
    bool done; /* the fault has happened */
};

struct fake_server {
    struct fake_options options;
    struct address address;
    pthread_t thread;
    int stop;
    unsigned count;
    struct pollfd watched[2 + MOST_CONNECTIONS]; /* stop, the listener, connections */
    struct fake_connection connections[2 + MOST_CONNECTIONS];
    char answers[ANSWER_BYTES];
    size_t used;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    uint64_t requests;
    unsigned accepted;
};

static void require(bool condition, const char *what)
{
    if (condition)
        return;
    perror(what);
    abort();
}

static void drop(struct fake_server *server, unsigned at, bool with_reset)
{
    struct linger linger = {.l_onoff = with_reset};

    setsockopt(server->watched[at].fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(server->watched[at].fd);
    server->count--;
    server->watched[at] = server->watched[server->count];
    server->connections[at] = server->connections[server->count];
}

static void flush(struct fake_server *server, unsigned at)
{
    size_t step = server->options.fault == FAKE_IN_PIECES ? 1 : server->used;

    for (size_t sent = 0; sent < server->used; sent += step)
        if (send(server->watched[at].fd, server->answers + sent, step, MSG_NOSIGNAL) < 0)
            break;
    server->used = 0;
}

static void say(struct fake_server *server, const char *line)
{
    require(server->used + strlen(line) + 1 < ANSWER_BYTES, "room for answers");
    server->used += (size_t)sprintf(server->answers + server->used, "%s\n", line);
}

static void stall(const struct fake_server *server)
{
    struct timespec time = {.tv_nsec = server->options.stall_ms * 1000000L};

    nanosleep(&time, NULL);
}

/* Answers as the fault wants it; false where the connection is to be closed. */
static bool answer_wrongly(struct fake_server *server, struct fake_connection *connection,
                           const char *right)
{
    connection->done = server->options.fault != FAKE_SILENT;
    switch (server->options.fault) {
    case FAKE_WRONG:
        say(server, "4181");
        return true;
    case FAKE_ERR:
        say(server, "ERR too busy");
        return true;
    case FAKE_EXTRA:
        say(server, right);
        say(server, right);
        return true;
    case FAKE_STALL:
        stall(server);
        say(server, right);
        return true;
    case FAKE_MISSING:
    case FAKE_SILENT:
        return true;
    case FAKE_CLOSE:
    case FAKE_RESET:
        return false;
    default:
        say(server, right);
        return true;
    }
}

static void count_requests(struct fake_server *server, uint64_t requests)
{
    pthread_mutex_lock(&server->lock);
    server->requests += requests;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->lock);
}

static bool answer(struct fake_server *server, unsigned at, const char *bytes, size_t length)
{
    struct fake_connection *connection = &server->connections[at];
    const char *right = server->options.answer != NULL ? server->options.answer : "1";
    uint64_t requests = 0;
    bool open = true;

    for (size_t byte = 0; byte < length && open; byte++) {
        if (bytes[byte] != '\n')
            continue;
        requests++;
        if (connection->answered == server->options.after && !connection->done)
            open = answer_wrongly(server, connection, right);
        else
            say(server, right);
        connection->answered += open && server->options.fault != FAKE_SILENT;
        if (server->options.fault == FAKE_SILENT && connection->answered < server->options.after)
            connection->answered++;
    }
    flush(server, at);
    count_requests(server, requests);
    return open;
}

static void end(struct fake_server *server, unsigned at)
{
    if (server->options.fault == FAKE_KEEP_OPEN) {
        server->watched[at].events = 0;
        return;
    }
    if (server->options.fault == FAKE_EXTRA_AT_END)
        say(server, "1");
    if (server->options.fault == FAKE_STUB_AT_END) {
        say(server, "1");
        server->used--;
    }
    flush(server, at);
    drop(server, at, false);
}

static void serve(struct fake_server *server, unsigned at)
{
    char bytes[8192];
    ssize_t got = recv(server->watched[at].fd, bytes, sizeof(bytes), MSG_DONTWAIT);

    if (got < 0 && errno == EAGAIN)
        return;
    if (got == 0)
        end(server, at);
    else if (got < 0)
        drop(server, at, false);
    else if (!answer(server, at, bytes, (size_t)got))
        drop(server, at, server->options.fault == FAKE_RESET);
}

static void welcome(struct fake_server *server)
{
    int one = 1, descriptor = accept(server->watched[1].fd, NULL, NULL);

    if (descriptor < 0)
        return;
    require(server->count < 2 + MOST_CONNECTIONS, "room for a connection");
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    server->watched[server->count] = (struct pollfd){.fd = descriptor, .events = POLLIN};
    server->connections[server->count] = (struct fake_connection){0};
    server->count++;
    pthread_mutex_lock(&server->lock);
    server->accepted++;
    pthread_mutex_unlock(&server->lock);
    if (server->options.fault == FAKE_REFUSE) {
        say(server, "ERR too many connections");
        flush(server, server->count - 1);
        drop(server, server->count - 1, false);
    }
}

static void *run(void *argument)
{
    struct fake_server *server = argument;

    for (;;) {
        if (poll(server->watched, server->count, -1) < 0)
            continue;
        if (server->watched[0].revents != 0)
            break;
        for (unsigned at = server->count; at-- > 2;)
            if (server->watched[at].revents != 0)
                serve(server, at);
        if (server->watched[1].revents != 0)
            welcome(server);
    }
    while (server->count > 2)
        drop(server, server->count - 1, true);
    close(server->watched[1].fd);
    return NULL;
}

static int listen_at(struct address *address)
{
    int descriptor = socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    require(descriptor >= 0, "socket");
    require(bind(descriptor, (struct sockaddr *)&address->storage, address->length) == 0, "bind");
    require(listen(descriptor, SOMAXCONN) == 0, "listen");
    require(address_of_socket(address, descriptor) == 0, "getsockname");
    return descriptor;
}

static struct address any_port(void)
{
    struct address address;
    const char *reason;

    require(address_resolve(&address, "127.0.0.1", 0, true, &reason) == 0, "address");
    return address;
}

struct fake_server *fake_server_create(const struct fake_options *options)
{
    struct fake_server *server = calloc(1, sizeof(*server));

    require(server != NULL, "memory");
    server->options = *options;
    if (options->unix_path != NULL)
        require(address_unix(&server->address, options->unix_path) == 0, "path");
    else
        server->address = any_port();
    server->stop = eventfd(0, EFD_CLOEXEC);
    require(server->stop >= 0, "eventfd");
    server->watched[0] = (struct pollfd){.fd = server->stop, .events = POLLIN};
    server->watched[1] = (struct pollfd){.fd = listen_at(&server->address), .events = POLLIN};
    server->count = 2;
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->changed, NULL);
    require(pthread_create(&server->thread, NULL, run, server) == 0, "pthread_create");
    return server;
}

void fake_server_destroy(struct fake_server *server)
{
    uint64_t one = 1;

    if (server == NULL)
        return;
    require(write(server->stop, &one, sizeof(one)) == sizeof(one), "write");
    pthread_join(server->thread, NULL);
    close(server->stop);
    pthread_cond_destroy(&server->changed);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

struct address fake_server_address(const struct fake_server *server)
{
    return server->address;
}

unsigned fake_server_port(const struct fake_server *server)
{
    return ntohs(((const struct sockaddr_in *)&server->address.storage)->sin_port);
}

bool fake_server_wait(struct fake_server *server, uint64_t requests)
{
    struct timespec until;
    bool enough;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_SECONDS;
    pthread_mutex_lock(&server->lock);
    while (server->requests < requests &&
           pthread_cond_timedwait(&server->changed, &server->lock, &until) == 0)
        continue;
    enough = server->requests >= requests;
    pthread_mutex_unlock(&server->lock);
    return enough;
}

unsigned fake_server_accepted(struct fake_server *server)
{
    unsigned accepted;

    pthread_mutex_lock(&server->lock);
    accepted = server->accepted;
    pthread_mutex_unlock(&server->lock);
    return accepted;
}

int fake_closed_port(struct address *address)
{
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    *address = any_port();
    require(descriptor >= 0, "socket");
    require(bind(descriptor, (struct sockaddr *)&address->storage, address->length) == 0, "bind");
    require(address_of_socket(address, descriptor) == 0, "getsockname");
    return descriptor;
}
