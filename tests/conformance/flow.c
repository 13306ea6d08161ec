#include "common/clock.h"
#include "tests/conformance/backpressure.h"
#include "tests/conformance/firehose.h"
#include "tests/conformance/parts.h"

#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    BLOCKED_MS = 1000,
    MEMORY_LIMIT = 8 << 20,
    SANITIZER_MEMORY_LIMIT = 64 << 20, /* freed memory stays in quarantine there */
};

static void sending_without_reading_blocks_the_sender(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct deaf_client deaf = {.client = client_connect_small(server)};
    int64_t before = process_resident(server->process.pid), grown;

    step(fixture, "send without reading");
    deaf_client_send_until_blocked(&deaf, BLOCKED_MS);
    grown = process_resident(server->process.pid) - before;
    if (grown > (SLOWNESS > 1 ? SANITIZER_MEMORY_LIMIT : MEMORY_LIMIT))
        fixture_fail(fixture, "memory has grown by %.1f MiB", (double)grown / (1 << 20));
    step(fixture, "wait with the sender blocked");
    /* Its kernel may still take a little, from time to time. */
    server_expect_idle(server, 300);
    step(fixture, "read every answer");
    deaf_client_read_all(&deaf);
    client_round_trip(deaf.client, 10);
    client_half_close(deaf.client);
    client_expect_end(deaf.client);
    server_stop(server);
}

static void blocked_sender_does_not_block_others(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct deaf_client deaf = {.client = client_connect_small(server)};
    struct client *other = client_connect(server);

    client_round_trip(other, 10);
    deaf_client_send_until_blocked(&deaf, 200);
    for (int i = 0; i < 20; i++)
        client_round_trip(other, 10);
    deaf_client_read_all(&deaf);
    client_round_trip(other, 10);
}

static void half_close_after_a_blocked_send_loses_nothing(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct deaf_client deaf = {.client = client_connect_small(server)};

    deaf_client_send_until_blocked(&deaf, 200);
    deaf_client_end_and_read_all(&deaf);
}

/* More than the server holds in one piece, behind a request that takes a while. */
static void requests_behind_a_costly_one_keep_their_order(struct fixture *fixture)
{
    enum { LINES = 60000 };
    static char text[LINES * 3];
    unsigned n = n_taking(fixture, 0.2);
    struct server *server = server_start(fixture, "--max-n", "93");
    struct client *client = client_connect(server);

    for (int i = 0; i < LINES; i++)
        memcpy(text + (size_t)i * 3, i % 2 == 0 ? "10\n" : "11\n", 3);
    client_ask(client, n);
    client_send_bytes(client, text, sizeof(text));
    client_expect_fibonacci(client, n);
    for (int i = 0; i < LINES; i++)
        client_expect_line(client, i % 2 == 0 ? "55" : "89");
    client_round_trip(client, 12);
}

/* "1" is ready long before what stands behind it in the same write. */
static void ready_answer_goes_out_before_a_costly_request(struct fixture *fixture)
{
    unsigned n = n_taking(fixture, 0.4);
    struct server *server = server_start(fixture, "--max-n", "93");
    struct client *client = client_connect(server);
    int64_t begin, first, second;
    char text[32];

    client_round_trip(client, 10);
    snprintf(text, sizeof(text), "1\nx\n7\n%u\n", n);
    begin = clock_ns();
    client_send(client, text);
    client_expect_line(client, "1");
    client_expect_error(client);
    client_expect_line(client, "13");
    first = clock_ns() - begin;
    client_expect_fibonacci(client, n);
    second = clock_ns() - begin;
    if (first > second / 2)
        fixture_fail(fixture, "the ready answer took %.0f ms, the costly one %.0f ms",
                     (double)first / 1e6, (double)second / 1e6);
}

static void answer_between_two_costly_requests_goes_out(struct fixture *fixture)
{
    unsigned n = n_taking(fixture, 0.3);
    struct server *server = server_start(fixture, "--max-n", "93");
    struct client *client = client_connect(server);
    int64_t begin, first, second;
    char text[32];

    client_round_trip(client, 10);
    snprintf(text, sizeof(text), "%u\n1\n%u\n", n, n);
    begin = clock_ns();
    client_send(client, text);
    client_expect_fibonacci(client, n);
    client_expect_line(client, "1");
    first = clock_ns() - begin;
    client_expect_fibonacci(client, n);
    second = clock_ns() - begin;
    if (first > second * 3 / 4)
        fixture_fail(fixture, "the answers before the last came at %.0f ms, the last at %.0f ms",
                     (double)first / 1e6, (double)second / 1e6);
}

