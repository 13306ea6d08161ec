/*
 * A backend to copy: one thread and poll(2), nothing clever. It is complete and keeps every rule,
 * so begin with a copy that passes the tests, then replace one part after the other by what your
 * library does. docs/adding-a-backend.md has the steps. It is compiled with the rest, and not in
 * the table.
 */
#include "common/clock.h"
#include "src/backend.h"
#include "src/idle.h"
#include "src/turn.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

/* A connection: where its bytes come from, its session, and how long it has been idle. */
struct client {
    struct client *next;
    int descriptor;
    struct session session;
    struct idle idle;
    bool again; /* its turn was over before its work was */
};

struct skeleton {
    const struct server *server; /* lent until run returns */
    struct client *clients;
    struct pollfd *polled; /* stopping, cancel, listener, then the clients in their order */
    nfds_t count, capacity;
    int64_t accept_at_ms;          /* not before: descriptors had run out */
    char bytes[SESSION_READ_SIZE]; /* one for all: a session copies what it must keep */
};

enum { STOPPING, CANCEL, LISTENER, FIRST_CLIENT };

/*
 * The session says whether it wants bytes, so read only then: that is the whole of backpressure.
 * A reset is an error of the socket and breaks the session; an end of file may be a half-close, and
 * the answers are still owed.
 */
static void receive(struct skeleton *skeleton, struct client *client)
{
    ssize_t length = recv(client->descriptor, skeleton->bytes, sizeof(skeleton->bytes), 0);

    if (length > 0)
        session_receive(&client->session, skeleton->bytes, (size_t)length);
    else if (length == 0)
        session_receive_end(&client->session);
    else if (errno != EAGAIN && errno != EINTR)
        session_break(&client->session);
}

/* All ready answers in one write; what does not fit stays in the session, which then wants room. */
static void send_answers(struct client *client)
{
    const char *bytes;
    size_t length = session_output(&client->session, &bytes);
    ssize_t sent;

    if (length == 0)
        return;
    sent = send(client->descriptor, bytes, length, MSG_NOSIGNAL);
    if (sent >= 0)
        session_sent(&client->session, (size_t)sent);
    else if (errno != EAGAIN && errno != EINTR)
        session_break(&client->session);
}

/*
 * The middle of every backend: answer what is cheap, and at each stop send first, then do what the
 * stop asks for. With a pool, turn_init says so, and TURN_OFFLOAD gives the request to it: see
 * src/pool.h, and src/event for a loop that waits for pool_descriptor.
 */
static void advance(struct skeleton *skeleton, struct client *client)
{
    enum turn_stop stop;
    struct turn turn;
    uint64_t value;
    unsigned n;

    turn_init(&turn, skeleton->server, false);
    do {
        stop = turn_run(&turn, &client->session, &n);
        send_answers(client);
        if (stop == TURN_COMPUTE && server_compute(skeleton->server, n, &value) == 0)
            session_answer(&client->session, value);
    } while ((stop == TURN_COMPUTE && !server_cancelled(skeleton->server)) ||
             (stop == TURN_FULL && !session_is_full(&client->session)));
    client->again = stop == TURN_OVER;
}

static void hang_up(struct skeleton *skeleton, struct client *client)
{
    server_hang_up(skeleton->server, &client->session, client->descriptor);
    free(client);
}

/*
 * server_accept sets the socket's options and refuses whom it must. What it returns besides -EAGAIN
 * means that descriptors or memory have run out: a loop that went on asking would spin.
 */
static void accept_clients(struct skeleton *skeleton)
{
    struct client *client;
    int descriptor, error;

    while ((error = server_accept(skeleton->server, true, &descriptor)) == 0) {
        client = calloc(1, sizeof(*client));
        if (client == NULL) {
            server_turn_away(skeleton->server, descriptor, "out of memory");
            continue;
        }
        client->descriptor = descriptor;
        session_init(&client->session, &skeleton->server->rules);
        idle_init(&client->idle, &client->session, clock_ms());
        client->next = skeleton->clients;
        skeleton->clients = client;
    }
    if (error != -EAGAIN)
        skeleton->accept_at_ms = clock_ms() + SERVER_ACCEPT_PAUSE_MS;
}

static short interest(const struct client *client)
{
    const char *bytes;

    return (short)((session_wants_read(&client->session) ? POLLIN : 0) |
                   (session_output(&client->session, &bytes) > 0 ? POLLOUT : 0));
}

