#include "lib/coro/stream.h"

#include "lib/coro/socket.h"
#include "lib/coro/waiting.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEFAULT_LINE_LIMIT = 64 << 10, DEFAULT_HIGH_WATER = 64 << 10 };
enum { CHUNK = 4096, LEAST_ROOM = 1024, DISCARD_AT_MOST = 64 << 10 };

struct buffer {
    char *bytes;
    size_t begin, end, capacity;
};

struct coro_stream {
    struct coro_loop *loop;
    struct coro_descriptor descriptor;
    int number;
    size_t line_limit, high_water;
    unsigned references; /* the owner's, and one of each call that is under way */
    bool destroyed;

    struct buffer input;
    size_t searched; /* so many bytes of the input have no end of a line */
    bool reading;
    bool ended;      /* there will be no more input */
    int input_error; /* nor here */

    struct buffer output;
    bool sending;          /* a task waits for room, for all that write */
    struct coro_line sent; /* the others */
    bool output_ended;     /* nothing more is taken */
    int output_error;
};

static size_t filled(const struct buffer *buffer)
{
    return buffer->end - buffer->begin;
}

/* Makes room for so many bytes at the end. */
static int make_room(struct buffer *buffer, size_t size)
{
    size_t used = filled(buffer), capacity = buffer->capacity ? buffer->capacity : CHUNK;
    char *bytes;

    if (buffer->capacity - buffer->end >= size)
        return 0;
    if (size > SIZE_MAX / 4 || used > SIZE_MAX / 4)
        return -ENOMEM;
    while (capacity < used + size)
        capacity *= 2;
    if (capacity == buffer->capacity) {
        memmove(buffer->bytes, buffer->bytes + buffer->begin, used);
    } else {
        bytes = malloc(capacity);
        if (!bytes)
            return -ENOMEM;
        if (used > 0)
            memcpy(bytes, buffer->bytes + buffer->begin, used);
        free(buffer->bytes);
        buffer->bytes = bytes;
        buffer->capacity = capacity;
    }
    buffer->begin = 0;
    buffer->end = used;
    return 0;
}

static void consume(struct buffer *buffer, size_t size)
{
    buffer->begin += size;
    if (buffer->begin == buffer->end)
        buffer->begin = buffer->end = 0;
}

int coro_stream_create(struct coro_stream **created, struct coro_loop *loop, int descriptor,
                       const struct coro_stream_options *options)
{
    struct coro_stream *stream = calloc(1, sizeof *stream);
    int error, yes = 1;

    if (!stream)
        return -ENOMEM;
    line_init(&stream->sent);
    error = coro_descriptor_init(&stream->descriptor, loop, descriptor);
    if (error) {
        free(stream);
        return error;
    }
    /* Where it fails it is no TCP, and needs none of it. */
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    stream->loop = loop;
    stream->number = descriptor;
    stream->line_limit = options && options->line_limit ? options->line_limit : DEFAULT_LINE_LIMIT;
    stream->high_water = options && options->high_water ? options->high_water : DEFAULT_HIGH_WATER;
    stream->references = 1;
    *created = stream;
    return 0;
}

int coro_stream_connect(struct coro_stream **stream, struct coro_loop *loop,
                        struct coro_executor *executor, const char *host, const char *service,
                        const struct coro_stream_options *options)
{
    int descriptor = coro_connect(loop, executor, host, service);
    int error;

    if (descriptor < 0)
        return descriptor;
    error = coro_stream_create(stream, loop, descriptor, options);
    if (error)
        close(descriptor);
    return error;
}

static void let_go(struct coro_stream *stream)
{
    if (--stream->references > 0)
        return;
    free(stream->input.bytes);
    free(stream->output.bytes);
    free(stream);
}

void coro_stream_destroy(struct coro_stream *stream)
{
    if (!stream)
        return;
    stream->destroyed = true;
    line_tell_all(&stream->sent, -EBADF);
    coro_descriptor_finish(&stream->descriptor);
    close(stream->number);
    let_go(stream);
}

int coro_stream_descriptor(const struct coro_stream *stream)
{
    return stream->number;
}

struct coro_loop *coro_stream_loop(const struct coro_stream *stream)
{
    return stream->loop;
}

size_t coro_stream_unsent(const struct coro_stream *stream)
{
    return filled(&stream->output);
}

/* Says of the connection itself that it is of no more use, and not of this call alone. */
static bool is_final(int error)
{
    return error < 0 && error != -ECANCELED && error != -EPERM && error != -EBUSY &&
           error != -EINTR && error != -ENOMEM;
}

