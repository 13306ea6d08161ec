#include "clients/generator.h"
#include "common/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    IN_PROGRESS_AT_ONCE =
        64,          /* below any usual backlog, so that no SYN is dropped for want of room */
    PATIENCE_S = 10, /* without any progress */
    FULL_BACKLOG_RETRY_MS = 1,
};

/* Opening all connections, a bounded number at a time. */
struct opener {
    struct load *load;
    unsigned next;        /* the first connection not begun yet */
    unsigned in_progress; /* begun; for idle ones until their answer is here */
    size_t address;
    bool backlog_full; /* a Unix socket's: nothing reports when there is room, so ask again */
    int64_t last_progress;
    int error;
};

static int raise_descriptor_limit(struct load *load)
{
    struct rlimit limit;
    rlim_t in_use, needed;
    int lowest_free = dup(load->epoll);

    if (lowest_free < 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return load_fail(load, -errno, "cannot find the limit on descriptors: %s", strerror(errno));
    close(lowest_free);
    in_use = (rlim_t)lowest_free;
    needed = in_use + load->total;
    if (limit.rlim_cur >= needed)
        return 0;
    if (limit.rlim_max < needed)
        return load_fail(load, -EMFILE,
                         "%u connections need %llu file descriptors, and the hard limit is %llu: "
                         "raise it (ulimit -Hn), or ask for at most %llu connections",
                         load->total, (unsigned long long)needed,
                         (unsigned long long)limit.rlim_max,
                         (unsigned long long)(limit.rlim_max - in_use));
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        return load_fail(load, -errno, "cannot raise the limit on descriptors to %llu: %s",
                         (unsigned long long)needed, strerror(errno));
    return 0;
}

static void refuse(struct opener *opener, struct connection *connection, int error)
{
    struct load *load = opener->load;
    char text[ADDRESS_TEXT];

    if (connection->descriptor >= 0)
        close(connection->descriptor);
    connection->descriptor = -1;
    connection->state = CONNECTION_UNOPENED;
    if (load->open == 0 && opener->next == 1 &&
        opener->address + 1 < load->options->address_count) {
        opener->address++;
        opener->next = 0;
        return;
    }
    address_format(&load->options->addresses[opener->address], text);
    if (load->open == 0)
        opener->error = load_fail(load, -error, "cannot connect to %s: %s", text, strerror(error));
    else
        opener->error =
            load_fail(load, -error, "cannot connect to %s: %s (%u of %u connections were open)%s",
                      text, strerror(error), load->open, load->total,
                      error == EADDRNOTAVAIL ? "; the local ports are used up" : "");
}

bool load_is_connected_to_itself(int descriptor)
{
    struct sockaddr_storage here = {0}, there = {0};
    socklen_t here_length = sizeof(here), there_length = sizeof(there);

    return getsockname(descriptor, (struct sockaddr *)&here, &here_length) == 0 &&
           getpeername(descriptor, (struct sockaddr *)&there, &there_length) == 0 &&
           here.ss_family != AF_UNIX && here_length == there_length &&
           memcmp(&here, &there, here_length) == 0;
}

static void complete(struct opener *opener, struct connection *connection, int operation)
{
    struct load *load = opener->load;
    int error, one = 1;

    if (load_is_connected_to_itself(connection->descriptor)) {
        refuse(opener, connection, ECONNREFUSED);
        return;
    }
    if (!address_is_unix(&load->options->addresses[opener->address]))
        setsockopt(connection->descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    error = load_watch(load, connection, operation, EPOLLIN);
    if (error < 0) {
        refuse(opener, connection, -error);
        return;
    }
    connection->state = CONNECTION_OPEN;
    opener->last_progress = clock_ns();
    load->open++;
    load->busy_open += !connection->idle;
    if (!connection->idle)
        return;
    opener->in_progress++;
    connection_add(connection, &load->idle_dialogue, opener->last_progress, 1);
    if (load_write(load, connection) < 0)
        opener->in_progress--;
}

static void begin(struct opener *opener)
{
    struct load *load = opener->load;
    struct connection *connection = &load->connections[opener->next];
    const struct address *address = &load->options->addresses[opener->address];
    int error;

    connection->descriptor =
        socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->descriptor < 0) {
        opener->error = load_fail(load, -errno, "cannot open a socket: %s", strerror(errno));
        return;
    }
    opener->next++;
    if (connect(connection->descriptor, (const struct sockaddr *)&address->storage,
                address->length) == 0) {
        complete(opener, connection, EPOLL_CTL_ADD);
        return;
    }
    if (errno == EAGAIN && address_is_unix(address)) {
        close(connection->descriptor);
        connection->descriptor = -1;
        opener->backlog_full = true;
        opener->next--;
        return;
    }
    error = errno;
    if (error == EINPROGRESS)
        error = -load_watch(load, connection, EPOLL_CTL_ADD, EPOLLOUT);
    if (error != 0) {
        refuse(opener, connection, error);
        return;
    }
    connection->state = CONNECTION_CONNECTING;
    opener->in_progress++;
}

static void begin_more(struct opener *opener)
{
    unsigned at_once = opener->load->open > 0 ? IN_PROGRESS_AT_ONCE : 1;

    opener->backlog_full = false;
    for (unsigned begun = 0; begun < at_once; begun++) {
        if (opener->error != 0 || opener->backlog_full || opener->next == opener->load->total ||
            opener->in_progress >= at_once)
            break;
        begin(opener);
    }
}

static void handle_connecting(struct opener *opener, struct connection *connection)
{
    int error = 0;
    socklen_t length = sizeof(error);

    getsockopt(connection->descriptor, SOL_SOCKET, SO_ERROR, &error, &length);
    opener->in_progress--;
    if (error != 0)
        refuse(opener, connection, error);
    else
        complete(opener, connection, EPOLL_CTL_MOD);
}

/* An idle connection's answer; or what a server says unasked, or its end. */
static void handle_open(struct opener *opener, struct connection *connection)
{
    bool waited = connection->idle && connection->under_way > 0;
    int64_t now;

    load_read(opener->load, connection, &now);
    if (waited && connection->under_way == 0) {
        opener->in_progress--;
        opener->last_progress = now;
    }
}

static void handle_events(struct opener *opener)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    int timeout_ms = opener->backlog_full ? FULL_BACKLOG_RETRY_MS : opener->in_progress ? 100 : 0;
    int count = load_wait(opener->load, events, timeout_ms);

    if (count < 0)
        opener->error = count;
    for (int at = 0; at < count && opener->error == 0; at++) {
        struct connection *connection = events[at].data.ptr;

        if (connection == NULL)
            load_note_stop(opener->load);
        else if (connection->state == CONNECTION_CONNECTING)
            handle_connecting(opener, connection);
        else if (connection->state == CONNECTION_OPEN)
            handle_open(opener, connection);
    }
}

