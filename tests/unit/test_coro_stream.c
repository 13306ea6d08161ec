/* Streams: lines, counted bytes, buffers, half-close, cancellation. */
#include "lib/coro/coro.h"
#include "lib/coro/scope.h"
#include "lib/coro/stream.h"
#include "tests/harness/assertions.h"
#include "tests/unit/coro_engines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MILLISECOND INT64_C(1000000)

enum { LINE_LIMIT = 8000, HIGH_WATER = 10000, FLOOD = 4 << 20 };

struct fixture {
    struct coro_loop *loop;
    struct coro_stream *near, *far;
    struct coro_task *target;
    int done;
};

static int setup(void **state)
{
    struct coro_stream_options options = {.line_limit = LINE_LIMIT, .high_water = HIGH_WATER};
    struct fixture *fixture = calloc(1, sizeof *fixture);
    int pair[2];

    assert_non_null(fixture);
    assert_int_equal(coro_loop_create(&fixture->loop, test_engine(), NULL), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    assert_int_equal(coro_stream_create(&fixture->near, fixture->loop, pair[0], &options), 0);
    assert_int_equal(coro_stream_create(&fixture->far, fixture->loop, pair[1], NULL), 0);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    coro_stream_destroy(fixture->near);
    coro_stream_destroy(fixture->far);
    assert_int_equal(coro_loop_destroy(fixture->loop), 0);
    free(fixture);
    return 0;
}

static void run_tasks(void **state, coro_function *first, coro_function *second)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_spawn(fixture->loop, &fixture->target, "first", first, fixture), 0);
    if (second)
        assert_int_equal(coro_spawn(fixture->loop, NULL, "second", second, fixture), 0);
    assert_int_equal(coro_loop_run(fixture->loop), 0);
    coro_release(fixture->target);
    assert_int_equal(fixture->done, 1 + (second != NULL));
}

static void expect_line(struct coro_stream *stream, const char *expected)
{
    char *line;
    size_t length;

    assert_int_equal(coro_read_line(stream, &line, &length), 1);
    assert_string_equal(line, expected);
    assert_int_equal(length, strlen(expected));
}

static int read_lines(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    char *line;

    expect_line(fixture->near, "one");
    expect_line(fixture->near, "");
    expect_line(fixture->near, "two");
    expect_line(fixture->near, "");
    expect_line(fixture->near, "thr\ree");
    expect_line(fixture->near, "cut in pieces");
    expect_line(fixture->near, "no end\r");
    assert_int_equal(coro_read_line(fixture->near, &line, NULL), 0);
    assert_int_equal(coro_read_line(fixture->near, &line, NULL), 0);
    fixture->done++;
    return 0;
}

static int write_lines(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    const char *pieces[] = {"cut ", "in", " pie", "ces\r", "\n", "no end\r"};

    assert_int_equal(coro_print(fixture->far, "one\n\n%s\r\n\r\nthr\ree\n", "two"), 0);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(coro_write(fixture->far, pieces[i], strlen(pieces[i])), 0);
        assert_int_equal(coro_drain(fixture->far), 0);
        assert_int_equal(coro_yield(loop), 0);
    }
    assert_int_equal(coro_write_end(fixture->far), 0);
    fixture->done++;
    return 0;
}

static void test_lines(void **state)
{
    run_tasks(state, read_lines, write_lines);
}

static int meet_the_limit(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    static char text[LINE_LIMIT + 3];
    char *line;
    size_t length;

    memset(text, 'x', sizeof text);
    memcpy(text + LINE_LIMIT, "\r\n", 2);
    assert_int_equal(coro_write(fixture->far, text, LINE_LIMIT + 2), 0);
    memcpy(text + LINE_LIMIT, "xx\n", 3);
    assert_int_equal(coro_write(fixture->far, text, LINE_LIMIT + 3), 0);
    assert_int_equal(coro_drain(fixture->far), 0);
    assert_int_equal(coro_read_line(fixture->near, &line, &length), 1);
    assert_int_equal(length, LINE_LIMIT);
    assert_int_equal(coro_read_line(fixture->near, &line, NULL), -EMSGSIZE);
    assert_int_equal(coro_read_line(fixture->near, &line, NULL), -EMSGSIZE);
    /* It can still be read in another way. */
    assert_int_equal(coro_read_exactly(fixture->near, text, LINE_LIMIT + 2), LINE_LIMIT + 2);
    expect_line(fixture->near, "");
    fixture->done++;
    return 0;
}

