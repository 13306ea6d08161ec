#include "src/uring/uring.h"

#include "common/clock.h"
#include "src/backend.h"
#include "src/blocking.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * A loop on io_uring. What the others do with a system call per step is done here by leaving
 * requests in memory that the kernel reads, and finding results in memory that it writes: one call
 * submits all the sends of a round, one more waits for what comes next.
 */

enum { SUBMISSIONS = 1024, BUFFERS = 512, OWN_SUBMISSIONS = 2 };

struct io_uring_sqe *uring_submission(struct uring *uring)
{
    return io_uring_get_sqe(&uring->ring.uring);
}

void uring_mean(struct io_uring_sqe *submission, void *owner, enum operation operation)
{
    io_uring_sqe_set_data64(submission, (uintptr_t)owner | operation);
}

/* One submission for many clients. */
static void start_accept(struct uring *uring)
{
    struct io_uring_sqe *submission = uring_submission(uring);

    io_uring_prep_multishot_accept(submission, uring->lent->listener, NULL, NULL, SOCK_CLOEXEC);
    uring_mean(submission, uring, OPERATION_ACCEPT);
    uring->accepting = true;
    uring->accept_at_ms = 0;
}

/* An accept under way holds the listener, and with it the port, a little beyond our own exit. */
static void cancel_accept(struct uring *uring)
{
    struct io_uring_sqe *submission = uring_submission(uring);

    io_uring_prep_cancel64(submission, (uintptr_t)uring | OPERATION_ACCEPT, 0);
    uring_mean(submission, uring, OPERATION_CANCEL_ACCEPT);
    uring->cancelling_accept = true;
}

static void adjust_accept(struct uring *uring)
{
    if (!ring_has_room(&uring->ring, OWN_SUBMISSIONS))
        return;
    if (uring->accepting && uring->draining && !uring->cancelling_accept)
        cancel_accept(uring);
    else if (!uring->accepting && !uring->draining && clock_ms() >= uring->accept_at_ms)
        start_accept(uring);
}

static void welcome(struct uring *uring, int descriptor)
{
    const struct server *lent = uring->lent;

    if (server_stopping(lent))
        close(descriptor);
    else if (!server_admit(lent, descriptor))
        server_refuse(lent, descriptor, "too many connections");
    else if (connection_open(uring, descriptor) < 0)
        server_turn_away(lent, descriptor, "out of memory");
}

static void accepted(struct uring *uring, const struct io_uring_cqe *completion)
{
    if (!(completion->flags & IORING_CQE_F_MORE))
        uring->accepting = false;
    if (completion->res >= 0)
        welcome(uring, completion->res);
    else if (completion->res != -ECONNABORTED && completion->res != -EINTR)
        uring->accept_at_ms = uring->now_ms + SERVER_ACCEPT_PAUSE_MS;
}

/* Either order to stop. Each connection finds out by itself what that means for it. */
static void wake_all(struct uring *uring)
{
    for (struct connection *connection = uring->open.next; connection != &uring->open;
         connection = connection->next)
        connection_make_ready(connection);
}

static void complete(struct uring *uring, const struct io_uring_cqe *completion)
{
    switch (completion->user_data & OPERATION_MASK) {
    case OPERATION_ACCEPT:
        accepted(uring, completion);
        break;
    case OPERATION_STOP:
        uring->draining = true;
        wake_all(uring);
        break;
    case OPERATION_LEAVE:
        wake_all(uring);
        break;
    case OPERATION_CANCEL_ACCEPT:
        break;
    default:
        connection_complete(
            (struct connection *)(uintptr_t)(completion->user_data & ~(uint64_t)OPERATION_MASK),
            completion);
    }
}

static void take_completions(struct uring *uring)
{
    struct io_uring_cqe *completion;
    unsigned head, count = 0;

    io_uring_for_each_cqe(&uring->ring.uring, head, completion)
    {
        complete(uring, completion);
        count++;
    }
    io_uring_cq_advance(&uring->ring.uring, count);
}

/* Only those that are queued now: who is not done in this round has the next turn after a wait. */
static void advance_ready(struct uring *uring)
{
    struct connection *connection = uring->ready, *next;

    uring->ready = NULL;
    uring->ready_end = &uring->ready;
    for (; connection != NULL; connection = next) {
        next = connection->next_ready;
        connection->is_ready = false;
        if (ring_has_room(&uring->ring, CONNECTION_SUBMISSIONS))
            connection_advance(connection);
        else
            connection_make_ready(connection);
    }
}

