/* The same tests for each kind of poller. */
#include "common/clock.h"
#include "lib/poll/poller.h"
#include "tests/harness/assertions.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

struct fixture {
    enum poller_kind kind;
    struct poller *poller;
    int pair[2]; /* a Unix stream, nothing of it watched yet */
};

static const enum poller_kind select_kind = POLLER_SELECT;
static const enum poller_kind poll_kind = POLLER_POLL;
static const enum poller_kind epoll_kind = POLLER_EPOLL;

static int setup(void **state)
{
    struct fixture *fixture = malloc(sizeof *fixture);

    assert_non_null(fixture);
    fixture->kind = *(const enum poller_kind *)*state;
    assert_int_equal(poller_create(&fixture->poller, fixture->kind), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fixture->pair), 0);
    *state = fixture;
    return 0;
}

static void close_end(struct fixture *fixture, int end)
{
    if (fixture->pair[end] >= 0)
        close(fixture->pair[end]);
    fixture->pair[end] = -1;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    poller_destroy(fixture->poller);
    close_end(fixture, 0);
    close_end(fixture, 1);
    free(fixture);
    return 0;
}

/* Two ends of a TCP connection over loopback. */
static void tcp_pair(int pair[2])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(listener >= 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    pair[0] = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(pair[0] >= 0);
    assert_int_equal(connect(pair[0], (struct sockaddr *)&address, length), 0);
    pair[1] = accept(listener, NULL, NULL);
    assert_true(pair[1] >= 0);
    close(listener);
}

static void reset(int descriptor)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};

    assert_int_equal(setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), 0);
    close(descriptor);
}

/* One event, of that owner; returns its bits. */
static unsigned wait_one(struct fixture *fixture, const void *owner)
{
    struct poller_event events[4] = {0};

    assert_int_equal(poller_wait(fixture->poller, events, 4, 10000), 1);
    assert_ptr_equal(events[0].owner, owner);
    return events[0].events;
}

static void assert_nothing_ready(struct fixture *fixture)
{
    struct poller_event event;

    assert_int_equal(poller_wait(fixture->poller, &event, 1, 0), 0);
}

static void put(int descriptor)
{
    assert_int_equal(write(descriptor, "x", 1), 1);
}

static void take(int descriptor)
{
    char byte;

    assert_int_equal(read(descriptor, &byte, 1), 1);
}

static void fill(int descriptor)
{
    char bytes[4096] = {0};

    while (write(descriptor, bytes, sizeof bytes) > 0)
        ;
    assert_int_equal(errno, EAGAIN);
}

static void test_names(void **state)
{
    struct fixture *fixture = *state;
    enum poller_kind kind;

    assert_int_equal(poller_kind_parse(poller_name(fixture->kind), &kind), 0);
    assert_int_equal(kind, fixture->kind);
    assert_int_equal(poller_kind_parse("kqueue", &kind), -EINVAL);
    assert_int_equal(poller_kind_parse("", &kind), -EINVAL);
}

static void test_readable_until_read(void **state)
{
    struct fixture *fixture = *state;
    int owner;

    assert_int_equal(poller_add(fixture->poller, fixture->pair[0], POLLER_READ, &owner), 0);
    assert_nothing_ready(fixture);
    put(fixture->pair[1]);
    assert_int_equal(wait_one(fixture, &owner), POLLER_READ);
    assert_int_equal(wait_one(fixture, &owner), POLLER_READ);
    take(fixture->pair[0]);
    assert_nothing_ready(fixture);
}

static void test_end_of_stream_is_readable(void **state)
{
    struct fixture *fixture = *state;
    int owner;

    assert_int_equal(poller_add(fixture->poller, fixture->pair[0], POLLER_READ, &owner), 0);
    assert_int_equal(shutdown(fixture->pair[1], SHUT_WR), 0);
    assert_int_equal(wait_one(fixture, &owner), POLLER_READ);
}

static void test_writable_while_there_is_room(void **state)
{
    struct fixture *fixture = *state;
    char bytes[65536];
    int owner;

    assert_int_equal(poller_add(fixture->poller, fixture->pair[0], POLLER_WRITE, &owner), 0);
    assert_int_equal(wait_one(fixture, &owner), POLLER_WRITE);
    fill(fixture->pair[0]);
    assert_nothing_ready(fixture);
    while (read(fixture->pair[1], bytes, sizeof bytes) > 0)
        ;
    assert_int_equal(wait_one(fixture, &owner), POLLER_WRITE);
}

