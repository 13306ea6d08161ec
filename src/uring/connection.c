#include "src/uring/connection.h"

#include "common/clock.h"
#include "src/turn.h"
#include "src/uring/uring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void link_last(struct connection *connection, struct connection *head)
{
    connection->previous = head->previous;
    connection->next = head;
    connection->previous->next = head->previous = connection;
}

static void unlink_from_ring(struct connection *connection)
{
    connection->previous->next = connection->next;
    connection->next->previous = connection->previous;
}

int connection_open(struct uring *uring, int descriptor)
{
    struct connection *connection = calloc(1, sizeof(*connection));

    if (connection == NULL)
        return -ENOMEM;
    connection->uring = uring;
    connection->descriptor = descriptor;
    session_init(&connection->session, &uring->lent->rules);
    idle_init(&connection->idle, &connection->session, uring->now_ms);
    link_last(connection, &uring->open);
    connection_make_ready(connection);
    return 0;
}

void connection_make_ready(struct connection *connection)
{
    struct uring *uring = connection->uring;

    if (connection->is_ready)
        return;
    connection->is_ready = true;
    connection->next_ready = NULL;
    *uring->ready_end = connection;
    uring->ready_end = &connection->next_ready;
}

void connection_drop(struct connection *connection)
{
    unlink_from_ring(connection);
    free(connection->held);
    server_hang_up(connection->uring->lent, &connection->session, connection->descriptor);
    free(connection);
}

static void submit(struct connection *connection, struct io_uring_sqe *submission,
                   enum operation operation)
{
    uring_mean(submission, connection, operation);
    connection->under_way++;
}

/* One submission for many reads. No buffer is bound to it: the kernel takes one when bytes come. */
static void start_receive(struct connection *connection)
{
    struct io_uring_sqe *submission = uring_submission(connection->uring);

    io_uring_prep_recv_multishot(submission, connection->descriptor, NULL, 0, 0);
    submission->flags |= IOSQE_BUFFER_SELECT;
    submission->buf_group = RING_BUFFER_GROUP;
    submit(connection, submission, OPERATION_RECEIVE);
    connection->receiving = true;
}

/* All ready answers at once. It goes out with those of the others, at the next system call. */
static void start_send(struct connection *connection, const char *bytes, size_t length)
{
    struct io_uring_sqe *submission = uring_submission(connection->uring);

    io_uring_prep_send(submission, connection->descriptor, bytes, length, MSG_NOSIGNAL);
    submit(connection, submission, OPERATION_SEND);
    connection->sending = true;
    connection->uring->fresh_sends++;
}

static void cancel(struct connection *connection, enum operation operation)
{
    struct io_uring_sqe *submission = uring_submission(connection->uring);

    io_uring_prep_cancel64(submission, (uintptr_t)connection | operation, 0);
    submit(connection, submission, OPERATION_CANCEL);
}

static void stop_receive(struct connection *connection)
{
    if (!connection->receiving || connection->stopping_receive)
        return;
    cancel(connection, OPERATION_RECEIVE);
    connection->stopping_receive = true;
}

/* Returns false where memory has run out. */
static bool make_room(struct connection *connection, size_t length)
{
    size_t kept = connection->held_end - connection->held_start, size = connection->held_size;
    char *grown;

    if (connection->held_end + length <= size)
        return true;
    if (kept > 0)
        memmove(connection->held, connection->held + connection->held_start, kept);
    connection->held_start = 0;
    connection->held_end = kept;
    if (kept + length <= size)
        return true;
    size = 2 * size > kept + length ? 2 * size : kept + length;
    grown = realloc(connection->held, size);
    if (grown == NULL)
        return false;
    connection->held = grown;
    connection->held_size = size;
    return true;
}

static bool hold(struct connection *connection, const char *bytes, size_t length)
{
    if (!make_room(connection, length))
        return false;
    memcpy(connection->held + connection->held_end, bytes, length);
    connection->held_end += length;
    return true;
}

static bool holds_bytes(const struct connection *connection)
{
    return connection->held_end > connection->held_start;
}

/* A full buffer is no end of a packet: the rest of it comes with the next completion. */
static bool cuts_packet(const struct connection *connection, size_t length)
{
    return connection->uring->lent->rules.packet && length == RING_BUFFER_SIZE;
}

/*
 * Most reads find a session that wants them. A receive that goes on by itself may also bring more
 * than that; it is kept apart, so that the buffer goes back to the ring at once: else a few clients
 * who do not read could take them all.
 */
static void take_bytes(struct connection *connection, const char *bytes, size_t length)
{
    if (connection->parting || server_stopping(connection->uring->lent))
        return;
    if (!connection->sending && !holds_bytes(connection) && !cuts_packet(connection, length) &&
        session_wants_read(&connection->session))
        session_receive(&connection->session, bytes, length);
    else if (!hold(connection, bytes, length))
        connection->failed = true;
}

