/* Servers, connections and names: accept, limits, stop with and without patience, what goes wrong.
 */
#include "lib/coro/coro.h"
#include "lib/coro/executor.h"
#include "lib/coro/future.h"
#include "lib/coro/resolve.h"
#include "lib/coro/scope.h"
#include "lib/coro/serve.h"
#include "lib/coro/socket.h"
#include "tests/harness/assertions.h"
#include "tests/unit/coro_engines.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <unistd.h>
#ifdef CORO_VALGRIND
#include <valgrind/valgrind.h>
#endif

#define MILLISECOND INT64_C(1000000)
#define SECOND INT64_C(1000000000)

struct fixture {
    struct coro_loop *loop;
    struct coro_executor *executor;
    struct coro_server *server;
    char port[8];
    size_t most; /* connections at a time, as the handlers have seen */
    int handled, cancelled, failures, complaints, done;
};

static void count_complaint(void *context, const char *sentence)
{
    ((struct fixture *)context)->complaints++;
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct coro_loop_options options = {.complain = count_complaint, .complain_context = fixture};
    struct coro_executor_options one = {.threads = 1};

    assert_non_null(fixture);
    assert_int_equal(coro_loop_create(&fixture->loop, test_engine(), &options), 0);
    assert_int_equal(coro_executor_create(&fixture->executor, fixture->loop, &one), 0);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_server_destroy(fixture->server), 0);
    coro_executor_destroy(fixture->executor);
    assert_int_equal(coro_loop_destroy(fixture->loop), 0);
    free(fixture);
    return 0;
}

static int echo(struct coro_stream *stream, void *argument)
{
    struct fixture *fixture = argument;
    char *line;
    int more;

    fixture->handled++;
    if (coro_server_connections(fixture->server) > fixture->most)
        fixture->most = coro_server_connections(fixture->server);
    while ((more = coro_read_line(stream, &line, NULL)) == 1) {
        if (strcmp(line, "fail") == 0)
            return coro_fail(coro_stream_loop(stream), -EPROTO, "asked to fail");
        coro_print(stream, "%s\n", line);
    }
    fixture->cancelled += more == -ECANCELED;
    return more;
}

static void serve(struct fixture *fixture, const struct coro_serve_options *options)
{
    int listener = coro_listen(fixture->loop, NULL, "127.0.0.1", "0", 0);

    assert_true(listener >= 0);
    assert_int_equal(coro_serve(&fixture->server, fixture->loop, listener, echo, fixture, options),
                     0);
    assert_in_range(coro_server_port(fixture->server), 1, 65535);
    snprintf(fixture->port, sizeof fixture->port, "%d", coro_server_port(fixture->server));
}

static struct coro_stream *connect_to_server(struct fixture *fixture)
{
    struct coro_stream *stream;

    assert_int_equal(
        coro_stream_connect(&stream, fixture->loop, NULL, "127.0.0.1", fixture->port, NULL), 0);
    return stream;
}

static void expect_echo(struct coro_stream *stream, const char *text)
{
    char *line;

    assert_int_equal(coro_print(stream, "%s\n", text), 0);
    assert_int_equal(coro_read_line(stream, &line, NULL), 1);
    assert_string_equal(line, text);
}

static void run(struct fixture *fixture, coro_function *function)
{
    assert_int_equal(coro_run(fixture->loop, "main", function, fixture), 0);
    assert_int_equal(fixture->done, 1);
}

static int talk(struct coro_loop *loop, void *argument)
{
    struct coro_stream *stream = connect_to_server(argument);
    char *line;

    for (int i = 0; i < 10; i++)
        expect_echo(stream, "hello");
    assert_int_equal(coro_print(stream, "no end"), 0);
    assert_int_equal(coro_write_end(stream), 0);
    assert_int_equal(coro_read_line(stream, &line, NULL), 1);
    assert_string_equal(line, "no end");
    assert_int_equal(coro_read_line(stream, &line, NULL), 0);
    assert_int_equal(coro_stream_close(stream), 0);
    return 0;
}

