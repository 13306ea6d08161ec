#ifndef BENCH_PLAN_WEB_H
#define BENCH_PLAN_WEB_H

#include "bench/plan.h"

/*
 * What fetching a scenario's URLs takes where nothing but the delays counts, in turns of as many as
 * it fetches at a time; 0 without a delay.
 */
double plan_web_ideal(const struct scenario *scenario);

/* The same for a client that may fetch one after the other: less it cannot take. */
double plan_web_least(const struct variant *variant, const struct scenario *scenario);

/*
 * Whether that is longer than a cell may take, so that it is not measured: PLAN_WEB_LONGEST, or the
 * ideal, where whoever wrote the scenario wants it to take that.
 */
bool plan_web_is_too_long(const struct variant *variant, const struct scenario *scenario);
#define PLAN_WEB_LONGEST 3.0

/* How long one row of a round will take: each cell has a server and a client of its own. */
double plan_web_row_seconds(const struct plan *plan, const struct variant *variant, unsigned round);

/* Adds "too_long" to the plan's document: an array of "row", "scenario" and "seconds". */
void plan_web_add_too_long(const struct plan *plan, cJSON *object);

/* The same for people, a line each. */
void plan_web_print_too_long(FILE *file, const struct plan *plan);

#endif