/* Your library keeps this list; here it is made anew for each wait. Returns 0 or -ENOMEM. */
static int list_descriptors(struct skeleton *skeleton, bool stopping)
{
    const struct server *server = skeleton->server;
    nfds_t count = FIRST_CLIENT;

    for (struct client *client = skeleton->clients; client != NULL; client = client->next)
        count++;
    if (count > skeleton->capacity) {
        struct pollfd *grown = realloc(skeleton->polled, 2 * count * sizeof(*grown));

        if (grown == NULL)
            return -ENOMEM;
        skeleton->polled = grown;
        skeleton->capacity = 2 * count;
    }
    /* Those two are never read: once readable they stay so. Negative ones are passed over. */
    skeleton->polled[STOPPING] =
        (struct pollfd){stopping ? -1 : server->stopping_descriptor, POLLIN, 0};
    skeleton->polled[CANCEL] = (struct pollfd){server->cancel_descriptor, POLLIN, 0};
    skeleton->polled[LISTENER] = (struct pollfd){
        stopping || clock_ms() < skeleton->accept_at_ms ? -1 : server->listener, POLLIN, 0};
    count = FIRST_CLIENT;
    for (struct client *client = skeleton->clients; client != NULL; client = client->next)
        skeleton->polled[count++] = (struct pollfd){client->descriptor, interest(client), 0};
    skeleton->count = count;
    return 0;
}

/* Until something may have to be done without any descriptor being ready; -1: never. */
static int patience(struct skeleton *skeleton)
{
    int64_t limit = skeleton->server->limits.idle_timeout_ms, now = clock_ms();
    int64_t left = skeleton->accept_at_ms > now ? skeleton->accept_at_ms - now : INT32_MAX;

    for (struct client *client = skeleton->clients; client != NULL; client = client->next) {
        int64_t own = limit > 0 ? idle_left(&client->idle, &client->session, now, limit) : left;

        if (client->again)
            return 0;
        left = own < left ? own : left;
    }
    return left == INT32_MAX ? -1 : (int)left;
}

/* Whether the client is to be hung up, after its turn. */
static bool serve(struct skeleton *skeleton, struct client *client, short events)
{
    int64_t limit = skeleton->server->limits.idle_timeout_ms;

    if ((events & (POLLIN | POLLHUP | POLLERR)) && session_wants_read(&client->session))
        receive(skeleton, client);
    else if (events & (POLLHUP | POLLERR))
        session_break(&client->session);
    if (events != 0 || client->again || server_stopping(skeleton->server))
        advance(skeleton, client);
    return session_ending(&client->session) != SESSION_OPEN ||
           (limit > 0 && idle_left(&client->idle, &client->session, clock_ms(), limit) == 0);
}

static void serve_all(struct skeleton *skeleton)
{
    struct client **link = &skeleton->clients, *client;
    nfds_t i = FIRST_CLIENT;

    while ((client = *link) != NULL) {
        short events = i < skeleton->count ? skeleton->polled[i++].revents : 0;

        if (server_stopping(skeleton->server))
            session_stop(&client->session);
        if (serve(skeleton, client, events)) {
            *link = client->next;
            hang_up(skeleton, client);
        } else {
            link = &client->next;
        }
    }
}

/*
 * Until told to stop, and then until the last answer is delivered: a stopping server accepts and
 * reads nothing more. A cancelled one leaves at once. --grace and the second signal are not the
 * backend's business: they end in server_cancelled.
 */
static int loop(struct skeleton *skeleton)
{
    while (!server_cancelled(skeleton->server)) {
        bool stopping = server_stopping(skeleton->server);
        int error;

        if (stopping) {
            skeleton->count = 0; /* nobody's events: this is for all */
            serve_all(skeleton);
            if (skeleton->clients == NULL)
                return 0;
        }
        error = list_descriptors(skeleton, stopping);
        if (error < 0)
            return error;
        if (poll(skeleton->polled, skeleton->count, patience(skeleton)) < 0 && errno != EINTR)
            return -errno;
        serve_all(skeleton);
        if (skeleton->polled[LISTENER].revents != 0)
            accept_clients(skeleton);
    }
    return 0;
}

static int run(const struct server *server)
{
    struct skeleton *skeleton = calloc(1, sizeof(*skeleton));
    int error;

    if (skeleton == NULL)
        return -ENOMEM;
    skeleton->server = server;
    server_ready(server);
    error = loop(skeleton);
    while (skeleton->clients != NULL) {
        struct client *client = skeleton->clients;

        skeleton->clients = client->next;
        hang_up(skeleton, client);
    }
    free(skeleton->polled);
    free(skeleton);
    return error;
}

extern const struct backend backend_skeleton;

const struct backend backend_skeleton = {
    .name = "skeleton",
    .summary = "a backend to copy: one thread and poll(2)",
    .family = "skeleton",
    .compute = COMPUTE_INLINE,
    .concurrent_connections = true,
    .probe = backend_needs_nothing, /* or: write the library's name and run-time version */
    .run = run,
};