/* One step: sends some, or waits for room, or for the task that does. The buffer may move
 * meanwhile, so nothing of it is kept while the task is suspended. */
static int send_some(struct coro_stream *stream)
{
    struct buffer *output = &stream->output;
    ssize_t count;
    int error;

    if (stream->sending)
        return line_stand(&stream->sent, stream->loop);
    count = send(stream->number, output->bytes + output->begin, filled(output),
                 MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) {
        consume(output, (size_t)count);
        return 0;
    }
    if (errno == EINTR)
        return 0;
    if (errno != EAGAIN)
        return -errno;
    stream->sending = true;
    error = coro_wait_writable(&stream->descriptor, CORO_FOREVER);
    stream->sending = false;
    line_tell_all(&stream->sent, 0);
    return error;
}

/* The stream must be held by the caller. */
static int flush(struct coro_stream *stream)
{
    struct coro_task *task;
    int error = task_checkpoint(stream->loop, &task);

    if (!error)
        error = stream->output_error;
    while (!error && filled(&stream->output) > 0) {
        error = send_some(stream);
        if (stream->destroyed)
            return -EBADF;
        if (is_final(error)) {
            stream->output_error = error;
            stream->output.begin = stream->output.end = 0;
        }
    }
    /* Another task that was sending may have emptied the buffer by failing. */
    return error ? error : stream->output_error;
}

int coro_drain(struct coro_stream *stream)
{
    int error;

    stream->references++;
    error = flush(stream);
    let_go(stream);
    return error;
}

static int write_held(struct coro_stream *stream, const void *bytes, size_t size)
{
    struct coro_task *task;
    int error = task_checkpoint(stream->loop, &task);

    if (!error)
        error = stream->output_error;
    if (!error && filled(&stream->output) >= stream->high_water)
        error = flush(stream);
    if (!error && stream->output_ended)
        error = -EPIPE;
    if (!error)
        error = make_room(&stream->output, size);
    if (error || size == 0)
        return error;
    memcpy(stream->output.bytes + stream->output.end, bytes, size);
    stream->output.end += size;
    return 0;
}

int coro_write(struct coro_stream *stream, const void *bytes, size_t size)
{
    int error;

    stream->references++;
    error = write_held(stream, bytes, size);
    let_go(stream);
    return error;
}

int coro_print(struct coro_stream *stream, const char *format, ...)
{
    va_list arguments;
    char *text;
    int length, error;

    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return -ENOMEM;
    error = coro_write(stream, text, (size_t)length);
    free(text);
    return error;
}

/* The stream must be held by the caller. */
static int end_output(struct coro_stream *stream)
{
    int error = flush(stream);

    if (error || stream->output_ended)
        return error;
    stream->output_ended = true;
    if (shutdown(stream->number, SHUT_WR) < 0)
        stream->output_error = -errno;
    return stream->output_error;
}

int coro_write_end(struct coro_stream *stream)
{
    int error;

    stream->references++;
    error = end_output(stream);
    let_go(stream);
    return error;
}

/* Closing a socket with unread bytes resets the connection, and may take from the peer what was
 * sent to it last. */
static void discard_input(const struct coro_stream *stream)
{
    char bytes[CHUNK];
    size_t discarded = 0;
    ssize_t count;

    do {
        count = recv(stream->number, bytes, sizeof bytes, MSG_DONTWAIT);
        discarded += count > 0 ? (size_t)count : 0;
    } while (count > 0 && discarded < DISCARD_AT_MOST);
}

int coro_stream_close(struct coro_stream *stream)
{
    int error;

    if (!stream)
        return 0;
    error = stream->output_ended ? 0 : end_output(stream);
    if (!error && !stream->ended)
        discard_input(stream);
    coro_stream_destroy(stream);
    return error;
}

static int begin_reading(struct coro_stream *stream)
{
    struct coro_task *task;
    int error = task_checkpoint(stream->loop, &task);

    if (!error && stream->reading)
        error = -EBUSY;
    if (error)
        return error;
    stream->reading = true;
    stream->references++;
    return 0;
}

static void end_reading(struct coro_stream *stream)
{
    stream->reading = false;
    let_go(stream);
}

/* Sends what the peer may be waiting for, then receives. Returns the number of bytes; 0 at the end.
 */
static ssize_t receive(struct coro_stream *stream, void *buffer, size_t size)
{
    int error = filled(&stream->output) > 0 ? flush(stream) : 0;
    ssize_t count;

    /* A peer that takes nothing more may still have said something. */
    if (error == -ECANCELED || error == -EBADF)
        return error;
    if (stream->input_error)
        return stream->input_error;
    if (stream->ended)
        return 0;
    count = coro_receive(&stream->descriptor, buffer, size, CORO_FOREVER);
    if (stream->destroyed)
        return -EBADF;
    if (count == 0)
        stream->ended = true;
    if (is_final((int)count))
        stream->input_error = (int)count;
    return count;
}

