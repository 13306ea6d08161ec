#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/*
 * xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021),
 * seeded through SplitMix64 as its authors advise. The same seed gives the same numbers on every
 * machine, so a recorded seed reproduces the order of a run. Not for secrets.
 */
struct random {
    uint64_t state[4];
};

/* Every (seed, stream) pair is a sequence of its own. */
void random_init(struct random *random, uint64_t seed, uint64_t stream);

uint64_t random_next(struct random *random);

/* Evenly from 0..bound-1, without bias; bound is at least 1. */
uint64_t random_below(struct random *random, uint64_t bound);

/* Fills order with 0..count-1, each once, every order equally likely (Fisher and Yates). */
void random_order(struct random *random, size_t *order, size_t count);

#endif
