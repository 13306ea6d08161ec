#ifndef URING_RING_H
#define URING_RING_H

#include <liburing.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * An io_uring with a ring of provided buffers: the kernel takes a buffer from it when bytes have
 * arrived, so that a connection that waits holds none. Used by the thread that set it up, alone.
 * (io_uring_setup(2), io_uring_register(2), IORING_REGISTER_PBUF_RING.)
 */
struct ring {
    struct io_uring uring;
    struct io_uring_buf_ring *offered; /* shared with the kernel; the buffers follow it */
    char *bytes;
    unsigned buffers;
};

enum { RING_BUFFER_SIZE = 4096, RING_BUFFER_GROUP = 0 };

/*
 * Room for so many submissions between two calls, and so many buffers; both are powers of two.
 * Returns 0, or -errno: -ENOSYS, -EPERM where the system does not let us, -EINVAL where the kernel
 * is too old, -ENOMEM.
 */
int ring_init(struct ring *ring, unsigned submissions, unsigned buffers);

/* What is still under way is cancelled by the kernel, some time. */
void ring_finish(struct ring *ring);

/* The bytes of a buffer that the kernel has filled: ours until ring_offer gives it back. */
const char *ring_buffer(const struct ring *ring, unsigned number);
void ring_offer(struct ring *ring, unsigned number);

/* True where no fewer than so many submissions can be prepared now; submits, if need be. */
bool ring_has_room(struct ring *ring, unsigned submissions);

/*
 * Submits what is prepared and lets the kernel make the completions that are due, without waiting.
 * Returns 0, also where that must be tried again, or -errno.
 */
int ring_submit(struct ring *ring);

/*
 * Submits what is prepared and waits for a completion, with one system call; for timeout_ms at the
 * most, -1 being for ever. Returns 0, also where a signal came first, or -errno.
 */
int ring_submit_and_wait(struct ring *ring, int timeout_ms);

/*
 * Tries all of it out: a ring, its buffers, a multishot receive. Returns true, or false and the
 * reason in text.
 */
bool ring_probe(char *text, size_t size);

#endif
