#include "clients/generator.h"
#include "common/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * Connect, ask, read the answers, half-close, read to the end, close, and again. Each place of a
 * connection goes through that by itself. Reading to the end makes the server's close a part of the
 * turn, so that no more connections are open on either side than there are places, and finds
 * answers that nothing asked for.
 *
 * Whoever closes first keeps the pair of ports for a minute (TIME_WAIT), and that is the client. A
 * pair of addresses has some 28,000 ports, so on IPv4 loopback the connections come from SOURCES
 * addresses in turn; elsewhere, what the ports suffice for is what there is. Closing with a reset
 * (SO_LINGER of 0) would leave no TIME_WAIT, but it is not what clients do, and servers take
 * another path for it.
 */
enum {
    SOURCES = 200,
    FIRST_SOURCE = 0x7f000101, /* 127.0.1.1 */
    FIRST_SENDS_PER_ROUND = 64,
    FULL_BACKLOG_RETRY_MS = 1,
};

struct churn {
    struct load *load;
    bool spread;      /* over source addresses */
    unsigned alive;   /* places that go on */
    unsigned waiting; /* of them for room in the backlog of a Unix socket */
};

/* IPv4 loopback, but none of the sources: what comes from one cannot be connected to itself. */
static bool may_be_spread(const struct address *address)
{
    const struct sockaddr_in *inet = (const struct sockaddr_in *)&address->storage;
    uint32_t host = ntohl(inet->sin_addr.s_addr);

    return address->storage.ss_family == AF_INET && host >> 24 == FIRST_SOURCE >> 24 &&
           host >> 8 != FIRST_SOURCE >> 8;
}

/* The port is chosen at connect, for the pair of addresses, not from those that no one uses. */
static void take_source(struct churn *churn, int descriptor)
{
    uint32_t source = FIRST_SOURCE + (uint32_t)(churn->load->result->opened % SOURCES);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(source)};
    int one = 1;

    setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
    if (bind(descriptor, (struct sockaddr *)&address, sizeof(address)) < 0)
        churn->spread = false;
}

/* A socket that connects, or -errno. */
static int connect_one(struct churn *churn)
{
    const struct address *address = &churn->load->result->address;
    int descriptor =
        socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int error;

    if (descriptor < 0)
        return -errno;
    if (churn->spread)
        take_source(churn, descriptor);
    if (connect(descriptor, (const struct sockaddr *)&address->storage, address->length) == 0 ||
        errno == EINPROGRESS)
        return descriptor;
    error = errno;
    close(descriptor);
    return -error;
}

/* The place is given up: the same would befall the next connection. */
static void refuse(struct churn *churn, struct connection *connection, int error)
{
    struct load *load = churn->load;
    char text[ADDRESS_TEXT];

    load->result->errors.unopened++;
    load->result->sent -= connection->under_way;
    load_close(load, connection);
    churn->alive--;
    load_problem(load, "cannot connect to %s within the window: %s%s",
                 address_format(&load->result->address, text), strerror(error),
                 error == EADDRNOTAVAIL ? "; the local ports are used up" : "");
}

static bool may_be_connected_to_itself(const struct churn *churn)
{
    return !churn->spread && !address_is_unix(&churn->load->result->address);
}

static void become_open(struct load *load, struct connection *connection)
{
    connection->state = CONNECTION_OPEN;
    load->open++;
    load->busy_open++;
}

/* On loopback the connection stands as a rule when connect returns, and takes the requests. */
static void begin_turn(struct churn *churn, struct connection *connection)
{
    struct load *load = churn->load;
    int64_t when = clock_ns();
    int descriptor = connect_one(churn), error = 0;

    if (descriptor == -EAGAIN && address_is_unix(&load->result->address)) {
        connection->state = CONNECTION_UNOPENED;
        churn->waiting++;
        return;
    }
    if (descriptor < 0) {
        refuse(churn, connection, -descriptor);
        return;
    }
    load->result->opened++;
    connection->descriptor = descriptor;
    connection->state = CONNECTION_CONNECTING;
    connection->answers = (struct answers){0};
    connection_add(connection, &load->dialogue, when, load->options->pipeline);
    load->result->sent += load->options->pipeline;
    if (may_be_connected_to_itself(churn) && load_is_connected_to_itself(descriptor))
        error = -ECONNREFUSED;
    if (error == 0)
        error = connection_write(connection, &load->dialogue);
    connection->watches_writing = connection->unwritten > 0;
    if (error == 0)
        error = load_watch(load, connection, EPOLL_CTL_ADD,
                           connection->watches_writing ? EPOLLIN | EPOLLOUT : EPOLLIN);
    if (error < 0)
        refuse(churn, connection, -error);
    else if (!connection->watches_writing)
        become_open(load, connection);
}