/* Puts more into the buffer. Returns 1, 0 at the end of the stream, or -errno. */
static int fill(struct coro_stream *stream)
{
    struct buffer *input = &stream->input;
    int error = make_room(input, LEAST_ROOM);
    ssize_t count;

    if (error)
        return error;
    count = receive(stream, input->bytes + input->end, input->capacity - input->end);
    if (count <= 0)
        return (int)count;
    input->end += (size_t)count;
    return 1;
}

/* Hands out so many bytes as a text. They are consumed, with what ends them, but stay where they
 * are until something is read. */
static void take_line(struct coro_stream *stream, size_t size, bool has_end, char **line,
                      size_t *length)
{
    char *text = stream->input.bytes + stream->input.begin;

    consume(&stream->input, size + has_end);
    stream->searched = 0;
    if (has_end && size > 0 && text[size - 1] == '\r')
        size--;
    text[size] = '\0';
    *line = text;
    if (length)
        *length = size;
}

/* Returns true where there is the end of a line, and in *size how many bytes come before it; else
 * how many there are. */
static bool find_end(struct coro_stream *stream, size_t *size)
{
    const struct buffer *input = &stream->input;
    const char *text = input->bytes + input->begin, *end = NULL;

    *size = filled(input);
    if (*size > stream->searched)
        end = memchr(text + stream->searched, '\n', *size - stream->searched);
    if (end)
        *size = (size_t)(end - text);
    stream->searched = *size;
    return end != NULL;
}

static bool is_too_long(const struct coro_stream *stream, size_t size)
{
    return size > stream->line_limit &&
           (size > stream->line_limit + 1 ||
            stream->input.bytes[stream->input.begin + size - 1] != '\r');
}

static int read_line(struct coro_stream *stream, char **line, size_t *length)
{
    size_t size = 0;
    bool has_end = false;
    int more = 1;

    while (more > 0 && !has_end) {
        has_end = filled(&stream->input) > 0 && find_end(stream, &size);
        if (is_too_long(stream, size))
            return -EMSGSIZE;
        if (!has_end)
            more = fill(stream);
    }
    if (more < 0 || (more == 0 && size == 0))
        return more;
    take_line(stream, size, has_end, line, length);
    return 1;
}

int coro_read_line(struct coro_stream *stream, char **line, size_t *length)
{
    int result = begin_reading(stream);

    if (result)
        return result;
    result = read_line(stream, line, length);
    end_reading(stream);
    return result;
}

static size_t take(struct coro_stream *stream, void *buffer, size_t size)
{
    size_t count = filled(&stream->input) < size ? filled(&stream->input) : size;

    if (count > 0)
        memcpy(buffer, stream->input.bytes + stream->input.begin, count);
    consume(&stream->input, count);
    stream->searched = 0;
    return count;
}

ssize_t coro_read_exactly(struct coro_stream *stream, void *buffer, size_t size)
{
    int more = begin_reading(stream);
    ssize_t result;

    if (more)
        return more;
    /* The buffer grows with what has come, not with what the caller was told to expect. */
    do
        more = filled(&stream->input) < size ? fill(stream) : 0;
    while (more > 0);
    result = more < 0 ? more : (ssize_t)take(stream, buffer, size);
    end_reading(stream);
    return result;
}

ssize_t coro_read_some(struct coro_stream *stream, void *buffer, size_t size)
{
    ssize_t result = begin_reading(stream);

    if (result)
        return result;
    if (filled(&stream->input) > 0 || size == 0)
        result = (ssize_t)take(stream, buffer, size);
    else
        result = receive(stream, buffer, size);
    end_reading(stream);
    return result;
}

static int take_all(struct coro_stream *stream, char **bytes, size_t *length)
{
    size_t size = filled(&stream->input);
    char *taken = malloc(size + 1);

    if (!taken)
        return -ENOMEM;
    take(stream, taken, size);
    taken[size] = '\0';
    *bytes = taken;
    if (length)
        *length = size;
    return 0;
}

int coro_read_all(struct coro_stream *stream, size_t at_most, char **bytes, size_t *length)
{
    int result = begin_reading(stream);

    if (result)
        return result;
    do
        result = filled(&stream->input) <= at_most ? fill(stream) : -EMSGSIZE;
    while (result > 0);
    if (result == 0)
        result = take_all(stream, bytes, length);
    end_reading(stream);
    return result;
}
