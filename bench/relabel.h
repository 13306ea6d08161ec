#ifndef BENCH_RELABEL_H
#define BENCH_RELABEL_H

#include "bench/analysis.h"

/*
 * How often rounds as they were recorded give a verdict where there is nothing to find. Each row is
 * brought to the reference's level (its median ratio becomes 1), so that of its rounds only the
 * noise is left; then in each round all runs, the reference's two among them, get their labels anew
 * by chance, and the column is judged as ever. Every "faster" and "slower" is then false.
 */
struct relabel_result {
    unsigned relabelings;
    unsigned with_verdict; /* relabelings in which any row got a false one */
    unsigned with_p;       /* in which any adjusted p was below the level, whatever the margin */
};

/* The values stay as they are; the same seed gives the same result. */
struct relabel_result relabel_column(const struct analysis_values *values,
                                     const struct analysis_rows *rows, double margin,
                                     unsigned relabelings, uint64_t seed);

#endif
