#ifndef BENCH_TRACE_H
#define BENCH_TRACE_H

#include "bench/problem.h"

#include <stdint.h>

/*
 * How many system calls a server makes. fibbench runs it under a second fibbench, its tracer, which
 * counts with ptrace(2): that needs no privileges, since the tracer is the server's parent (where
 * kernel.yama.ptrace_scope is 2 or 3, or in some containers, it is not permitted). A traced server
 * is many times slower, so it is never timed.
 */
struct trace_counter;

/* Memory that tracers add to. Returns 0 and *counter, or -errno with the problem. */
int trace_counter_create(struct trace_counter **counter, struct problem *problem);

/* Takes NULL. */
void trace_counter_destroy(struct trace_counter *counter);

/* System calls so far of all threads and descendants of what runs under the tracer. */
double trace_counter_value(const struct trace_counter *counter);

/*
 * The words to put before a server's command line so that it runs under a tracer; they belong to
 * the counter. Whoever kills the tracer ends what it traces.
 */
enum { TRACE_WORDS = 3 };
const char *const *trace_counter_words(const struct trace_counter *counter);

/*
 * The tracer: `fibbench trace-calls DESCRIPTOR PROGRAM ARGUMENT...`, with the descriptor of a
 * counter's memory. Returns the program's exit status, 128 + n where signal n ended it, 1 where it
 * cannot be traced.
 */
int command_trace_calls(int count, char **arguments);

#endif
