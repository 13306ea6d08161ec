#include "tests/fault/effort.h"
#include "tests/fault/parts.h"
#include "tests/fault/trouble.h"
#include "tests/fault/witness.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/* Calls fail before the server is ready: it does without them, or says what is wrong and exits. */
struct start_fault {
    unsigned calls;
    int error;
    const char *fatal_to; /* a library that ends the process itself; NULL: none */
};

static bool library_has_aborted(const struct start_fault *fault, const struct server *server)
{
    return fault->fatal_to != NULL &&
           strstr(server->fixture->subject->library, fault->fatal_to) != NULL &&
           WIFSIGNALED(server->process.status) && WTERMSIG(server->process.status) == SIGABRT;
}

static void expect_clear_refusal(const struct server *server, long number)
{
    int status = server->process.status;
    char complaint[4096];

    process_read_complaint(&server->process, complaint, sizeof(complaint));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 1)
        fixture_fail(server->fixture, "call %ld of its kind: wait status 0x%x, not exit status 1",
                     number, (unsigned)status);
    if (strstr(complaint, "fibserver: ") == NULL)
        fixture_fail(server->fixture, "call %ld of its kind: it does not say why it cannot run",
                     number);
}

static void expect_to_work(struct server *server)
{
    struct client *client = client_connect(server);

    ask_for_one(client);
    client_close(client);
    server_stop(server);
}

static void calls_fail_at_the_start(struct fixture *fixture)
{
    const struct start_fault *fault = fixture->argument;
    bool aborted = false, ready;
    struct trouble trouble;
    struct server *server;
    long fired = 1;

    trouble_init(&trouble, fixture);
    for (long number = 1; number <= effort.start_depth && fired > 0; number++) {
        step(fixture, "starting while calls fail");
        trouble_arm(&trouble, fault->calls, fault->error, number, 0);
        /* A loop asks for what it was told to watch when it begins to wait. */
        ready = server_try_start(fixture, &server) && server_settles(server);
        fired = trouble_disarm(&trouble);
        if (ready)
            expect_to_work(server);
        else if (library_has_aborted(fault, server))
            aborted = true;
        else
            expect_clear_refusal(server, number);
    }
    trouble_expect_met(&trouble);
    if (aborted)
        fixture_skip(fixture, "libuv ends the process then, by abort(3)");
}

#define START(name, ...)                                                                           \
    {                                                                                              \
        name, calls_fail_at_the_start, 0, &(const struct start_fault)                              \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

static const struct suite_test tests[] = {
    START("malloc_fails_at_the_start", SHIM_MEMORY, ENOMEM, "libuv"),
    START("mmap_fails_at_the_start", SHIM_MAP, ENOMEM, NULL),
    START("new_descriptors_fail_at_the_start", SHIM_DESCRIPTOR, EMFILE, "libuv"),
    START("epoll_ctl_fails_at_the_start", SHIM_WATCH, ENOSPC, "libuv"),
    START("listening_fails_at_the_start", SHIM_LISTEN, EADDRINUSE, NULL),
    START("pthread_create_fails_at_the_start", SHIM_THREAD, EAGAIN, "libuv"),
    START("fork_fails_at_the_start", SHIM_FORK, EAGAIN, NULL),
    START("waits_are_interrupted_at_the_start", SHIM_WAIT, EINTR, NULL),
};

const struct suite_part start_part = SUITE_PART(tests);
