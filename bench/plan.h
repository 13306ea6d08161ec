#ifndef BENCH_PLAN_H
#define BENCH_PLAN_H

#include "bench/placement.h"
#include "bench/scenario.h"
#include "bench/variant.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* How much to measure. */
struct profile {
    const char *name;
    unsigned rounds;
    unsigned slow_rounds; /* rounds in which scenarios with slow clients are measured */
    double budget;        /* seconds that all may take; the fast windows are what is left, */
    double fast_minimum;  /* in these bounds */
    double fast_maximum;
};

/* NULL where there is none of that name. */
const struct profile *profile_of_name(const char *name);

enum { PLAN_SCENARIOS_MAXIMUM = 16 };

/* What is to be measured, in which order, and how long. The same seed gives the same order. */
struct plan {
    const struct profile *profile;
    struct variant_list variants;
    cJSON *left_out; /* rows that are not available here, with the reason; NULL: none */
    bool selected[PLAN_SCENARIOS_MAXIMUM]; /* one flag per scenario of the table */
    unsigned rounds;
    unsigned slow_rounds;
    double fast_seconds; /* window of scenarios without slow clients */
    double slow_seconds; /* what one slow request takes, alone */
    bool calibrated;     /* false while slow_seconds is a guess */
    unsigned slow_n;     /* 0 until calibrated */
    uint64_t seed;
    unsigned workers;
    struct placement placement;
};

enum { PLAN_SLOW_MILLISECONDS = 200, PLAN_WARM_UP_MILLISECONDS = 100 };

/*
 * Marks the scenarios of a list such as "fast,fast+slow" in *selected, NULL the published ones.
 * Returns 0, or -EINVAL with the problem, which lists those that there are.
 */
int plan_select_scenarios(struct plan *plan, const char *list, struct problem *problem);

/* The rows that the profile has where none are named. */
void plan_add_profile_rows(struct plan *plan, const cJSON *backends);

/* Notes that a row which was asked for is not in the plan, and why. */
void plan_leave_out(struct plan *plan, const char *row, const char *reason);

/*
 * What slow clients ask a row for, and how long it takes, alone: the plan's, or that of the
 * language a peer is written in, so that a slow request lasts about as long everywhere.
 */
unsigned plan_slow_n(const struct plan *plan, const struct variant *variant);
double plan_slow_seconds(const struct plan *plan, const struct variant *variant);

/* Sets fast_seconds to what the profile's budget leaves. */
void plan_fit(struct plan *plan);

/* Frees what the plan owns. */
void plan_finish(struct plan *plan);

/* Fills order with the indices of the rows in the order of that round (from 0). */
void plan_order(const struct plan *plan, unsigned round, size_t *order);

/* Whether that cell is measured in that round at all. */
bool plan_measures(const struct plan *plan, const struct variant *variant,
                   const struct scenario *scenario, unsigned round);

/* Whether any slow request will be sent: only then the slow n is needed. */
bool plan_has_slow(const struct plan *plan);

/*
 * The window of a scenario, in seconds: for rows with the plan's slow request, and for one row that
 * may have a slow request of its own.
 */
double plan_window(const struct plan *plan, const struct scenario *scenario);
double plan_row_window(const struct plan *plan, const struct variant *variant,
                       const struct scenario *scenario);

/* How long one row of a round will take, and how long everything will, in seconds. */
double plan_row_seconds(const struct plan *plan, const struct variant *variant, unsigned round);
double plan_seconds(const struct plan *plan);

/* The plan for machines, as the results file and --dry-run --json have it. */
cJSON *plan_to_json(const struct plan *plan);

/* The plan for people. */
void plan_print(FILE *file, const struct plan *plan);

#endif
