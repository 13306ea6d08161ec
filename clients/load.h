#ifndef CLIENTS_LOAD_H
#define CLIENTS_LOAD_H

#include "clients/histogram.h"
#include "clients/samples.h"
#include "common/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The load generator: opens connections to a server that speaks the project's line protocol, keeps
 * them busy, checks every answer, and measures. One thread, the caller's; epoll, or blocking calls
 * where one connection in a closed loop needs no more.
 *
 * Closed loop (rate 0): each connection has pipeline requests under way, and answers are replaced
 * by new requests: those of one read by one write. The load adapts to the server. Open loop: the
 * requests of all connections together are due on a Poisson schedule that does not wait for
 * answers; latency counts from when a request was due, so that a server that stalls is charged for
 * the requests that it kept from being sent (G. Tene: How NOT to Measure Latency, "coordinated
 * omission"). Two more kinds of closed loop: thinking clients, which pause between an answer and
 * their next request, and churn, where a connection serves for one write of requests and is then
 * closed, and a new one opened in its place.
 *
 * Latency is taken with one reading of the clock per read, shared by the answers in it and by the
 * requests that replace them. So it runs from just before the write to just after the read, and
 * what one read and one write take (a few microseconds) bounds its error.
 */
enum {
    LOAD_MOST_CONNECTIONS = 20000,
    LOAD_MOST_PIPELINE = 10000,
    LOAD_MOST_UNDER_WAY = 10000000, /* connections times pipeline */
    LOAD_MOST_RATE = 10000000,
    LOAD_MOST_THINK = 1000, /* seconds */
    LOAD_SLICES = 10,
    LOAD_PROBLEM_TEXT = 320,
};

enum load_phase {
    LOAD_CONNECTING,
    LOAD_MEASURING,
    LOAD_DRAINING, /* waiting for the answers still due */
};

/* Handed to observers about once a second. */
struct load_progress {
    enum load_phase phase;
    unsigned open;     /* connections, idle ones included */
    double seconds;    /* since the window began */
    double interval;   /* since the last call, in seconds */
    uint64_t requests; /* answered in that interval */
    uint64_t errors;   /* since the beginning */
};

/*
 * Called from within load_run, on its thread; any of them may be NULL. They must not block for
 * long: the time they take is missing in the measurement. answer is for slow requests: it is called
 * for each right answer, and having it costs the closed loop something.
 */
struct load_observer {
    void *context;
    void (*progress)(void *context, const struct load_progress *progress);
    /* late: after the window. */
    void (*answer)(void *context, unsigned connection, double seconds, bool late);
    /* The first thing that went wrong, in words; text lives for the call. */
    void (*problem)(void *context, const char *text);
};

struct load_options {
    const struct address *addresses; /* borrowed; tried in turn until one accepts */
    size_t address_count;
    unsigned n;           /* what to ask for, 0..LARGEST_N */
    unsigned connections; /* 1..LOAD_MOST_CONNECTIONS */
    unsigned idle;        /* further ones that ask for F(1) once, before the window, and stay */
    unsigned pipeline;    /* requests under way per connection, 1..LOAD_MOST_PIPELINE */
    double seconds;       /* length of the window; 0: until stopped */
    double rate;          /* requests per second in all, up to LOAD_MOST_RATE; 0: closed loop */
    uint64_t seed;        /* of the open loop's schedule */
    double think;         /* closed loop, pipeline 1: seconds between answer and next request */
    /*
     * Closed loop: connect, send pipeline requests, read the answers, half-close, read to the end,
     * close, and again, connections of these at once. Latency counts from before the connect. On
     * IPv4 loopback the connections come from many addresses of 127.0.0.0/8 in turn, so that one
     * address does not run out of ports, of which each stays reserved for a minute.
     */
    bool churn;
    double patience;  /* seconds without progress while opening connections; 0: ten */
    unsigned spin_us; /* closed loop: how long to look before sleeping, 0: not at all */
    /*
     * A descriptor that becomes readable to end the run (a signalfd, an eventfd, a pipe; not
     * blocking), or -1. The first time ends the window as its time would; the second time ends the
     * wait for answers too. 128 bytes are read each time, so that one signal counts once.
     */
    int stop_descriptor;
    struct load_observer observer;
};

/*
 * What went wrong with answers. An answer that differs (ERR included) is wrong; one that never
 * came is missing, also one that a closed connection took with it; one that nobody had asked for
 * is extra; closed counts connections that the server closed or reset before the end; unopened
 * those that could not be opened: within the window (churn), or in time before it.
 */
struct load_errors {
    uint64_t wrong;
    uint64_t missing;
    uint64_t extra;
    uint64_t closed;
    uint64_t unopened;
};

struct load_result {
    uint64_t requests; /* answered rightly within the window */
    uint64_t late;     /* answered rightly, but after the window */
    uint64_t sent;     /* all requests that were sent, idle connections' ones apart */
    uint64_t unsent;   /* open loop: due within the window, but never sent for want of answers */
    struct load_errors errors;
    double seconds;  /* what the window really took */
    double user_cpu; /* seconds of CPU of the calling thread within the window */
    double system_cpu;
    bool stopped;             /* ended by the stop descriptor */
    bool lost;                /* ended because no connection was left */
    uint64_t *per_connection; /* requests, per busy connection (churn: per place of one) */
    unsigned connections;
    uint64_t opened;              /* churn: connections begun within the window */
    unsigned idle_unanswered;     /* idle connections that got no answer */
    uint64_t slices[LOAD_SLICES]; /* requests, per tenth of the window */
    bool sliced;                  /* the window had a length and was not cut short */
    struct address address;       /* the one that accepted */
    /*
     * Nanoseconds. Closed loop: the requests of the window. Open loop: all that were due in it,
     * late ones too, and those without an answer with the time that they had waited when the window
     * (not sent) or the run (sent) ended, a lower bound. The samples are those of latency one by
     * one, sorted, as long as samples_are_exact.
     */
    struct histogram latency;
    struct samples samples;
    struct histogram late_latency; /* closed loop: the late ones */
    /* Open loop: how long the generator itself, with a connection free, was behind its schedule. */
    struct histogram lag;
    char problem[LOAD_PROBLEM_TEXT]; /* the first thing that went wrong, in words; else empty */
};

/*
 * Runs one measurement, and returns when it is over; the result must not live on a small stack
 * (170 KiB). Connects with a bounded number of connections in progress, starts the window when all
 * are open, ends it as told, or when no connection is left, then waits up to 5 s for the answers
 * still due, and checks that no others come: it half-closes each connection and reads to its end,
 * for up to 1 s. Raises the soft limit on descriptors to the hard one where it must, and leaves it
 * raised.
 *
 * Returns 0 where there was a window, whatever became of the requests. Else -errno, with
 * result->problem saying in words what could not be done: -EMFILE where the limit on descriptors
 * does not suffice, -EINTR where the run was stopped while connecting, -ENOMEM, what connect
 * reported. After either the caller owns what result points to, which load_result_finish frees.
 */
int load_run(const struct load_options *options, struct load_result *result);

/* The sum of all. */
uint64_t load_errors_total(const struct load_errors *errors);

/* Frees what the result owns. */
void load_result_finish(struct load_result *result);

#endif
