#include "src/uring/ring.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    COMPLETIONS_MIN = 4096, /* multishot operations complete many times */
    /* Buffers a multiple of the page apart would all compete for the same lines of the cache. */
    STRIDE = RING_BUFFER_SIZE + 64,
    PROBE_SIZE = 8,
};

/*
 * One thread submits, and completions are made when it asks for them, not by interrupting it. A
 * kernel that does not know these flags (before 6.1) does without.
 */
static int set_up_queues(struct io_uring *uring, unsigned submissions)
{
    struct io_uring_params params = {
        .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE,
        .cq_entries = submissions > COMPLETIONS_MIN ? 2 * submissions : COMPLETIONS_MIN};
    int error = io_uring_queue_init_params(submissions, uring, &params);

    if (error == -EINVAL) {
        params =
            (struct io_uring_params){.flags = IORING_SETUP_CQSIZE, .cq_entries = params.cq_entries};
        error = io_uring_queue_init_params(submissions, uring, &params);
    }
    if (error == 0)
        io_uring_register_ring_fd(uring); /* spares a look-up per call; does no harm if it fails */
    return error;
}

static size_t offered_size(unsigned buffers)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    return (buffers * sizeof(struct io_uring_buf) + page - 1) / page * page;
}

static size_t mapped_size(unsigned buffers)
{
    return offered_size(buffers) + (size_t)buffers * STRIDE;
}

static int offer_buffers(struct ring *ring, unsigned buffers)
{
    struct io_uring_buf_reg registration = {.ring_entries = buffers, .bgid = RING_BUFFER_GROUP};
    void *mapped = mmap(NULL, mapped_size(buffers), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int error;

    if (mapped == MAP_FAILED)
        return -ENOMEM;
    registration.ring_addr = (uintptr_t)mapped;
    error = io_uring_register_buf_ring(&ring->uring, &registration, 0);
    if (error < 0) {
        munmap(mapped, mapped_size(buffers));
        return error;
    }
    ring->offered = mapped;
    ring->bytes = (char *)mapped + offered_size(buffers);
    ring->buffers = buffers;
    io_uring_buf_ring_init(ring->offered);
    for (unsigned i = 0; i < buffers; i++)
        ring_offer(ring, i);
    return 0;
}

int ring_init(struct ring *ring, unsigned submissions, unsigned buffers)
{
    int error = set_up_queues(&ring->uring, submissions);

    if (error < 0)
        return error;
    error = offer_buffers(ring, buffers);
    if (error < 0)
        io_uring_queue_exit(&ring->uring);
    return error;
}

void ring_finish(struct ring *ring)
{
    io_uring_queue_exit(&ring->uring);
    munmap(ring->offered, mapped_size(ring->buffers));
}

const char *ring_buffer(const struct ring *ring, unsigned number)
{
    return ring->bytes + (size_t)number * STRIDE;
}

void ring_offer(struct ring *ring, unsigned number)
{
    io_uring_buf_ring_add(ring->offered, ring->bytes + (size_t)number * STRIDE, RING_BUFFER_SIZE,
                          (unsigned short)number, io_uring_buf_ring_mask(ring->buffers), 0);
    io_uring_buf_ring_advance(ring->offered, 1);
}

bool ring_has_room(struct ring *ring, unsigned submissions)
{
    if (io_uring_sq_space_left(&ring->uring) < submissions)
        io_uring_submit(&ring->uring);
    return io_uring_sq_space_left(&ring->uring) >= submissions;
}

/* EBUSY and EAGAIN: completions must be taken, or memory be freed, before more is submitted. */
static int without_passing(int error)
{
    bool passing = error == -ETIME || error == -EINTR || error == -EBUSY || error == -EAGAIN;

    return error >= 0 || passing ? 0 : error;
}

int ring_submit(struct ring *ring)
{
    return without_passing(io_uring_submit_and_get_events(&ring->uring));
}

int ring_submit_and_wait(struct ring *ring, int timeout_ms)
{
    struct __kernel_timespec timeout = {.tv_sec = timeout_ms / 1000,
                                        .tv_nsec = timeout_ms % 1000 * 1000000LL};
    struct io_uring_cqe *first;
    int error = io_uring_submit_and_wait_timeout(&ring->uring, &first, 1,
                                                 timeout_ms < 0 ? NULL : &timeout, NULL);

    return without_passing(error);
}

/* What the server lives on: bytes come by a multishot receive, in a buffer of the ring. */
static int try_to_receive(struct ring *ring)
{
    struct io_uring_sqe *receive = io_uring_get_sqe(&ring->uring);
    struct io_uring_cqe *got;
    unsigned wanted = IORING_CQE_F_BUFFER | IORING_CQE_F_MORE;
    int pair[2], error;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    io_uring_prep_recv_multishot(receive, pair[0], NULL, 0, 0);
    receive->flags |= IOSQE_BUFFER_SELECT;
    receive->buf_group = RING_BUFFER_GROUP;
    error = send(pair[1], "1", 1, MSG_NOSIGNAL) == 1 ? 0 : -errno;
    if (error == 0)
        error = ring_submit_and_wait(ring, 1000);
    if (error == 0)
        error = io_uring_peek_cqe(&ring->uring, &got);
    if (error == 0 && got->res < 0)
        error = got->res;
    else if (error == 0 && (got->flags & wanted) != wanted)
        error = -EINVAL;
    close(pair[0]);
    close(pair[1]);
    return error;
}

static void explain(int error, char *text, size_t size)
{
    if (error == -ENOSYS)
        snprintf(text, size, "this kernel has no io_uring");
    else if (error == -EPERM || error == -EACCES)
        snprintf(text, size,
                 "io_uring is not permitted here: by kernel.io_uring_disabled, or by a container's "
                 "seccomp filter");
    else if (error == -EINVAL)
        snprintf(text, size,
                 "this kernel's io_uring has no multishot receive into provided buffers (Linux 6.0 "
                 "has)");
    else
        snprintf(text, size, "io_uring cannot be set up: %s", strerror(-error));
}

bool ring_probe(char *text, size_t size)
{
    struct ring ring;
    int error = ring_init(&ring, PROBE_SIZE, PROBE_SIZE);

    if (error == 0) {
        error = try_to_receive(&ring);
        ring_finish(&ring);
    }
    if (error < 0)
        explain(error, text, size);
    else
        snprintf(text, size, "liburing %s", LIBURING_VERSION);
    return error == 0;
}
