/*
 * The interface for engines: an engine of the tests' own, driven by a plain poll(2) loop as a
 * foreign event loop would, which counts what the library asks of it.
 */
#include "lib/coro/engine.h"
#include "tests/harness/assertions.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define MILLISECOND INT64_C(1000000)

enum { ROOM = 8 };

struct host {
    struct coro_engine base;
    struct coro_loop *loop;
    struct coro_watch *watches[ROOM];
    unsigned events[ROOM];
    int wakeup;
    bool scheduled;
    int adds, modifications, removals, schedulings, waits;
};

static int place_of(struct host *host, const struct coro_watch *watch)
{
    for (int i = 0; i < ROOM; i++)
        if (host->watches[i] == watch)
            return i;
    return -1;
}

static int add(struct coro_engine *engine, struct coro_watch *watch, unsigned events)
{
    struct host *host = (struct host *)engine;
    int place = place_of(host, NULL);

    host->adds++;
    if (place < 0)
        return -ENOSPC;
    host->watches[place] = watch;
    host->events[place] = events;
    return 0;
}

static int modify(struct coro_engine *engine, struct coro_watch *watch, unsigned events)
{
    struct host *host = (struct host *)engine;

    host->modifications++;
    host->events[place_of(host, watch)] = events;
    return 0;
}

static void forget(struct coro_engine *engine, struct coro_watch *watch)
{
    struct host *host = (struct host *)engine;

    host->removals++;
    host->watches[place_of(host, watch)] = NULL;
}

static void schedule(struct coro_engine *engine)
{
    struct host *host = (struct host *)engine;

    host->scheduled = true;
    host->schedulings++;
}

static void wake(struct coro_engine *engine)
{
    struct host *host = (struct host *)engine;
    uint64_t one = 1;

    assert_int_equal(write(host->wakeup, &one, sizeof one), sizeof one);
}

static void destroy(struct coro_engine *engine)
{
    /* The test owns it. */
}

static const struct coro_engine_operations operations = {
    .name = "host",
    .add = add,
    .modify = modify,
    .remove = forget,
    .schedule = schedule,
    .wake = wake,
    .destroy = destroy,
};

static int setup(void **state)
{
    struct host *host = calloc(1, sizeof *host);

    assert_non_null(host);
    host->base.operations = &operations;
    host->wakeup = eventfd(0, EFD_NONBLOCK);
    assert_true(host->wakeup >= 0);
    assert_int_equal(coro_loop_create(&host->loop, &host->base, NULL), 0);
    assert_ptr_equal(host->base.loop, host->loop);
    *state = host;
    return 0;
}

static int teardown(void **state)
{
    struct host *host = *state;

    assert_int_equal(coro_loop_destroy(host->loop), 0);
    close(host->wakeup);
    free(host);
    return 0;
}

/* Waits for the watched descriptors; what is due in less than a millisecond is due now. */
static void wait_once(struct host *host, int64_t due)
{
    struct pollfd polled[ROOM + 1] = {{.fd = host->wakeup, .events = POLLIN}};
    int64_t left = due == CORO_FOREVER ? -1 : due == 0 ? 0 : due - coro_now(host->loop);
    uint64_t count;

    for (int i = 0; i < ROOM; i++) {
        polled[i + 1].fd = host->watches[i] ? host->watches[i]->descriptor : -1;
        polled[i + 1].events = (short)((host->events[i] & CORO_READ ? POLLIN : 0) |
                                       (host->events[i] & CORO_WRITE ? POLLOUT : 0));
    }
    host->waits++;
    assert_true(poll(polled, ROOM + 1, left < 0 ? -1 : (int)(left / MILLISECOND) + 1) >= 0);
    if (polled[0].revents)
        assert_int_equal(read(host->wakeup, &count, sizeof count), sizeof count);
    for (int i = 0; i < ROOM; i++) {
        short got = polled[i + 1].revents;

        if (got)
            coro_watch_ready(host->watches[i],
                             (got & POLLIN ? (unsigned)CORO_READ : 0U) |
                                 (got & POLLOUT ? (unsigned)CORO_WRITE : 0U) |
                                 (got & (POLLERR | POLLHUP) ? (unsigned)CORO_ERROR : 0U));
    }
}

/* The foreign loop: it calls a turn when it was asked to, or the time that the last turn named has
 * come, or it was woken. */
static void run_host(struct host *host)
{
    while (coro_loop_tasks(host->loop) > 0) {
        int64_t due;

        host->scheduled = false;
        due = coro_loop_turn(host->loop);
        if (coro_loop_tasks(host->loop) > 0)
            wait_once(host, host->scheduled ? 0 : due);
    }
}

