/* Waiting for descriptors. */
#include "lib/coro/coro.h"
#include "tests/harness/assertions.h"
#include "tests/unit/coro_engines.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#define MILLISECOND INT64_C(1000000)

struct fixture {
    struct coro_loop *loop;
    int pair[2]; /* a Unix stream */
    struct coro_descriptor near, far;
    struct coro_task *target;
    int done; /* tasks that came to their end */
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    assert_int_equal(coro_loop_create(&fixture->loop, test_engine(), NULL), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fixture->pair), 0);
    assert_int_equal(coro_descriptor_init(&fixture->near, fixture->loop, fixture->pair[0]), 0);
    assert_int_equal(coro_descriptor_init(&fixture->far, fixture->loop, fixture->pair[1]), 0);
    *state = fixture;
    return 0;
}

static void close_far(struct fixture *fixture)
{
    if (fixture->pair[1] < 0)
        return;
    coro_descriptor_finish(&fixture->far);
    close(fixture->pair[1]);
    fixture->pair[1] = -1;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    coro_descriptor_finish(&fixture->near);
    close_far(fixture);
    close(fixture->pair[0]);
    assert_int_equal(coro_loop_destroy(fixture->loop), 0);
    free(fixture);
    return 0;
}

/* Runs these tasks, each of which counts itself in fixture->done. */
static void run_tasks(struct fixture *fixture, coro_function *first, coro_function *second)
{
    int expected = fixture->done + 1 + (second != NULL);

    assert_int_equal(coro_spawn(fixture->loop, &fixture->target, "first", first, fixture), 0);
    if (second)
        assert_int_equal(coro_spawn(fixture->loop, NULL, "second", second, fixture), 0);
    assert_int_equal(coro_loop_run(fixture->loop), 0);
    coro_release(fixture->target);
    assert_int_equal(fixture->done, expected);
}

static int ping(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    for (unsigned char i = 0; i < 100; i++) {
        unsigned char answer = 0;

        assert_int_equal(coro_send(&fixture->near, &i, 1, CORO_FOREVER), 1);
        assert_int_equal(coro_receive(&fixture->near, &answer, 1, CORO_FOREVER), 1);
        assert_int_equal(answer, i + 1);
    }
    assert_int_equal(shutdown(fixture->pair[0], SHUT_WR), 0);
    fixture->done++;
    return 0;
}

static int pong(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    unsigned char bytes[64];
    ssize_t count;

    while ((count = coro_receive(&fixture->far, bytes, sizeof bytes, CORO_FOREVER)) > 0) {
        assert_int_equal(count, 1);
        bytes[0]++;
        assert_int_equal(coro_send(&fixture->far, bytes, 1, CORO_FOREVER), 1);
    }
    assert_int_equal(count, 0);
    assert_int_equal(coro_receive(&fixture->far, bytes, sizeof bytes, CORO_FOREVER), 0);
    fixture->done++;
    return 0;
}

static void test_ping_pong(void **state)
{
    run_tasks(*state, ping, pong);
}

enum { FLOOD = 4 << 20 };

static int flood(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    static char bytes[65536];
    size_t sent = 0;

    while (sent < FLOOD) {
        ssize_t count = coro_send(&fixture->near, bytes, sizeof bytes, CORO_FOREVER);

        assert_in_range(count, 1, sizeof bytes);
        sent += (size_t)count;
    }
    assert_int_equal(shutdown(fixture->pair[0], SHUT_WR), 0);
    fixture->done++;
    return 0;
}

static int drink(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    static char bytes[1000];
    ssize_t count;
    size_t received = 0;

    while ((count = coro_receive(&fixture->far, bytes, sizeof bytes, CORO_FOREVER)) > 0)
        received += (size_t)count;
    assert_int_equal(count, 0);
    assert_true(received >= FLOOD);
    fixture->done++;
    return 0;
}

static void test_sender_waits_for_room(void **state)
{
    run_tasks(*state, flood, drink);
}