/* The kernel brings completions by the dozen, so a line may have come in time and wait its turn. */
static bool has_unread(const struct connection *connection)
{
    struct pollfd unread = {.fd = connection->descriptor, .events = POLLIN};

    return connection->receiving && poll(&unread, 1, 0) == 1;
}

static void part_with_idle(struct uring *uring)
{
    int64_t limit = uring->lent->limits.idle_timeout_ms;

    if (uring->idle_check_ms == 0 || uring->now_ms < uring->idle_check_ms)
        return;
    uring->idle_check_ms = 0;
    while (uring->open.next != &uring->open) {
        struct connection *oldest = uring->open.next;
        int64_t left = idle_left(&oldest->idle, &oldest->session, uring->now_ms, limit);

        if (left > 0 || oldest->is_ready || has_unread(oldest) ||
            !ring_has_room(&uring->ring, CONNECTION_SUBMISSIONS)) {
            uring->idle_check_ms = uring->now_ms + left;
            return;
        }
        connection_part(oldest);
    }
}

/* In milliseconds until something is due that no completion tells of; -1: nothing is. */
static int patience(const struct uring *uring)
{
    int64_t first = INT64_MAX, left;

    if (uring->ready != NULL)
        return 0;
    if (!uring->accepting && !uring->draining)
        first = uring->accept_at_ms;
    if (uring->idle_check_ms > 0 && uring->idle_check_ms < first)
        first = uring->idle_check_ms;
    if (first == INT64_MAX)
        return -1;
    left = first - clock_ms();
    return left <= 0 ? 0 : left < INT_MAX ? (int)left : INT_MAX;
}

/*
 * A send completes while it is submitted, if the client's socket has room: so there is no waiting
 * in the call that submits some. It would end at once, or, told to wait for more than the sends,
 * have to be called off by a timer for the one that found no room; to set a timer for every
 * request costs a virtual machine more than the second call.
 */
static int submit_and_wait(struct uring *uring)
{
    int timeout_ms = uring->fresh_sends > 0 ? 0 : patience(uring);

    uring->fresh_sends = 0;
    return timeout_ms == 0 ? ring_submit(&uring->ring)
                           : ring_submit_and_wait(&uring->ring, timeout_ms);
}

static bool is_over(const struct uring *uring)
{
    return uring->draining && !uring->accepting && uring->open.next == &uring->open &&
           uring->parting.next == &uring->parting;
}

static int serve(struct uring *uring)
{
    while (!is_over(uring)) {
        int error;

        adjust_accept(uring);
        error = submit_and_wait(uring);
        if (error < 0)
            return error;
        uring->now_ms = clock_ms();
        take_completions(uring);
        advance_ready(uring);
        part_with_idle(uring);
    }
    return 0;
}

static void watch(struct uring *uring, int descriptor, enum operation operation)
{
    struct io_uring_sqe *submission = uring_submission(uring);

    io_uring_prep_poll_add(submission, descriptor, POLLIN);
    uring_mean(submission, uring, operation);
}

/* Nobody is left here but after an error. */
static void drop_all(struct uring *uring)
{
    while (uring->open.next != &uring->open)
        connection_drop(uring->open.next);
    while (uring->parting.next != &uring->parting)
        connection_drop(uring->parting.next);
}

static int run(const struct server *lent)
{
    struct uring *uring = calloc(1, sizeof(*uring));
    int error;

    if (uring == NULL)
        return -ENOMEM;
    uring->lent = lent;
    uring->open.next = uring->open.previous = &uring->open;
    uring->parting.next = uring->parting.previous = &uring->parting;
    uring->ready_end = &uring->ready;
    uring->now_ms = clock_ms();
    error = ring_init(&uring->ring, SUBMISSIONS, BUFFERS);
    if (error == 0) {
        /*
         * On a non-blocking socket an operation may fail with EAGAIN instead of waiting. On an
         * inherited one, which stays as it is, such an accept is asked for again after a pause.
         */
        blocking_set_listener(lent, true);
        watch(uring, lent->stopping_descriptor, OPERATION_STOP);
        watch(uring, lent->cancel_descriptor, OPERATION_LEAVE);
        server_ready(lent);
        error = serve(uring);
        ring_finish(&uring->ring);
        drop_all(uring);
        blocking_set_listener(lent, false);
    }
    free(uring);
    return error;
}

const struct backend backend_uring = {
    .name = "uring",
    .summary = "io_uring: one system call for many receives and sends",
    .family = "uring",
    .compute = COMPUTE_INLINE,
    .concurrent_connections = true,
    .probe = ring_probe,
    .run = run,
};
