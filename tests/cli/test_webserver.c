/* webserver, asked over plain sockets: argv[1] is the program. */
#include "common/clock.h"
#include "common/digest.h"
#include "tests/harness/assertions.h"
#include "tests/harness/process.h"
#include "tests/harness/run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000, ANSWER_BYTES = 256 * 1024 };

/* More than the sockets of a connection hold. */
#define LARGE_BYTES 100000000
#define TEXT_OF(number) TEXT(number)
#define TEXT(number) #number

static const char *program;

struct started {
    struct process process;
    unsigned port;
};

static void start(struct started *started, const char *option, const char *value)
{
    const char *const words[] = {program, "--port", "0", option, value, NULL};
    char line[128];

    assert_int_equal(process_start(&started->process, (char *const *)words, 0), 0);
    assert_true(process_read_line(&started->process, line, sizeof(line), PATIENCE_MS) > 0);
    assert_int_equal(sscanf(line, "webserver: listening on 127.0.0.1:%u", &started->port), 1);
}

static void expect_exit(struct started *started, int status)
{
    assert_int_equal(process_wait(&started->process, PATIENCE_MS), 0);
    assert_true(WIFEXITED(started->process.status));
    assert_int_equal(WEXITSTATUS(started->process.status), status);
    process_finish(&started->process);
}

static void stop(struct started *started)
{
    kill(started->process.pid, SIGTERM);
    expect_exit(started, 0);
}

/* Returns the connection, or -1 where nobody listens; reset, where that has just come to be so. */
static int try_to_connect(const struct started *started)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)started->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(connection >= 0);
    if (connect(connection, (struct sockaddr *)&address, sizeof(address)) == 0)
        return connection;
    assert_true(errno == ECONNREFUSED || errno == ECONNRESET);
    close(connection);
    return -1;
}

static int connect_to(const struct started *started)
{
    int connection = try_to_connect(started);

    assert_true(connection >= 0);
    return connection;
}

static void ask_by(int connection, const char *method, const char *path)
{
    char request[256];
    int length = snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nHost: localhost\r\n\r\n",
                          method, path);

    assert_int_equal(send(connection, request, (size_t)length, MSG_NOSIGNAL), length);
}

static void ask(int connection, const char *path)
{
    ask_by(connection, "GET", path);
}

/* True where something comes within that time. */
static bool answers_within(int connection, int timeout_ms)
{
    struct pollfd asked = {.fd = connection, .events = POLLIN};

    return poll(&asked, 1, timeout_ms) == 1;
}

/* The end of the head in what has been read, and how long the whole answer is. */
static const char *find_body(const char *text, size_t *whole)
{
    const char *body = strstr(text, "\r\n\r\n"), *length = strstr(text, "Content-Length: ");

    if (body == NULL)
        return NULL;
    body += 4;
    *whole = (size_t)(body - text);
    if (length != NULL && length < body)
        *whole += strtoul(length + 16, NULL, 10);
    return body;
}

/* Reads one answer of known length. Returns its status, and its body in *body, the caller's. */
static int read_answer(int connection, char **body)
{
    char *text = calloc(1, ANSWER_BYTES);
    size_t size = 0, whole = ANSWER_BYTES;
    const char *begin = NULL;
    int status = 0;

    assert_non_null(text);
    while (size < whole) {
        ssize_t count;

        assert_true(answers_within(connection, PATIENCE_MS));
        count = recv(connection, text + size, ANSWER_BYTES - 1 - size, 0);
        assert_true(count > 0);
        size += (size_t)count;
        begin = find_body(text, &whole);
    }
    assert_non_null(begin);
    assert_int_equal(size, whole);
    assert_int_equal(sscanf(text, "HTTP/1.1 %d", &status), 1);
    *body = strdup(begin);
    free(text);
    return status;
}

