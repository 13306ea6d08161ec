#include "lib/coro/internal.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What a signal handler needs to know, which has no argument: the one hidden state of this library.
 */
static _Thread_local struct coro_loop *coro_loop_of_thread;
static _Thread_local bool prepared;
static struct sigaction before;
static pthread_once_t installed = PTHREAD_ONCE_INIT;
static pthread_key_t signal_stack; /* of a thread, where it is ours */
static bool has_key;

enum { LEAST_SIGNAL_STACK = 16384 };

static void say(const char *text)
{
    ssize_t written = write(STDERR_FILENO, text, strlen(text));

    (void)written;
}

static void say_number(size_t number)
{
    char digits[24], *first = digits + sizeof digits - 1;

    *first = '\0';
    do {
        *--first = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    say(first);
}

static bool hits_guard(const struct context *context, const char *address)
{
    const char *low = context->stack;
    size_t guard = (size_t)sysconf(_SC_PAGESIZE);

    return low && address < low && address >= low - guard;
}

static void report(const struct coro_loop *loop, const char *address)
{
    const struct coro_task *task = loop->current;
    const struct context *context = task ? task->at : loop->at;

    if (!hits_guard(context, address))
        return;
    say("coro: stack overflow in ");
    if (!task || context != &task->context)
        say("a generator of ");
    say(task ? "task '" : "the thread that runs the loop");
    if (task) {
        say(task->future.name);
        say("'");
    }
    say(": its stack has ");
    say_number((loop->stacks.size + 1023) / 1024);
    say(" KiB (stack_size of the loop's options)\n");
}

/* Whoever was there before decides what becomes of the process. */
static void handle(int signal, siginfo_t *info, void *context)
{
    if (coro_loop_of_thread && coro_loop_of_thread->report_overflow)
        report(coro_loop_of_thread, info->si_addr);
    if (before.sa_flags & SA_SIGINFO) {
        before.sa_sigaction(signal, info, context);
    } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
        before.sa_handler(signal);
    } else {
        /* The instruction is tried again, and now it ends the process as it would have. */
        struct sigaction standard = {.sa_handler = SIG_DFL};

        sigaction(signal, &standard, NULL);
    }
}

static size_t signal_stack_size(void)
{
    long size = sysconf(_SC_SIGSTKSZ);

    return size > LEAST_SIGNAL_STACK ? (size_t)size : LEAST_SIGNAL_STACK;
}

/* At the end of a thread. */
static void free_signal_stack(void *memory)
{
    stack_t stack;

    if (sigaltstack(NULL, &stack) == 0 && stack.ss_sp == memory)
        sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
    munmap(memory, signal_stack_size());
    prepared = false;
}

static void install(void)
{
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};

    /* Without a key they are not freed. */
    has_key = pthread_key_create(&signal_stack, free_signal_stack) == 0;
    sigaction(SIGSEGV, &action, &before);
}

/* The stack that has overflowed has no room for a handler. */
static void prepare_thread(void)
{
    size_t size = signal_stack_size();
    stack_t stack;

    prepared = true;
    pthread_once(&installed, install);
    if (sigaltstack(NULL, &stack) == 0 && !(stack.ss_flags & SS_DISABLE))
        return;
    stack = (stack_t){.ss_size = size};
    stack.ss_sp = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (stack.ss_sp == MAP_FAILED)
        return;
    sigaltstack(&stack, NULL);
    if (has_key)
        pthread_setspecific(signal_stack, stack.ss_sp);
}

struct coro_loop *overflow_watch(struct coro_loop *loop)
{
    struct coro_loop *outer = coro_loop_of_thread;

    if (loop && loop->report_overflow && !prepared)
        prepare_thread();
    coro_loop_of_thread = loop;
    return outer;
}
