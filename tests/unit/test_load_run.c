/* The load generator against a small server that keeps the protocol, or breaks it in one way. */
#include "clients/load.h"
#include "common/clock.h"
#include "tests/harness/assertions.h"
#include "tests/unit/fake_server.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

struct trial {
    struct fake_server *server;
    struct address address;
    struct load_options options;
    struct load_result *result;
    int error;
};

static struct trial *create_trial(const struct fake_options *fake)
{
    struct trial *trial = calloc(1, sizeof(*trial));

    assert_non_null(trial);
    trial->server = fake_server_create(fake);
    trial->address = fake_server_address(trial->server);
    trial->options = (struct load_options){.addresses = &trial->address,
                                           .address_count = 1,
                                           .n = 1,
                                           .connections = 1,
                                           .pipeline = 1,
                                           .seconds = 0.2,
                                           .stop_descriptor = -1};
    trial->result = malloc(sizeof(*trial->result));
    assert_non_null(trial->result);
    return trial;
}

static struct trial *create_faulty(enum fake_fault fault, unsigned after)
{
    const struct fake_options fake = {.fault = fault, .after = after};

    return create_trial(&fake);
}

static void run_trial(struct trial *trial)
{
    trial->error = load_run(&trial->options, trial->result);
}

static void destroy_trial(struct trial *trial)
{
    fake_server_destroy(trial->server);
    load_result_finish(trial->result);
    free(trial->result);
    free(trial);
}

static void assert_clean(const struct trial *trial)
{
    const struct load_result *result = trial->result;
    uint64_t sum = 0;

    assert_int_equal(trial->error, 0);
    assert_string_equal(result->problem, "");
    assert_int_equal(load_errors_total(&result->errors), 0);
    /* On a machine that is busy otherwise, all may be late. */
    assert_true(result->requests + result->late > 0);
    assert_int_equal(result->sent, result->requests + result->late);
    for (unsigned at = 0; at < result->connections; at++)
        sum += result->per_connection[at];
    assert_int_equal(sum, result->requests);
    assert_false(result->lost);
}

struct stopper {
    struct fake_server *server;
    int pipe[2];
    uint64_t after;
    size_t bytes;
};

static void *stop_after(void *argument)
{
    static const char bytes[256] = {0};
    const struct stopper *stopper = argument;

    if (!fake_server_wait(stopper->server, stopper->after) ||
        write(stopper->pipe[1], bytes, stopper->bytes) != (ssize_t)stopper->bytes)
        abort();
    return NULL;
}

static void run_until_stopped(struct trial *trial, uint64_t requests, size_t bytes)
{
    struct stopper stopper = {.server = trial->server, .after = requests, .bytes = bytes};
    pthread_t thread;

    assert_int_equal(pipe2(stopper.pipe, O_NONBLOCK | O_CLOEXEC), 0);
    trial->options.stop_descriptor = stopper.pipe[0];
    trial->options.seconds = 0;
    assert_int_equal(pthread_create(&thread, NULL, stop_after, &stopper), 0);
    run_trial(trial);
    pthread_join(thread, NULL);
    close(stopper.pipe[0]);
    close(stopper.pipe[1]);
}

static void test_closed_loops(void **state)
{
    static const struct {
        unsigned connections, pipeline, spin_us;
    } shapes[] = {{1, 1, 0},   {1, 7, 0},    {1, 10000, 0}, {2, 1, 0},  {20, 1, 0},
                  {20, 16, 0}, {3, 3000, 0}, {1, 1, 50},    {20, 1, 50}};

    for (size_t at = 0; at < sizeof(shapes) / sizeof(shapes[0]); at++) {
        uint64_t enough = UINT64_C(20) * shapes[at].connections * shapes[at].pipeline;
        struct trial *trial = create_faulty(FAKE_NONE, 0);
        const struct load_result *result = trial->result;

        trial->options.connections = shapes[at].connections;
        trial->options.pipeline = shapes[at].pipeline;
        trial->options.spin_us = shapes[at].spin_us;
        run_until_stopped(trial, enough, 1);
        assert_clean(trial);
        assert_true(result->requests + result->late >= enough);
        assert_int_equal(result->latency.count, result->requests);
        assert_int_equal(result->late_latency.count, result->late);
        assert_true(result->latency.minimum > 0);
        assert_int_equal(fake_server_accepted(trial->server), shapes[at].connections);
        for (unsigned connection = 0; connection < shapes[at].connections; connection++)
            assert_true(result->per_connection[connection] > 0);
        destroy_trial(trial);
    }
}

