#include "tests/harness/assertions.h"
#include "tests/harness/client.h"
#include "tests/harness/listing.h"
#include "tests/harness/run.h"
#include "tests/harness/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * fibserver under a service manager: a listening socket as descriptor 3, and a datagram socket that
 * wants to be told. This program runs itself in between, as only the process that becomes the
 * server knows the number that LISTEN_PID must have.
 */

enum { HANDED_OVER = 3, MESSAGE = 1024 };

static const char TARGET[] = "SERVICE_TEST_TARGET";

struct service_test {
    struct fixture fixture;
    struct subject subject;
    const char *const *listed; /* the backends, NULL-terminated */
    struct run_result result;
    int receiver; /* of notifications; -1: none */
};

_Noreturn static void become(const char *target, char **argv)
{
    char text[16];

    snprintf(text, sizeof(text), "%ld", (long)getpid());
    setenv("LISTEN_PID", text, 0);
    execv(target, argv);
    dprintf(STDERR_FILENO, "%s: %s\n", target, strerror(errno));
    _exit(127);
}

/* Gives the descriptor away: it becomes what the servers that are started next find open. */
static void hand_over(int descriptor, const char *count)
{
    assert_int_equal(dup2(descriptor, HANDED_OVER), HANDED_OVER);
    close(descriptor);
    setenv("LISTEN_FDS", count, 1);
}

static void hand_over_nothing(void)
{
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (nothing != HANDED_OVER) {
        dup2(nothing, HANDED_OVER);
        close(nothing);
    }
    fcntl(HANDED_OVER, F_SETFD, 0);
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_PID");
    unsetenv("NOTIFY_SOCKET");
}

/* Blocks, as a service manager's does. */
static int listen_on_loopback(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(listener, 16), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    *port = ntohs(address.sin_port);
    return listener;
}

static int bind_unix(const char *path, int type)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int descriptor = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    assert_int_equal(bind(descriptor, (struct sockaddr *)&address, sizeof(address)), 0);
    return descriptor;
}

static bool is_available(const struct service_test *test, const char *backend)
{
    cJSON *listing = listing_read(test->subject.program);
    const cJSON *entry = listing_find(listing, backend);
    bool available = cJSON_IsTrue(cJSON_GetObjectItem(entry, "available"));

    cJSON_Delete(listing);
    return available;
}

/* The backend's client who comes after its stop finds the server that is started next. */
static void every_backend_serves_an_inherited_socket(void **state)
{
    struct service_test *test = *state;
    const char *const *name;
    struct server *server;
    struct client *client;
    int port;

    for (name = test->listed; *name != NULL; name++) {
        if (!is_available(test, *name))
            continue;
        test->subject.backend = *name;
        hand_over(listen_on_loopback(&port), "1");
        step(&test->fixture, *name);
        server = server_start(&test->fixture);
        if (server->port != port)
            fixture_fail(&test->fixture, "%s listens on port %d, not on %d", *name, server->port,
                         port);
        client_round_trip(client_connect(server), 1);
        /* It is theirs, too, who would wait in an accept for ever. */
        if (!(fcntl(HANDED_OVER, F_GETFL) & O_NONBLOCK))
            fixture_fail(&test->fixture, "%s makes an inherited socket blocking", *name);
        server_expect_quiet(server);
        server_stop(server);
        client = client_connect(server);
        client_ask(client, 1);
        server = server_start(&test->fixture);
        client_expect_fibonacci(client, 1);
        client_close(client);
        server_stop(server);
    }
}

static void file_of_an_inherited_unix_socket_stays(void **state)
{
    struct service_test *test = *state;
    struct server *server;
    struct stat status;
    char path[96];
    int listener;

    fixture_path(&test->fixture, "inherited", path, sizeof(path));
    listener = bind_unix(path, SOCK_STREAM);
    assert_int_equal(listen(listener, 16), 0);
    hand_over(listener, "1");
    /* Without the socket it would be an error: somebody listens there. */
    server = server_start(&test->fixture, "--unix", path);
    client_round_trip(client_connect(server), 10);
    server_stop(server);
    assert_int_equal(stat(path, &status), 0);
    client_connect(server);
}

static void socket_for_another_process_is_left_alone(void **state)
{
    struct service_test *test = *state;
    struct server *server;
    int port;

    hand_over(listen_on_loopback(&port), "1");
    setenv("LISTEN_PID", "1", 1);
    server = server_start(&test->fixture);
    assert_int_not_equal(server->port, port);
    server_stop(server);
}

static void expect_refusal(struct service_test *test, const char *first, const char *second)
{
    RUN_PROGRAM(&test->result, test->subject.program, "--backend=select", "--port", "0");
    if (test->result.status != 1 || test->result.output[0] != '\0' ||
        strstr(test->result.complaint, first) == NULL ||
        strstr(test->result.complaint, second) == NULL)
        fixture_fail(&test->fixture, "exit status %d, output '%s', message '%s'",
                     test->result.status, test->result.output, test->result.complaint);
}

static void wrong_descriptor_is_named(void **state)
{
    struct service_test *test = *state;
    int port;

    hand_over(open("/dev/null", O_RDWR | O_CLOEXEC), "1");
    expect_refusal(test, "descriptor 3", "no socket");
    hand_over(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "1");
    expect_refusal(test, "descriptor 3", "no stream socket");
    hand_over(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "1");
    expect_refusal(test, "descriptor 3", "does not listen");
    hand_over(listen_on_loopback(&port), "2");
    expect_refusal(test, "LISTEN_FDS is 2", "one");
    hand_over(listen_on_loopback(&port), "many");
    expect_refusal(test, "LISTEN_FDS", "many");
    hand_over(listen_on_loopback(&port), "1");
    fcntl(HANDED_OVER, F_SETFD, FD_CLOEXEC);
    expect_refusal(test, "descriptor 3", "not open");
}

