#ifndef BENCH_WEB_CLIENT_H
#define BENCH_WEB_CLIENT_H

#include "bench/supervisor.h"
#include "bench/variant.h"
#include "bench/web_list.h"

#include <cjson/cJSON.h>
#include <sched.h>

/* One run of a web client, by the stopwatch. */
struct web_client_run {
    const char *program; /* webclient, for its strategies */
    const struct variant *variant;
    const struct web_list *list;
    const char *certificate; /* that it trusts, for URLs that are https; else NULL */
    unsigned concurrency;
    const cpu_set_t *cpus; /* NULL: any */
    double limit;          /* seconds after which it hangs */
};

struct web_client_report {
    bool hung; /* it did not end within the limit, and was killed */
    bool lost; /* the stopwatch itself ended without a report */
    int status;
    int signal; /* 0: it exited by itself */
    double seconds;
    double user;
    double system;
    double resident_bytes;
    char words[320]; /* its last ones, or how long it was waited for */
};

/*
 * Runs it to its end. Returns 0 and the report, with *document as the results file keeps it, for
 * the caller to delete (NULL where it did not end); -EINTR where a signal asks fibbench to end;
 * another -errno with the problem where it cannot be run at all. It is gone in all cases.
 */
int web_client_measure(struct supervisor *supervisor, const struct web_client_run *run,
                       struct web_client_report *report, cJSON **document, struct problem *problem);

#endif