static void test_line_limit(void **state)
{
    run_tasks(state, meet_the_limit, NULL);
}

static int read_counted(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    static char bytes[100000];
    char *rest;
    size_t length;

    assert_int_equal(coro_read_exactly(fixture->near, bytes, 3), 3);
    assert_memory_equal(bytes, "abc", 3);
    assert_int_equal(coro_read_exactly(fixture->near, bytes, 0), 0);
    assert_int_equal(coro_read_some(fixture->near, bytes, sizeof bytes), 2);
    assert_memory_equal(bytes, "de", 2);
    assert_int_equal(coro_read_exactly(fixture->near, bytes, sizeof bytes), sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        assert_int_equal((unsigned char)bytes[i], i % 253);
    assert_int_equal(coro_read_all(fixture->near, 3, &rest, NULL), -EMSGSIZE);
    assert_int_equal(coro_read_all(fixture->near, 4, &rest, &length), 0);
    assert_int_equal(length, 4);
    assert_string_equal(rest, "rest");
    free(rest);
    assert_int_equal(coro_read_exactly(fixture->near, bytes, 10), 0);
    assert_int_equal(coro_read_some(fixture->near, bytes, 10), 0);
    assert_int_equal(coro_read_all(fixture->near, 0, &rest, &length), 0);
    assert_int_equal(length, 0);
    free(rest);
    fixture->done++;
    return 0;
}

static int write_counted(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    static unsigned char bytes[100000];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i % 253);
    assert_int_equal(coro_write(fixture->far, "abcde", 5), 0);
    assert_int_equal(coro_drain(fixture->far), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(coro_yield(loop), 0);
    assert_int_equal(coro_write(fixture->far, bytes, sizeof bytes), 0);
    assert_int_equal(coro_write(fixture->far, "rest", 4), 0);
    assert_int_equal(coro_write_end(fixture->far), 0);
    assert_int_equal(coro_write_end(fixture->far), 0);
    assert_int_equal(coro_write(fixture->far, "x", 1), -EPIPE);
    fixture->done++;
    return 0;
}

static void test_counted_bytes(void **state)
{
    run_tasks(state, read_counted, write_counted);
}

static int end_early(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    char bytes[10];

    assert_int_equal(coro_write(fixture->far, "abc", 3), 0);
    assert_int_equal(coro_write_end(fixture->far), 0);
    assert_int_equal(coro_read_exactly(fixture->near, bytes, 10), 3);
    assert_memory_equal(bytes, "abc", 3);
    /* The other direction is as open as before. */
    assert_int_equal(coro_print(fixture->near, "answer\n"), 0);
    assert_int_equal(coro_drain(fixture->near), 0);
    expect_line(fixture->far, "answer");
    fixture->done++;
    return 0;
}

static void test_half_close(void **state)
{
    run_tasks(state, end_early, NULL);
}

static int question(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    for (int i = 0; i < 100; i++) {
        assert_int_equal(coro_print(fixture->near, "%d\n", i), 0);
        assert_int_equal(coro_stream_unsent(fixture->near), i < 10 ? 2 : 3);
        expect_line(fixture->near, "answer");
    }
    assert_int_equal(coro_write_end(fixture->near), 0);
    fixture->done++;
    return 0;
}

static int answer(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    char *line;
    int count = 0;

    while (coro_read_line(fixture->far, &line, NULL) == 1) {
        assert_int_equal(atoi(line), count++);
        assert_int_equal(coro_write(fixture->far, "answer\n", 7), 0);
    }
    assert_int_equal(count, 100);
    fixture->done++;
    return 0;
}

/* Nobody drains: a read that waits sends what was written. */
static void test_reading_sends(void **state)
{
    run_tasks(state, question, answer);
}

static int flood(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    static char bytes[1000];

    for (int sent = 0; sent < FLOOD; sent += (int)sizeof bytes) {
        assert_int_equal(coro_write(fixture->near, bytes, sizeof bytes), 0);
        /* It holds no more than it was told to, and the last piece. */
        assert_true(coro_stream_unsent(fixture->near) < HIGH_WATER + sizeof bytes);
    }
    assert_int_equal(coro_drain(fixture->near), 0);
    assert_int_equal(coro_stream_unsent(fixture->near), 0);
    assert_int_equal(coro_write_end(fixture->near), 0);
    fixture->done++;
    return 0;
}

static int drink(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    static char bytes[777];
    ssize_t count;
    size_t received = 0;

    while ((count = coro_read_some(fixture->far, bytes, sizeof bytes)) > 0)
        received += (size_t)count;
    assert_int_equal(count, 0);
    assert_in_range(received, FLOOD, FLOOD + 1000);
    fixture->done++;
    return 0;
}

static void test_backpressure(void **state)
{
    run_tasks(state, flood, drink);
}

static int write_letters(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    static char bytes[HIGH_WATER / 2];

    for (int i = 0; i < 300; i++) {
        memset(bytes, 'a' + i % 26, sizeof bytes - 1);
        bytes[sizeof bytes - 1] = '\n';
        assert_int_equal(coro_write(fixture->near, bytes, sizeof bytes), 0);
    }
    assert_int_equal(coro_drain(fixture->near), 0);
    fixture->done++;
    return 0;
}

static int check_letters(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    for (int i = 0; i < 600; i++) {
        char *line;
        size_t length;

        assert_int_equal(coro_read_line(fixture->far, &line, &length), 1);
        assert_int_equal(length, HIGH_WATER / 2 - 1);
        for (size_t place = 1; place < length; place++)
            assert_true(line[place] == line[0]);
    }
    return 0;
}

/* What two tasks write arrives piece by piece, none torn. */
static void test_two_writers(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, check_letters, fixture), 0);
    run_tasks(state, write_letters, write_letters);
}