static void test_both_ways_in_one_event(void **state)
{
    struct fixture *fixture = *state;
    int owner;

    put(fixture->pair[1]);
    assert_int_equal(
        poller_add(fixture->poller, fixture->pair[0], POLLER_READ | POLLER_WRITE, &owner), 0);
    assert_int_equal(wait_one(fixture, &owner), POLLER_READ | POLLER_WRITE);
}

static void test_modify(void **state)
{
    struct fixture *fixture = *state;
    int first, second;

    put(fixture->pair[1]);
    assert_int_equal(poller_add(fixture->poller, fixture->pair[0], POLLER_READ, &first), 0);
    assert_int_equal(poller_modify(fixture->poller, fixture->pair[0], POLLER_WRITE, &first), 0);
    assert_int_equal(wait_one(fixture, &first), POLLER_WRITE);
    assert_int_equal(poller_modify(fixture->poller, fixture->pair[0], POLLER_READ, &second), 0);
    assert_int_equal(wait_one(fixture, &second), POLLER_READ);
    assert_int_equal(poller_modify(fixture->poller, fixture->pair[0], POLLER_READ, &first), 0);
    assert_int_equal(wait_one(fixture, &first), POLLER_READ);
}

static void test_zero_interest_is_silent(void **state)
{
    struct fixture *fixture = *state;
    int owner;

    put(fixture->pair[1]);
    assert_int_equal(poller_add(fixture->poller, fixture->pair[0], 0, &owner), 0);
    assert_nothing_ready(fixture);
    assert_int_equal(poller_modify(fixture->poller, fixture->pair[0], POLLER_READ, &owner), 0);
    assert_int_equal(wait_one(fixture, &owner), POLLER_READ);
    assert_int_equal(poller_modify(fixture->poller, fixture->pair[0], 0, &owner), 0);
    assert_nothing_ready(fixture);
}

/* What a broken connection is reported as, asked for that. */
static unsigned broken(const struct fixture *fixture, unsigned asked)
{
    return fixture->kind == POLLER_SELECT ? asked : asked | POLLER_ERROR;
}

static void check_broken(struct fixture *fixture, int descriptor)
{
    static const unsigned asked[] = {POLLER_READ, POLLER_WRITE, POLLER_READ | POLLER_WRITE};
    int owner;

    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        assert_int_equal(poller_modify(fixture->poller, descriptor, asked[i], &owner), 0);
        assert_int_equal(wait_one(fixture, &owner), broken(fixture, asked[i]));
    }
    assert_int_equal(poller_modify(fixture->poller, descriptor, 0, &owner), 0);
    if (fixture->kind == POLLER_SELECT)
        assert_nothing_ready(fixture);
    else
        assert_int_equal(wait_one(fixture, &owner), POLLER_ERROR);
}

static void test_reset(void **state)
{
    struct fixture *fixture = *state;
    int pair[2], owner;

    tcp_pair(pair);
    assert_int_equal(poller_add(fixture->poller, pair[1], POLLER_READ, &owner), 0);
    assert_nothing_ready(fixture);
    reset(pair[0]);
    assert_int_equal(wait_one(fixture, &owner), broken(fixture, POLLER_READ));
    check_broken(fixture, pair[1]);
    poller_remove(fixture->poller, pair[1]);
    close(pair[1]);
}

static void test_full_close_of_a_unix_stream(void **state)
{
    struct fixture *fixture = *state;
    int owner;

    assert_int_equal(poller_add(fixture->poller, fixture->pair[0], POLLER_READ, &owner), 0);
    close_end(fixture, 1);
    assert_int_equal(wait_one(fixture, &owner), broken(fixture, POLLER_READ));
    check_broken(fixture, fixture->pair[0]);
}

static void test_closed_pipe_wakes_the_reader(void **state)
{
    struct fixture *fixture = *state;
    int ends[2], owner;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(poller_add(fixture->poller, ends[0], POLLER_READ, &owner), 0);
    close(ends[1]);
    assert_int_equal(wait_one(fixture, &owner), broken(fixture, POLLER_READ));
    poller_remove(fixture->poller, ends[0]);
    close(ends[0]);
}

