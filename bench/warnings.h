#ifndef BENCH_WARNINGS_H
#define BENCH_WARNINGS_H

#include "bench/plan.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/* What of the machine can spoil numbers. A number that could not be found out is NAN. */
struct host_facts {
    char governor[32];       /* "" where there is none or it is hidden */
    char virtualisation[64]; /* "" where none was found */
    bool turbo;              /* the clock may rise beyond its nominal rate */
    double load;             /* processes that run or want to, the mean of the last minute */
    double steal_share; /* of the CPU time since the start, what the hypervisor gave to others */
    double cpus;        /* that fibbench may use */
    bool shared_core;   /* of the placement: two roles on one core's hardware threads */
    char placement[16];
    double descriptors;        /* the most that a process may have */
    double descriptors_needed; /* by the plan's largest scenario */
    double backlog;            /* the longest accept queue that the kernel allows */
    double connections;        /* the most at once in the plan's scenarios */
    double local_ports;
};

void host_facts_read(struct host_facts *facts, const cJSON *host, const struct plan *plan);

/*
 * What to warn of, as an array of {"what", "text", "advice"}, for the results file. The caller
 * deletes it.
 */
cJSON *warnings_of(const struct host_facts *facts);

/* A line for each. */
void warnings_print(FILE *file, const cJSON *warnings);

/*
 * Whether a process of another session than fibbench's runs in a group of its own, which the kernel
 * gives as much CPU as all of fibbench's session together; nice values do not act across (sched(7),
 * the autogroup feature). False where that is off or cannot be found out.
 */
bool warnings_is_grouped_apart(pid_t process);

#endif