static int write_to_nobody(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    char *line;

    assert_int_equal(coro_print(fixture->far, "last words\n"), 0);
    assert_int_equal(coro_drain(fixture->far), 0);
    coro_stream_destroy(fixture->far);
    fixture->far = NULL;
    assert_int_equal(coro_write(fixture->near, "x", 1), 0);
    /* It cannot be sent, but what came before can be read. */
    expect_line(fixture->near, "last words");
    assert_int_equal(coro_read_line(fixture->near, &line, NULL), 0);
    assert_int_equal(coro_write(fixture->near, "x", 1), -EPIPE);
    assert_int_equal(coro_drain(fixture->near), -EPIPE);
    assert_int_equal(coro_write_end(fixture->near), -EPIPE);
    fixture->done++;
    return 0;
}

static void test_peer_has_gone(void **state)
{
    run_tasks(state, write_to_nobody, NULL);
}

static int write_much(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    char *bytes = calloc(1, FLOOD);

    assert_non_null(bytes);
    assert_int_equal(coro_write(fixture->near, bytes, FLOOD), 0);
    free(bytes);
    assert_int_equal(coro_drain(fixture->near), -EPIPE);
    fixture->done++;
    return 0;
}

static int drain_in_vain(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    assert_int_equal(coro_drain(fixture->near), -EPIPE);
    fixture->done++;
    return 0;
}

static int close_far(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    assert_int_equal(coro_yield(loop), 0);
    coro_stream_destroy(fixture->far);
    fixture->far = NULL;
    return 0;
}

/* Each of those who wait for the same bytes hears that they were lost. */
static void test_peer_has_gone_for_all(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_spawn(fixture->loop, &fixture->target, "1", write_much, fixture), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, "2", drain_in_vain, fixture), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, "3", close_far, fixture), 0);
    assert_int_equal(coro_loop_run(fixture->loop), 0);
    coro_release(fixture->target);
    assert_int_equal(fixture->done, 2);
}

static int read_with_deadline(struct coro_loop *loop, void *argument)
{
    char bytes[6];

    return (int)coro_read_exactly(((struct fixture *)argument)->near, bytes, sizeof bytes);
}

static int lose_nothing(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    char bytes[6];

    assert_int_equal(coro_write(fixture->far, "abc", 3), 0);
    assert_int_equal(coro_drain(fixture->far), 0);
    assert_int_equal(coro_timeout(loop, 5 * MILLISECOND, read_with_deadline, fixture), -ETIMEDOUT);
    assert_int_equal(coro_write(fixture->far, "def", 3), 0);
    assert_int_equal(coro_drain(fixture->far), 0);
    assert_int_equal(coro_read_exactly(fixture->near, bytes, 6), 6);
    assert_memory_equal(bytes, "abcdef", 6);
    fixture->done++;
    return 0;
}

