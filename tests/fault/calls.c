#include "tests/fault/effort.h"
#include "tests/fault/parts.h"
#include "tests/fault/trouble.h"
#include "tests/fault/victim.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* Calls of a server that is up fail: once each, at the first, the second, … of their kind. */
struct fault {
    unsigned calls;
    int error;
    bool harmless;        /* whoever is there must not notice, as nothing is lost */
    bool pauses;          /* accepting pauses meanwhile */
    const char *fatal_to; /* a library that ends the process itself; NULL: none */
};

/* True where the fault ended the process, and the library behind it is known to do that. */
static bool library_has_aborted(const struct fault *fault, const struct server *server)
{
    int status = server->process.status;

    return fault->fatal_to != NULL &&
           strstr(server->fixture->subject->library, fault->fatal_to) != NULL &&
           WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void expect_alive(const struct fault *fault, struct server *server)
{
    char reason[120];

    if (server_settles(server))
        return;
    if (library_has_aborted(fault, server)) {
        snprintf(reason, sizeof(reason), "%s ends the process then, by abort(3)", fault->fatal_to);
        fixture_skip(server->fixture, reason);
    }
    fixture_fail(server->fixture, "the server has ended: wait status 0x%x",
                 (unsigned)server->process.status);
}

/* Meanwhile the witness says nothing, and the server is done with what it said before: a call made
 * for it might be the one that fails. */
static long hit_one(struct trouble *trouble, struct witness *witness, long number)
{
    const struct fault *fault = trouble->fixture->argument;
    enum fate fate;
    long fired;

    expect_alive(fault, witness->server);
    trouble_arm(trouble, fault->calls, fault->error, number, 0);
    fate = victims_converse(witness, effort.rounds);
    expect_alive(fault, witness->server);
    fired = trouble_disarm(trouble);
    if (fate != VICTIM_SERVED && (fault->harmless || fired == 0))
        fixture_fail(trouble->fixture, "call %ld of its kind: a client lost its connection",
                     number);
    witness_ask(witness);
    return fired;
}

/* Harmless faults may hit anybody, the witness too, and often. */
static void hit_everybody(struct trouble *trouble, struct witness *witness)
{
    const struct fault *fault = trouble->fixture->argument;

    for (long every = fault->error == SHIM_ONE_BYTE ? 1 : 2; every <= 3; every++) {
        trouble_arm(trouble, fault->calls, fault->error, 1, every);
        witness_ask(witness);
        if (victims_converse(witness, effort.rounds) != VICTIM_SERVED)
            fixture_fail(trouble->fixture, "each %ld call: a client lost its connection", every);
        witness_ask(witness);
        trouble_disarm(trouble);
    }
}

static void begin(struct trouble *trouble, struct witness *witness, struct fixture *fixture)
{
    struct server *server;

    trouble_init(trouble, fixture);
    server = server_start(fixture);
    step(fixture, "before any fault");
    witness_begin(witness, server);
}

static void end(struct trouble *trouble, struct witness *witness)
{
    step(trouble->fixture, "after the faults");
    if (victims_converse(witness, 1) != VICTIM_SERVED)
        fixture_fail(trouble->fixture, "newcomers are not served any more");
    witness_end_and_stop(witness);
    trouble_expect_met(trouble);
}

static void calls_fail_in_turn(struct fixture *fixture)
{
    const struct fault *fault = fixture->argument;
    long depth = fault->pauses ? effort.pausing_depth : effort.depth, number = 1;
    struct witness witness;
    struct trouble trouble;

    begin(&trouble, &witness, fixture);
    step(fixture, "calls fail in turn");
    while (number <= depth && hit_one(&trouble, &witness, number) > 0)
        number++;
    if (fault->harmless && !fault->pauses) {
        step(fixture, "many calls fail");
        hit_everybody(&trouble, &witness);
    }
    end(&trouble, &witness);
}

#define FAULT(name, group, code, ...)                                                              \
    {                                                                                              \
        name, calls_fail_in_turn, 0, &(const struct fault)                                         \
        {                                                                                          \
            .calls = (group), .error = (code), __VA_ARGS__                                         \
        }                                                                                          \
    }

static const struct suite_test tests[] = {
    FAULT("accept_fails_with_EINTR", SHIM_ACCEPT, EINTR, .harmless = true),
    FAULT("accept_fails_with_EAGAIN", SHIM_ACCEPT, EAGAIN, .harmless = true),
    FAULT("accept_fails_with_ECONNABORTED", SHIM_ACCEPT, ECONNABORTED, .harmless = true),
    FAULT("accept_fails_with_EPROTO", SHIM_ACCEPT, EPROTO, .harmless = true, .pauses = true),
    FAULT("accept_fails_with_EMFILE", SHIM_ACCEPT, EMFILE, .pauses = true),
    FAULT("accept_fails_with_ENFILE", SHIM_ACCEPT, ENFILE, .pauses = true),
    FAULT("accept_fails_with_ENOBUFS", SHIM_ACCEPT, ENOBUFS, .pauses = true),
    FAULT("accept_fails_with_ENOMEM", SHIM_ACCEPT, ENOMEM, .pauses = true),
    FAULT("receive_fails_with_EINTR", SHIM_RECEIVE, EINTR, .harmless = true),
    FAULT("receive_fails_with_EAGAIN", SHIM_RECEIVE, EAGAIN, .harmless = true),
    FAULT("receive_fails_with_ECONNRESET", SHIM_RECEIVE, ECONNRESET, ),
    FAULT("receive_fails_with_ETIMEDOUT", SHIM_RECEIVE, ETIMEDOUT, ),
    FAULT("receive_fails_with_ENOMEM", SHIM_RECEIVE, ENOMEM, ),
    FAULT("receive_of_one_byte", SHIM_RECEIVE, SHIM_ONE_BYTE, .harmless = true),
    FAULT("send_fails_with_EINTR", SHIM_SEND, EINTR, .harmless = true),
    FAULT("send_fails_with_EAGAIN", SHIM_SEND, EAGAIN, .harmless = true),
    FAULT("send_fails_with_ECONNRESET", SHIM_SEND, ECONNRESET, ),
    FAULT("send_fails_with_EPIPE", SHIM_SEND, EPIPE, ),
    FAULT("send_fails_with_ENOMEM", SHIM_SEND, ENOMEM, ),
    FAULT("send_of_one_byte", SHIM_SEND, SHIM_ONE_BYTE, .harmless = true),
    FAULT("wait_fails_with_EINTR", SHIM_WAIT, EINTR, .harmless = true),
    FAULT("every_wait_and_transfer_fails_with_EINTR",
          SHIM_ACCEPT | SHIM_RECEIVE | SHIM_SEND | SHIM_WAIT, EINTR, .harmless = true),
    FAULT("epoll_ctl_fails_with_ENOMEM", SHIM_WATCH, ENOMEM, .fatal_to = "libuv"),
    FAULT("epoll_ctl_fails_with_ENOSPC", SHIM_WATCH, ENOSPC, .fatal_to = "libuv"),
    FAULT("malloc_fails", SHIM_MEMORY, ENOMEM, .fatal_to = "libuv"),
    FAULT("mmap_fails_with_ENOMEM", SHIM_MAP, ENOMEM, ),
    FAULT("new_descriptors_fail_with_EMFILE", SHIM_DESCRIPTOR, EMFILE, ),
    FAULT("pthread_create_fails_with_EAGAIN", SHIM_THREAD, EAGAIN, .fatal_to = "libuv"),
    FAULT("fork_fails_with_EAGAIN", SHIM_FORK, EAGAIN, ),
};

const struct suite_part calls_part = SUITE_PART(tests);
