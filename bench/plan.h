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
    bool web; /* it measures web clients, not servers */
};

/* NULL where there is none of that name. */
const struct profile *profile_of_name(const char *name);

enum { PLAN_SCENARIOS_MAXIMUM = SCENARIOS_MAXIMUM };

/* What the reference serves in a closed loop of such clients. */
struct capacity {
    unsigned clients;
    unsigned connections; /* of each */
    unsigned pipeline;
    double rate; /* requests per second of all; 0: not known */
};

/* What is to be measured, in which order, and how long. The same seed gives the same order. */
struct plan {
    const struct profile *profile;
    struct variant_list variants;
    const struct scenario_set *scenarios; /* borrowed */
    cJSON *left_out; /* rows that are not available here, with the reason; NULL: none */
    bool selected[PLAN_SCENARIOS_MAXIMUM]; /* one flag per scenario of the table */
    unsigned rounds;
    unsigned slow_rounds;
    bool every_round;    /* also scenarios that have fewer rounds by themselves */
    double fast_seconds; /* window of scenarios without slow clients */
    double slow_seconds; /* what one slow request takes, alone */
    bool calibrated;     /* false while slow_seconds is a guess */
    unsigned slow_n;     /* 0 until calibrated */
    struct capacity capacities[PLAN_SCENARIOS_MAXIMUM * SCENARIO_GROUPS];
    size_t capacity_count;
    uint64_t seed;
    unsigned workers;
    bool passes;                /* memory and system calls of each row, once, in the first round */
    struct placement placement; /* of scenarios that fix none */
    struct placement fixed[PLACEMENT_COUNT]; /* those that scenarios fix */
    size_t fixed_count;
};

/* Whether its rows are web clients, not servers. */
bool plan_is_web(const struct plan *plan);

enum { PLAN_SLOW_MILLISECONDS = 200, PLAN_WARM_UP_MILLISECONDS = 100 };

/* By how much a window is longer where it was too short. */
enum { PLAN_LONGER_WINDOW = 3 };

/*
 * Marks the scenarios of a list such as "fast,fast+slow" in *selected, which are measured in every
 * round then; NULL marks those that the profile has. Returns 0, or -EINVAL with the problem, which
 * lists those that there are.
 */
int plan_select_scenarios(struct plan *plan, const char *list, struct problem *problem);

/*
 * Chooses the run's placement, NULL the default, and those that the selected scenarios fix. One
 * for whose placement there are too few CPUs is left out, and stderr says so. Returns 0, or an
 * error of placement_choose with the problem.
 */
int plan_place(struct plan *plan, const char *name, struct problem *problem);

/* Where a scenario is measured. */
const struct placement *plan_placement(const struct plan *plan, const struct scenario *scenario);

/*
 * The rows that the profile has where none are named; of web clients all strategies. backends is
 * what the program lists that has them.
 */
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

/* The level of the tests for a verdict, the chance of a false one in a whole column. */
#define PLAN_LEVEL 0.01

/*
 * The row that the others are put in relation to: "null" where it is there, of web clients "multi",
 * or the first that has no front, else the first.
 */
size_t plan_reference(const struct plan *plan);

/*
 * The row that this one is put in relation to: where it has a front and the reference has none,
 * "multi --tls", or the first that has one, since the front's own cost is in all of them; else the
 * reference. A row is never put in relation to itself: there it means none.
 */
size_t plan_reference_of(const struct plan *plan, size_t row);

/*
 * How many rounds a verdict needs at least: as many as the sign-flip test needs to reach the level
 * among so many comparisons with the reference, when all rounds agree.
 */
unsigned plan_verdict_rounds(size_t comparisons);

/*
 * Where the plan has rounds enough for verdicts, enters one row a second time, so that the run
 * measures its own noise: "select", of web clients "event", or the first one that is not the
 * reference. To be called when
 * all rows are there. Returns 0, or -EINVAL with the problem.
 */
int plan_add_repeated_row(struct plan *plan, struct problem *problem);

/*
 * Fills order with the indices of the rows in the order of that round (from 0), its block: the
 * reference first, the others once each in an order by chance, and where there are others the
 * reference once more. Returns how many: there must be room for one more than there are rows.
 */
size_t plan_order(const struct plan *plan, unsigned round, size_t *order);

/* Whether that cell is measured in that round at all. */
bool plan_measures(const struct plan *plan, const struct variant *variant,
                   const struct scenario *scenario, unsigned round);

/* Whether any slow request will be sent: only then the slow n is needed. */
bool plan_has_slow(const struct plan *plan);

/* In how many rounds a scenario is measured. */
unsigned plan_scenario_rounds(const struct plan *plan, const struct scenario *scenario);

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
