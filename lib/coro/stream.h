#ifndef CORO_STREAM_H
#define CORO_STREAM_H

/*
 * A connection with a buffer each way: lines and counted bytes to read, small pieces to write.
 *
 * What is written is sent when the buffer is full (the writer then waits for the peer), at
 * coro_drain, at the end, and whenever a read has to wait for the peer: a question is on its way
 * before its answer is waited for.
 *
 * One task may read at a time (a second one gets -EBUSY), while others write. Each call fails with
 * -ECANCELED once the task is called off, and what was read or written before is not lost: who
 * reads or writes on finds it all. Limits in time are scopes (scope.h).
 */

/* Beside this file also where both are installed. */
#include "coro.h"

#ifdef __cplusplus
extern "C" {
#endif

struct coro_executor;
struct coro_stream;

struct coro_stream_options {
    size_t line_limit; /* the longest line, without its end; 0: 64 KiB */
    size_t high_water; /* unsent bytes from which coro_write waits; 0: 64 KiB */
};

/*
 * Creates a stream on a connected, non-blocking stream socket; on TCP it sets TCP_NODELAY, because
 * it collects small pieces itself. options may be NULL. Returns 0 and
 * *stream, which then owns the descriptor; or -errno, and the descriptor is still the caller's:
 * coro_descriptor_init's errors, -ENOMEM.
 */
int coro_stream_create(struct coro_stream **stream, struct coro_loop *loop, int descriptor,
                       const struct coro_stream_options *options);

/* coro_connect (socket.h), and a stream on it. Suspends. */
int coro_stream_connect(struct coro_stream **stream, struct coro_loop *loop,
                        struct coro_executor *executor, const char *host, const char *service,
                        const struct coro_stream_options *options);

/* Closes the connection and frees the stream. Takes NULL. What is not sent is lost; tasks that wait
 * in the stream get -EBADF. Never suspends. */
void coro_stream_destroy(struct coro_stream *stream);

/* Sends what is not sent, and frees the stream in any case. Suspends. Takes NULL. Returns 0, or why
 * not all could be sent. */
int coro_stream_close(struct coro_stream *stream);

/*
 * Reads a line. Returns 1 and in *line its text without "\n" or "\r\n", ended by a zero byte, and
 * in *length (may be NULL) its length; valid until the next read. The last line may lack its end.
 * Returns 0 at the end of the stream; -EMSGSIZE where the line is longer than the limit: it stays
 * unread.
 */
int coro_read_line(struct coro_stream *stream, char **line, size_t *length);

/* Reads until the buffer is full. Returns the number of bytes, less than size only at the end of
 * the stream; or -errno (-ENOMEM among them), and what was there can still be read. */
ssize_t coro_read_exactly(struct coro_stream *stream, void *buffer, size_t size);

/* Reads what there is, waiting for at least one byte. Returns the number of bytes, at most size; 0
 * at the end of the stream. */
ssize_t coro_read_some(struct coro_stream *stream, void *buffer, size_t size);

/*
 * Reads up to the end of the stream. Returns 0, in *bytes memory that the caller frees, with a zero
 * byte behind the last, and in *length (may be NULL) their number. -EMSGSIZE where there are more
 * than so many; they stay unread.
 */
int coro_read_all(struct coro_stream *stream, size_t at_most, char **bytes, size_t *length);

/*
 * Writes all bytes, which are copied. Where the unsent ones have reached high_water it suspends
 * before, until they are sent. Returns 0; or -errno, and none of these bytes are written:
 * -ECANCELED, -EPERM, -ENOMEM; -EPIPE after coro_write_end; or why sending failed (then and in each
 * later call), as -EPIPE or -ECONNRESET.
 */
int coro_write(struct coro_stream *stream, const void *bytes, size_t size);

/* The same for formatted text, as by printf(3). */
int coro_print(struct coro_stream *stream, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Suspends until all that is written is sent (that is, in the kernel's hands). Returns 0 or an
 * error as coro_write. */
int coro_drain(struct coro_stream *stream);

/* Sends all and ends this direction (half-close): the peer reads to its end, and may still answer.
 * Suspends. Returns 0 or an error as coro_write; 0 where it has ended already. */
int coro_write_end(struct coro_stream *stream);

/* How many bytes wait to be sent. */
size_t coro_stream_unsent(const struct coro_stream *stream);

/* The stream's descriptor, for socket options and names. It stays the stream's. */
int coro_stream_descriptor(const struct coro_stream *stream);

struct coro_loop *coro_stream_loop(const struct coro_stream *stream);

#ifdef __cplusplus
}
#endif

#endif