static int wait_both_ways(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    char byte;

    assert_int_equal(coro_wait_writable(&fixture->near, CORO_FOREVER), 0);
    assert_int_equal(coro_wait_readable(&fixture->near, CORO_FOREVER), 0);
    assert_int_equal(coro_wait_readable(&fixture->near, CORO_FOREVER), 0);
    assert_int_equal(coro_receive(&fixture->near, &byte, 1, CORO_FOREVER), 1);
    fixture->done++;
    return 0;
}

static int put(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    assert_int_equal(coro_yield(loop), 0);
    assert_int_equal(coro_send(&fixture->far, "x", 1, CORO_FOREVER), 1);
    fixture->done++;
    return 0;
}

static void test_wait_both_ways(void **state)
{
    run_tasks(*state, wait_both_ways, put);
}

static int wait_with_deadlines(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    int64_t start = coro_now(loop);
    char byte;

    assert_int_equal(coro_wait_readable(&fixture->near, start + 20 * MILLISECOND), -ETIMEDOUT);
    assert_true(coro_now(loop) - start >= 20 * MILLISECOND);
    assert_int_equal(coro_receive(&fixture->near, &byte, 1, start), -ETIMEDOUT);
    /* The deadline of a wait that was over in time does not disturb a later one. */
    start = coro_now(loop);
    assert_int_equal(coro_wait_writable(&fixture->near, start + 5 * MILLISECOND), 0);
    assert_int_equal(coro_wait_readable(&fixture->near, start + 20 * MILLISECOND), -ETIMEDOUT);
    assert_true(coro_now(loop) - start >= 20 * MILLISECOND);
    fixture->done++;
    return 0;
}

static void test_deadlines(void **state)
{
    run_tasks(*state, wait_with_deadlines, NULL);
}

/* Something readable that nobody waits for keeps neither the loop busy nor the next wait waiting.
 */
static int ignore_then_read(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_descriptor other;
    char bytes[8];

    assert_int_equal(coro_send(&fixture->far, "abc", 3, CORO_FOREVER), 3);
    assert_int_equal(coro_sleep(loop, 5 * MILLISECOND), 0);
    assert_int_equal(fixture->near.watch.events, 0);
    assert_int_equal(coro_descriptor_init(&other, loop, fixture->pair[0]), -EEXIST);
    assert_int_equal(coro_wait_readable(&fixture->near, CORO_FOREVER), 0);
    assert_int_equal(coro_receive(&fixture->near, bytes, sizeof bytes, CORO_FOREVER), 3);
    fixture->done++;
    return 0;
}

static void test_interest_is_dropped_and_taken_up_again(void **state)
{
    run_tasks(*state, ignore_then_read, NULL);
}

static int reader_alone(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    assert_int_equal(coro_wait_readable(&fixture->near, CORO_FOREVER), 0);
    fixture->done++;
    return 0;
}

static int second_reader(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    assert_int_equal(coro_wait_readable(&fixture->near, CORO_FOREVER), -EBUSY);
    assert_int_equal(coro_wait_writable(&fixture->near, CORO_FOREVER), 0);
    assert_int_equal(coro_send(&fixture->far, "x", 1, CORO_FOREVER), 1);
    fixture->done++;
    return 0;
}

static void test_one_reader_at_a_time(void **state)
{
    run_tasks(*state, reader_alone, second_reader);
}

static void test_outside_of_tasks(void **state)
{
    struct fixture *fixture = *state;
    char byte = 0;

    assert_int_equal(coro_wait_readable(&fixture->near, CORO_FOREVER), -EPERM);
    assert_int_equal(coro_wait_writable(&fixture->near, CORO_FOREVER), -EPERM);
    assert_int_equal(coro_receive(&fixture->near, &byte, 1, CORO_FOREVER), -EPERM);
    assert_int_equal(coro_send(&fixture->near, &byte, 1, CORO_FOREVER), -EPERM);
    assert_int_equal(coro_accept(&fixture->near, CORO_FOREVER), -EPERM);
}