/* Reads the head of an answer and nothing behind it. Returns its status. */
static int read_head(int connection, char *head, size_t size)
{
    size_t length = 0;
    int status = 0;

    do {
        assert_true(length < size - 1 && answers_within(connection, PATIENCE_MS));
        assert_int_equal(recv(connection, head + length, 1, 0), 1);
        head[++length] = '\0';
    } while (length < 4 || strcmp(head + length - 4, "\r\n\r\n") != 0);
    assert_int_equal(sscanf(head, "HTTP/1.1 %d", &status), 1);
    return status;
}

/* Reads an answer of any length up to the end of the connection. Returns how long its body is. */
static size_t read_whole_body(int connection)
{
    char bytes[65536];
    size_t size = 0;
    ssize_t count;

    assert_int_equal(read_head(connection, bytes, sizeof(bytes)), 200);
    do {
        assert_true(answers_within(connection, PATIENCE_MS));
        count = recv(connection, bytes, sizeof(bytes), 0);
        assert_true(count >= 0);
        size += (size_t)count;
    } while (count > 0);
    return size;
}

static void expect(int connection, const char *path, int status, const char *expected)
{
    char *body;

    ask(connection, path);
    assert_int_equal(read_answer(connection, &body), status);
    if (expected != NULL)
        assert_string_equal(body, expected);
    free(body);
}

static void test_pages(void **state)
{
    struct started started;
    int connection;

    start(&started, NULL, NULL);
    connection = connect_to(&started);
    expect(connection, "/", 200, "hello\n");
    expect(connection, "/delay/0", 200, "hello\n");
    expect(connection, "/count", 200, "{\"count\": 1}\n");
    expect(connection, "/count?delay=0.01", 200, "{\"count\": 2}\n");
    expect(connection, "/bytes/0", 200, "");
    expect(connection, "/bytes/100000", 200, NULL);
    expect(connection, "/status/404", 404, "status 404\n");
    expect(connection, "/status/503", 503, "status 503\n");
    expect(connection, "/redirect/2", 302, NULL);
    expect(connection, "/nothing", 404, NULL);
    expect(connection, "/delay/x", 400, NULL);
    expect(connection, "/delay/600001", 400, NULL);
    expect(connection, "/status/99", 400, NULL);
    expect(connection, "/bytes/-1", 400, NULL);
    expect(connection, "/redirect/0", 400, NULL);
    expect(connection, "/count?delay=x", 400, NULL);
    expect(connection, "/count", 200, "{\"count\": 3}\n");
    close(connection);
    stop(&started);
}

/* What follows a head without a body is the next answer. */
static void test_answers_without_a_body(void **state)
{
    static const struct {
        const char *method, *path;
        int status;
        const char *length; /* NULL: none is told */
    } answers[] = {
        {"HEAD", "/", 200, "\r\nContent-Length: 6\r\n"},
        {"HEAD", "/bytes/100000", 200, "\r\nContent-Length: 100000\r\n"},
        {"HEAD", "/nothing?delay=0.01", 404, "\r\nContent-Length: "},
        {"HEAD", "/status/204", 204, NULL},
        {"GET", "/status/204", 204, NULL},
        {"GET", "/status/304", 304, NULL},
    };
    struct started started;
    char head[1024];
    int connection;

    start(&started, NULL, NULL);
    connection = connect_to(&started);
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        const char *length = answers[i].length;

        ask_by(connection, answers[i].method, answers[i].path);
        assert_int_equal(read_head(connection, head, sizeof(head)), answers[i].status);
        if (length != NULL)
            assert_non_null(strstr(head, length));
        else
            assert_null(strstr(head, "Content-Length"));
        expect(connection, "/", 200, "hello\n");
    }
    close(connection);
    stop(&started);
}

/* In turn they would take two seconds. */
static void test_delays_overlap(void **state)
{
    enum { CLIENTS = 10, DELAY_MS = 200 };
    int connections[CLIENTS];
    struct started started;
    int64_t begun;
    char *body;

    start(&started, NULL, NULL);
    begun = clock_ms();
    for (int i = 0; i < CLIENTS; i++) {
        connections[i] = connect_to(&started);
        ask(connections[i], "/delay/200");
    }
    for (int i = 0; i < CLIENTS; i++) {
        assert_int_equal(read_answer(connections[i], &body), 200);
        assert_true(clock_ms() - begun >= DELAY_MS - 1);
        free(body);
        close(connections[i]);
    }
    assert_true(clock_ms() - begun < (int64_t)CLIENTS * DELAY_MS);
    stop(&started);
}