static int sleep_briefly(struct coro_loop *loop, void *argument)
{
    int64_t start = coro_now(loop);

    assert_int_equal(coro_sleep(loop, 10 * MILLISECOND), 0);
    assert_true(coro_now(loop) - start >= 10 * MILLISECOND);
    assert_int_equal(coro_yield(loop), 0);
    ++*(int *)argument;
    return 0;
}

static void test_sleep(void **state)
{
    struct host *host = *state;
    int ended = 0;

    assert_int_equal(coro_loop_run(host->loop), -ENOTSUP);
    assert_int_equal(host->schedulings, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(coro_spawn(host->loop, NULL, NULL, sleep_briefly, &ended), 0);
    /* One request is enough for what becomes ready before it is met. */
    assert_int_equal(host->schedulings, 1);
    run_host(host);
    assert_int_equal(ended, 3);
    assert_int_equal(host->schedulings, 1);
}

enum { REQUESTS = 100 };

struct connection {
    struct coro_descriptor descriptor;
    int requests;
};

static int answer(struct coro_loop *loop, void *argument)
{
    struct connection *connection = argument;
    char bytes[64];
    ssize_t count;

    while ((count = coro_receive(&connection->descriptor, bytes, sizeof bytes, CORO_FOREVER)) > 0) {
        connection->requests++;
        assert_int_equal(coro_send(&connection->descriptor, bytes, (size_t)count, CORO_FOREVER),
                         count);
    }
    return (int)count;
}

static void *request(void *argument)
{
    int descriptor = *(int *)argument;
    char byte = 'x';

    for (int i = 0; i < REQUESTS; i++)
        if (write(descriptor, &byte, 1) != 1 || read(descriptor, &byte, 1) != 1)
            break;
    shutdown(descriptor, SHUT_WR);
    return NULL;
}

/* A descriptor is added once and taken out once, with nothing between, however many requests. */
static void test_a_request_costs_no_registration(void **state)
{
    struct host *host = *state;
    struct connection connection = {.requests = 0};
    pthread_t client;
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(coro_descriptor_init(&connection.descriptor, host->loop, pair[0]), 0);
    assert_int_equal(coro_spawn(host->loop, NULL, NULL, answer, &connection), 0);
    assert_int_equal(pthread_create(&client, NULL, request, &pair[1]), 0);
    run_host(host);
    assert_int_equal(pthread_join(client, NULL), 0);
    assert_int_equal(connection.requests, REQUESTS);
    /* One wait for each request and for the end; beside them, the wake-up that finds nothing. */
    assert_in_range(host->waits, REQUESTS / 2, REQUESTS + 2);
    assert_int_equal(host->adds, 1);
    assert_int_equal(host->modifications, 0);
    coro_descriptor_finish(&connection.descriptor);
    assert_int_equal(host->removals, 1);
    close(pair[0]);
    close(pair[1]);
}

struct remote {
    struct coro_call call;
    struct host *host;
    struct coro_task *target;
};

static void wake_target(struct coro_call *call)
{
    coro_wake(((struct remote *)call)->target, 0);
}

static void *post(void *argument)
{
    struct remote *remote = argument;

    coro_loop_post(remote->host->loop, &remote->call);
    return NULL;
}

static int wait_to_be_woken(struct coro_loop *loop, void *argument)
{
    return coro_suspend(loop, CORO_FOREVER);
}

static void test_woken_from_a_thread(void **state)
{
    struct host *host = *state;
    struct remote remote = {.call.function = wake_target, .host = host};
    pthread_t thread;
    int result = -1;

    assert_int_equal(coro_spawn(host->loop, &remote.target, NULL, wait_to_be_woken, NULL), 0);
    assert_int_equal(pthread_create(&thread, NULL, post, &remote), 0);
    run_host(host);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(coro_join(remote.target, CORO_FOREVER, &result), 0);
    assert_int_equal(result, 0);
    coro_release(remote.target);
}

/* An engine that cannot watch says so to who asks; nothing is left behind. */
static void test_a_full_engine(void **state)
{
    struct host *host = *state;
    struct coro_descriptor descriptors[ROOM + 1];

    for (int i = 0; i < ROOM; i++)
        assert_int_equal(coro_descriptor_init(&descriptors[i], host->loop, i), 0);
    assert_int_equal(coro_descriptor_init(&descriptors[ROOM], host->loop, ROOM), -ENOSPC);
    for (int i = 0; i < ROOM; i++)
        coro_descriptor_finish(&descriptors[i]);
    assert_int_equal(host->removals, ROOM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sleep, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_request_costs_no_registration, setup, teardown),
        cmocka_unit_test_setup_teardown(test_woken_from_a_thread, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_full_engine, setup, teardown),
    };

    return cmocka_run_group_tests_name("coro engine", tests, NULL, NULL);
}
