#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include "bench/problem.h"
#include "bench/supervisor.h"

#include <sched.h>
#include <stdbool.h>
#include <sys/types.h>

/* A child whose output is kept: of each stream the last megabyte. Its input is empty. */
struct process;

enum process_stream { PROCESS_OUTPUT, PROCESS_ERRORS };

/* How it ended; signal is 0 where it exited by itself. */
struct process_end {
    int status;
    int signal;
};

/*
 * Starts arguments[0], looked up in PATH where it has no slash; the list ends with NULL. It runs on
 * the given CPUs only (NULL: on those of fibbench); they are set on the calling thread for the
 * moment of the start, because children inherit them. Returns 0 and *process, or -errno with the
 * problem.
 */
int process_create(struct process **process, struct supervisor *supervisor,
                   const char *const *arguments, const cpu_set_t *cpus, struct problem *problem);

/* Kills it where it still runs, and waits until it is reaped. Takes NULL. */
void process_destroy(struct process *process);

pid_t process_number(const struct process *process);

bool process_has_exited(const struct process *process);

/* It has exited and all it wrote has been read. For supervisor_wait; data is a struct process. */
bool process_is_finished(const void *data);

/* Valid once it has exited. */
struct process_end process_end(const struct process *process);

/* No effect once it has exited. */
void process_signal(struct process *process, int number);

/* What it wrote so far, ended by NUL; belongs to the process and holds until the loop runs on. */
const char *process_text(const struct process *process, enum process_stream stream);

/* The last line of it that is not empty, in new memory that the caller frees; may be "". */
char *process_last_line(const struct process *process, enum process_stream stream);

/*
 * The first complete line that contains the text, on either stream, in new memory that the caller
 * frees, or NULL.
 */
char *process_line_with(const struct process *process, const char *text);

/* Says how it ended, as "exited with status 3" or "was killed by signal 11 (...)". */
void process_describe_end(struct process_end end, char *text, size_t size);

#endif