static int be_interrupted(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    char byte = 0;

    assert_int_equal(coro_wait_readable(&fixture->near, CORO_FOREVER), -EINTR);
    assert_int_equal(coro_wait_readable(&fixture->near, CORO_FOREVER), -EINTR);
    assert_int_equal(coro_receive(&fixture->near, &byte, 1, CORO_FOREVER), -EINTR);
    assert_int_equal(coro_accept(&fixture->near, CORO_FOREVER), -EINTR);
    assert_int_equal(coro_wait_writable(&fixture->near, CORO_FOREVER), 0);
    assert_int_equal(coro_send(&fixture->near, "x", 1, CORO_FOREVER), 1);
    fixture->done++;
    return 0;
}

static int interrupt(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    assert_int_equal(coro_send(&fixture->far, "unread", 6, CORO_FOREVER), 6);
    coro_interrupt(&fixture->near);
    coro_interrupt(&fixture->near);
    fixture->done++;
    return 0;
}

static void test_interrupt(void **state)
{
    run_tasks(*state, be_interrupted, interrupt);
}

static int fill_and_wait(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    static char bytes[65536];
    ssize_t count;

    while ((count = coro_send(&fixture->near, bytes, sizeof bytes, coro_now(loop))) > 0)
        ;
    assert_int_equal(count, -ETIMEDOUT);
    /* An interrupt leaves this one alone; only the room ends it. */
    assert_int_equal(coro_wait_writable(&fixture->near, CORO_FOREVER), 0);
    assert_true(coro_send(&fixture->near, "x", 1, CORO_FOREVER) == 1);
    fixture->done++;
    return 0;
}

static int interrupt_and_empty(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    static char bytes[65536];

    assert_int_equal(coro_sleep(loop, 10 * MILLISECOND), 0);
    coro_interrupt(&fixture->near);
    assert_int_equal(coro_yield(loop), 0);
    assert_non_null(fixture->near.writer);
    while (coro_receive(&fixture->far, bytes, sizeof bytes, coro_now(loop)) > 0)
        ;
    fixture->done++;
    return 0;
}

static void test_interrupt_leaves_writers_alone(void **state)
{
    run_tasks(*state, fill_and_wait, interrupt_and_empty);
}

static int be_cancelled(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    char byte = 0;

    assert_int_equal(coro_receive(&fixture->near, &byte, 1, CORO_FOREVER), -ECANCELED);
    assert_int_equal(coro_receive(&fixture->near, &byte, 1, CORO_FOREVER), -ECANCELED);
    assert_int_equal(coro_send(&fixture->near, &byte, 1, CORO_FOREVER), -ECANCELED);
    assert_int_equal(coro_accept(&fixture->near, CORO_FOREVER), -ECANCELED);
    assert_null(fixture->near.reader);
    fixture->done++;
    return 0;
}

static int cancel(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    coro_cancel(fixture->target);
    fixture->done++;
    return 0;
}

static void test_cancel(void **state)
{
    run_tasks(*state, be_cancelled, cancel);
}

static int wait_while_it_is_finished(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    assert_int_equal(coro_wait_readable(&fixture->far, CORO_FOREVER), -EBADF);
    fixture->done++;
    return 0;
}

static int finish_far(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    close_far(fixture);
    memset(&fixture->far, 0xa5, sizeof fixture->far);
    fixture->done++;
    return 0;
}

static void test_finish_while_somebody_waits(void **state)
{
    struct fixture *fixture = *state;

    run_tasks(fixture, wait_while_it_is_finished, finish_far);
    for (size_t i = 0; i < sizeof fixture->far; i++)
        assert_int_equal(((unsigned char *)&fixture->far)[i], 0xa5);
}

/* Ready in the same batch, and finished by the first of the two that run. */
static int cancel_and_finish(struct coro_loop *loop, void *argument)
{
    coro_cancel(((struct fixture *)argument)->target);
    return finish_far(loop, argument);
}

static void test_finish_after_another_wake(void **state)
{
    run_tasks(*state, wait_while_it_is_finished, cancel_and_finish);
}

static int read_after_close(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    char byte = 0;

    assert_int_equal(coro_wait_readable(&fixture->near, CORO_FOREVER), 0);
    assert_int_equal(coro_receive(&fixture->near, &byte, 1, CORO_FOREVER), 0);
    assert_int_equal(coro_send(&fixture->near, &byte, 1, CORO_FOREVER), -EPIPE);
    fixture->done++;
    return 0;
}