/* The third one waits in the backlog until one of the others is gone. */
static void test_limit_on_connections(void **state)
{
    int connections[3];
    struct started started;
    char *body;

    start(&started, "--max-connections", "2");
    for (int i = 0; i < 3; i++) {
        connections[i] = connect_to(&started);
        ask(connections[i], "/");
        if (i < 2) {
            assert_int_equal(read_answer(connections[i], &body), 200);
            free(body);
        }
    }
    assert_false(answers_within(connections[2], 200));
    close(connections[0]);
    assert_int_equal(read_answer(connections[2], &body), 200);
    free(body);
    close(connections[1]);
    close(connections[2]);
    stop(&started);
}

static void test_stop_sends_what_is_due(void **state)
{
    struct started started;
    int connection;
    char *body;

    start(&started, NULL, NULL);
    connection = connect_to(&started);
    expect(connection, "/", 200, NULL);
    ask(connection, "/delay/300");
    /* An answer on another connection: by then the first request has been read. */
    expect(connect_to(&started), "/", 200, NULL);
    kill(started.process.pid, SIGINT);
    assert_int_equal(read_answer(connection, &body), 200);
    assert_string_equal(body, "hello\n");
    free(body);
    expect_exit(&started, 0);
    close(connection);
}

/* After a stop nobody listens any more. */
static void wait_until_refused(const struct started *started)
{
    for (int i = 0; i < PATIENCE_MS; i++) {
        int connection = try_to_connect(started);

        if (connection < 0)
            return;
        close(connection);
        usleep(1000);
    }
    fail_msg("it still accepts connections");
}

/* By a reader so slow that the stop comes while the body is under way, or before. */
static void expect_whole_body_after_stop(const char *path)
{
    struct started started;
    int connection;

    start(&started, "--grace", "1000");
    connection = connect_to(&started);
    ask(connection, path);
    expect(connect_to(&started), "/", 200, NULL);
    kill(started.process.pid, SIGTERM);
    wait_until_refused(&started);
    assert_int_equal(process_wait(&started.process, 300), -ETIMEDOUT);
    assert_int_equal(read_whole_body(connection), LARGE_BYTES);
    expect_exit(&started, 0);
    close(connection);
}

static void test_stop_writes_answers_to_their_end(void **state)
{
    expect_whole_body_after_stop("/bytes/" TEXT_OF(LARGE_BYTES));
    expect_whole_body_after_stop("/bytes/" TEXT_OF(LARGE_BYTES) "?delay=0.1");
}

/* An answer that its client gave up is no reason to wait. */
static void test_stop_does_not_wait_for_who_is_gone(void **state)
{
    struct started started;
    int connection;

    start(&started, "--grace", "1000");
    connection = connect_to(&started);
    ask(connection, "/bytes/" TEXT_OF(LARGE_BYTES));
    expect(connect_to(&started), "/", 200, NULL);
    kill(started.process.pid, SIGTERM);
    wait_until_refused(&started);
    close(connection);
    expect_exit(&started, 0);
}

static void test_second_signal_stops_at_once(void **state)
{
    struct started started;
    int connection;
    char byte;

    start(&started, "--grace", "1000");
    connection = connect_to(&started);
    ask(connection, "/delay/600000");
    expect(connect_to(&started), "/", 200, NULL);
    kill(started.process.pid, SIGTERM);
    for (int i = 0; i < PATIENCE_MS && process_signal_pending(started.process.pid, SIGTERM); i++)
        usleep(1000);
    /* Handled by the loop a moment after it was taken; a further one does no harm. */
    for (int i = 0; i < 100 && process_wait(&started.process, 100) != 0; i++)
        kill(started.process.pid, SIGTERM);
    expect_exit(&started, 0);
    assert_true(recv(connection, &byte, 1, 0) <= 0);
    close(connection);
}

