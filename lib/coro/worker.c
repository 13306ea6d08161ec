#include "lib/coro/worker.h"

#include "lib/coro/context.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef CORO_VALGRIND
#include <valgrind/valgrind.h>
#endif

enum { WORKER_SOCKET = STDERR_FILENO + 1, WORKER_STACK = 8 << 20, GUARD = 64 << 10 };

static bool receive_all(void *buffer, size_t size)
{
    char *next = buffer;

    while (size > 0) {
        ssize_t count = recv(WORKER_SOCKET, next, size, 0);

        if (count == 0 || (count < 0 && errno != EINTR))
            return false;
        if (count > 0) {
            next += count;
            size -= (size_t)count;
        }
    }
    return true;
}

static bool send_all(const void *bytes, size_t size)
{
    const char *next = bytes;

    while (size > 0) {
        ssize_t count = send(WORKER_SOCKET, next, size, MSG_NOSIGNAL);

        if (count < 0 && errno != EINTR)
            return false;
        if (count > 0) {
            next += count;
            size -= (size_t)count;
        }
    }
    return true;
}

/* What cannot be stored is read all the same, to be able to say so. */
static bool skip_input(size_t size)
{
    char bytes[4096];

    while (size > 0) {
        size_t part = size < sizeof bytes ? size : sizeof bytes;

        if (!receive_all(bytes, part))
            return false;
        size -= part;
    }
    return true;
}

/* Returns false where the parent has closed its end. */
static bool serve_request(void)
{
    struct worker_request request;
    struct worker_answer answer = {.result = -ENOMEM};
    /* In memory, where a leak checker finds them when a job ends the process. */
    void *volatile input = NULL, *volatile output = NULL;
    bool connected = receive_all(&request, sizeof request);

    if (!connected)
        return false;
    input = malloc(request.size + 1);
    output = malloc(request.capacity + 1);
    if (input && output) {
        connected = receive_all(input, request.size);
        if (connected)
            answer.result = request.function(input, request.size, output, request.capacity);
        if (answer.result > 0 && (size_t)answer.result > request.capacity)
            answer.result = -EMSGSIZE;
    } else {
        connected = skip_input(request.size);
    }
    connected = connected && send_all(&answer, sizeof answer);
    if (connected && answer.result > 0)
        connected = send_all(output, (size_t)answer.result);
    free(output);
    free(input);
    return connected;
}

static void work(void *argument)
{
    struct context *contexts = argument;

    context_entered(&contexts[1], &contexts[0]);
    while (serve_request())
        continue;
    _exit(EXIT_SUCCESS);
}

static void reset_signals(void)
{
    struct sigaction by_default = {.sa_handler = SIG_DFL};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t none;

    for (int number = 1; number < NSIG; number++)
        sigaction(number, &by_default, NULL);
    sigaction(SIGINT, &ignore, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The stack of this fork may be a coroutine's, too small for other people's functions. */
static void run_on_large_stack(void)
{
    struct context contexts[2];
    char *stack = mmap(NULL, GUARD + WORKER_STACK, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

    if (stack == MAP_FAILED || mprotect(stack + GUARD, WORKER_STACK, PROT_READ | PROT_WRITE) < 0)
        _exit(EXIT_FAILURE);
#ifdef CORO_VALGRIND
    VALGRIND_STACK_REGISTER(stack + GUARD, stack + GUARD + WORKER_STACK);
#endif
    context_adopt_thread(&contexts[0]);
    context_init(&contexts[1], stack + GUARD, WORKER_STACK, work, contexts);
    context_switch(&contexts[0], &contexts[1]);
}

/* A child that outlived the worker would hide its end from the parent. */
static void close_socket_of_child(void)
{
    close(WORKER_SOCKET);
}

static _Noreturn void be_worker(int socket, pid_t parent)
{
    reset_signals();
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
        _exit(EXIT_FAILURE);
    if (socket != WORKER_SOCKET && dup3(socket, WORKER_SOCKET, O_CLOEXEC) < 0)
        _exit(EXIT_FAILURE);
    /* A connection that a worker holds open too would not end when its owner closes it. */
    closefrom(WORKER_SOCKET + 1);
    if (pthread_atfork(NULL, NULL, close_socket_of_child) != 0)
        _exit(EXIT_FAILURE);
    run_on_large_stack();
    _exit(EXIT_FAILURE);
}

int worker_fork(pid_t *worker, int *socket)
{
    pid_t parent = getpid();
    sigset_t all, before;
    int pair[2], error;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    if (fcntl(pair[0], F_SETFL, O_NONBLOCK) < 0) {
        error = -errno;
        goto close_pair;
    }
    /* No handler of this program runs in the worker, not even before they are reset. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    *worker = fork();
    error = *worker < 0 ? -errno : 0;
    if (*worker == 0)
        be_worker(pair[1], parent);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error)
        goto close_pair;
    close(pair[1]);
    *socket = pair[0];
    return 0;

close_pair:
    close(pair[0]);
    close(pair[1]);
    return error;
}

void worker_kill(pid_t worker)
{
    kill(worker, SIGKILL);
}

int worker_reap(pid_t worker, bool wait, int *status)
{
    pid_t result;

    do
        result = waitpid(worker, status, wait ? 0 : WNOHANG);
    while (result < 0 && errno == EINTR);
    if (result < 0)
        *status = -1;
    return result != 0;
}