static void receive(struct service_test *test, char message[static MESSAGE])
{
    struct pollfd watch = {.fd = test->receiver, .events = POLLIN};
    ssize_t length;

    if (poll(&watch, 1, DEADLINE_MS) != 1)
        fixture_fail(&test->fixture, "no notification");
    length = recv(test->receiver, message, MESSAGE - 1, 0);
    assert_true(length > 0);
    message[length] = '\0';
}

static void expect_line(struct service_test *test, const char *message, const char *line)
{
    const char *at = strstr(message, line);

    if (at == NULL || (at > message && at[-1] != '\n') ||
        (at[strlen(line)] != '\n' && at[strlen(line)] != '\0'))
        fixture_fail(&test->fixture, "no line '%s' in '%s'", line, message);
}

static void expect_notifications(struct service_test *test)
{
    struct server *server = server_start(&test->fixture);
    char message[MESSAGE], line[128];
    struct client *client;
    int64_t mark;

    receive(test, message);
    expect_line(test, message, "READY=1");
    snprintf(line, sizeof(line), "MAINPID=%ld", (long)server->process.pid);
    expect_line(test, message, line);
    snprintf(line, sizeof(line), "STATUS=select listening on 127.0.0.1:%d", server->port);
    expect_line(test, message, line);
    /* It is told while the backend computes, on its only thread. */
    client = client_connect(server);
    client_round_trip(client, 1);
    mark = server_cpu_ns(server);
    client_ask(client, 50);
    server_expect_computing(server, mark);
    server_signal(server, SIGTERM);
    receive(test, message);
    expect_line(test, message, "STOPPING=1");
    server_signal(server, SIGTERM);
    server_wait(server);
    if (recv(test->receiver, message, MESSAGE, MSG_DONTWAIT) >= 0)
        fixture_fail(&test->fixture, "one notification too many");
}

static void readiness_and_stop_are_told(void **state)
{
    struct service_test *test = *state;
    char path[96];

    fixture_path(&test->fixture, "notify", path, sizeof(path));
    test->receiver = bind_unix(path, SOCK_DGRAM);
    setenv("NOTIFY_SOCKET", path, 1);
    expect_notifications(test);
}

static void abstract_socket_is_told(void **state)
{
    struct service_test *test = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t length = sizeof(address);
    char text[64];

    /* A name of the kernel's choice. */
    test->receiver = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(test->receiver, (struct sockaddr *)&address, sizeof(address.sun_family)),
                     0);
    assert_int_equal(getsockname(test->receiver, (struct sockaddr *)&address, &length), 0);
    snprintf(text, sizeof(text), "@%.*s", (int)(length - sizeof(address.sun_family) - 1),
             address.sun_path + 1);
    setenv("NOTIFY_SOCKET", text, 1);
    expect_notifications(test);
}

static void nobody_at_the_notify_socket_is_a_warning(void **state)
{
    static const char *const names[] = {"/nosuch-folder/socket", "relative"};
    struct service_test *test = *state;
    struct server *server;
    char complaint[1024];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        setenv("NOTIFY_SOCKET", names[i], 1);
        server = server_start(&test->fixture);
        client_round_trip(client_connect(server), 10);
        process_read_complaint(&server->process, complaint, sizeof(complaint));
        if (strstr(complaint, "warning") == NULL || strstr(complaint, "NOTIFY_SOCKET") == NULL)
            fixture_fail(&test->fixture, "no warning");
        server_stop(server);
    }
}

static int set_up(void **state)
{
    struct service_test *test = *state;

    test->subject.backend = "select";
    test->subject.concurrent = true;
    test->receiver = -1;
    fixture_init(&test->fixture, &test->subject);
    return 0;
}

static int tear_down(void **state)
{
    struct service_test *test = *state;

    fixture_finish(&test->fixture);
    hand_over_nothing();
    if (test->receiver >= 0)
        close(test->receiver);
    return 0;
}

#define SERVICE_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(int argc, char **argv)
{
    struct CMUnitTest tests[] = {
        SERVICE_TEST(every_backend_serves_an_inherited_socket),
        SERVICE_TEST(file_of_an_inherited_unix_socket_stays),
        SERVICE_TEST(socket_for_another_process_is_left_alone),
        SERVICE_TEST(wrong_descriptor_is_named),
        SERVICE_TEST(readiness_and_stop_are_told),
        SERVICE_TEST(abstract_socket_is_told),
        SERVICE_TEST(nobody_at_the_notify_socket_is_a_warning),
    };
    static struct service_test test;
    const char *target = getenv(TARGET);

    if (target != NULL)
        become(target, argv);
    if (argc < 3) {
        fprintf(stderr, "usage: %s [--filter=PATTERN] FIBSERVER BACKEND…\n", argv[0]);
        return EXIT_FAILURE;
    }
    test.subject.program = argv[0];
    if (strncmp(argv[1], "--filter=", 9) == 0)
        cmocka_set_test_filter(*++argv + 9);
    setenv(TARGET, argv[1], 1);
    test.listed = (const char *const *)argv + 2;
    /* Keeps the number from what the tests open. */
    hand_over_nothing();
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tests[i].initial_state = &test;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    return cmocka_run_group_tests_name("service", tests, NULL, NULL) == 0 ? EXIT_SUCCESS
                                                                          : EXIT_FAILURE;
}