static int many_clients(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_task *tasks[20];

    for (int i = 0; i < 20; i++)
        assert_int_equal(coro_spawn(loop, &tasks[i], NULL, talk, fixture), 0);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(coro_join(tasks[i], CORO_FOREVER, NULL), 0);
        coro_release(tasks[i]);
    }
    assert_int_equal(fixture->handled, 20);
    assert_int_equal(coro_server_destroy(fixture->server), -EBUSY);
    assert_int_equal(coro_server_stop(fixture->server, SECOND), 0);
    assert_int_equal(coro_server_stop(fixture->server, SECOND), 0);
    assert_int_equal(coro_server_wait(fixture->server), 0);
    assert_int_equal(coro_server_connections(fixture->server), 0);
    assert_int_equal(coro_stream_connect(&(struct coro_stream *){NULL}, loop, NULL, "127.0.0.1",
                                         fixture->port, NULL),
                     -ECONNREFUSED);
    assert_non_null(strstr(coro_message(loop, -ECONNREFUSED), fixture->port));
    fixture->done++;
    return 0;
}

static void test_many_clients(void **state)
{
    serve(*state, NULL);
    run(*state, many_clients);
}

static void test_limit_of_connections(void **state)
{
    struct fixture *fixture = *state;

    serve(fixture, &(struct coro_serve_options){.connections = 3});
    run(fixture, many_clients);
    assert_in_range(fixture->most, 1, 3);
}

static void count_failure(void *argument, int error, const char *message)
{
    struct fixture *fixture = argument;

    assert_int_equal(error, -EPROTO);
    assert_string_equal(message, "asked to fail");
    fixture->failures++;
}

static int have_it_fail(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_stream *stream = connect_to_server(fixture);
    char *line;

    assert_int_equal(coro_print(stream, "fail\n"), 0);
    assert_int_equal(coro_read_line(stream, &line, NULL), 0);
    coro_stream_destroy(stream);
    /* The others are served as before. */
    stream = connect_to_server(fixture);
    expect_echo(stream, "hello");
    coro_stream_destroy(stream);
    assert_int_equal(coro_server_stop(fixture->server, SECOND), 0);
    fixture->done++;
    return 0;
}

static void test_failing_handler(void **state)
{
    struct fixture *fixture = *state;

    serve(fixture, &(struct coro_serve_options){.failed = count_failure});
    run(fixture, have_it_fail);
    assert_int_equal(fixture->failures, 1);
    assert_int_equal(fixture->complaints, 0);
}

static void test_failing_handler_without_anyone_to_tell(void **state)
{
    struct fixture *fixture = *state;

    serve(fixture, NULL);
    run(fixture, have_it_fail);
    assert_int_equal(fixture->complaints, 1);
}

static int stop_with_clients(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_stream *first = connect_to_server(fixture);
    struct coro_stream *second = connect_to_server(fixture);
    char *line;

    expect_echo(first, "here");
    expect_echo(second, "here");
    assert_int_equal(coro_server_connections(fixture->server), 2);
    assert_int_equal(coro_server_stop(fixture->server, 5 * MILLISECOND), -ETIMEDOUT);
    assert_int_equal(fixture->cancelled, 2);
    assert_int_equal(coro_server_connections(fixture->server), 0);
    assert_int_equal(coro_read_line(first, &line, NULL), 0);
    coro_stream_destroy(first);
    coro_stream_destroy(second);
    fixture->done++;
    return 0;
}

static void test_stop_cancels_after_the_grace(void **state)
{
    serve(*state, NULL);
    run(*state, stop_with_clients);
}

static int leave_later(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_stream *stream = connect_to_server(fixture);

    expect_echo(stream, "one");
    while (fixture->done == 0)
        assert_int_equal(coro_yield(loop), 0);
    /* The server is stopping, and serves this connection to its end. */
    expect_echo(stream, "two");
    return coro_stream_close(stream);
}

static int stop_patiently(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_task *client;
    int result;

    assert_int_equal(coro_spawn(loop, &client, NULL, leave_later, fixture), 0);
    while (fixture->handled == 0)
        assert_int_equal(coro_yield(loop), 0);
    fixture->done++;
    assert_int_equal(coro_server_stop(fixture->server, 30 * SECOND), 0);
    assert_int_equal(fixture->cancelled, 0);
    assert_int_equal(coro_join(client, CORO_FOREVER, &result), 0);
    assert_int_equal(result, 0);
    coro_release(client);
    return 0;
}

static void test_stop_lets_clients_end(void **state)
{
    serve(*state, NULL);
    run(*state, stop_patiently);
}

