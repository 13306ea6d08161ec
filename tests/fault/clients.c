#include "tests/fault/effort.h"
#include "tests/fault/parts.h"
#include "tests/fault/trouble.h"
#include "tests/fault/victim.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>

/* What clients can do to a server by being many, slow, deaf or gone. */

static void clients_that_never_read(struct fixture *fixture)
{
    enum { DEAF = 6 };
    struct server *server = server_start(fixture);
    struct client *clients[DEAF];
    struct witness witness;

    witness_begin(&witness, server);
    for (int i = 0; i < DEAF; i++) {
        clients[i] = client_connect_small(server);
        fill_pipeline(clients[i]);
        witness_ask(&witness);
        if (!fixture->subject->concurrent)
            client_close(clients[i]);
    }
    step(fixture, "they leave");
    for (int i = 0; i < DEAF; i++)
        client_close(clients[i]);
    witness_end_and_stop(&witness);
}

static void drip_feeders(struct fixture *fixture)
{
    enum { FEEDERS = 20 };
    static const char line[] = "  0001  \r\n";
    struct server *server = server_start(fixture);
    struct client *clients[FEEDERS];
    struct witness witness;
    int count = fixture->subject->concurrent ? FEEDERS : 1;

    witness_begin(&witness, server);
    for (int i = 0; i < count; i++)
        clients[i] = client_connect(server);
    for (size_t at = 0; at < sizeof(line) - 1; at++) {
        for (int i = 0; i < count; i++)
            client_send_bytes(clients[i], line + at, 1);
        witness_ask(&witness);
    }
    for (int i = 0; i < count; i++) {
        client_expect_line(clients[i], "1");
        client_close(clients[i]);
    }
    witness.answers += count;
    witness_end_and_stop(&witness);
}

/* As many as this run asks for and both sides have descriptors for. */
static int crowd_size(struct fixture *fixture)
{
    int crowd = effort.crowd;
    struct rlimit limit;

    if (strcmp(fixture->subject->compute, "connection") == 0)
        crowd = effort.thread_crowd;
    if (subject_has_option(fixture->subject, "--poller=select") && crowd > FD_SETSIZE - 124)
        crowd = FD_SETSIZE - 124;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < (rlim_t)crowd + 100)
        fixture_skip(fixture, "needs more descriptors than the hard limit allows");
    return crowd;
}

static void idle_crowd_beside_a_busy_client(struct fixture *fixture)
{
    int crowd = crowd_size(fixture);
    struct server *server = server_start(fixture);
    struct client *last = NULL;
    struct server_stats stats;
    struct witness witness;

    witness_begin(&witness, server);
    step(fixture, "the crowd comes");
    for (int i = 0; i < crowd; i++) {
        last = client_connect(server);
        if (i % 50 == 0)
            witness_ask(&witness);
    }
    ask_for_one(last);
    step(fixture, "the busy client");
    for (int i = 0; i < 500; i++)
        witness_ask(&witness);
    if (!wait_until(server_is_at_rest, server, DEADLINE_MS))
        fixture_fail(fixture, "idle clients keep the processor busy");
    step(fixture, "the crowd leaves");
    for (struct client *client = fixture->clients; client != NULL; client = client->next)
        if (client != witness.client)
            client_reset(client);
    witness_end(&witness);
    stats = server_stop(server);
    if (stats.peak_connections <= crowd)
        fixture_fail(fixture, "%d were idle at once, but --stats counts %d at most", crowd,
                     (int)stats.peak_connections);
}

enum { STORM = 12 };

struct storm {
    struct client *clients[STORM];
    bool asked[STORM];
};

