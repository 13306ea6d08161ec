#ifndef BENCH_CAPACITY_H
#define BENCH_CAPACITY_H

#include "bench/measure.h"
#include "bench/plan.h"

/*
 * What the reference row can serve: the rate that its clients reach in a closed loop, with as many
 * clients, connections and requests under way as an open loop has. Open loops offer a share of it,
 * the same to every row in every round, so it is measured once, before the first round: the median
 * of three servers started afresh.
 */

/* How long that takes, in seconds, for the scenarios that the plan has. */
double capacity_seconds(const struct plan *plan);

/*
 * Measures those that the plan's scenarios need, into the plan. One that cannot be measured stays
 * 0, with a word on stderr why. Returns 0; -EINTR; another -errno with the problem where no client
 * can be run.
 */
int capacity_measure(const struct measure *measure, struct plan *plan, struct problem *problem);

/* Adds "capacities" to the plan's document, and takes them from one. */
void capacity_to_json(const struct plan *plan, cJSON *object);
void capacity_from_json(struct plan *plan, const cJSON *object);

/* What a group's clients offer each, in requests per second; 0 for a closed loop. */
double capacity_rate(const struct plan *plan, const struct client_group *group);

/* Whether a group offers a share of a capacity that is not known. */
bool capacity_is_missing(const struct plan *plan, const struct client_group *group);

#endif
