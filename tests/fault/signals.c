#include "tests/fault/parts.h"
#include "tests/fault/witness.h"

#include <signal.h>

enum { CHILDREN_MAX = 64 };

static bool is_stopped(void *argument)
{
    return process_is_stopped(*(const pid_t *)argument);
}

static void stop_process(struct server *server, pid_t pid)
{
    if (kill(pid, SIGSTOP) != 0 || !wait_until(is_stopped, &pid, DEADLINE_MS))
        fixture_fail(server->fixture, "SIGSTOP does not stop %d", (int)pid);
}

/* Children first: they serve on while their parent is stopped. */
static void suspend(struct server *server)
{
    pid_t children[CHILDREN_MAX];
    size_t count = process_children(server->process.pid, children, CHILDREN_MAX);

    for (size_t i = 0; i < count; i++)
        stop_process(server, children[i]);
    stop_process(server, server->process.pid);
}

static void resume(struct server *server)
{
    pid_t children[CHILDREN_MAX];
    size_t count = process_children(server->process.pid, children, CHILDREN_MAX);

    server_signal(server, SIGCONT);
    for (size_t i = 0; i < count; i++)
        kill(children[i], SIGCONT);
}

static void sigpipe_ends_nothing(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct witness witness;

    witness_begin(&witness, server);
    for (int i = 0; i < 5; i++) {
        server_signal(server, SIGPIPE);
        witness_ask(&witness);
    }
    witness_end_and_stop(&witness);
}

/* System calls that wait come back with EINTR after this. */
static void suspending_while_idle_loses_nothing(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct witness witness;

    witness_begin(&witness, server);
    for (int i = 0; i < 20; i++) {
        suspend(server);
        resume(server);
        witness_ask(&witness);
    }
    witness_end_and_stop(&witness);
}

static void what_arrives_while_suspended_is_answered(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *there = client_connect(server), *late;

    ask_for_one(there);
    suspend(server);
    client_send(there, "1\n1\n");
    late = client_connect(server);
    client_send(late, "1\n");
    client_half_close(late);
    client_expect_silence(there, 50);
    resume(server);
    client_expect_line(there, "1");
    client_expect_line(there, "1");
    client_half_close(there);
    client_expect_end(there);
    client_expect_line(late, "1");
    client_expect_end(late);
    server_stop(server);
}

static void suspending_while_it_computes_loses_nothing(struct fixture *fixture)
{
    unsigned n = n_taking(fixture, 0.2);
    struct server *server = server_start(fixture, "--max-n", "93");
    struct client *client = client_connect(server);
    int64_t mark = server_cpu_ns(server);

    client_ask(client, n);
    client_ask(client, 10);
    server_expect_computing(server, mark);
    for (int i = 0; i < 10; i++) {
        suspend(server);
        resume(server);
    }
    client_expect_fibonacci(client, n);
    client_expect_line(client, "55");
    client_close(client);
    server_stop(server);
}

static void stop_that_comes_while_suspended_is_taken(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);

    ask_for_one(client);
    suspend(server);
    server_signal(server, SIGTERM);
    resume(server);
    client_expect_end(client);
    client_close(client);
    server_wait(server);
}

static void signals_without_meaning_are_ignored(struct fixture *fixture)
{
    static const int signals[] = {SIGCHLD, SIGURG, SIGWINCH, SIGCONT};
    struct server *server = server_start(fixture);
    struct witness witness;

    witness_begin(&witness, server);
    for (int round = 0; round < 10; round++)
        for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
            server_signal(server, signals[i]);
            witness_ask(&witness);
        }
    witness_end_and_stop(&witness);
}

static const struct suite_test tests[] = {
    TEST(sigpipe_ends_nothing, 0),
    TEST(suspending_while_idle_loses_nothing, 0),
    TEST(what_arrives_while_suspended_is_answered, 0),
    TEST(suspending_while_it_computes_loses_nothing, NEEDS_NUMBERS),
    TEST(stop_that_comes_while_suspended_is_taken, 0),
    TEST(signals_without_meaning_are_ignored, 0),
};

const struct suite_part signals_part = SUITE_PART(tests);