/* Asks once, the firehose running. Returns how long the answer took. */
static double polite_seconds(struct client *polite, struct firehose *firehose)
{
    struct pollfd watch = {.fd = polite->fd, .events = POLLIN};
    int64_t begin = clock_ns();

    client_ask(polite, 10);
    while (poll(&watch, 1, 1) == 0) {
        if (!firehose_pump(firehose))
            fixture_fail(polite->fixture, "the firehose's connection has ended");
        if (clock_ns() - begin > DEADLINE_MS * INT64_C(1000000))
            fixture_fail(polite->fixture, "no answer beside a firehose");
    }
    client_expect_line(polite, "55");
    return (double)(clock_ns() - begin) / 1e9;
}

/*
 * One read of the firehose's requests is worth seconds of work; a server that did all of it before
 * it looks at others would let the polite client wait that long each time.
 */
static void firehose_does_not_stop_a_polite_client(struct fixture *fixture)
{
    enum { ROUNDS = 20 };
    unsigned n = n_taking(fixture, 100e-6);
    struct server *server = server_start(fixture);
    static struct firehose firehose;
    struct client *polite = client_connect(server);
    double sum = 0, read_worth;

    client_round_trip(polite, 10);
    firehose_open(&firehose, server, n);
    for (int i = 0; i < 50 || firehose.answers == 0; i++) {
        firehose_pump(&firehose);
        pause_ms(1);
    }
    for (int i = 0; i < ROUNDS; i++)
        sum += polite_seconds(polite, &firehose);
    read_worth = (double)firehose.block_length / (double)firehose.line_length * 100e-6;
    if (sum / ROUNDS > read_worth / 10)
        fixture_fail(fixture, "polite answers take %.0f ms beside a firehose", sum / ROUNDS * 1e3);
    if (firehose.answers == 0)
        fixture_fail(fixture, "the firehose got nothing");
}

static void cheap_firehose_does_not_stop_a_polite_client(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    static struct firehose firehose;
    struct client *polite = client_connect(server);
    double sum = 0;

    client_round_trip(polite, 10);
    firehose_open(&firehose, server, 1);
    for (int i = 0; i < 20; i++) {
        firehose_pump(&firehose);
        sum += polite_seconds(polite, &firehose);
    }
    if (sum / 20 > 0.5 * SLOWNESS)
        fixture_fail(fixture, "polite answers take %.0f ms beside a firehose", sum / 20 * 1e3);
}

static void costly_request_does_not_delay_others(struct fixture *fixture)
{
    unsigned n = n_taking(fixture, 0.6);
    struct server *server = server_start(fixture, "--max-n", "93", "--workers", "2");
    struct client *slow = client_connect(server), *fast = client_connect(server);
    int64_t mark;
    char *line;

    client_round_trip(fast, 10);
    mark = server_cpu_ns(server);
    client_ask(slow, n);
    server_expect_computing(server, mark);
    for (int i = 0; i < 20; i++)
        client_round_trip(fast, 10);
    if (client_read_line(slow, &line, 0) != CLIENT_TIMEOUT)
        fixture_fail(fixture, "twenty cheap answers took as long as the costly one");
    client_expect_fibonacci(slow, n);
}

/* As many costly requests as there are workers: with --offload=auto, cheap ones need no worker. */
static void busy_pool_does_not_delay_cheap_requests(struct fixture *fixture)
{
    unsigned n = n_taking(fixture, 0.6);
    struct server *server;
    struct client *slow[3], *fast;
    int64_t mark;
    char *line;

    if (strcmp(fixture->subject->compute, "pool") != 0 ||
        subject_has_option(fixture->subject, "--offload=always"))
        fixture_skip(fixture, "has no pool with cheap requests computed inline");
    server = server_start(fixture, "--max-n", "93", "--workers", "2");
    fast = client_connect(server);
    client_round_trip(fast, 10);
    mark = server_cpu_ns(server);
    for (int i = 0; i < 3; i++) {
        slow[i] = client_connect(server);
        client_ask(slow[i], n);
    }
    server_expect_computing(server, mark);
    for (int i = 0; i < 20; i++)
        client_round_trip(fast, 10);
    for (int i = 0; i < 3; i++)
        if (client_read_line(slow[i], &line, 0) != CLIENT_TIMEOUT)
            fixture_fail(fixture, "twenty cheap answers took as long as a costly one");
    for (int i = 0; i < 3; i++)
        client_expect_fibonacci(slow[i], n);
}

