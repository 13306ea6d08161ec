#ifndef TESTS_HARNESS_SUITE_H
#define TESTS_HARNESS_SUITE_H

#include "tests/harness/client.h"
#include "tests/harness/fixture.h"
#include "tests/harness/server.h"

/* What a test needs of the backend; without it the test is skipped and says so. */
enum need {
    NEEDS_NUMBERS = 1 << 0,         /* answers F(n): all but null */
    NEEDS_CONCURRENCY = 1 << 1,     /* serves a second client while the first stays connected */
    NEEDS_OWN_COMPUTATION = 1 << 2, /* long computations leave other connections alone */
    NEEDS_REFUSAL = 1 << 3,         /* --max-connections refuses: not one connection per worker */
    NEEDS_TCP = 1 << 4,
    NEEDS_UNIX = 1 << 5,
    NEEDS_LINES = 1 << 6,   /* --framing=line, the default */
    NEEDS_RELEASE = 1 << 7, /* is about time, or measures what sanitizers change */
    NEEDS_LOOPS = 1 << 8,   /* a loop per worker */
};

struct suite_test {
    const char *name;
    void (*run)(struct fixture *fixture);
    unsigned needs;       /* of enum need */
    const void *argument; /* becomes the fixture's */
};

/* The test of a function, under the function's name. */
#define TEST(function, needs)                                                                      \
    {                                                                                              \
#function, function, needs, NULL                                                           \
    }

struct suite_part {
    const struct suite_test *tests;
    size_t count;
};

#define SUITE_PART(tests)                                                                          \
    {                                                                                              \
        tests, sizeof(tests) / sizeof((tests)[0])                                                  \
    }

/*
 * The main function of a suite: NAME FIBSERVER BACKEND [--filter=PATTERN] [--unix] [OPTION…], the
 * options being fibserver's. Returns the exit status: 0, 1, or 77 where the backend is not
 * available (the reason is printed). With --list it prints the names of its tests instead.
 *
 * Where the environment has SUITE_RESULTS, the name of a file, each test adds a JSON object to it,
 * on a line: "suite", "backend", "options", "test", "outcome" (ok, skipped, failed) and "reason".
 */
int suite_main(const char *name, const struct suite_part *parts, size_t part_count, int argc,
               char **argv);

#endif
