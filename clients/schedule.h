#ifndef CLIENTS_SCHEDULE_H
#define CLIENTS_SCHEDULE_H

#include <stdint.h>

/*
 * When requests of an open loop are due: a Poisson process, that is, independent exponential gaps
 * of mean 1/rate, so that requests come as those of many unrelated users would and do not wait for
 * answers (Schroeder, Wierman, Harchol-Balter: Open Versus Closed, NSDI 2006). The same seed gives
 * the same schedule.
 */
struct schedule {
    uint64_t state;
    double mean_gap;
    double due;
};

/* rate: requests per second, above 0. The first request is due one gap after start (ns). */
void schedule_init(struct schedule *schedule, double rate, uint64_t seed, int64_t start);

/* When the next request is due, on the clock of start. */
int64_t schedule_due(const struct schedule *schedule);

/* Goes on to the request after that. */
void schedule_advance(struct schedule *schedule);

#endif
