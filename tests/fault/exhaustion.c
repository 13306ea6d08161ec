#include "tests/fault/parts.h"
#include "tests/fault/witness.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>

enum { CROWD = 120, QUIET_MS = 150, NEWS_MS = 150 };

/* More clients than there are descriptors for. */
struct crowd {
    struct client *clients[CROWD];
    bool answered[CROWD], ended[CROWD];
    int answers, ends;
};

static void gather(struct crowd *crowd, struct server *server)
{
    *crowd = (struct crowd){0};
    for (int i = 0; i < CROWD; i++) {
        crowd->clients[i] = client_connect(server);
        client_try_send(crowd->clients[i], "1\n", 2);
    }
}

/* Takes note of who has been answered and who turned away; true where that is anything new. */
static bool crowd_has_news(void *argument)
{
    struct crowd *crowd = argument;
    int before = crowd->answers + crowd->ends;
    enum client_line result;
    char *line;

    for (int i = 0; i < CROWD; i++) {
        if (crowd->clients[i]->fd < 0 || crowd->answered[i] || crowd->ended[i])
            continue;
        result = client_read_line(crowd->clients[i], &line, 0);
        if (result == CLIENT_LINE && strcmp(line, "1") == 0) {
            crowd->answered[i] = true;
            crowd->answers++;
        } else if (result != CLIENT_TIMEOUT) {
            crowd->ended[i] = true;
            crowd->ends++;
        }
    }
    return crowd->answers + crowd->ends > before;
}

static void note_everybody(struct crowd *crowd)
{
    while (wait_until(crowd_has_news, crowd, NEWS_MS))
        continue;
}

static void dismiss_the_answered(struct crowd *crowd)
{
    for (int i = 0; i < CROWD; i++)
        if (crowd->answered[i])
            client_close(crowd->clients[i]);
}

static bool newcomer_is_served(void *argument)
{
    struct client *client = client_try_connect(argument);
    char *line;
    bool served;

    if (client == NULL)
        return false;
    client_try_send(client, "1\n", 2);
    served = client_read_line(client, &line, DEADLINE_MS) == CLIENT_LINE && strcmp(line, "1") == 0;
    client_close(client);
    return served;
}

/* The server cannot serve the whole crowd: what must hold until it has dispersed. */
static void expect_survived(struct witness *witness)
{
    struct server *server = witness->server;
    struct fixture *fixture = server->fixture;
    struct crowd crowd;

    step(fixture, "more clients than descriptors");
    gather(&crowd, server);
    note_everybody(&crowd);
    if (crowd.answers == CROWD)
        fixture_fail(fixture, "all were answered, nothing has run out");
    for (int i = 0; i < 10; i++)
        witness_ask(witness);
    step(fixture, "no busy loop");
    server_expect_no_cpu(server, QUIET_MS);
    step(fixture, "those who were answered leave");
    dismiss_the_answered(&crowd);
    if (crowd.answers + crowd.ends < CROWD && !wait_until(crowd_has_news, &crowd, DEADLINE_MS))
        fixture_fail(fixture, "descriptors are free again, but nobody who waits is accepted");
    witness_ask(witness);
    step(fixture, "everybody leaves");
    for (int i = 0; i < CROWD; i++)
        client_close(crowd.clients[i]);
    if (!wait_until(newcomer_is_served, server, DEADLINE_MS))
        fixture_fail(fixture, "nobody is accepted any more");
}

static void too_few_descriptors_from_the_start(struct fixture *fixture)
{
    struct server *server = server_start_limited(fixture, 80);
    struct witness witness;

    witness_begin(&witness, server);
    expect_survived(&witness);
    witness_end_and_stop(&witness);
}

/* The server's own reckoning cannot foresee this. */
static void descriptors_run_out_unexpectedly(struct fixture *fixture)
{
    struct server *server;
    struct witness witness;
    struct rlimit limit;

    if (strcmp(fixture->subject->backend, "uring") == 0)
        fixture_skip(fixture, "an accept under way keeps the limit that held when it began");
    server = server_start(fixture);
    witness_begin(&witness, server);
    if (prlimit(server->process.pid, RLIMIT_NOFILE, NULL, &limit) != 0)
        fixture_fail(fixture, "prlimit: %s", strerror(errno));
    limit.rlim_cur = (rlim_t)witness.descriptors + 12;
    if (prlimit(server->process.pid, RLIMIT_NOFILE, &limit, NULL) != 0)
        fixture_fail(fixture, "prlimit: %s", strerror(errno));
    for (int round = 0; round < 2; round++)
        expect_survived(&witness);
    witness_end_and_stop(&witness);
}

