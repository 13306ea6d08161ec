#include "bench/trace.h"

#include "bench/memory.h"
#include "common/number.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each call stops twice: before and after. */
struct trace_counter {
    _Atomic uint64_t *stops;
    int descriptor;
    char number[16];
    const char *words[TRACE_WORDS];
};

/* Without MFD_CLOEXEC: the tracer inherits it. */
int trace_counter_create(struct trace_counter **counter, struct problem *problem)
{
    struct trace_counter *created = memory_zeroed(1, sizeof(*created));

    created->descriptor = memfd_create("calls", 0);
    if (created->descriptor < 0 || ftruncate(created->descriptor, sizeof(*created->stops)) < 0 ||
        (created->stops = mmap(NULL, sizeof(*created->stops), PROT_READ | PROT_WRITE, MAP_SHARED,
                               created->descriptor, 0)) == MAP_FAILED) {
        int error = problem_set(problem, -errno, "no shared memory: %s", strerror(errno));

        if (created->descriptor >= 0)
            close(created->descriptor);
        free(created);
        return error;
    }
    snprintf(created->number, sizeof(created->number), "%d", created->descriptor);
    created->words[0] = "/proc/self/exe";
    created->words[1] = "trace-calls";
    created->words[2] = created->number;
    *counter = created;
    return 0;
}

void trace_counter_destroy(struct trace_counter *counter)
{
    if (counter == NULL)
        return;
    munmap(counter->stops, sizeof(*counter->stops));
    close(counter->descriptor);
    free(counter);
}

double trace_counter_value(const struct trace_counter *counter)
{
    return (double)atomic_load_explicit(counter->stops, memory_order_relaxed) / 2;
}

const char *const *trace_counter_words(const struct trace_counter *counter)
{
    return counter->words;
}

/* What to do with a stopped thread: the signal that it is to get, or to leave it stopped. */
static void resume(pid_t thread, int status, _Atomic uint64_t *stops)
{
    int number = WSTOPSIG(status), event = status >> 16;

    if (number == (SIGTRAP | 0x80)) {
        atomic_fetch_add_explicit(stops, 1, memory_order_relaxed);
        number = 0;
    } else if (event == PTRACE_EVENT_STOP && number != SIGTRAP) {
        ptrace(PTRACE_LISTEN, thread, 0, 0);
        return;
    } else if (event != 0) {
        number = 0;
    }
    ptrace(PTRACE_SYSCALL, thread, 0, number);
}

/* Until the program and all that it started have ended. */
static int trace(pid_t program, _Atomic uint64_t *stops)
{
    int status, result = EXIT_FAILURE;
    pid_t thread;

    while ((thread = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
        if (thread < 0)
            continue;
        if (WIFSTOPPED(status))
            resume(thread, status, stops);
        else if (thread == program)
            result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return result;
}

/* The child waits until it is traced. */
static pid_t start(char **arguments, int *gate)
{
    int ends[2];
    char byte;
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    child = fork();
    if (child == 0) {
        close(ends[1]);
        if (read(ends[0], &byte, 1) == 1)
            execvp(arguments[0], arguments);
        fprintf(stderr, "fibbench: cannot run %s: %s\n", arguments[0], strerror(errno));
        _exit(127);
    }
    close(ends[0]);
    *gate = ends[1];
    return child;
}

static int seize(pid_t child)
{
    const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                         PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    int status;

    if (ptrace(PTRACE_SEIZE, child, 0, options) < 0 || ptrace(PTRACE_INTERRUPT, child, 0, 0) < 0 ||
        waitpid(child, &status, __WALL) < 0 || ptrace(PTRACE_SYSCALL, child, 0, 0) < 0)
        return -errno;
    return 0;
}

int command_trace_calls(int count, char **arguments)
{
    _Atomic uint64_t *stops;
    long descriptor;
    int gate = -1, error = 0;
    pid_t child;

    if (count < 3 || number_parse(arguments[1], 0, 1000000, &descriptor) < 0) {
        fputs("fibbench trace-calls: fibbench run starts servers with it; it is of no other use\n",
              stderr);
        return EXIT_FAILURE;
    }
    stops = mmap(NULL, sizeof(*stops), PROT_READ | PROT_WRITE, MAP_SHARED, (int)descriptor, 0);
    if (stops == MAP_FAILED || fcntl((int)descriptor, F_SETFD, FD_CLOEXEC) < 0)
        error = -errno;
    child = error == 0 ? start(arguments + 2, &gate) : -1;
    if (error == 0)
        error = child < 0 ? -errno : seize(child);
    if (error == 0 && write(gate, "x", 1) != 1)
        error = -EPIPE;
    if (gate >= 0)
        close(gate);
    if (error < 0) {
        fprintf(stderr, "fibbench: cannot trace: %s\n", strerror(-error));
        return EXIT_FAILURE;
    }
    return trace(child, stops);
}