static int close_the_far_end(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    close_far(fixture);
    fixture->done++;
    return 0;
}

static void test_close_wakes_the_reader(void **state)
{
    run_tasks(*state, read_after_close, close_the_far_end);
}

static int write_after_close(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    static char bytes[65536];
    ssize_t count;

    while ((count = coro_send(&fixture->near, bytes, sizeof bytes, CORO_FOREVER)) > 0)
        ;
    assert_true(count == -EPIPE || count == -ECONNRESET);
    fixture->done++;
    return 0;
}

static void test_close_wakes_the_writer(void **state)
{
    run_tasks(*state, write_after_close, close_the_far_end);
}

/* A broken connection is reported without end: with nobody waiting, the loop must come to rest. */
static int sleep_beside_a_broken_connection(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    char byte;

    close_far(fixture);
    assert_int_equal(coro_sleep(loop, 5 * MILLISECOND), 0);
    assert_int_equal(fixture->near.watch.events, 0);
    assert_true(!test_engine_tells_errors() || !fixture->near.watch.watched);
    assert_int_equal(coro_wait_readable(&fixture->near, CORO_FOREVER), 0);
    assert_int_equal(coro_receive(&fixture->near, &byte, 1, CORO_FOREVER), 0);
    fixture->done++;
    return 0;
}

static void test_unclaimed_error_is_dropped(void **state)
{
    run_tasks(*state, sleep_beside_a_broken_connection, NULL);
}

struct listener {
    struct coro_descriptor descriptor;
    struct sockaddr_in address;
    int accepted;
};

static int accept_thrice(struct coro_loop *loop, void *argument)
{
    struct listener *listener = argument;

    while (listener->accepted < 3) {
        int connection = coro_accept(&listener->descriptor, CORO_FOREVER);

        assert_true(connection >= 0);
        assert_true(fcntl(connection, F_GETFL) & O_NONBLOCK);
        assert_true(fcntl(connection, F_GETFD) & FD_CLOEXEC);
        close(connection);
        listener->accepted++;
    }
    return coro_accept(&listener->descriptor, coro_now(loop) + MILLISECOND);
}

static int connect_once(struct coro_loop *loop, void *argument)
{
    struct listener *listener = argument;
    int connection = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(coro_yield(loop), 0);
    assert_int_equal(
        connect(connection, (struct sockaddr *)&listener->address, sizeof listener->address), 0);
    close(connection);
    return 0;
}

static void test_accept(void **state)
{
    struct fixture *fixture = *state;
    struct listener listener = {
        .address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
    };
    socklen_t length = sizeof listener.address;
    int number = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct coro_task *acceptor;
    int result;

    assert_int_equal(bind(number, (struct sockaddr *)&listener.address, length), 0);
    assert_int_equal(listen(number, 8), 0);
    assert_int_equal(getsockname(number, (struct sockaddr *)&listener.address, &length), 0);
    assert_int_equal(coro_descriptor_init(&listener.descriptor, fixture->loop, number), 0);
    assert_int_equal(coro_spawn(fixture->loop, &acceptor, NULL, accept_thrice, &listener), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, connect_once, &listener), 0);
    assert_int_equal(coro_loop_run(fixture->loop), 0);
    assert_int_equal(listener.accepted, 3);
    assert_int_equal(coro_join(acceptor, CORO_FOREVER, &result), 0);
    assert_int_equal(result, -ETIMEDOUT);
    coro_release(acceptor);
    coro_descriptor_finish(&listener.descriptor);
    close(number);
}

/* A connection over TCP alone can be reset. */
static void connect_pair(int pair[2])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    pair[0] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(pair[0], (struct sockaddr *)&address, length), 0);
    pair[1] = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    assert_true(pair[1] >= 0);
    close(listener);
}

struct reset {
    struct coro_descriptor descriptor;
    int pair[2];
    int woken;
};

