#ifndef TESTS_HARNESS_PROCESS_H
#define TESTS_HARNESS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A program under test: its standard output comes through a pipe, its standard error is kept in
 * memory, and it dies with the test. None of these functions fails a test by itself: they return
 * -errno, and the callers know what to say.
 */
struct process {
    pid_t pid;
    int handle;    /* a pidfd */
    bool ended;    /* and reaped */
    int output;    /* the reading end of its standard output */
    int complaint; /* what it wrote to standard error, a file in memory */
    int status;    /* as waitpid gives it, once ended */
};

/*
 * Starts argv[0]. descriptors is its RLIMIT_NOFILE, soft and hard; 0 leaves it alone. Returns 0 and
 * fills *process, which process_finish releases, or -errno; that the program cannot be run shows as
 * exit status 127.
 */
int process_start(struct process *process, char *const argv[], unsigned descriptors);

/* The same with variables added to its environment: "NAME=VALUE", NULL-terminated, borrowed for the
 * call. */
int process_start_in(struct process *process, char *const argv[], unsigned descriptors,
                     char *const *environment);

/* Waits for the end. Returns 0, or -ETIMEDOUT with the process still running. May be called again.
 */
int process_wait(struct process *process, int timeout_ms);

/* Kills what still runs and releases everything. Safe after any of the others. */
void process_finish(struct process *process);

/*
 * Reads standard output up to the end of a line, which is cut off, or to the end of all output.
 * Returns the length, -EPIPE at the end of the output, -ETIMEDOUT or -EMSGSIZE.
 */
long process_read_line(struct process *process, char *line, size_t size, int timeout_ms);

/* All of standard output up to its end, NUL-terminated. Returns the length or -ETIMEDOUT. */
long process_read_output(struct process *process, char *text, size_t size, int timeout_ms);

/* What standard error holds so far, NUL-terminated, cut to size. Returns the length. */
size_t process_read_complaint(const struct process *process, char *text, size_t size);

/* Processor time of the process and its descendants so far, in nanoseconds. */
int64_t process_cpu_ns(pid_t pid);

/* Resident memory of the process and its descendants in bytes. */
int64_t process_resident(pid_t pid);

/* Open descriptors of the process alone. -1 if it is gone. */
int process_descriptors(pid_t pid);

/* Threads of the process alone. -1 if it is gone. */
int process_threads(pid_t pid);

/* True while the signal has been sent but not yet been taken. */
bool process_signal_pending(pid_t pid, int signal);

/* True when the process is stopped by SIGSTOP. */
bool process_is_stopped(pid_t pid);

/* True when all threads of the process and of its descendants sleep: in calls that wait, most
 * likely. */
bool process_is_asleep(pid_t pid);

/* Children of the calling thread's process, reaped ones excepted: their number, the first size of
 * them in pids. */
size_t process_children(pid_t pid, pid_t *pids, size_t size);

#endif
