/* The library as a guest on a loop of somebody else's, libuv's or libevent's, which has callbacks
 * of its own and is run by whom it belongs to. */
#include "lib/coro/coro.h"
#include "lib/coro/scope.h"
#include "tests/harness/assertions.h"
#include "tests/unit/coro_engines.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef CORO_TEST_EVENT
#include "lib/coro/engine_event.h"
#endif
#ifdef CORO_TEST_UV
#include "lib/coro/engine_uv.h"
#endif

#define MILLISECOND INT64_C(1000000)
/* Longer than any test shall take, but for one that fails. */
#define LONG_TIME (3000 * MILLISECOND)

struct fixture {
    const struct host *host;
    void *host_loop;
    struct coro_loop *loop;
    struct coro_task *target;
    struct coro_scope *scope;
    char log[16];
};

/* What a host can do, whichever library it uses. */
struct host {
    const char *name;
    void *(*create)(void);
    int (*attach)(struct coro_engine **engine, void *host_loop);
    void (*run)(void *host_loop); /* until nothing is left to do */
    void (*after)(struct fixture *fixture, int ms, void (*function)(struct fixture *fixture));
    void (*destroy)(void *host_loop); /* fails the test where something was left on the loop */
};

/* A callback that the host has promised. */
struct promise {
#ifdef CORO_TEST_UV
    uv_timer_t timer;
#endif
    struct fixture *fixture;
    void (*function)(struct fixture *fixture);
};

static struct promise *promise(struct fixture *fixture, void (*function)(struct fixture *fixture))
{
    struct promise *made = calloc(1, sizeof *made);

    assert_non_null(made);
    made->fixture = fixture;
    made->function = function;
    return made;
}

#ifdef CORO_TEST_UV
static void *create_uv(void)
{
    uv_loop_t *loop = malloc(sizeof *loop);

    assert_non_null(loop);
    assert_int_equal(uv_loop_init(loop), 0);
    return loop;
}

static int attach_uv(struct coro_engine **engine, void *loop)
{
    int error = coro_engine_uv_create(engine, loop);

    assert_ptr_equal(coro_engine_uv_loop(*engine), loop);
    return error;
}

static void run_uv(void *loop)
{
    assert_int_equal(uv_run(loop, UV_RUN_DEFAULT), 0);
}

static void free_promise(uv_handle_t *timer)
{
    free(timer->data);
}

static void keep_promise(uv_timer_t *timer)
{
    struct promise *promise = timer->data;

    promise->function(promise->fixture);
    uv_close((uv_handle_t *)timer, free_promise);
}

static void after_uv(struct fixture *fixture, int ms, void (*function)(struct fixture *fixture))
{
    struct promise *made = promise(fixture, function);

    made->timer.data = made;
    assert_int_equal(uv_timer_init(fixture->host_loop, &made->timer), 0);
    assert_int_equal(uv_timer_start(&made->timer, keep_promise, (uint64_t)ms, 0), 0);
}

static void destroy_uv(void *loop)
{
    run_uv(loop);
    assert_int_equal(uv_loop_close(loop), 0);
    free(loop);
}

static const struct host host_uv = {"uv", create_uv, attach_uv, run_uv, after_uv, destroy_uv};
#endif

#ifdef CORO_TEST_EVENT
static void *create_event(void)
{
    return event_base_new();
}

static int attach_event(struct coro_engine **engine, void *base)
{
    int error = coro_engine_event_create(engine, base);

    assert_ptr_equal(coro_engine_event_base(*engine), base);
    return error;
}

static void run_event(void *base)
{
    assert_true(event_base_dispatch(base) >= 0);
}

static void keep_event_promise(evutil_socket_t none, short what, void *argument)
{
    struct promise *promise = argument;

    promise->function(promise->fixture);
    free(promise);
}

static void after_event(struct fixture *fixture, int ms, void (*function)(struct fixture *fixture))
{
    struct timeval time = {.tv_usec = ms * 1000};

    assert_int_equal(event_base_once(fixture->host_loop, -1, EV_TIMEOUT, keep_event_promise,
                                     promise(fixture, function), &time),
                     0);
}