static int stop_forever(struct coro_loop *loop, void *argument)
{
    return coro_server_stop(((struct fixture *)argument)->server, CORO_FOREVER);
}

/* Called off in the middle of a stop, it still leaves no task behind. */
static int cancel_the_stop(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_stream *stream = connect_to_server(fixture);

    expect_echo(stream, "here");
    assert_int_equal(coro_timeout(loop, 5 * MILLISECOND, stop_forever, fixture), -ETIMEDOUT);
    assert_int_equal(coro_server_connections(fixture->server), 0);
    assert_int_equal(coro_server_destroy(fixture->server), 0);
    fixture->server = NULL;
    coro_stream_destroy(stream);
    fixture->done++;
    return 0;
}

static void test_stop_is_called_off(void **state)
{
    serve(*state, NULL);
    run(*state, cancel_the_stop);
}

static int end_beside_it(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_stream *stream = connect_to_server(fixture);

    expect_echo(stream, "here");
    coro_stream_destroy(stream);
    fixture->done++;
    return 0;
}

/* coro_run cancels what is left, the server among it. */
static void test_end_of_the_program(void **state)
{
    struct fixture *fixture = *state;

    serve(fixture, NULL);
    run(fixture, end_beside_it);
    assert_int_equal(fixture->complaints, 0);
    assert_int_equal(coro_server_stop(fixture->server, 0), -EPERM);
    assert_int_equal(coro_server_wait(fixture->server), -EPERM);
}

/* No descriptor can be had beyond those that are open. Returns the limit that was. */
static rlim_t use_up_descriptors(void)
{
    struct rlimit limit;
    rlim_t before;
    int spare = dup(STDERR_FILENO);

    assert_true(spare >= 0);
    close(spare);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    before = limit.rlim_cur;
    limit.rlim_cur = (rlim_t)spare;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    return before;
}