static int read_a_reset(struct coro_loop *loop, void *argument)
{
    struct reset *reset = argument;
    char byte;

    assert_int_equal(coro_wait_readable(&reset->descriptor, CORO_FOREVER), 0);
    assert_int_equal(coro_receive(&reset->descriptor, &byte, 1, CORO_FOREVER), -ECONNRESET);
    /* It stays broken, whoever asks again. */
    assert_int_equal(coro_wait_readable(&reset->descriptor, CORO_FOREVER), 0);
    assert_int_equal(coro_receive(&reset->descriptor, &byte, 1, CORO_FOREVER), 0);
    reset->woken++;
    return 0;
}

static int write_into_a_reset(struct coro_loop *loop, void *argument)
{
    struct reset *reset = argument;
    static char bytes[65536];
    ssize_t count;

    while ((count = coro_send(&reset->descriptor, bytes, sizeof bytes, CORO_FOREVER)) > 0)
        continue;
    assert_true(count == -ECONNRESET || count == -EPIPE);
    reset->woken++;
    return 0;
}

static int reset_it(struct coro_loop *loop, void *argument)
{
    struct reset *reset = argument;
    struct linger at_once = {.l_onoff = 1};

    assert_int_equal(coro_sleep(loop, 10 * MILLISECOND), 0);
    assert_int_equal(setsockopt(reset->pair[0], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once),
                     0);
    close(reset->pair[0]);
    return 0;
}

static void test_a_reset_wakes_both_sides(void **state)
{
    struct fixture *fixture = *state;
    struct reset reset = {.woken = 0};

    connect_pair(reset.pair);
    assert_int_equal(coro_descriptor_init(&reset.descriptor, fixture->loop, reset.pair[1]), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, "reader", read_a_reset, &reset), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, "writer", write_into_a_reset, &reset), 0);
    assert_int_equal(coro_spawn(fixture->loop, NULL, "resetter", reset_it, &reset), 0);
    assert_int_equal(coro_loop_run(fixture->loop), 0);
    assert_int_equal(reset.woken, 2);
    coro_descriptor_finish(&reset.descriptor);
    close(reset.pair[1]);
}

static void test_init_refuses_what_cannot_be_watched(void **state)
{
    struct fixture *fixture = *state;
    bool is_select = strcmp(test_engine_name(), "select") == 0;
    struct coro_descriptor other;
    struct rlimit limit;

    assert_int_equal(coro_descriptor_init(&other, fixture->loop, fixture->pair[0]), -EEXIST);
    assert_int_equal(coro_descriptor_init(&other, fixture->loop, -1), -EBADF);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);

    int high = fcntl(fixture->pair[0], F_DUPFD_CLOEXEC, FD_SETSIZE);

    if (high < 0)
        skip();
    assert_int_equal(coro_descriptor_init(&other, fixture->loop, high), is_select ? -ERANGE : 0);
    if (!is_select)
        coro_descriptor_finish(&other);
    close(high);
}

#define WITH_LOOP(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        WITH_LOOP(test_ping_pong),
        WITH_LOOP(test_sender_waits_for_room),
        WITH_LOOP(test_wait_both_ways),
        WITH_LOOP(test_deadlines),
        WITH_LOOP(test_interest_is_dropped_and_taken_up_again),
        WITH_LOOP(test_one_reader_at_a_time),
        WITH_LOOP(test_outside_of_tasks),
        WITH_LOOP(test_interrupt),
        WITH_LOOP(test_interrupt_leaves_writers_alone),
        WITH_LOOP(test_cancel),
        WITH_LOOP(test_finish_while_somebody_waits),
        WITH_LOOP(test_finish_after_another_wake),
        WITH_LOOP(test_close_wakes_the_reader),
        WITH_LOOP(test_close_wakes_the_writer),
        WITH_LOOP(test_unclaimed_error_is_dropped),
        WITH_LOOP(test_a_reset_wakes_both_sides),
        WITH_LOOP(test_accept),
        WITH_LOOP(test_init_refuses_what_cannot_be_watched),
    };

    test_engine_choose(argc, argv);
    return cmocka_run_group_tests_name("coro descriptors", tests, NULL, NULL);
}
