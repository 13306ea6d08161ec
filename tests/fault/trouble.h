#ifndef TESTS_FAULT_TROUBLE_H
#define TESTS_FAULT_TROUBLE_H

#include "tests/fault/shim/control.h"
#include "tests/harness/server.h"

/* Calls of a server that fail when the test says so, by the shim that its servers are started with.
 */
struct trouble {
    struct fixture *fixture;
    struct shim_control *control;
    long met; /* how often a call failed so far */
    char preload[512], variable[160];
    char *environment[4];
};

/* From here on the fixture's servers run with the shim. Skips the test where that cannot be. */
void trouble_init(struct trouble *trouble, struct fixture *fixture);

/*
 * The `first` of these calls fails, counted from now, and behind it one of `every` (1: each; 0: no
 * other). error is an errno or SHIM_ONE_BYTE.
 */
void trouble_arm(struct trouble *trouble, unsigned calls, int error, long first, long every);

/* Nothing fails any more. Returns how often a call failed since trouble_arm. */
long trouble_disarm(struct trouble *trouble);

/* Skips the test as not reached where no call ever failed. */
void trouble_expect_met(const struct trouble *trouble);

#endif
