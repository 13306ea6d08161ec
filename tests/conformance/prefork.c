#include "common/clock.h"
#include "tests/conformance/parts.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/* What only a server of several processes can show. */

enum { WORKERS = 2, KILLING_MS = 500, DEATHS_MAX = 20 };

static void needs_prefork(struct fixture *fixture)
{
    if (strcmp(fixture->subject->backend, "prefork") != 0)
        fixture_skip(fixture, "has no worker processes");
}

static struct server *start_two_workers(struct fixture *fixture)
{
    needs_prefork(fixture);
    return server_start(fixture, "--workers", "2", "--max-n", "93", "--grace", "600");
}

static size_t find_workers(const struct server *server, pid_t workers[WORKERS])
{
    return process_children(server->process.pid, workers, WORKERS);
}

static bool all_are_there(void *argument)
{
    pid_t workers[WORKERS];

    return find_workers(argument, workers) == WORKERS;
}

static bool is_gone(void *argument)
{
    struct client *client = argument;
    char *line;

    return client_read_line(client, &line, 0) != CLIENT_TIMEOUT;
}

/* Kills the worker of one of the two clients. Returns the client that goes on. */
static struct client *kill_one_of_two(struct server *server, struct client *clients[2])
{
    pid_t workers[WORKERS];

    if (find_workers(server, workers) != WORKERS)
        fixture_fail(server->fixture, "there are not two workers");
    kill(workers[0], SIGKILL);
    for (int64_t deadline = clock_ms() + DEADLINE_MS; clock_ms() < deadline; pause_ms(1)) {
        if (is_gone(clients[0]))
            return clients[1];
        if (is_gone(clients[1]))
            return clients[0];
    }
    fixture_fail(server->fixture, "a worker was killed, but nobody's connection has ended");
}

static void killed_worker_is_replaced(struct fixture *fixture)
{
    struct server *server = start_two_workers(fixture);
    struct client *clients[2] = {client_connect(server), client_connect(server)}, *polite, *next;
    struct server_stats stats;

    for (int i = 0; i < 2; i++)
        client_round_trip(clients[i], 10);
    polite = kill_one_of_two(server, clients);
    client_round_trip(polite, 11);
    if (!wait_until(all_are_there, server, DEADLINE_MS))
        fixture_fail(fixture, "the killed worker is not replaced");
    next = client_connect(server);
    client_round_trip(next, 12);
    client_round_trip(polite, 13);
    stats = server_stop(server);
    if (stats.connections != 3 || stats.requests != 5 || stats.peak_connections != 2)
        fixture_fail(fixture,
                     "%d connections, %d requests, %d at once: what the killed worker did "
                     "is not counted",
                     (int)stats.connections, (int)stats.requests, (int)stats.peak_connections);
}

/* Each new one dies at once, too: the parent must not start them as fast as they die. */
static void workers_that_die_young_are_replaced_slowly(struct fixture *fixture)
{
    struct server *server;
    int64_t deadline;
    pid_t worker, last = 0;
    int deaths = 0;

    needs_prefork(fixture);
    server = server_start(fixture, "--workers", "1");
    deadline = clock_ms() + KILLING_MS;
    while (clock_ms() < deadline) {
        if (process_children(server->process.pid, &worker, 1) == 1 && worker != last) {
            kill(worker, SIGKILL);
            last = worker;
            deaths++;
        }
    }
    if (deaths < 2 || deaths > DEATHS_MAX)
        fixture_fail(fixture, "%d workers were started within half a second", deaths);
    client_round_trip(client_connect(server), 10);
    server_stop(server);
}

/* As a terminal does: for the workers it is no order, least of all a second one. */
static void interrupt_of_the_whole_group_drains(struct fixture *fixture)
{
    unsigned n = n_taking(fixture, 0.3);
    struct server *server = start_two_workers(fixture);
    struct client *client = client_connect(server);
    int64_t mark = server_cpu_ns(server);
    pid_t workers[WORKERS];

    client_ask(client, n);
    server_expect_computing(server, mark);
    for (size_t i = find_workers(server, workers); i > 0; i--)
        kill(workers[i - 1], SIGINT);
    server_signal(server, SIGINT);
    client_expect_fibonacci(client, n);
    client_expect_end(client);
    client_close(client);
    if (server_wait(server).dropped != 0)
        fixture_fail(fixture, "answers were dropped");
}

static bool has_been_reaped(void *argument)
{
    const pid_t *pid = argument;

    return waitpid(*pid, NULL, WNOHANG) == *pid;
}

/* They become children of this process, a subreaper. */
static void workers_die_with_their_parent(struct fixture *fixture)
{
    struct server *server = start_two_workers(fixture);
    struct client *client = client_connect(server);
    pid_t workers[WORKERS];
    int64_t mark = server_cpu_ns(server);

    client_ask(client, 93);
    server_expect_computing(server, mark);
    find_workers(server, workers);
    server_signal(server, SIGKILL);
    process_wait(&server->process, DEADLINE_MS);
    for (int i = 0; i < WORKERS; i++)
        if (!wait_until(has_been_reaped, &workers[i], DEADLINE_MS))
            fixture_fail(fixture, "a worker outlives its parent");
    client_expect_gone(client);
}

static void suspended_worker_does_not_hold_up_a_forced_stop(struct fixture *fixture)
{
    struct server *server = start_two_workers(fixture);
    pid_t workers[WORKERS];

    find_workers(server, workers);
    kill(workers[0], SIGSTOP);
    server_signal(server, SIGTERM);
    pause_ms(20);
    server_signal(server, SIGINT);
    server_wait(server);
}

static const struct suite_test tests[] = {
    TEST(killed_worker_is_replaced, 0),
    TEST(workers_that_die_young_are_replaced_slowly, 0),
    TEST(interrupt_of_the_whole_group_drains, NEEDS_NUMBERS),
    TEST(workers_die_with_their_parent, 0),
    TEST(suspended_worker_does_not_hold_up_a_forced_stop, 0),
};

const struct suite_part prefork_part = SUITE_PART(tests);
