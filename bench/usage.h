#ifndef BENCH_USAGE_H
#define BENCH_USAGE_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What a process and its descendants use: the account of a cell's server side. All of it is read
 * from outside and without privileges:
 *
 * CPU time in all: the process clocks (clock_getcpuclockid(3)), to the nanosecond, threads that
 * have ended included. Of processes that have ended what their parent has collected of them, in
 * /proc/PID/stat, to a clock tick (sysconf(_SC_CLK_TCK), mostly 10 ms).
 *
 * User and system apart: the kernel decides that once per timer tick (1 to 10 ms, see
 * usage_tick_seconds) by where the CPU is at that moment, so the split is a sample; the kernel's
 * shares are applied to the exact total. With n ticks a share s has a standard error of
 * sqrt(s(1-s)/n): 2.5 points of 20 % in half a second at 250 ticks a second on a busy CPU. A kernel
 * with CONFIG_VIRT_CPU_ACCOUNTING_GEN in use splits exactly.
 *
 * Switches and migrations: /proc/PID/task/TID/sched, or status, which has no migrations. They go
 * with a thread that ends, so such a thread is taken as far as usage_look had seen it, prolonged to
 * the whole time.
 */
struct usage;

/* A number that could not be found out is NAN. */
struct usage_totals {
    double cpu_seconds;
    double user_seconds;
    double system_seconds;
    double voluntary_switches;
    double involuntary_switches;
    double migrations;     /* to another CPU, of any thread */
    double resident_bytes; /* the most seen while it worked, or at the end where nobody looked */
    double threads;        /* likewise */
};

/*
 * Takes the first look. The process must be one that the caller has not reaped, so that its number
 * is its own. Never fails: what cannot be read becomes NAN.
 */
struct usage *usage_begin(pid_t process);

/* One more look, best at the end of what the account is for, while all threads still exist. */
void usage_look(struct usage *usage);

/* Takes the last look, fills the totals from the first one on, and frees. */
void usage_end(struct usage *usage, struct usage_totals *totals);

/* Frees without a look. Takes NULL. */
void usage_destroy(struct usage *usage);

/* How often the kernel looks where a CPU is: the resolution of the split. */
double usage_tick_seconds(void);

/*
 * Resident memory of the process and its descendants in bytes, shared pages counted for each; NAN
 * where it cannot be read.
 */
double usage_resident_bytes(pid_t process);

/*
 * How often its threads have moved to another CPU since they began, each one's first move, to where
 * it is meant to run, left out; 0 where it cannot be read.
 */
double usage_migrations(pid_t process);

/* What one thread has gone through; NAN where it is not known. */
struct usage_thread {
    double voluntary;
    double involuntary;
    double migrations;
};

/* Reads the text of /proc/PID/task/TID/sched, or of status. */
void usage_parse_thread(const char *text, struct usage_thread *thread);

/* As the results file holds it; requests: answered in that time. Unknown numbers are null. */
cJSON *usage_to_json(const struct usage_totals *totals, double requests);

/* {"user", "system"}, seconds per request; NULL where there were none or it is unknown. */
cJSON *usage_per_request(double user_seconds, double system_seconds, double requests);

#endif
