#ifndef TESTS_FAULT_RESULTS_H
#define TESTS_FAULT_RESULTS_H

#include <stddef.h>

/* What the runs of the suites recorded, as suite.h says: the rows of the table. */

enum { RESULTS_BACKENDS = 64, RESULTS_TESTS = 256, RESULTS_REASONS = 64 };

enum outcome { NOT_RUN, NOT_REACHED, DOES_NOT_APPLY, PASSED, FAILED };

struct cell {
    enum outcome outcome;
    int reason; /* from 1 on; 0: none */
};

/* Names and reasons are allocated; results_finish frees them. */
struct results {
    char *backends[RESULTS_BACKENDS], *tests[RESULTS_TESTS], *reasons[RESULTS_REASONS];
    size_t backend_count, test_count, reason_count;
    struct cell cells[RESULTS_TESTS][RESULTS_BACKENDS];
};

/*
 * Reads a file of results for the backends that are named in *results already. Of a test that ran
 * several times with a backend the worst counts, and that it ran rather than that it did not.
 * Returns 0 or -errno (-EINVAL: not such a file).
 */
int results_read(struct results *results, const char *path);

void results_finish(struct results *results);

#endif