static bool is_connected(struct churn *churn, struct connection *connection)
{
    int error = 0;
    socklen_t length = sizeof(error);

    getsockopt(connection->descriptor, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error == 0 && load_is_connected_to_itself(connection->descriptor))
        error = ECONNREFUSED;
    if (error == 0)
        return true;
    refuse(churn, connection, error);
    return false;
}

static void half_close(struct connection *connection)
{
    connection->state = CONNECTION_FINISHING;
    shutdown(connection->descriptor, SHUT_WR);
}

/* Reads answers, or the end; what follows from either. */
static void go_on(struct churn *churn, struct connection *connection)
{
    struct load *load = churn->load;
    bool finishing = connection->state == CONNECTION_FINISHING;
    int64_t now;

    if (load_read(load, connection, &now) >= 0) {
        if (!finishing && !connection->idle && connection->under_way == 0)
            half_close(connection);
        return;
    }
    if (connection->idle)
        return;
    if (finishing && now < load->deadline)
        begin_turn(churn, connection);
    else
        churn->alive--;
}

static void handle(struct churn *churn, const struct epoll_event *event)
{
    struct connection *connection = event->data.ptr;

    if (connection == NULL) {
        load_note_stop(churn->load);
        return;
    }
    if (connection->state == CONNECTION_CONNECTING) {
        if (!is_connected(churn, connection))
            return;
        become_open(churn->load, connection);
    }
    if (connection->state != CONNECTION_OPEN && connection->state != CONNECTION_FINISHING)
        return;
    if ((event->events & EPOLLOUT) && load_write(churn->load, connection) < 0) {
        churn->alive--;
        return;
    }
    if (event->events & ~(uint32_t)EPOLLOUT)
        go_on(churn, connection);
}

static void retry_waiting(struct churn *churn)
{
    unsigned waiting = churn->waiting;

    for (unsigned at = 0; at < churn->load->options->connections && waiting > 0; at++) {
        struct connection *connection = &churn->load->connections[at];

        if (connection->state != CONNECTION_UNOPENED)
            continue;
        waiting--;
        churn->waiting--;
        begin_turn(churn, connection);
    }
}

/* The connections that were opened before the window serve for the first turns. */
static void send_first(struct churn *churn, unsigned *next)
{
    struct load *load = churn->load;

    for (unsigned sent = 0; sent < FIRST_SENDS_PER_ROUND && *next < load->options->connections;
         sent++, ++*next) {
        struct connection *connection = &load->connections[*next];

        if (connection->state != CONNECTION_OPEN ||
            load_send(load, connection, clock_ns(), load->options->pipeline) < 0)
            churn->alive--;
    }
}

static int one_round(struct churn *churn, unsigned *next, int64_t now)
{
    struct load *load = churn->load;
    struct epoll_event events[EVENTS_AT_ONCE];
    int64_t until = load->deadline;
    int count;

    send_first(churn, next);
    retry_waiting(churn);
    load_report(load, now);
    if (*next < load->options->connections)
        until = now;
    else if (churn->waiting > 0 && until > now + FULL_BACKLOG_RETRY_MS * INT64_C(1000000))
        until = now + FULL_BACKLOG_RETRY_MS * INT64_C(1000000);
    count = load_wait(load, events, load_timeout(load, now, until));
    for (int at = 0; at < count; at++)
        handle(churn, &events[at]);
    return count < 0 ? count : 0;
}

/* Connections without a request on its way are no part of the window any more. */
static void drop_unconnected(struct load *load)
{
    for (unsigned at = 0; at < load->options->connections; at++) {
        struct connection *connection = &load->connections[at];

        if (connection->state != CONNECTION_CONNECTING)
            continue;
        load->result->sent -= connection->under_way;
        load_close(load, connection);
    }
}

int load_churn_loop(struct load *load)
{
    struct churn churn = {
        .load = load,
        .spread = may_be_spread(&load->result->address),
        .alive = load->options->connections,
    };
    unsigned next = 0;
    int64_t now;
    int error = 0;

    load_begin_window(load);
    for (now = load->start;
         error == 0 && now < load->deadline && load->stops == 0 && churn.alive > 0;
         now = clock_ns())
        error = one_round(&churn, &next, now);
    load_end_window(load, now);
    drop_unconnected(load);
    return error;
}