static void stop_without_descriptors_is_orderly(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct witness witness;
    struct rlimit limit;
    struct crowd crowd;

    witness_begin(&witness, server);
    prlimit(server->process.pid, RLIMIT_NOFILE, NULL, &limit);
    limit.rlim_cur = (rlim_t)witness.descriptors + 2;
    if (prlimit(server->process.pid, RLIMIT_NOFILE, &limit, NULL) != 0)
        fixture_fail(fixture, "prlimit: %s", strerror(errno));
    gather(&crowd, server);
    note_everybody(&crowd);
    witness_ask(&witness);
    server_signal(server, SIGTERM);
    client_expect_gone(witness.client);
    client_close(witness.client);
    for (int i = 0; i < CROWD; i++) {
        client_expect_gone(crowd.clients[i]);
        client_close(crowd.clients[i]);
    }
    server_wait(server);
}

/* Memory for further connections is refused for a while; whoever came then may be turned away. */
static void memory_runs_out_for_a_while(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct witness witness;
    struct rlimit limit, old;
    char path[64], text[64] = "";
    struct crowd crowd;
    FILE *file;

    witness_begin(&witness, server);
    snprintf(path, sizeof(path), "/proc/%d/statm", (int)server->process.pid);
    file = fopen(path, "re");
    if (file == NULL || fgets(text, sizeof(text), file) == NULL)
        fixture_fail(fixture, "cannot read %s", path);
    fclose(file);
    prlimit(server->process.pid, RLIMIT_AS, NULL, &old);
    limit = old;
    limit.rlim_cur = (rlim_t)strtoull(text, NULL, 10) * 4096 + (256 << 10);
    if (prlimit(server->process.pid, RLIMIT_AS, &limit, NULL) != 0)
        fixture_fail(fixture, "prlimit: %s", strerror(errno));
    gather(&crowd, server);
    note_everybody(&crowd);
    server_expect_no_cpu(server, QUIET_MS);
    prlimit(server->process.pid, RLIMIT_AS, &old, NULL);
    step(fixture, "memory is there again");
    witness_ask(&witness);
    for (int i = 0; i < CROWD; i++)
        client_close(crowd.clients[i]);
    if (!wait_until(newcomer_is_served, server, DEADLINE_MS))
        fixture_fail(fixture, "nobody is accepted any more");
    witness_end_and_stop(&witness);
}

/* Numbers that fd_set has no bit for. */
static void select_refuses_above_fd_setsize(struct fixture *fixture)
{
    enum { MANY = FD_SETSIZE + 60 };
    static struct client *clients[MANY];
    struct server *server;
    struct witness witness;
    struct rlimit limit;
    int served = 0, refused = 0;
    char *line;

    if (!subject_has_option(fixture->subject, "--poller=select"))
        fixture_skip(fixture, "its poller is not select");
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < MANY + 100)
        fixture_skip(fixture, "needs more descriptors than the hard limit allows");
    server = server_start(fixture);
    witness_begin(&witness, server);
    for (int i = 0; i < MANY; i++) {
        clients[i] = client_connect(server);
        client_try_send(clients[i], "1\n", 2);
        switch (client_read_line(clients[i], &line, DEADLINE_MS)) {
        case CLIENT_LINE:
            if (strcmp(line, "1") == 0) {
                served++;
                break;
            }
            if (strncmp(line, "ERR ", 4) != 0)
                fixture_fail(fixture, "client %d was told '%.60s'", i, line);
            client_expect_end(clients[i]);
            refused++;
            break;
        default:
            fixture_fail(fixture, "client %d was neither served nor told why not", i);
        }
    }
    if (served < FD_SETSIZE - 100 || refused == 0)
        fixture_fail(fixture, "%d served, %d refused", served, refused);
    witness_ask(&witness);
    for (int i = 0; i < MANY; i++)
        client_close(clients[i]);
    if (!wait_until(newcomer_is_served, server, DEADLINE_MS))
        fixture_fail(fixture, "nobody is accepted any more");
    witness_end_and_stop(&witness);
}

static const struct suite_test tests[] = {
    TEST(too_few_descriptors_from_the_start, NEEDS_CONCURRENCY),
    TEST(descriptors_run_out_unexpectedly, NEEDS_CONCURRENCY),
    TEST(stop_without_descriptors_is_orderly, NEEDS_CONCURRENCY),
    TEST(memory_runs_out_for_a_while, NEEDS_CONCURRENCY | NEEDS_RELEASE),
    TEST(select_refuses_above_fd_setsize, 0),
};

const struct suite_part exhaustion_part = SUITE_PART(tests);