static void test_window_is_as_long_as_told(void **state)
{
    static const double rates[] = {0, 100};

    for (size_t at = 0; at < 2; at++) {
        for (unsigned connections = 1; connections <= 2; connections++) {
            struct trial *trial = create_faulty(FAKE_NONE, 0);
            int64_t begun = clock_ns();

            trial->options.connections = connections;
            trial->options.rate = rates[at];
            run_trial(trial);
            assert_clean(trial);
            assert_true(clock_ns() - begun >= 200000000);
            assert_true(fabs(trial->result->seconds - 0.2) < 1e-6);
            assert_false(trial->result->stopped);
            destroy_trial(trial);
        }
    }
}

static void test_answers_cut_anywhere(void **state)
{
    const struct fake_options fake = {.fault = FAKE_IN_PIECES, .answer = "12200160415121876738"};
    struct trial *trial = create_trial(&fake);

    trial->options.n = 93;
    trial->options.connections = 3;
    trial->options.pipeline = 5;
    run_trial(trial);
    assert_clean(trial);
    destroy_trial(trial);
}

static void test_unix_socket(void **state)
{
    char path[] = "/tmp/test_load_XXXXXX";
    char name[sizeof(path) + 8];
    struct fake_options fake = {.unix_path = name};
    struct trial *trial;

    assert_non_null(mkdtemp(path));
    snprintf(name, sizeof(name), "%s/socket", path);
    trial = create_trial(&fake);
    trial->options.connections = 100;
    trial->options.idle = 50;
    run_trial(trial);
    assert_clean(trial);
    destroy_trial(trial);
    unlink(name);
    rmdir(path);
}

static void test_open_loop_keeps_its_rate(void **state)
{
    struct trial *trial = create_faulty(FAKE_NONE, 0);
    const struct load_result *result = trial->result;

    trial->options.connections = 4;
    trial->options.pipeline = 50;
    trial->options.rate = 2000;
    trial->options.seconds = 0.5;
    trial->options.seed = 3;
    run_trial(trial);
    assert_clean(trial);
    /* 1000 are due, give or take the chance of a Poisson process: five of its deviations. */
    assert_in_range(result->sent + result->unsent, 840, 1160);
    assert_int_equal(result->latency.count, result->sent + result->unsent);
    assert_int_equal(result->lag.count, result->sent);
    destroy_trial(trial);
}

/* The server stalls once: a closed loop notices one slow request, the open loop all that were due.
 */
static void test_open_loop_charges_a_stall(void **state)
{
    const struct fake_options fake = {.fault = FAKE_STALL, .after = 20, .stall_ms = 400};

    for (unsigned pipeline = 1; pipeline <= 1000; pipeline += 999) {
        struct trial *trial = create_trial(&fake);
        const struct load_result *result = trial->result;

        trial->options.rate = 1000;
        trial->options.seconds = 0.8;
        trial->options.pipeline = pipeline;
        run_trial(trial);
        assert_int_equal(trial->error, 0);
        assert_int_equal(load_errors_total(&result->errors), 0);
        assert_int_equal(result->latency.count, result->sent + result->unsent);
        /* Half of the window's requests were due in the stall; half of these waited 200 ms. */
        assert_true(histogram_quantile(&result->latency, 0.9) > 100000000);
        destroy_trial(trial);
    }
}

static void test_open_loop_counts_what_it_could_not_send(void **state)
{
    struct trial *trial = create_faulty(FAKE_CLOSE, 0);
    const struct load_result *result = trial->result;
    struct trial *silent;

    trial->options.rate = 1000;
    run_trial(trial);
    assert_int_equal(trial->error, 0);
    assert_true(result->lost);
    assert_int_equal(result->errors.closed, 1);
    assert_int_equal(result->errors.missing, 1);
    destroy_trial(trial);

    silent = create_faulty(FAKE_SILENT, 5);
    silent->options.rate = 1000;
    silent->options.seconds = 0.3;
    silent->options.pipeline = 2;
    run_trial(silent);
    assert_int_equal(silent->result->requests + silent->result->late, 5);
    assert_int_equal(silent->result->errors.missing, 2);
    assert_true(silent->result->unsent > 100);
    assert_int_equal(silent->result->latency.count, silent->result->sent + silent->result->unsent);
    assert_true(silent->result->latency.maximum > 5000000000);
    destroy_trial(silent);
}

