#include "clients/schedule.h"

#include <math.h>

/*
 * SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014):
 * any seed is a good one, 0 included.
 */
static uint64_t next_random(uint64_t *state)
{
    uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);

    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

/* In (0, 1], so that its logarithm is finite. */
static double next_fraction(uint64_t *state)
{
    return (double)((next_random(state) >> 11) + 1) * 0x1p-53;
}

void schedule_init(struct schedule *schedule, double rate, uint64_t seed, int64_t start)
{
    schedule->state = seed;
    schedule->mean_gap = 1e9 / rate;
    schedule->due = (double)start;
    schedule_advance(schedule);
}

int64_t schedule_due(const struct schedule *schedule)
{
    return (int64_t)schedule->due;
}

void schedule_advance(struct schedule *schedule)
{
    schedule->due -= log(next_fraction(&schedule->state)) * schedule->mean_gap;
}
