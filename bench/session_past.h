#ifndef BENCH_SESSION_PAST_H
#define BENCH_SESSION_PAST_H

#include "bench/journal.h"
#include "bench/plan.h"
#include "bench/session.h"

#include <cjson/cJSON.h>

struct session_past {
    struct journal *journal;
    cJSON *head;    /* {"arguments": [...], "head": what the results begin with} */
    cJSON *records; /* an array */
    char **arguments;
    int argument_count;
};

/*
 * Makes records of the lines: afterwards every one is of this plan, so that nobody has to ask
 * again, and those that were repeated are marked. Returns 0, or -EINVAL with the problem.
 */
int session_past_read_records(struct session_past *past, const struct plan *plan,
                              struct problem *problem);

/*
 * Gives the plan the seed and the calibration of then, where the options do not say others, and
 * checks that it is the same plan. Returns 0, or -EINVAL with the problem.
 */
int session_past_apply(const struct session_past *past, struct plan *plan,
                       const struct run_options *options, struct problem *problem);

#endif
