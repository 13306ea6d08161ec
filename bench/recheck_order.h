#ifndef BENCH_RECHECK_ORDER_H
#define BENCH_RECHECK_ORDER_H

#include "bench/recheck.h"

/* Names, each once, that belong to somebody else. */
struct recheck_names {
    const char **list;
    size_t count;
};

/* What is to be measured again, and the command line of `fibbench run` that does it. */
struct recheck_order {
    const struct recheck_options *options;
    const struct diff_side *new;
    const struct compare_settings *settings;
    const struct comparison *comparison;
    struct recheck_report *report; /* rounds, controls and file are filled in */
    struct recheck_names rows;
    struct recheck_names scenarios;
    char **words; /* ended by NULL; all of them belong to it */
    size_t word_count;
};

/*
 * Completes an order whose borrowed members are set and whose others are zero. Returns 0, or
 * -EINVAL with the problem. In both cases recheck_order_finish follows.
 */
int recheck_order_write(struct recheck_order *order, struct problem *problem);

void recheck_order_finish(struct recheck_order *order);

#endif