static void test_taken_port_is_named(void **state)
{
    struct run_result result;
    struct started started;
    char port[16];

    start(&started, NULL, NULL);
    snprintf(port, sizeof(port), "%u", started.port);
    RUN_PROGRAM(&result, program, "--port", port);
    assert_int_equal(result.status, 1);
    assert_string_equal(result.output, "");
    assert_non_null(strstr(result.complaint, port));
    assert_non_null(strstr(result.complaint, "Address already in use"));
    stop(&started);
}

/* In any order, and not those that were answered otherwise or not at all. */
static void test_stats(void **state)
{
    struct started started;
    char line[256], expected[256];
    int first, second;

    start(&started, "--stats", NULL);
    first = connect_to(&started);
    second = connect_to(&started);
    expect(first, "/delay/20?u=2", 200, NULL);
    expect(second, "/?u=1", 200, NULL);
    expect(second, "/nothing", 404, NULL);
    ask(second, "/delay/600000");
    expect(first, "/?u=1", 200, NULL);
    close(second);
    close(first);
    kill(started.process.pid, SIGTERM);
    assert_true(process_read_line(&started.process, line, sizeof(line), PATIENCE_MS) > 0);
    snprintf(expected, sizeof(expected),
             "{\"connections\": 2, \"requests\": 5, \"answers\": {\"200\": 3, \"404\": 1}, "
             "\"targets\": \"%016" PRIx64 "\", \"seconds\": ",
             digest_text("/?u=1") + digest_text("/delay/20?u=2") + digest_text("/?u=1"));
    assert_int_equal(strncmp(line, expected, strlen(expected)), 0);
    assert_true(strtod(line + strlen(expected), NULL) >= 0.019);
    expect_exit(&started, 0);
}

static void test_stats_that_nobody_reads(void **state)
{
    struct started started;
    char words[256];
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

    start(&started, "--stats", NULL);
    assert_true(dup2(nothing, started.process.output) >= 0);
    close(nothing);
    kill(started.process.pid, SIGTERM);
    assert_int_equal(process_wait(&started.process, PATIENCE_MS), 0);
    process_read_complaint(&started.process, words, sizeof(words));
    assert_string_equal(words, "webserver: cannot print the statistics: Broken pipe\n");
    expect_exit(&started, EXIT_FAILURE);
}

static void test_wrong_usage(void **state)
{
    static const char *const wrong[][2] = {
        {"--port", "65536"}, {"--port", "x"},      {"--backlog", "0"}, {"--max-connections", "0"},
        {"--grace", "-1"},   {"--nonsense", NULL}, {"word", NULL},     {"--stats=all", NULL},
    };
    struct run_result result;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        RUN_PROGRAM(&result, program, wrong[i][0], wrong[i][1]);
        assert_int_equal(result.status, 2);
        assert_string_equal(result.output, "");
        assert_non_null(strstr(result.complaint, "Try 'webserver --help'."));
    }
    RUN_PROGRAM(&result, program, "--help");
    assert_int_equal(result.status, 0);
    assert_non_null(strstr(result.output, "/delay/MS"));
    RUN_PROGRAM(&result, program, "--version");
    assert_int_equal(result.status, 0);
    assert_int_equal(strncmp(result.output, "webserver ", 10), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_answers_without_a_body),
        cmocka_unit_test(test_delays_overlap),
        cmocka_unit_test(test_limit_on_connections),
        cmocka_unit_test(test_stop_sends_what_is_due),
        cmocka_unit_test(test_stop_writes_answers_to_their_end),
        cmocka_unit_test(test_stop_does_not_wait_for_who_is_gone),
        cmocka_unit_test(test_second_signal_stops_at_once),
        cmocka_unit_test(test_taken_port_is_named),
        cmocka_unit_test(test_stats),
        cmocka_unit_test(test_stats_that_nobody_reads),
        cmocka_unit_test(test_wrong_usage),
    };

    if (argc != 2) {
        fprintf(stderr, "usage: test_webserver PROGRAM\n");
        return 2;
    }
    program = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