static void destroy_event(void *base)
{
    assert_int_equal(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
    event_base_free(base);
}

static const struct host host_event = {
    "event", create_event, attach_event, run_event, after_event, destroy_event,
};
#endif

static const struct host *const hosts[] = {
#ifdef CORO_TEST_UV
    &host_uv,
#endif
#ifdef CORO_TEST_EVENT
    &host_event,
#endif
};

static const struct host *chosen_host(void)
{
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        if (strcmp(hosts[i]->name, test_engine_name()) == 0)
            return hosts[i];
    fprintf(stderr, "%s is nobody's loop but the library's\n", test_engine_name());
    exit(EXIT_FAILURE);
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct coro_engine *engine;

    assert_non_null(fixture);
    fixture->host = chosen_host();
    fixture->host_loop = fixture->host->create();
    assert_non_null(fixture->host_loop);
    assert_int_equal(fixture->host->attach(&engine, fixture->host_loop), 0);
    assert_int_equal(coro_loop_create(&fixture->loop, engine, NULL), 0);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    coro_release(fixture->target);
    assert_int_equal(coro_loop_destroy(fixture->loop), 0);
    fixture->host->destroy(fixture->host_loop);
    free(fixture);
    return 0;
}

static void spawn(struct fixture *fixture, coro_function *function)
{
    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, function, fixture), 0);
}

static void run_host(struct fixture *fixture)
{
    fixture->host->run(fixture->host_loop);
}

static void note(struct fixture *fixture, char letter)
{
    size_t length = strlen(fixture->log);

    assert_true(length < sizeof fixture->log - 1);
    fixture->log[length] = letter;
}

static int sleep_and_yield(struct coro_loop *loop, void *argument)
{
    int64_t start = coro_now(loop);

    note(argument, 'a');
    assert_int_equal(coro_sleep(loop, 5 * MILLISECOND), 0);
    assert_true(coro_now(loop) - start >= 5 * MILLISECOND);
    note(argument, 'b');
    for (int i = 0; i < 100; i++)
        assert_int_equal(coro_yield(loop), 0);
    note(argument, 'c');
    return 0;
}

static void test_the_host_runs_until_all_have_ended(void **state)
{
    struct fixture *fixture = *state;

    run_host(fixture);
    spawn(fixture, sleep_and_yield);
    run_host(fixture);
    assert_string_equal(fixture->log, "abc");
    assert_int_equal(coro_loop_tasks(fixture->loop), 0);
    spawn(fixture, sleep_and_yield);
    run_host(fixture);
    assert_string_equal(fixture->log, "abcabc");
}

static int talk(struct coro_loop *loop, void *argument)
{
    struct coro_descriptor near, far;
    char byte = 'x';
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    assert_int_equal(coro_descriptor_init(&near, loop, pair[0]), 0);
    assert_int_equal(coro_descriptor_init(&far, loop, pair[1]), 0);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(coro_send(&far, &byte, 1, CORO_FOREVER), 1);
        assert_int_equal(coro_wait_readable(&near, CORO_FOREVER), 0);
        assert_int_equal(coro_receive(&near, &byte, 1, CORO_FOREVER), 1);
    }
    assert_int_equal(coro_receive(&near, &byte, 1, coro_now(loop) + MILLISECOND), -ETIMEDOUT);
    note(argument, 't');
    coro_descriptor_finish(&near);
    coro_descriptor_finish(&far);
    close(pair[0]);
    close(pair[1]);
    return 0;
}

static void test_descriptors(void **state)
{
    struct fixture *fixture = *state;

    spawn(fixture, talk);
    run_host(fixture);
    assert_string_equal(fixture->log, "t");
}

/* A descriptor that nobody waits for must not keep the host's loop from its end. */
static void test_an_idle_descriptor_holds_nobody(void **state)
{
    struct fixture *fixture = *state;
    struct coro_descriptor idle;
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    assert_int_equal(coro_descriptor_init(&idle, fixture->loop, pair[0]), 0);
    spawn(fixture, sleep_and_yield);
    run_host(fixture);
    assert_string_equal(fixture->log, "abc");
    coro_descriptor_finish(&idle);
    close(pair[0]);
    close(pair[1]);
}

static int wait_to_be_woken(struct coro_loop *loop, void *argument)
{
    assert_int_equal(coro_suspend(loop, CORO_FOREVER), 7);
    note(argument, 'w');
    return 0;
}

static void wake_target(struct fixture *fixture)
{
    note(fixture, 'h');
    assert_true(coro_wake(fixture->target, 7));
}

static int ask_for_a_callback(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    note(fixture, 'a');
    fixture->host->after(fixture, 1, wake_target);
    return 0;
}

