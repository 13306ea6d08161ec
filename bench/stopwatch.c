#include "bench/stopwatch.h"

#include "common/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DESCRIPTORS = 65536, CANNOT_RUN = 127 };

static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= DESCRIPTORS)
        return;
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* The server is on this machine, whatever is between it and others. */
static void forget_proxies(void)
{
    static const char *const variables[] = {"http_proxy", "https_proxy", "HTTPS_PROXY",
                                            "all_proxy",  "ALL_PROXY",   "HTTP_PROXY"};

    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        unsetenv(variables[i]);
}

/* Never returns. Whoever ends the stopwatch ends its command. */
static void execute(char **arguments, pid_t parent)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0)
        _exit(CANNOT_RUN);
    forget_proxies();
    execvp(arguments[0], arguments);
    dprintf(STDERR_FILENO, "cannot run %s: %s\n", arguments[0], strerror(errno));
    _exit(CANNOT_RUN);
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void print_report(int64_t begun, int status, const struct rusage *usage)
{
    printf("{\"seconds\": %.9f, \"user\": %.6f, \"system\": %.6f, \"resident_bytes\": %lld, "
           "\"voluntary_switches\": %ld, \"involuntary_switches\": %ld, \"status\": %d, "
           "\"signal\": %d}\n",
           (double)(clock_ns() - begun) / 1e9, seconds_of(usage->ru_utime),
           seconds_of(usage->ru_stime), (long long)usage->ru_maxrss * 1024, usage->ru_nvcsw,
           usage->ru_nivcsw, WIFEXITED(status) ? WEXITSTATUS(status) : 0,
           WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

int command_stopwatch(int count, char **arguments)
{
    struct rusage usage;
    int64_t begun;
    pid_t child, parent = getpid(), ended;
    int status;

    if (count < 2) {
        fputs(
            "fibbench stopwatch: fibbench run starts web clients with it; it is of no other use\n",
            stderr);
        return EXIT_FAILURE;
    }
    raise_descriptor_limit();
    begun = clock_ns();
    child = fork();
    if (child == 0)
        execute(arguments + 1, parent);
    do
        ended = child > 0 ? wait4(child, &status, 0, &usage) : -1;
    while (ended < 0 && child > 0 && errno == EINTR);
    if (ended < 0) {
        fprintf(stderr, "fibbench stopwatch: %s\n", strerror(errno));
        return EXIT_FAILURE;
    }
    print_report(begun, status, &usage);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