static void test_deadline_loses_nothing(void **state)
{
    run_tasks(state, lose_nothing, NULL);
}

static int be_cancelled(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    char *line;

    assert_int_equal(coro_read_line(fixture->near, &line, NULL), -ECANCELED);
    assert_int_equal(coro_read_line(fixture->near, &line, NULL), -ECANCELED);
    assert_int_equal(coro_write(fixture->near, "x", 1), -ECANCELED);
    assert_int_equal(coro_drain(fixture->near), -ECANCELED);
    assert_int_equal(coro_write_end(fixture->near), -ECANCELED);
    assert_int_equal(coro_stream_unsent(fixture->near), 0);
    fixture->done++;
    return 0;
}

static int cancel(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    char byte;

    assert_int_equal(coro_read_some(fixture->near, &byte, 1), -EBUSY);
    coro_cancel(fixture->target);
    fixture->done++;
    return 0;
}

static void test_cancel(void **state)
{
    run_tasks(state, be_cancelled, cancel);
}

static int write_until_full(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    static char bytes[HIGH_WATER];
    int error;

    while ((error = coro_write(fixture->near, bytes, sizeof bytes)) == 0)
        continue;
    assert_int_equal(error, -EBADF);
    fixture->done++;
    return 0;
}

static int read_until_destroyed(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    char byte;

    assert_int_equal(coro_read_some(fixture->near, &byte, 1), -EBADF);
    return 0;
}

static int destroy(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    assert_int_equal(coro_sleep(loop, 5 * MILLISECOND), 0);
    coro_stream_destroy(fixture->near);
    fixture->near = NULL;
    fixture->done++;
    return 0;
}

/* A reader, one writer that waits for the peer and one that waits for the other writer. */
static void test_destroy_while_in_use(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, read_until_destroyed, fixture), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, write_until_full, fixture), 0);
    fixture->done--;
    run_tasks(state, write_until_full, destroy);
}

static int close_with_output(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    char *all;

    /* Unread by its receiver, which closes first. */
    assert_int_equal(coro_write(fixture->far, "unread", 6), 0);
    assert_int_equal(coro_drain(fixture->far), 0);
    assert_int_equal(coro_write(fixture->near, "bye", 3), 0);
    assert_int_equal(coro_stream_close(fixture->near), 0);
    fixture->near = NULL;
    assert_int_equal(coro_read_all(fixture->far, 100, &all, NULL), 0);
    assert_string_equal(all, "bye");
    free(all);
    assert_int_equal(coro_stream_close(NULL), 0);
    fixture->done++;
    return 0;
}

static void test_close_sends(void **state)
{
    run_tasks(state, close_with_output, NULL);
}

static void test_outside_of_tasks(void **state)
{
    struct fixture *fixture = *state;
    struct coro_stream *stream;
    char *line;

    assert_int_equal(coro_read_line(fixture->near, &line, NULL), -EPERM);
    assert_int_equal(coro_write(fixture->near, "x", 1), -EPERM);
    assert_int_equal(coro_drain(fixture->near), -EPERM);
    assert_ptr_equal(coro_stream_loop(fixture->near), fixture->loop);
    assert_true(coro_stream_descriptor(fixture->near) >= 0);
    assert_int_equal(coro_stream_create(&stream, fixture->loop, -1, NULL), -EBADF);
}

#define WITH_STREAMS(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        WITH_STREAMS(test_lines),
        WITH_STREAMS(test_line_limit),
        WITH_STREAMS(test_counted_bytes),
        WITH_STREAMS(test_half_close),
        WITH_STREAMS(test_reading_sends),
        WITH_STREAMS(test_backpressure),
        WITH_STREAMS(test_two_writers),
        WITH_STREAMS(test_peer_has_gone),
        WITH_STREAMS(test_peer_has_gone_for_all),
        WITH_STREAMS(test_deadline_loses_nothing),
        WITH_STREAMS(test_cancel),
        WITH_STREAMS(test_destroy_while_in_use),
        WITH_STREAMS(test_close_sends),
        WITH_STREAMS(test_outside_of_tasks),
    };

    test_engine_choose(argc, argv);
    return cmocka_run_group_tests_name("coro streams", tests, NULL, NULL);
}
