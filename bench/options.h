#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include "bench/problem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the command line of `fibbench run` says. Texts belong to the arguments. */
struct run_options {
    const char *profile;
    const char *backends;
    const char **variants;
    size_t variant_count;
    const char **addresses; /* of --connect */
    size_t address_count;
    const char *peers;        /* NULL: none; "all", or their names */
    const char *peers_slow_n; /* "LANGUAGE=N,..."; NULL: calibrated */
    const char *scenarios;
    const char **scenario_files;
    size_t scenario_file_count;
    const char *placement;
    const char *server;
    const char *client;
    const char *output;
    const char *noise_file; /* NULL: the user's own */
    unsigned rounds;        /* 0: the profile's */
    double duration;        /* 0: the profile's */
    uint64_t seed;
    bool seed_given;
    unsigned slow_n;  /* 0: calibrated */
    unsigned workers; /* 0: by the number of CPUs */
    bool no_passes;
    bool dry_run;
    bool resume;
    bool json;
    bool help;
    bool list_scenarios;
    bool plan_given; /* any option that changes what is measured */
    bool of_diff;    /* fibbench diff measures again with it, and goes on from it */
};

extern const char run_help[];

/*
 * Reads arguments behind the word `run` (arguments[0] is that word). Returns 0, or -EINVAL with the
 * problem: what was wrong and what would be right. In both cases run_options_finish follows.
 */
int run_options_parse(struct run_options *options, int count, char **arguments,
                      struct problem *problem);

void run_options_finish(struct run_options *options);

#endif
