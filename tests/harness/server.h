#ifndef TESTS_HARNESS_SERVER_H
#define TESTS_HARNESS_SERVER_H

#include "tests/harness/fixture.h"
#include "tests/harness/process.h"

#include <netinet/in.h>
#include <sys/un.h>

/* A fibserver that runs. All functions fail the test when the server does not do its part. */
struct server {
    struct fixture *fixture;
    struct server *next;
    struct process process;
    char line[192]; /* what it said when it was ready */
    union {
        struct sockaddr any;
        struct sockaddr_in ip4;
        struct sockaddr_in6 ip6;
        struct sockaddr_un path;
    } address;
    socklen_t address_length;
    int port; /* 0 for a Unix socket */
    double ready_seconds;
};

struct server_stats {
    int64_t connections, refused, requests, errors, cancelled, dropped, peak_connections;
    int loops; /* of accepted_per_loop, 0 where it is not there; their sum and the least */
    int64_t accepted, accepted_least;
};

/*
 * Starts the run's backend with --stats, on a free port (or a Unix socket in the fixture's folder)
 * and waits for its line. The further arguments are options, C strings.
 */
#define server_start(fixture, ...)                                                                 \
    server_start_with(fixture, 0, (const char *const[]){"--stats", ##__VA_ARGS__, NULL})
#define server_start_limited(fixture, descriptors, ...)                                            \
    server_start_with(fixture, descriptors, (const char *const[]){"--stats", ##__VA_ARGS__, NULL})
struct server *server_start_with(struct fixture *fixture, unsigned descriptors,
                                 const char *const *options);

/*
 * Starts one that may be unable to. Returns false where it ended before it was ready; how it ended
 * is in (*server)->process then.
 */
bool server_try_start(struct fixture *fixture, struct server **server);

/* Closes its clients' connections, then server_terminate: a stop that has nothing to wait for. */
struct server_stats server_stop(struct server *server);

/* SIGTERM, then server_wait. */
struct server_stats server_terminate(struct server *server);

/*
 * Waits for the end by itself: exit status 0, nothing more on standard output, no process left
 * behind, and the JSON object of --stats as the last line of standard error.
 */
struct server_stats server_wait(struct server *server);

void server_signal(struct server *server, int signal);

/* The same, and waits until it has been taken, so that a next one is not one with it. */
void server_signal_taken(struct server *server, int signal);

/* Fails unless it runs and has said nothing on standard error so far. */
void server_expect_quiet(struct server *server);

/* Waits until the server has used so much processor time since the mark: it computes. */
void server_expect_computing(struct server *server, int64_t mark_ns);

/* Waits until it uses less than a tenth of a processor while so much time passes. */
void server_expect_idle(struct server *server, int milliseconds);

/* Processor time used so far. */
int64_t server_cpu_ns(const struct server *server);

/* Fails if it uses more than that in the time that follows. */
void server_expect_no_cpu(struct server *server, int milliseconds);

/* Open descriptors of the server and its children. */
int server_descriptors(const struct server *server);

/* Waits until it has at most so many descriptors open. */
void server_expect_descriptors(struct server *server, int most);

/* Ends it at once, for fixture_finish. */
void server_destroy(struct server *server);

#endif
