#ifndef BENCH_DIFF_OPTIONS_H
#define BENCH_DIFF_OPTIONS_H

#include "bench/problem.h"

#include <stdbool.h>
#include <stddef.h>

enum diff_mode { DIFF_DEFAULT, DIFF_RELATIVE, DIFF_ABSOLUTE };

enum { DIFF_OLD, DIFF_NEW, DIFF_SIDES };

/* How to measure failing cells again. */
struct recheck_options {
    bool wanted;
    unsigned rounds;    /* 0: as many as they had */
    const char *server; /* NULL: found as `fibbench run` finds it */
    const char *client;
    const char *output;    /* NULL: the new results' name with ".recheck" behind it */
    const char **variants; /* commands of rows, which results do not hold */
    size_t variant_count;
    const char **scenario_files; /* of scenarios that are not built in */
    size_t scenario_file_count;
};

/* What the command line of `fibbench diff` says. Texts belong to the arguments. */
struct diff_options {
    enum diff_mode mode;
    const char *reference; /* NULL: the geometric mean */
    double threshold;      /* percent; below 0: not given */
    unsigned tables[DIFF_SIDES];
    struct recheck_options recheck;
    bool json;
    bool help;
    const char *paths[DIFF_SIDES];
};

extern const char diff_help[];

/*
 * Reads arguments behind the word `diff` (arguments[0] is that word). Returns 0, or -EINVAL with
 * the problem: what was wrong and what would be right. In both cases diff_options_finish follows.
 */
int diff_options_parse(struct diff_options *options, int count, char **arguments,
                       struct problem *problem);

void diff_options_finish(struct diff_options *options);

#endif