/* Each asks when it is through, and leaves with its answer, in whatever order they are served. */
static bool storm_is_over(void *argument)
{
    struct storm *storm = argument;
    bool over = true;
    char *line;

    for (int i = 0; i < STORM; i++) {
        struct client *client = storm->clients[i];

        if (client->fd < 0)
            continue;
        over = false;
        if (!storm->asked[i] && client_is_connected(client)) {
            client_send(client, "1\n");
            storm->asked[i] = true;
        } else if (storm->asked[i] && client_read_line(client, &line, 0) != CLIENT_TIMEOUT) {
            if (client->ended || client->error != 0 || strcmp(line, "1") != 0)
                fixture_fail(client->fixture, "client %u has no right answer", client->number);
            client_close(client);
        }
    }
    return over;
}

/* Nobody accepts while they come, and the queue holds a few. */
static void storm_above_the_backlog(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--backlog", "4");
    struct storm storm = {0};
    struct witness witness;

    witness_begin(&witness, server);
    server_signal(server, SIGSTOP);
    for (int i = 0; i < STORM; i++)
        storm.clients[i] = client_begin_connect(server);
    server_signal(server, SIGCONT);
    witness_ask(&witness);
    if (!wait_until(storm_is_over, &storm, DEADLINE_MS))
        fixture_fail(fixture, "not everybody is served");
    witness.answers += STORM;
    witness_end_and_stop(&witness);
}

static void full_pool_with_a_queue_of_cancelled_jobs(struct fixture *fixture)
{
    enum { MANY = 30 };
    bool pool = strcmp(fixture->subject->compute, "pool") == 0;
    struct server *server = pool ? server_start(fixture, "--max-n", "93", "--workers", "1")
                                 : server_start(fixture, "--max-n", "93");
    struct client *clients[MANY];
    struct witness witness;
    int64_t mark;

    /* Where every request goes to the pool, the witness's would wait behind the endless ones. */
    bool queued = subject_has_option(fixture->subject, "--offload=always");

    witness_begin(&witness, server);
    for (int round = 0; round < 2; round++) {
        mark = server_cpu_ns(server);
        for (int i = 0; i < MANY; i++) {
            clients[i] = client_connect(server);
            client_ask(clients[i], 93);
            if (!queued)
                witness_ask(&witness);
        }
        server_expect_computing(server, mark);
        for (int i = 0; i < MANY; i++)
            client_reset(clients[i]);
        witness_ask(&witness);
    }
    witness_end_and_stop(&witness);
}

/* Everything at once, while any call may be interrupted; then a stop, and one that does not wait.
 */
static void stop_while_all_of_it_goes_on(struct fixture *fixture)
{
    enum { EACH = 5 };
    struct trouble trouble;
    struct server *server;
    struct client *client;

    trouble_init(&trouble, fixture);
    server = server_start(fixture, "--max-n", "93", "--grace", "600");
    trouble_arm(&trouble, SHIM_ACCEPT | SHIM_RECEIVE | SHIM_SEND | SHIM_WAIT, EINTR, 1, 4);
    for (int i = 0; i < EACH; i++) {
        client_send(client_connect(server), "1\n1\n");
        fill_pipeline(client_connect_small(server));
        client_send(client_connect(server), "1\n1");
        client = client_connect(server);
        client_send(client, "1\n");
        client_reset(client);
    }
    for (int i = 0; i < EACH; i++)
        client_ask(client_connect(server), 93);
    server_signal_taken(server, SIGTERM);
    server_signal(server, SIGTERM);
    server_wait(server);
    trouble_disarm(&trouble);
    for (client = fixture->clients; client != NULL; client = client->next)
        if (client->fd >= 0)
            client_expect_gone(client);
}

static const struct suite_test tests[] = {
    TEST(clients_that_never_read, 0),
    TEST(drip_feeders, 0),
    TEST(idle_crowd_beside_a_busy_client, NEEDS_CONCURRENCY | NEEDS_REFUSAL),
    TEST(storm_above_the_backlog, NEEDS_TCP),
    TEST(full_pool_with_a_queue_of_cancelled_jobs, NEEDS_OWN_COMPUTATION | NEEDS_REFUSAL),
    TEST(stop_while_all_of_it_goes_on, 0),
};

const struct suite_part clients_part = SUITE_PART(tests);