static bool is_done(const struct opener *opener)
{
    return opener->next == opener->load->total && opener->in_progress == 0;
}

/* A server that keeps an idle connection waiting would do so with each that is still to come. */
static void give_up_idle(struct opener *opener, unsigned at, double patience)
{
    struct load *load = opener->load;

    load_problem(load, "idle connection %u: no answer within %g s", at + 1, patience);
    for (; at < opener->next; at++) {
        struct connection *connection = &load->connections[at];

        if (connection->under_way == 0)
            continue;
        load->result->errors.missing++;
        load->result->idle_unanswered++;
        load_close(load, connection);
    }
    load->result->idle_unanswered += load->total - opener->next;
    opener->next = load->total;
    opener->in_progress = 0;
}

/*
 * The server's backlog is full, and it takes no more connections from it: those that are open are
 * what there is to measure.
 */
static void give_up_rest(struct opener *opener, unsigned at, double patience)
{
    struct load *load = opener->load;

    load_problem(load, "connection %u: not opened within %g s (%u of %u connections were open)",
                 at + 1, patience, load->open, load->total);
    for (; at < load->total; at++) {
        struct connection *connection = &load->connections[at];

        if (connection->state != CONNECTION_CONNECTING && connection->state != CONNECTION_UNOPENED)
            continue;
        load->result->errors.unopened++;
        load_close(load, connection);
    }
    opener->next = load->total;
    opener->in_progress = 0;
}

/*
 * No progress for too long. The first connection that does not come about ends the run, unless
 * there is another address to try; a later one's failure, and an idle one's missing answer, is an
 * error in it, and the last one tried.
 */
static void give_up(struct opener *opener, double patience)
{
    struct load *load = opener->load;

    for (unsigned at = 0; at < load->total; at++) {
        struct connection *connection = &load->connections[at];

        if (connection->state != CONNECTION_OPEN && load->open > 0 && !connection->idle) {
            give_up_rest(opener, at, patience);
            return;
        }
        if (connection->state == CONNECTION_CONNECTING || at >= opener->next) {
            opener->in_progress -= connection->state == CONNECTION_CONNECTING;
            opener->next = at + 1;
            refuse(opener, connection, ETIMEDOUT);
            return;
        }
        if (connection->idle && connection->under_way > 0) {
            give_up_idle(opener, at, patience);
            return;
        }
    }
}

static int open_all(struct opener *opener)
{
    struct load *load = opener->load;
    double patience = load->options->patience > 0 ? load->options->patience : PATIENCE_S;

    opener->last_progress = clock_ns();
    load->last_report = opener->last_progress;
    load->next_report = opener->last_progress + INT64_C(1000000000);
    while (opener->error == 0 && !is_done(opener)) {
        int64_t now = clock_ns();

        if (load->stops > 0)
            return load_fail(load, -EINTR, "interrupted with %u of %u connections open", load->open,
                             load->total);
        if ((double)(now - opener->last_progress) > patience * 1e9) {
            give_up(opener, patience);
            opener->last_progress = now;
            continue;
        }
        load_report(load, now);
        begin_more(opener);
        if (opener->error == 0)
            handle_events(opener);
        /* A server on the same CPU gets to accept what is in its backlog. */
        sched_yield();
    }
    return opener->error;
}

int load_connect(struct load *load)
{
    struct opener opener = {.load = load};
    int error = raise_descriptor_limit(load);

    if (error == 0)
        error = open_all(&opener);
    if (error == 0)
        load->result->address = load->options->addresses[opener.address];
    return error;
}