/* Reads the CPUs of each thread; counts those that may use the first CPU alone. */
static int threads_on_the_first_cpu(const struct server *server)
{
    char path[64], text[4096];
    DIR *directory;
    const struct dirent *entry;
    int count = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/task", (int)server->process.pid);
    directory = opendir(path);
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        snprintf(path, sizeof(path), "/proc/%d/task/%.20s/status", (int)server->process.pid,
                 entry->d_name);
        file = fopen(path, "re");
        if (file == NULL)
            continue;
        text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
        fclose(file);
        if (strstr(text, "\nCpus_allowed_list:\t0\n") != NULL)
            count++;
    }
    if (directory != NULL)
        closedir(directory);
    return count;
}

static bool pool_is_on_the_first_cpu(void *argument)
{
    const struct server *server = argument;
    int pinned = threads_on_the_first_cpu(server);

    return pinned > 0 && pinned < process_threads(server->process.pid);
}

static void pool_threads_stay_on_their_cpus(struct fixture *fixture)
{
    unsigned n = n_taking(fixture, 0.02);
    struct server *server;

    if (strcmp(fixture->subject->compute, "pool") != 0)
        fixture_skip(fixture, "has no pool");
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        fixture_skip(fixture, "needs two CPUs");
    server = server_start(fixture, "--max-n", "93", "--pool-cpus", "0", "--workers", "2");
    client_round_trip(client_connect(server), n);
    if (!wait_until(pool_is_on_the_first_cpu, server, DEADLINE_MS))
        fixture_fail(fixture, "%d of %d threads are bound to the CPU for the pool",
                     threads_on_the_first_cpu(server), process_threads(server->process.pid));
}

static void more_costly_requests_than_workers_are_all_answered(struct fixture *fixture)
{
    enum { CLIENTS = 12 };
    unsigned n = n_taking(fixture, 0.02);
    struct server *server = server_start(fixture, "--max-n", "93", "--workers", "2");
    struct client *clients[CLIENTS];

    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = client_connect(server);
        client_ask(clients[i], n);
        client_ask(clients[i], 10);
        client_ask(clients[i], n);
    }
    for (int i = 0; i < CLIENTS; i++) {
        client_expect_fibonacci(clients[i], n);
        client_expect_line(clients[i], "55");
        client_expect_fibonacci(clients[i], n);
        client_close(clients[i]);
    }
}

static const struct suite_test tests[] = {
    TEST(sending_without_reading_blocks_the_sender, NEEDS_NUMBERS | NEEDS_LINES),
    TEST(blocked_sender_does_not_block_others, NEEDS_NUMBERS | NEEDS_LINES | NEEDS_CONCURRENCY),
    TEST(half_close_after_a_blocked_send_loses_nothing, NEEDS_NUMBERS | NEEDS_LINES),
    TEST(requests_behind_a_costly_one_keep_their_order, NEEDS_NUMBERS | NEEDS_LINES),
    TEST(ready_answer_goes_out_before_a_costly_request, NEEDS_NUMBERS | NEEDS_RELEASE),
    TEST(answer_between_two_costly_requests_goes_out, NEEDS_NUMBERS | NEEDS_RELEASE),
    TEST(firehose_does_not_stop_a_polite_client, NEEDS_NUMBERS | NEEDS_LINES | NEEDS_CONCURRENCY),
    TEST(cheap_firehose_does_not_stop_a_polite_client,
         NEEDS_NUMBERS | NEEDS_LINES | NEEDS_CONCURRENCY),
    TEST(costly_request_does_not_delay_others,
         NEEDS_NUMBERS | NEEDS_CONCURRENCY | NEEDS_OWN_COMPUTATION),
    TEST(busy_pool_does_not_delay_cheap_requests, NEEDS_NUMBERS | NEEDS_OWN_COMPUTATION),
    TEST(pool_threads_stay_on_their_cpus, NEEDS_NUMBERS | NEEDS_OWN_COMPUTATION),
    TEST(more_costly_requests_than_workers_are_all_answered, NEEDS_NUMBERS | NEEDS_CONCURRENCY),
};

const struct suite_part flow_part = SUITE_PART(tests);