static void start_another(struct fixture *fixture)
{
    note(fixture, 's');
    spawn(fixture, ask_for_a_callback);
}

static void wait_for_the_hosts_callbacks(struct fixture *fixture)
{
    assert_int_equal(coro_spawn(fixture->loop, &fixture->target, NULL, wait_to_be_woken, fixture),
                     0);
    fixture->host->after(fixture, 1, start_another);
}

static void test_callbacks_wake_tasks(void **state)
{
    struct fixture *fixture = *state;

    wait_for_the_hosts_callbacks(fixture);
    run_host(fixture);
    assert_string_equal(fixture->log, "sahw");
}

/* The library runs the host's loop, callbacks and all. */
static void test_callbacks_wake_tasks_in_coro_loop_run(void **state)
{
    struct fixture *fixture = *state;

    wait_for_the_hosts_callbacks(fixture);
    assert_int_equal(coro_loop_run(fixture->loop), 0);
    assert_string_equal(fixture->log, "sahw");
    run_host(fixture);
}

static int stop_then_go_on(struct coro_loop *loop, void *argument)
{
    note(argument, '1');
    coro_loop_stop(loop);
    assert_int_equal(coro_sleep(loop, MILLISECOND), 0);
    note(argument, '2');
    return 0;
}

static void test_the_host_goes_on_where_a_run_was_stopped(void **state)
{
    struct fixture *fixture = *state;

    spawn(fixture, stop_then_go_on);
    assert_int_equal(coro_loop_run(fixture->loop), 0);
    assert_string_equal(fixture->log, "1");
    run_host(fixture);
    assert_string_equal(fixture->log, "12");
}

struct remote {
    struct coro_call call;
    struct fixture *fixture;
};

static void wake_remotely(struct coro_call *call)
{
    assert_true(coro_wake(((struct remote *)call)->fixture->target, 7));
}

static void *post(void *argument)
{
    struct remote *remote = argument;

    coro_loop_post(remote->fixture->loop, &remote->call);
    return NULL;
}

static void test_woken_from_a_thread(void **state)
{
    struct fixture *fixture = *state;
    struct remote remote = {.call.function = wake_remotely, .fixture = fixture};
    pthread_t thread;

    assert_int_equal(coro_spawn(fixture->loop, &fixture->target, NULL, wait_to_be_woken, fixture),
                     0);
    assert_int_equal(pthread_create(&thread, NULL, post, &remote), 0);
    run_host(fixture);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_string_equal(fixture->log, "w");
}

static void move_deadline(struct fixture *fixture)
{
    coro_scope_set_deadline(fixture->scope, coro_now(fixture->loop) + MILLISECOND);
}

static int sleep_in_a_scope(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_scope scope;

    assert_int_equal(coro_scope_enter(&scope, loop, CORO_FOREVER), 0);
    fixture->scope = &scope;
    assert_int_equal(coro_scope_leave(&scope, coro_sleep(loop, LONG_TIME)), -ETIMEDOUT);
    coro_cancel(fixture->target);
    return 0;
}

/* Ends with the other, not when its own time has come. */
static int sleep_beside(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    note(fixture, coro_sleep(loop, LONG_TIME) == -ECANCELED ? 'c' : 's');
    return 0;
}

static void test_callbacks_move_deadlines(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_spawn(fixture->loop, NULL, NULL, sleep_in_a_scope, fixture), 0);
    assert_int_equal(coro_spawn(fixture->loop, &fixture->target, NULL, sleep_beside, fixture), 0);
    fixture->host->after(fixture, 20, move_deadline);
    run_host(fixture);
    coro_release(fixture->target);
    assert_string_equal(fixture->log, "c");
}

#define AS_GUEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        AS_GUEST(test_the_host_runs_until_all_have_ended),
        AS_GUEST(test_descriptors),
        AS_GUEST(test_an_idle_descriptor_holds_nobody),
        AS_GUEST(test_callbacks_wake_tasks),
        AS_GUEST(test_callbacks_wake_tasks_in_coro_loop_run),
        AS_GUEST(test_the_host_goes_on_where_a_run_was_stopped),
        AS_GUEST(test_woken_from_a_thread),
        AS_GUEST(test_callbacks_move_deadlines),
    };

    test_engine_choose(argc, argv);
    return cmocka_run_group_tests_name("coro as a guest", tests, NULL, NULL);
}