static void test_removed_is_silent_and_can_be_added_again(void **state)
{
    struct fixture *fixture = *state;
    int owner;

    put(fixture->pair[1]);
    assert_int_equal(poller_add(fixture->poller, fixture->pair[0], POLLER_READ, &owner), 0);
    poller_remove(fixture->poller, fixture->pair[0]);
    assert_nothing_ready(fixture);
    poller_remove(fixture->poller, fixture->pair[0]);
    assert_int_equal(poller_add(fixture->poller, fixture->pair[0], POLLER_READ, &owner), 0);
    assert_int_equal(wait_one(fixture, &owner), POLLER_READ);
}

static void test_misuse(void **state)
{
    struct fixture *fixture = *state;
    struct poller_event event;
    int owner;

    assert_int_equal(poller_add(fixture->poller, -1, POLLER_READ, &owner), -EBADF);
    assert_int_equal(poller_modify(fixture->poller, -1, POLLER_READ, &owner), -ENOENT);
    assert_int_equal(poller_modify(fixture->poller, fixture->pair[0], POLLER_READ, &owner),
                     -ENOENT);
    assert_int_equal(poller_modify(fixture->poller, 1 << 20, POLLER_READ, &owner), -ENOENT);
    assert_int_equal(poller_add(fixture->poller, fixture->pair[0], POLLER_READ, &owner), 0);
    assert_int_equal(poller_add(fixture->poller, fixture->pair[0], POLLER_READ, &owner), -EEXIST);
    assert_int_equal(poller_wait(fixture->poller, &event, 0, 0), -EINVAL);
    poller_remove(fixture->poller, -1);
    poller_remove(fixture->poller, 1 << 20);
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void test_high_descriptor(void **state)
{
    struct fixture *fixture = *state;
    int owner;

    raise_descriptor_limit();
    int high = fcntl(fixture->pair[0], F_DUPFD_CLOEXEC, FD_SETSIZE);

    if (high < 0)
        skip();
    put(fixture->pair[1]);
    if (fixture->kind == POLLER_SELECT) {
        assert_int_equal(poller_add(fixture->poller, high, POLLER_READ, &owner), -ERANGE);
        assert_int_equal(poller_modify(fixture->poller, high, POLLER_READ, &owner), -ENOENT);
        poller_remove(fixture->poller, high);
        assert_nothing_ready(fixture);
    } else {
        assert_int_equal(poller_add(fixture->poller, high, POLLER_READ, &owner), 0);
        assert_int_equal(wait_one(fixture, &owner), POLLER_READ);
        poller_remove(fixture->poller, high);
    }
    close(high);
}

/* Removing one owner while a batch is dealt with leaves the rest of the batch as it was. */
static void test_remove_inside_a_batch(void **state)
{
    struct fixture *fixture = *state;
    struct poller_event events[8];
    int pairs[4][2];

    for (int i = 0; i < 4; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]), 0);
        assert_int_equal(poller_add(fixture->poller, pairs[i][0], POLLER_READ, pairs[i]), 0);
        put(pairs[i][1]);
    }
    assert_int_equal(poller_wait(fixture->poller, events, 8, 10000), 4);

    int *first = events[0].owner;
    unsigned seen = 0;

    for (int i = 0; i < 4; i++) {
        assert_int_equal(events[i].events, POLLER_READ);
        seen |= 1U << ((int(*)[2])events[i].owner - pairs);
        if (i == 0) {
            int *last = events[3].owner;

            poller_remove(fixture->poller, first[0]);
            poller_remove(fixture->poller, last[0]);
        }
    }
    assert_int_equal(seen, 15);
    assert_int_equal(poller_wait(fixture->poller, events, 8, 10000), 2);
    for (int i = 0; i < 2; i++)
        assert_ptr_not_equal(events[i].owner, first);
    for (int i = 0; i < 4; i++) {
        poller_remove(fixture->poller, pairs[i][0]);
        close(pairs[i][0]);
        close(pairs[i][1]);
    }
}