struct expectation {
    enum fake_fault fault;
    struct load_errors errors; /* per connection */
    const char *problem;
};

/*
 * On each connection that many errors, with blocking calls, with epoll and in an open loop. The
 * first request meets the fault, since even on a slow machine there is a first one.
 */
static void expect(const struct expectation *expected, unsigned connections, double rate)
{
    struct trial *trial = create_faulty(expected->fault, 0);
    const struct load_errors *errors = &trial->result->errors;

    trial->options.connections = connections;
    trial->options.rate = rate;
    run_trial(trial);
    assert_int_equal(trial->error, 0);
    assert_int_equal(errors->wrong, connections * expected->errors.wrong);
    assert_int_equal(errors->missing, connections * expected->errors.missing);
    assert_int_equal(errors->extra, connections * expected->errors.extra);
    assert_int_equal(errors->closed, connections * expected->errors.closed);
    if (strstr(trial->result->problem, expected->problem) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", trial->result->problem, expected->problem);
    destroy_trial(trial);
}

static void expect_everywhere(const struct expectation *expected)
{
    expect(expected, 1, 0);
    expect(expected, 5, 0);
    expect(expected, 2, 1000);
}

static void test_wrong_answer(void **state)
{
    const struct expectation wrong = {FAKE_WRONG, {.wrong = 1}, "wrong answer \"4181\""};
    const struct expectation err = {FAKE_ERR, {.wrong = 1}, "wrong answer \"ERR too busy\""};

    expect_everywhere(&wrong);
    expect_everywhere(&err);
}

static void test_extra_answer(void **state)
{
    const struct expectation twice = {FAKE_EXTRA, {.extra = 1}, "nothing asked for"};
    const struct expectation at_end = {FAKE_EXTRA_AT_END, {.extra = 1}, "nothing asked for"};
    const struct expectation stub = {FAKE_STUB_AT_END, {.extra = 1}, ""};

    expect_everywhere(&twice);
    expect_everywhere(&at_end);
    expect_everywhere(&stub);
}

static void test_closed_early(void **state)
{
    const struct expectation closed = {
        FAKE_CLOSE, {.missing = 1, .closed = 1}, "closed by the server"};
    const struct expectation reset = {
        FAKE_RESET, {.missing = 1, .closed = 1}, "Connection reset by peer"};

    expect_everywhere(&closed);
    expect_everywhere(&reset);
}

/* These cost the whole wait for answers. */
static void test_missing_answer(void **state)
{
    const struct expectation missing = {FAKE_MISSING, {.missing = 1}, "did not come"};
    const struct expectation silent = {FAKE_SILENT, {.missing = 1}, "did not come"};

    expect(&missing, 5, 0);
    expect(&silent, 1, 0);
}

/* An extra answer among many under way is found when the stream has more lines than requests. */
static void test_extra_answer_in_a_pipeline(void **state)
{
    struct trial *trial = create_faulty(FAKE_EXTRA, 100);

    trial->options.pipeline = 16;
    run_until_stopped(trial, 1000, 1);
    assert_int_equal(trial->result->errors.extra, 1);
    assert_int_equal(load_errors_total(&trial->result->errors), 1);
    destroy_trial(trial);
}

static void test_refused_with_a_word(void **state)
{
    struct trial *trial = create_faulty(FAKE_REFUSE, 0);

    trial->options.connections = 3;
    run_trial(trial);
    assert_int_equal(trial->error, 0);
    assert_int_equal(trial->result->requests, 0);
    assert_true(trial->result->lost);
    assert_true(load_errors_total(&trial->result->errors) >= 3);
    assert_non_null(strstr(trial->result->problem, "ERR too many connections"));
    destroy_trial(trial);
}

static void test_server_that_keeps_open_is_no_error(void **state)
{
    struct trial *trial = create_faulty(FAKE_KEEP_OPEN, 0);
    int64_t begun = clock_ns();

    run_trial(trial);
    assert_clean(trial);
    assert_true(clock_ns() - begun < INT64_C(4000000000));
    destroy_trial(trial);
}

static void test_idle_connections(void **state)
{
    struct trial *trial = create_faulty(FAKE_NONE, 0);

    trial->options.connections = 2;
    trial->options.idle = 300;
    run_trial(trial);
    assert_clean(trial);
    assert_int_equal(fake_server_accepted(trial->server), 302);
    destroy_trial(trial);

    /* Busy or idle, each has its first answer wrong. */
    trial = create_faulty(FAKE_WRONG, 0);
    trial->options.connections = 2;
    trial->options.idle = 3;
    run_trial(trial);
    assert_int_equal(trial->result->errors.wrong, 5);
    destroy_trial(trial);
}

/* An idle connection that waits in vain is waited for once, and not for each that would follow. */
static void test_idle_connections_wait_in_vain(void **state)
{
    struct trial *trial = create_faulty(FAKE_SILENT, 0);
    int64_t begun = clock_ns();

    trial->options.idle = 1000;
    trial->options.patience = 0.2;
    trial->options.seconds = 0.01;
    run_trial(trial);
    assert_true(clock_ns() - begun < INT64_C(9000000000));
    assert_int_equal(trial->error, 0);
    assert_int_equal(trial->result->idle_unanswered, 1000);
    assert_in_range(trial->result->errors.missing, 2, 200);
    assert_non_null(strstr(trial->result->problem, "idle connection 2: no answer within 0.2 s"));
    destroy_trial(trial);
}

/* Takes one connection from a short backlog, and closes all when the window has begun. */
static void *accept_one(void *argument)
{
    int listener = *(int *)argument, connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    char byte;

    if (connection < 0 || recv(connection, &byte, 1, 0) != 1)
        abort();
    close(listener);
    close(connection);
    return NULL;
}

/* Where the backlog is full, what is open is measured, and the rest is an error. */
static void test_connections_wait_in_vain(void **state)
{
    struct trial *trial = create_faulty(FAKE_NONE, 0);
    int listener = fake_closed_port(&trial->address);
    pthread_t thread;

    assert_int_equal(listen(listener, 0), 0);
    trial->options.connections = 10;
    trial->options.patience = 0.3;
    assert_int_equal(pthread_create(&thread, NULL, accept_one, &listener), 0);
    run_trial(trial);
    pthread_join(thread, NULL);
    assert_int_equal(trial->error, 0);
    assert_true(trial->result->lost);
    assert_true(trial->result->errors.unopened > 0);
    assert_true(trial->result->errors.closed > 0);
    assert_int_equal(trial->result->errors.unopened + trial->result->errors.closed, 10);
    assert_non_null(strstr(trial->result->problem, "connections were open"));
    destroy_trial(trial);
}

static void test_slices_add_up(void **state)
{
    static const double rates[] = {0, 2000};

    for (size_t at = 0; at < 2; at++) {
        struct trial *trial = create_faulty(FAKE_NONE, 0);
        uint64_t sum = 0;

        trial->options.connections = 3;
        trial->options.rate = rates[at];
        run_trial(trial);
        assert_clean(trial);
        assert_true(trial->result->sliced);
        for (size_t slice = 0; slice < LOAD_SLICES; slice++)
            sum += trial->result->slices[slice];
        assert_int_equal(sum, trial->result->requests);
        assert_true(samples_are_exact(&trial->result->samples));
        assert_int_equal(samples_quantile(&trial->result->samples, 1),
                         trial->result->latency.maximum);
        destroy_trial(trial);
    }
}

/* A window that is cut short has no tenths. */
static void test_no_slices_where_stopped(void **state)
{
    struct trial *trial = create_faulty(FAKE_NONE, 0);

    run_until_stopped(trial, 50, 1);
    assert_false(trial->result->sliced);
    destroy_trial(trial);
}

/* Answered, but for those on their way at the end, each connection served for its requests. */
static void expect_churn(struct trial *trial, unsigned connections, unsigned pipeline)
{
    const struct load_result *result = trial->result;

    trial->options.churn = true;
    trial->options.connections = connections;
    trial->options.pipeline = pipeline;
    run_until_stopped(trial, UINT64_C(10) * connections * pipeline, 1);
    assert_clean(trial);
    assert_true(result->opened >= 5 * connections);
    assert_in_range(result->sent / pipeline, result->opened, result->opened + connections);
    assert_int_equal(result->sent % pipeline, 0);
    assert_in_range(fake_server_accepted(trial->server), result->opened,
                    result->opened + connections);
    destroy_trial(trial);
}

static void test_churn(void **state)
{
    expect_churn(create_faulty(FAKE_NONE, 0), 1, 1);
    expect_churn(create_faulty(FAKE_NONE, 0), 20, 1);
    expect_churn(create_faulty(FAKE_NONE, 0), 3, 100);
    expect_churn(create_faulty(FAKE_IN_PIECES, 0), 3, 2);
}

static void test_churn_on_a_unix_socket(void **state)
{
    char path[] = "/tmp/test_load_XXXXXX";
    char name[sizeof(path) + 8];
    struct fake_options fake = {.unix_path = name};

    assert_non_null(mkdtemp(path));
    snprintf(name, sizeof(name), "%s/socket", path);
    expect_churn(create_trial(&fake), 50, 1);
    unlink(name);
    rmdir(path);
}

/* Each connection has one fault, and its place is given up where the server closed. */
static void test_churn_finds_faults(void **state)
{
    struct trial *trial = create_faulty(FAKE_EXTRA_AT_END, 1);

    trial->options.churn = true;
    run_until_stopped(trial, 20, 1);
    assert_int_equal(trial->error, 0);
    assert_in_range(trial->result->errors.extra, 10, trial->result->opened + 1);
    destroy_trial(trial);

    trial = create_faulty(FAKE_CLOSE, 0);
    trial->options.churn = true;
    trial->options.connections = 3;
    run_trial(trial);
    assert_true(trial->result->lost);
    assert_int_equal(trial->result->errors.closed, 3);
    assert_int_equal(trial->result->errors.missing, 3);
    destroy_trial(trial);
}

/* Requests are bounded by the pauses: of one connection, no more than the window has of them. */
static void test_think(void **state)
{
    struct trial *trial = create_faulty(FAKE_NONE, 0);

    trial->options.connections = 4;
    trial->options.think = 0.02;
    run_trial(trial);
    assert_clean(trial);
    assert_in_range(trial->result->sent, 4, 4 * 11);
    destroy_trial(trial);
}

static void test_nobody_listens(void **state)
{
    struct trial *trial = create_faulty(FAKE_NONE, 0);
    struct address addresses[2];
    int reserved = fake_closed_port(&addresses[0]);

    trial->options.addresses = addresses;
    run_trial(trial);
    assert_int_equal(trial->error, -ECONNREFUSED);
    assert_non_null(strstr(trial->result->problem, "Connection refused"));
    load_result_finish(trial->result);

    /* Where a name has more addresses than one, the next is tried. */
    addresses[1] = trial->address;
    trial->options.address_count = 2;
    trial->options.connections = 10;
    run_trial(trial);
    assert_clean(trial);
    assert_int_equal(trial->result->address.length, trial->address.length);
    assert_memory_equal(&trial->result->address.storage, &trial->address.storage,
                        trial->address.length);
    close(reserved);
    destroy_trial(trial);
}

static void test_too_few_descriptors(void **state)
{
    struct trial *trial = create_faulty(FAKE_NONE, 0);
    struct rlimit limit, low;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    trial->options.connections = LOAD_MOST_CONNECTIONS;
    if (limit.rlim_max > LOAD_MOST_CONNECTIONS) {
        low = (struct rlimit){.rlim_cur = limit.rlim_cur, .rlim_max = LOAD_MOST_CONNECTIONS};
        if (low.rlim_cur > low.rlim_max)
            low.rlim_cur = low.rlim_max;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    }
    run_trial(trial);
    assert_int_equal(trial->error, -EMFILE);
    assert_non_null(strstr(trial->result->problem, "file descriptors"));
    assert_int_equal(fake_server_accepted(trial->server), 0);
    destroy_trial(trial);
}

static void test_stop_ends_the_window(void **state)
{
    static const struct {
        unsigned connections;
        double rate;
    } shapes[] = {{1, 0}, {4, 0}, {4, 2000}};

    for (size_t at = 0; at < sizeof(shapes) / sizeof(shapes[0]); at++) {
        struct trial *trial = create_faulty(FAKE_NONE, 0);

        trial->options.connections = shapes[at].connections;
        trial->options.rate = shapes[at].rate;
        run_until_stopped(trial, 100, 1);
        assert_int_equal(trial->error, 0);
        assert_true(trial->result->stopped);
        assert_int_equal(load_errors_total(&trial->result->errors), 0);
        assert_true(trial->result->requests + trial->result->late >= 100);
        assert_true(trial->result->seconds > 0);
        destroy_trial(trial);
    }
}

/*
 * One connection waits in a call that blocks, for an answer that never comes; a second stop (128
 * bytes are one) spares the wait for it.
 */
static void test_stop_reaches_a_silent_server(void **state)
{
    struct trial *trial = create_faulty(FAKE_SILENT, 4);
    int64_t begun = clock_ns();

    run_until_stopped(trial, 5, 129);
    assert_true(clock_ns() - begun < INT64_C(4000000000));
    assert_true(trial->result->stopped);
    assert_int_equal(trial->result->requests, 4);
    assert_int_equal(trial->result->errors.missing, 1);
    destroy_trial(trial);
}

static void *kill_server_after(void *argument)
{
    struct fake_server *server = argument;

    if (!fake_server_wait(server, 200))
        abort();
    fake_server_destroy(server);
    return NULL;
}

static void test_server_stops_in_mid_run(void **state)
{
    for (unsigned shape = 0; shape < 4; shape++) {
        struct trial *trial = create_faulty(FAKE_NONE, 0);
        unsigned connections = shape % 2 == 0 ? 1 : 8;
        bool churn = shape >= 2;
        pthread_t thread;

        trial->options.connections = connections;
        trial->options.churn = churn;
        trial->options.seconds = 0;
        assert_int_equal(pthread_create(&thread, NULL, kill_server_after, trial->server), 0);
        run_trial(trial);
        pthread_join(thread, NULL);
        trial->server = NULL;
        assert_int_equal(trial->error, 0);
        assert_true(trial->result->lost);
        assert_int_equal(trial->result->errors.closed + trial->result->errors.unopened,
                         connections);
        assert_true(churn || trial->result->errors.unopened == 0);
        assert_true(trial->result->requests > 0);
        destroy_trial(trial);
    }
}

struct seen {
    unsigned answers;
    unsigned problems;
};

static void see_answer(void *context, unsigned connection, double seconds, bool late)
{
    struct seen *seen = context;

    assert_true(seconds > 0);
    assert_in_range(connection, 0, 1);
    seen->answers++;
}

static void see_problem(void *context, const char *text)
{
    struct seen *seen = context;

    assert_non_null(strstr(text, "wrong answer"));
    seen->problems++;
}

static void test_observer_sees_answers_and_the_first_problem(void **state)
{
    struct trial *trial = create_faulty(FAKE_WRONG, 2);
    struct seen seen = {0};

    trial->options.connections = 2;
    trial->options.observer =
        (struct load_observer){.context = &seen, .answer = see_answer, .problem = see_problem};
    run_until_stopped(trial, 100, 1);
    assert_int_equal(seen.answers, trial->result->requests + trial->result->late);
    assert_int_equal(trial->result->errors.wrong, 2);
    assert_int_equal(seen.problems, 1);
    destroy_trial(trial);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed_loops),
        cmocka_unit_test(test_window_is_as_long_as_told),
        cmocka_unit_test(test_answers_cut_anywhere),
        cmocka_unit_test(test_unix_socket),
        cmocka_unit_test(test_open_loop_keeps_its_rate),
        cmocka_unit_test(test_open_loop_charges_a_stall),
        cmocka_unit_test(test_open_loop_counts_what_it_could_not_send),
        cmocka_unit_test(test_wrong_answer),
        cmocka_unit_test(test_extra_answer),
        cmocka_unit_test(test_closed_early),
        cmocka_unit_test(test_missing_answer),
        cmocka_unit_test(test_extra_answer_in_a_pipeline),
        cmocka_unit_test(test_refused_with_a_word),
        cmocka_unit_test(test_server_that_keeps_open_is_no_error),
        cmocka_unit_test(test_idle_connections),
        cmocka_unit_test(test_idle_connections_wait_in_vain),
        cmocka_unit_test(test_connections_wait_in_vain),
        cmocka_unit_test(test_slices_add_up),
        cmocka_unit_test(test_no_slices_where_stopped),
        cmocka_unit_test(test_churn),
        cmocka_unit_test(test_churn_on_a_unix_socket),
        cmocka_unit_test(test_churn_finds_faults),
        cmocka_unit_test(test_think),
        cmocka_unit_test(test_nobody_listens),
        cmocka_unit_test(test_stop_ends_the_window),
        cmocka_unit_test(test_stop_reaches_a_silent_server),
        cmocka_unit_test(test_server_stops_in_mid_run),
        cmocka_unit_test(test_observer_sees_answers_and_the_first_problem),
        /* The last, as it cannot raise the limit again. */
        cmocka_unit_test(test_too_few_descriptors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
