#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include "bench/process.h"
#include "bench/scenario.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

/* One run of fibclient. */
struct client_run {
    const char *program;
    const char *host;
    unsigned port;
    const struct client_group *group; /* what clients they are */
    unsigned n;                       /* what to ask for */
    double rate;                      /* of an open loop, in requests per second; 0: closed */
    unsigned seed;                    /* of its schedule */
    double seconds;
    const cpu_set_t *cpus; /* NULL: any */
};

/* What fibclient said. All zero where it could not connect. */
struct client_report {
    bool failed;         /* the load generator itself: its report is not there or no report */
    bool unreachable;    /* it could not connect */
    double requests;     /* answered within the window */
    double late;         /* answered behind it */
    double wrong;        /* or superfluous */
    double missing;      /* answers, or connections that the server closed */
    double unopened;     /* connections that it could not open in the window; it has failed then */
    double rate;         /* requests per second in the window */
    double latency;      /* mean seconds of those in the window; 0 without any */
    double late_latency; /* mean seconds of the late ones */
    double percentile;   /* that which the group's column shows; 0: none, or too few requests */
    double shortest;     /* seconds of the quickest of both; 0 without any */
    bool starved;        /* one of its connections got no answer within the window */
    /*
     * It waited for one answer for nine tenths of the window or more, though what it asks for is
     * cheap. Of two clients of a server that serves one, the second can still get answers in its
     * last milliseconds, because the first one began, and so ended, a little earlier.
     */
    bool waited;
    char words[320]; /* why it failed, could not connect, or what was wrong first */
};

/*
 * Starts it. Returns 0 and *process, which ends by itself some 6 s behind the window at the latest,
 * or -errno with the problem.
 */
int client_create(struct process **process, struct supervisor *supervisor,
                  const struct client_run *run, struct problem *problem);

/* How long to wait for clients with so many connections, in ms: longer than they can need. */
int64_t client_limit(double seconds, unsigned connections);

/*
 * Reads the report of a client that has ended, or that has not within its limit (then it has
 * failed). *summary is what the results file keeps of it, for the caller to delete.
 */
void client_read_report(const struct process *process, const struct client_group *group,
                        struct client_report *report, cJSON **summary);

/*
 * The number of one group of a scenario from its clients' reports: requests per second of each,
 * seconds per request, or a percentile of these; 0 where too few were answered. with_late: also
 * those answered behind the window, which is right only where nothing else ran during the window
 * but not behind it.
 */
double client_group_value(const struct client_group *group, const struct client_report *reports,
                          bool with_late);

#endif