/* More are ready than asked for at once: each gets its turn before any is reported again. */
static void test_small_batches_starve_nobody(void **state)
{
    enum { PAIRS = 10, BATCH = 3 };
    struct fixture *fixture = *state;
    int pairs[PAIRS][2], seen[PAIRS] = {0};

    for (int i = 0; i < PAIRS; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]), 0);
        assert_int_equal(poller_add(fixture->poller, pairs[i][0], POLLER_READ, &seen[i]), 0);
        put(pairs[i][1]);
    }
    for (int round = 0; round < PAIRS; round++) {
        struct poller_event events[BATCH];

        assert_int_equal(poller_wait(fixture->poller, events, BATCH, 10000), BATCH);
        for (int i = 0; i < BATCH; i++)
            ++*(int *)events[i].owner;
    }
    for (int i = 0; i < PAIRS; i++) {
        assert_in_range(seen[i], BATCH - 1, BATCH + 1);
        poller_remove(fixture->poller, pairs[i][0]);
        close(pairs[i][0]);
        close(pairs[i][1]);
    }
}

static void test_a_thousand_descriptors(void **state)
{
    enum { PIPES = 480 }; /* two descriptors each, below FD_SETSIZE in all */
    struct fixture *fixture = *state;
    static int pipes[PIPES][2];
    struct poller_event events[2 * PIPES + 1];

    raise_descriptor_limit();
    for (int i = 0; i < PIPES; i++) {
        assert_int_equal(pipe(pipes[i]), 0);
        assert_int_equal(poller_add(fixture->poller, pipes[i][0], POLLER_READ, &pipes[i][0]), 0);
        assert_int_equal(poller_add(fixture->poller, pipes[i][1], 0, &pipes[i][1]), 0);
    }
    assert_nothing_ready(fixture);
    for (int i = 0; i < PIPES; i += 3)
        poller_remove(fixture->poller, pipes[i][0]);
    for (int i = 0; i < PIPES; i++)
        put(pipes[i][1]);

    int left = PIPES - PIPES / 3;

    while (left > 0) {
        int ready = poller_wait(fixture->poller, events, 2 * PIPES + 1, 10000);

        assert_in_range(ready, 1, left);
        left -= ready;
        for (int i = 0; i < ready; i++) {
            int *descriptor = events[i].owner;

            assert_int_equal(events[i].events, POLLER_READ);
            take(*descriptor);
        }
    }
    assert_nothing_ready(fixture);
    for (int i = 0; i < PIPES; i++) {
        poller_remove(fixture->poller, pipes[i][0]);
        poller_remove(fixture->poller, pipes[i][1]);
        close(pipes[i][0]);
        close(pipes[i][1]);
    }
}

static void test_timeouts(void **state)
{
    struct fixture *fixture = *state;
    struct poller_event event;
    int64_t start = clock_ns();

    assert_int_equal(poller_wait(fixture->poller, &event, 1, 0), 0);

    int64_t none = clock_ns() - start;

    start = clock_ns();
    assert_int_equal(poller_wait(fixture->poller, &event, 1, 50), 0);

    int64_t fifty = clock_ns() - start;

    assert_true(fifty >= 50 * INT64_C(1000000));
    assert_true(none < fifty);
}

#define FOR_KIND(test, kind)                                                                       \
    {                                                                                              \
#test " (" #kind ")", test, setup, teardown, (void *)(uintptr_t)&kind##_kind               \
    }
#define FOR_EACH_KIND(test) FOR_KIND(test, select), FOR_KIND(test, poll), FOR_KIND(test, epoll)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOR_EACH_KIND(test_names),
        FOR_EACH_KIND(test_readable_until_read),
        FOR_EACH_KIND(test_end_of_stream_is_readable),
        FOR_EACH_KIND(test_writable_while_there_is_room),
        FOR_EACH_KIND(test_both_ways_in_one_event),
        FOR_EACH_KIND(test_modify),
        FOR_EACH_KIND(test_zero_interest_is_silent),
        FOR_EACH_KIND(test_reset),
        FOR_EACH_KIND(test_full_close_of_a_unix_stream),
        FOR_EACH_KIND(test_closed_pipe_wakes_the_reader),
        FOR_EACH_KIND(test_removed_is_silent_and_can_be_added_again),
        FOR_EACH_KIND(test_misuse),
        FOR_EACH_KIND(test_high_descriptor),
        FOR_EACH_KIND(test_remove_inside_a_batch),
        FOR_EACH_KIND(test_small_batches_starve_nobody),
        FOR_EACH_KIND(test_a_thousand_descriptors),
        FOR_EACH_KIND(test_timeouts),
    };

    return cmocka_run_group_tests_name("poller", tests, NULL, NULL);
}
