#include "src/sync/conversation.h"

#include "common/clock.h"
#include "src/idle.h"
#include "src/job.h"
#include "src/turn.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>

/* Room for the read buffer, and for what a computation and the C library need. */
enum { STACK_DEFAULT = 256 * 1024, STACK_LEAST = 2 * SESSION_READ_SIZE };

struct conversation {
    const struct server *server;
    int descriptor;
    struct session *session;
    struct idle idle;
    int64_t receive_timeout_ms; /* as the socket has it now; 0: none */
};

static void set_timeout(int descriptor, int option, int64_t ms)
{
    struct timeval timeout = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

    setsockopt(descriptor, SOL_SOCKET, option, &timeout, sizeof(timeout));
}

/* Sends all that is ready. A send that moves nothing for the idle time fails with EAGAIN. */
static void flush(struct conversation *conversation)
{
    const char *bytes;
    size_t length;

    while ((length = session_output(conversation->session, &bytes)) > 0) {
        ssize_t sent = send(conversation->descriptor, bytes, length, MSG_NOSIGNAL);

        if (sent >= 0)
            session_sent(conversation->session, (size_t)sent);
        else if (server_cancelled(conversation->server))
            return; /* what waits is counted as dropped */
        else if (errno != EINTR)
            return session_break(conversation->session);
    }
}

/* The socket keeps its time-out from one receive to the next, so an idle client costs no call per
 * request. */
static bool prepare_timeout(struct conversation *conversation)
{
    int64_t limit = conversation->server->limits.idle_timeout_ms, left;

    if (limit == 0)
        return true;
    left = idle_left(&conversation->idle, conversation->session, clock_ms(), limit);
    if (left > 0 && left != conversation->receive_timeout_ms) {
        set_timeout(conversation->descriptor, SO_RCVTIMEO, left);
        conversation->receive_timeout_ms = left;
    }
    return left > 0;
}

static void receive(struct conversation *conversation)
{
    struct session *session = conversation->session;
    char bytes[SESSION_READ_SIZE];
    ssize_t length;

    if (!prepare_timeout(conversation))
        return session_break(session);
    length = recv(conversation->descriptor, bytes, sizeof(bytes), 0);
    if (server_stopping(conversation->server))
        session_stop(session);
    else if (length > 0)
        session_receive(session, bytes, (size_t)length);
    else if (length == 0)
        session_receive_end(session);
    else if (errno != EINTR && errno != EAGAIN)
        session_break(session);
}

static void compute(struct conversation *conversation, unsigned n)
{
    struct job job;

    job_init(&job, conversation->server, n, conversation->descriptor);
    job_run(&job);
    if (job.status < 0 && !server_cancelled(conversation->server))
        session_break(conversation->session);
    else if (job.status == 0)
        session_answer(conversation->session, job.value);
}

void converse(const struct server *server, struct blocking *blocking, struct session *session,
              int descriptor)
{
    struct conversation conversation = {
        .server = server, .descriptor = descriptor, .session = session};
    struct blocked blocked;
    struct turn turn;
    unsigned n;

    session_init(session, &server->rules);
    idle_init(&conversation.idle, session, clock_ms());
    if (server->limits.idle_timeout_ms > 0)
        set_timeout(descriptor, SO_SNDTIMEO, server->limits.idle_timeout_ms);
    blocking_enter(blocking, &blocked, descriptor);
    while (session_ending(session) == SESSION_OPEN && !server_cancelled(server)) {
        enum turn_stop stop;

        turn_init(&turn, server, false);
        stop = turn_run(&turn, session, &n);
        flush(&conversation);
        if (stop == TURN_COMPUTE)
            compute(&conversation, n);
        else if (session_wants_read(session))
            receive(&conversation);
    }
    blocking_leave(blocking, &blocked);
    server_hang_up(server, session, descriptor);
}

size_t conversation_stack_size(size_t asked)
{
    size_t size = asked > 0 ? asked : STACK_DEFAULT;

    return size > STACK_LEAST ? size : STACK_LEAST;
}