static void received(struct connection *connection, const struct io_uring_cqe *completion)
{
    struct ring *ring = &connection->uring->ring;
    unsigned number = completion->flags >> IORING_CQE_BUFFER_SHIFT;

    if (completion->res > 0)
        take_bytes(connection, ring_buffer(ring, number), (size_t)completion->res);
    else if (completion->res == 0)
        connection->ended = true;
    else if (completion->res != -ENOBUFS && completion->res != -ECANCELED &&
             completion->res != -EINTR && completion->res != -EAGAIN)
        connection->failed = true;
    if (completion->flags & IORING_CQE_F_BUFFER)
        ring_offer(ring, number);
    if (!(completion->flags & IORING_CQE_F_MORE))
        connection->receiving = connection->stopping_receive = false;
}

static void sent(struct connection *connection, int result)
{
    connection->sending = false;
    if (result >= 0)
        session_sent(&connection->session, (size_t)result);
    else if (result != -EINTR && result != -EAGAIN && result != -ECANCELED)
        connection->failed = true;
}

void connection_complete(struct connection *connection, const struct io_uring_cqe *completion)
{
    enum operation operation = completion->user_data & OPERATION_MASK;

    if (operation == OPERATION_RECEIVE)
        received(connection, completion);
    else if (operation == OPERATION_SEND)
        sent(connection, completion->res);
    if (!(completion->flags & IORING_CQE_F_MORE))
        connection->under_way--;
    connection_make_ready(connection);
}

/* Gives the session what it wants to read, if there is any. Returns whether there was. */
static bool feed(struct connection *connection)
{
    struct session *session = &connection->session;
    size_t length = connection->held_end - connection->held_start;

    if (!session_wants_read(session))
        return false;
    if (length > 0) {
        if (length > SESSION_READ_SIZE)
            length = SESSION_READ_SIZE;
        session_receive(session, connection->held + connection->held_start, length);
        connection->held_start += length;
        if (!holds_bytes(connection)) {
            free(connection->held);
            connection->held = NULL;
            connection->held_start = connection->held_end = connection->held_size = 0;
        }
        return true;
    }
    if (connection->ended)
        session_receive_end(session);
    else if (connection->uring->draining)
        session_stop(session);
    else
        return false;
    return true;
}

/* Ours and the others' answers leave before it begins. */
static void compute(struct connection *connection, unsigned n)
{
    struct io_uring *ring = &connection->uring->ring.uring;
    uint64_t value;

    if (io_uring_sq_ready(ring) > 0)
        io_uring_submit(ring);
    if (server_compute(connection->uring->lent, n, &value) == 0)
        session_answer(&connection->session, value);
}

/* Goes on until there is something to send: what comes behind it waits until that is sent. */
static void converse(struct connection *connection)
{
    const struct server *lent = connection->uring->lent;
    const char *bytes;
    enum turn_stop stop;
    struct turn turn;
    size_t length;
    unsigned n;

    turn_init(&turn, lent, false);
    feed(connection);
    do {
        stop = turn_run(&turn, &connection->session, &n);
        length = session_output(&connection->session, &bytes);
        if (length > 0)
            start_send(connection, bytes, length);
        else if (stop == TURN_COMPUTE)
            compute(connection, n);
    } while (length == 0 && ((stop == TURN_COMPUTE && !server_cancelled(lent)) ||
                             (stop == TURN_DONE && feed(connection))));
    if (length == 0 && stop == TURN_OVER)
        connection_make_ready(connection);
}

/* The kernel receives only while the session wants it to. */
static void adjust_receive(struct connection *connection)
{
    if (connection->ended || connection->uring->draining || holds_bytes(connection) ||
        !session_wants_read(&connection->session))
        stop_receive(connection);
    else if (!connection->receiving)
        start_receive(connection);
}

/* The longest idle connection is the first in the ring, so one time to check serves all. */
static void note_activity(struct connection *connection)
{
    struct uring *uring = connection->uring;
    int64_t limit = uring->lent->limits.idle_timeout_ms;

    if (limit == 0)
        return;
    if (idle_left(&connection->idle, &connection->session, clock_ms(), limit) == limit) {
        unlink_from_ring(connection);
        link_last(connection, &uring->open);
    }
    if (uring->idle_check_ms == 0)
        uring->idle_check_ms = uring->now_ms + limit;
}

/* The kernel still has the descriptor and the answers: it has to let go of them first. */
void connection_part(struct connection *connection)
{
    if (!connection->parting) {
        connection->parting = true;
        unlink_from_ring(connection);
        link_last(connection, &connection->uring->parting);
        stop_receive(connection);
        if (connection->sending)
            cancel(connection, OPERATION_SEND);
    }
    if (connection->under_way > 0 || connection->is_ready)
        return;
    if (connection->failed)
        session_break(&connection->session);
    connection_drop(connection);
}

void connection_advance(struct connection *connection)
{
    if (!connection->parting && !connection->sending && !connection->failed)
        converse(connection);
    if (connection->parting || connection->failed || server_cancelled(connection->uring->lent) ||
        (!connection->sending && session_ending(&connection->session) != SESSION_OPEN)) {
        connection_part(connection);
        return;
    }
    adjust_receive(connection);
    note_activity(connection);
}
