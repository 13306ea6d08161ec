#include "tests/harness/process.h"

#include "common/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_CANNOT_RUN = 127, CHILDREN_MAX = 256 };

struct program {
    char *const *argv;
    char *const *environment; /* what is added to it; NULL: nothing */
    unsigned descriptors;
};

_Noreturn static void become(const struct program *program, int output, int complaint, pid_t parent)
{
    struct rlimit limit = {.rlim_cur = program->descriptors, .rlim_max = program->descriptors};
    char *const *variable;
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(EXIT_CANNOT_RUN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    dup2(output, STDOUT_FILENO);
    dup2(complaint, STDERR_FILENO);
    if (program->descriptors > 0 && setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        dprintf(STDERR_FILENO, "setrlimit: %s\n", strerror(errno));
        _exit(EXIT_CANNOT_RUN);
    }
    for (variable = program->environment; variable != NULL && *variable != NULL; variable++)
        putenv(*variable);
    execv(program->argv[0], program->argv);
    dprintf(STDERR_FILENO, "%s: %s\n", program->argv[0], strerror(errno));
    _exit(EXIT_CANNOT_RUN);
}

int process_start(struct process *process, char *const argv[], unsigned descriptors)
{
    return process_start_in(process, argv, descriptors, NULL);
}

int process_start_in(struct process *process, char *const argv[], unsigned descriptors,
                     char *const *environment)
{
    struct program program = {argv, environment, descriptors};
    pid_t parent = getpid();
    int output[2], error;

    *process = (struct process){.pid = -1, .handle = -1, .output = -1, .complaint = -1};
    if (pipe2(output, O_CLOEXEC) != 0)
        return -errno;
    process->output = output[0];
    process->complaint = memfd_create("stderr", MFD_CLOEXEC);
    if (process->complaint < 0) {
        error = -errno;
        close(output[1]);
        process_finish(process);
        return error;
    }
    process->pid = fork();
    if (process->pid == 0)
        become(&program, output[1], process->complaint, parent);
    error = process->pid < 0 ? -errno : 0;
    close(output[1]);
    if (error == 0) {
        process->handle = (int)syscall(SYS_pidfd_open, process->pid, 0);
        error = process->handle < 0 ? -errno : 0;
    }
    if (error != 0)
        process_finish(process);
    return error;
}

static int wait_readable(int fd, int64_t deadline)
{
    struct pollfd watch = {.fd = fd, .events = POLLIN};
    int64_t left;
    int ready;

    do {
        left = deadline - clock_ms();
        ready = poll(&watch, 1, left > 0 ? (int)left : 0);
    } while (ready < 0 && errno == EINTR);
    return ready > 0 ? 0 : -ETIMEDOUT;
}

static void reap(struct process *process)
{
    while (waitpid(process->pid, &process->status, 0) < 0 && errno == EINTR)
        continue;
    process->ended = true;
}

int process_wait(struct process *process, int timeout_ms)
{
    if (process->ended)
        return 0;
    if (wait_readable(process->handle, clock_ms() + timeout_ms) != 0)
        return -ETIMEDOUT;
    reap(process);
    return 0;
}

void process_finish(struct process *process)
{
    if (process->pid > 0 && !process->ended) {
        kill(process->pid, SIGKILL);
        reap(process);
    }
    if (process->handle >= 0)
        close(process->handle);
    if (process->output >= 0)
        close(process->output);
    if (process->complaint >= 0)
        close(process->complaint);
    *process = (struct process){.pid = -1, .handle = -1, .output = -1, .complaint = -1};
}

long process_read_line(struct process *process, char *line, size_t size, int timeout_ms)
{
    int64_t deadline = clock_ms() + timeout_ms;
    size_t length = 0;
    ssize_t got;

    while (length + 1 < size) {
        if (wait_readable(process->output, deadline) != 0)
            return -ETIMEDOUT;
        got = read(process->output, line + length, 1);
        if (got <= 0) {
            line[length] = '\0';
            return length > 0 ? (long)length : -EPIPE;
        }
        if (line[length] == '\n') {
            line[length] = '\0';
            return (long)length;
        }
        length++;
    }
    return -EMSGSIZE;
}

long process_read_output(struct process *process, char *text, size_t size, int timeout_ms)
{
    int64_t deadline = clock_ms() + timeout_ms;
    size_t length = 0;
    char scrap[4096];
    ssize_t got;

    for (;;) {
        if (wait_readable(process->output, deadline) != 0)
            return -ETIMEDOUT;
        if (length + 1 < size)
            got = read(process->output, text + length, size - 1 - length);
        else
            got = read(process->output, scrap, sizeof(scrap));
        if (got <= 0)
            break;
        if (length + 1 < size)
            length += (size_t)got;
    }
    text[length] = '\0';
    return (long)length;
}

size_t process_read_complaint(const struct process *process, char *text, size_t size)
{
    ssize_t got = pread(process->complaint, text, size - 1, 0);
    size_t length = got > 0 ? (size_t)got : 0;

    text[length] = '\0';
    return length;
}

/* Reads a file of /proc that fits. Returns false when the process is gone. */
static bool read_proc(pid_t pid, const char *name, char *text, size_t size)
{
    char path[96];
    ssize_t got;
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    got = read(fd, text, size - 1);
    close(fd);
    text[got > 0 ? got : 0] = '\0';
    return got > 0;
}

static int count_entries(pid_t pid, const char *name)
{
    char path[96];
    DIR *directory;
    int count = 0;
    const struct dirent *entry;

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    directory = opendir(path);
    if (directory == NULL)
        return -1;
    while ((entry = readdir(directory)) != NULL)
        if (entry->d_name[0] != '.')
            count++;
    closedir(directory);
    return count;
}

int process_descriptors(pid_t pid)
{
    return count_entries(pid, "fd");
}

int process_threads(pid_t pid)
{
    return count_entries(pid, "task");
}

static size_t thread_children(pid_t pid, const char *thread, pid_t *pids, size_t size)
{
    char name[64], text[4096], *at = text, *end;
    size_t count = 0;
    long child;

    snprintf(name, sizeof(name), "task/%.20s/children", thread);
    if (!read_proc(pid, name, text, sizeof(text)))
        return 0;
    while ((child = strtol(at, &end, 10)) > 0 && end != at) {
        if (count < size)
            pids[count] = (pid_t)child;
        count++;
        at = end;
    }
    return count;
}

size_t process_children(pid_t pid, pid_t *pids, size_t size)
{
    char path[64];
    DIR *directory;
    const struct dirent *entry;
    size_t count = 0;

    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    directory = opendir(path);
    if (directory == NULL)
        return 0;
    while ((entry = readdir(directory)) != NULL)
        if (entry->d_name[0] != '.' && count < size)
            count += thread_children(pid, entry->d_name, pids + count, size - count);
    closedir(directory);
    return count < size ? count : size;
}

/* The sum of what measure says of the process and of all its descendants. */
static int64_t sum_of_tree(pid_t pid, int64_t (*measure)(pid_t pid))
{
    pid_t children[CHILDREN_MAX];
    size_t count = process_children(pid, children, CHILDREN_MAX);
    int64_t sum = measure(pid);

    for (size_t i = 0; i < count; i++)
        sum += sum_of_tree(children[i], measure);
    return sum;
}

static int64_t cpu_of_one(pid_t pid)
{
    struct timespec used;
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
        return 0;
    return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

int64_t process_cpu_ns(pid_t pid)
{
    return sum_of_tree(pid, cpu_of_one);
}

static int64_t resident_of_one(pid_t pid)
{
    char text[4096];
    const char *at;

    if (!read_proc(pid, "smaps_rollup", text, sizeof(text)))
        return 0;
    at = strstr(text, "\nRss:");
    return at != NULL ? strtoll(at + 5, NULL, 10) * 1024 : 0;
}

int64_t process_resident(pid_t pid)
{
    return sum_of_tree(pid, resident_of_one);
}

bool process_signal_pending(pid_t pid, int signal)
{
    char text[8192];
    const char *at;

    if (!read_proc(pid, "status", text, sizeof(text)))
        return false;
    at = strstr(text, "\nShdPnd:");
    return at != NULL && (strtoull(at + 8, NULL, 16) >> (signal - 1) & 1) != 0;
}

bool process_is_stopped(pid_t pid)
{
    char text[1024];
    const char *at;

    if (!read_proc(pid, "stat", text, sizeof(text)))
        return false;
    at = strrchr(text, ')');
    return at != NULL && at[1] == ' ' && at[2] == 'T';
}

static bool thread_sleeps(pid_t pid, const char *thread)
{
    char name[64], text[1024];
    const char *at;

    snprintf(name, sizeof(name), "task/%.20s/stat", thread);
    if (!read_proc(pid, name, text, sizeof(text)))
        return true;
    at = strrchr(text, ')');
    return at != NULL && at[1] == ' ' && at[2] == 'S';
}

static int64_t threads_awake(pid_t pid)
{
    char path[64];
    DIR *directory;
    const struct dirent *entry;
    int64_t awake = 0;

    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    directory = opendir(path);
    if (directory == NULL)
        return 0;
    while ((entry = readdir(directory)) != NULL)
        awake += entry->d_name[0] != '.' && !thread_sleeps(pid, entry->d_name);
    closedir(directory);
    return awake;
}

bool process_is_asleep(pid_t pid)
{
    return sum_of_tree(pid, threads_awake) == 0;
}
