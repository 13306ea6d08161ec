#ifndef TESTS_HARNESS_FIXTURE_H
#define TESTS_HARNESS_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one run of a suite is about: a backend with the options that vary from run to run. */
struct subject {
    const char *program; /* the path of fibserver */
    const char *backend;
    const char *const *extra; /* options for every server of this run */
    size_t extra_count;
    bool unix_socket;
    bool concurrent; /* the properties, as --list-backends --json tells them */
    char compute[24];
    char library[64];   /* with its version; empty: none */
    double nanoseconds; /* per step of the recursion here and now, 0 until measured */
};

/* What one test holds; fixture_finish ends and closes all of it, also after a failure. */
struct fixture {
    struct subject *subject;
    struct server *servers;
    struct client *clients;
    struct fixture_deed *deeds; /* to be done at the end, the last one first */
    unsigned clients_made;
    char directory[64];
    char *const
        *environment;     /* variables for its servers, as process_start_in takes them; or NULL */
    const void *argument; /* the test's, from the suite's table */
    char skipped[160];    /* why the test was skipped; empty: it was not */
    const char *step;     /* what the test is doing, for the message when it fails */
    const char *file;
    int line;
};

void fixture_init(struct fixture *fixture, struct subject *subject);
void fixture_finish(struct fixture *fixture);

/* Has the function called at the end of the test, also after a failure: before the folder is
 * removed, and before what was deferred earlier. */
void fixture_defer(struct fixture *fixture, void (*undo)(void *argument), void *argument);

/* Names what comes next, so that a failure can say where it happened. */
#define step(fixture, text) fixture_step(fixture, text, __FILE__, __LINE__)
void fixture_step(struct fixture *fixture, const char *text, const char *file, int line);

/* Fails the running test: the message names the backend, the step and its place in the source. */
_Noreturn void fixture_fail(const struct fixture *fixture, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Ends the running test as skipped, and says why. */
_Noreturn void fixture_skip(struct fixture *fixture, const char *reason);

/* A path in a folder of this test's own, made when first asked for and removed in the end. */
void fixture_path(struct fixture *fixture, const char *name, char *path, size_t size);

/* True when this run passes the option to every server. */
bool subject_has_option(const struct subject *subject, const char *option);

/*
 * How long to wait for what must happen before calling it missing. Never a measure of how
 * fast it should be: it is long, and longer under sanitizers.
 */
enum {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    SLOWNESS = 5,
#else
    SLOWNESS = 1,
#endif
    DEADLINE_MS = 15000 * SLOWNESS,
};

/* Asks again every few milliseconds until the answer is true. Returns false after timeout_ms. */
bool wait_until(bool (*predicate)(void *argument), void *argument, int timeout_ms);

/* Lets time pass that a test must watch pass, as in "nothing happens meanwhile". */
void pause_ms(int milliseconds);

/* F(n) for n up to 93. */
uint64_t fibonacci(unsigned n);

/*
 * An n that takes the server about so many seconds. Measured once per run, at a server of the run's
 * backend; may be above the default of --max-n.
 */
unsigned n_taking(struct fixture *fixture, double seconds);

#endif