static void allow_descriptors(rlim_t count)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = count;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static int run_out(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)coro_server_port(fixture->server)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int number = socket(AF_INET, SOCK_STREAM, 0);
    rlim_t count = use_up_descriptors();
    struct coro_stream *stream;

    assert_int_equal(connect(number, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(fcntl(number, F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(coro_stream_create(&stream, loop, number, NULL), 0);
    /* Its connection waits in the backlog. */
    assert_int_equal(coro_print(stream, "hello\n"), 0);
    assert_int_equal(coro_drain(stream), 0);
    assert_int_equal(coro_sleep(loop, 10 * MILLISECOND), 0);
    assert_int_equal(fixture->handled, 0);
    allow_descriptors(count);

    char *line;

    assert_int_equal(coro_read_line(stream, &line, NULL), 1);
    assert_string_equal(line, "hello");
    assert_int_equal(fixture->handled, 1);
    coro_stream_destroy(stream);
    fixture->done++;
    return 0;
}

static void test_out_of_descriptors(void **state)
{
#ifdef CORO_VALGRIND
    /* It accepts first, and closes what is too much. */
    if (RUNNING_ON_VALGRIND)
        skip();
#endif
    serve(*state, NULL);
    run(*state, run_out);
}

static int resolve_names(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct addrinfo *addresses = NULL;

    assert_int_equal(coro_resolve(loop, fixture->executor, "localhost", "80", 0, &addresses), 0);
    assert_non_null(addresses);
    assert_int_equal(addresses->ai_socktype, SOCK_STREAM);
    freeaddrinfo(addresses);
    assert_int_equal(coro_resolve(loop, NULL, "::1", "80", 0, &addresses), 0);
    assert_int_equal(addresses->ai_family, AF_INET6);
    freeaddrinfo(addresses);
    assert_int_equal(coro_resolve(loop, NULL, "localhost", "80", 0, &addresses), -EINVAL);
    assert_non_null(strstr(coro_message(loop, -EINVAL), "need an executor"));
    assert_int_equal(
        coro_resolve(loop, fixture->executor, "127.0.0.1", "no-such-service", 0, &addresses),
        -ENOENT);
    assert_non_null(strstr(coro_message(loop, -ENOENT), "no-such-service"));
    assert_true(coro_connect(loop, fixture->executor, "no such host.invalid", "80") < 0);
    fixture->done++;
    return 0;
}

static void test_resolve(void **state)
{
    run(*state, resolve_names);
}

static int connect_by_name(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct coro_stream *stream;

    /* Where localhost is ::1 first, that refuses, and 127.0.0.1 is tried. */
    assert_int_equal(
        coro_stream_connect(&stream, loop, fixture->executor, "localhost", fixture->port, NULL), 0);
    expect_echo(stream, "hello");
    coro_stream_destroy(stream);
    fixture->done++;
    return 0;
}

static void test_connect_by_name(void **state)
{
    serve(*state, NULL);
    run(*state, connect_by_name);
}

static int connect_both_ways(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    int all = coro_listen(loop, NULL, NULL, "0", 0), connection;
    char port[8];

    assert_true(all >= 0);
    snprintf(port, sizeof port, "%d", coro_local_port(all));
    connection = coro_connect(loop, NULL, "127.0.0.1", port);
    assert_true(connection >= 0);
    assert_true(fcntl(connection, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(connection, F_GETFD) & FD_CLOEXEC);
    close(connection);
    assert_int_equal(coro_listen(loop, NULL, "127.0.0.1", port, 0), -EADDRINUSE);
    assert_non_null(strstr(coro_message(loop, -EADDRINUSE), port));
    close(all);
    fixture->done++;
    return 0;
}

static void test_listen_on_all_addresses(void **state)
{
    run(*state, connect_both_ways);
}

static int connect_to_unix_socket(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
                                   (size_t)snprintf(address.sun_path + 1, 64, "coro-%d-%p",
                                                    (int)getpid(), (void *)fixture));
    struct coro_stream *stream;
    int listener = coro_listen_address((struct sockaddr *)&address, length, 8);
    int connection;

    assert_true(listener >= 0);
    assert_int_equal(coro_serve(&fixture->server, loop, listener, echo, fixture, NULL), 0);
    assert_int_equal(coro_server_port(fixture->server), -EAFNOSUPPORT);
    connection = coro_connect_address(loop, (struct sockaddr *)&address, length);
    assert_true(connection >= 0);
    assert_int_equal(coro_stream_create(&stream, loop, connection, NULL), 0);
    expect_echo(stream, "hello");
    coro_stream_destroy(stream);
    fixture->done++;
    return 0;
}

static void test_unix_socket(void **state)
{
    run(*state, connect_to_unix_socket);
}

static int connect_anywhere(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;

    return coro_connect(loop, fixture->executor, "127.0.0.1", fixture->port);
}

static int be_cancelled(struct coro_loop *loop, void *argument)
{
    struct fixture *fixture = argument;
    struct addrinfo *addresses;

    coro_cancel(coro_self(loop));
    assert_int_equal(connect_anywhere(loop, fixture), -ECANCELED);
    assert_int_equal(coro_resolve(loop, fixture->executor, "localhost", "80", 0, &addresses),
                     -ECANCELED);
    fixture->done++;
    return 0;
}

static void test_cancel(void **state)
{
    serve(*state, NULL);
    run(*state, be_cancelled);
}

static void test_outside_of_tasks(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(coro_connect(fixture->loop, NULL, "127.0.0.1", "1"), -EPERM);
    assert_int_equal(coro_local_port(-1), -EBADF);
    assert_int_equal(coro_server_destroy(NULL), 0);
}

#define WITH_LOOP(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        WITH_LOOP(test_many_clients),
        WITH_LOOP(test_limit_of_connections),
        WITH_LOOP(test_failing_handler),
        WITH_LOOP(test_failing_handler_without_anyone_to_tell),
        WITH_LOOP(test_stop_cancels_after_the_grace),
        WITH_LOOP(test_stop_lets_clients_end),
        WITH_LOOP(test_stop_is_called_off),
        WITH_LOOP(test_end_of_the_program),
        WITH_LOOP(test_out_of_descriptors),
        WITH_LOOP(test_resolve),
        WITH_LOOP(test_connect_by_name),
        WITH_LOOP(test_listen_on_all_addresses),
        WITH_LOOP(test_unix_socket),
        WITH_LOOP(test_cancel),
        WITH_LOOP(test_outside_of_tasks),
    };

    test_engine_choose(argc, argv);
    return cmocka_run_group_tests_name("coro server", tests, NULL, NULL);
}
