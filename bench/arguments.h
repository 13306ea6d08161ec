#ifndef BENCH_ARGUMENTS_H
#define BENCH_ARGUMENTS_H

#include "bench/problem.h"

#include <getopt.h>

/* The options of a subcommand, in a loop of arguments_next until that returns 0 or less. */
void arguments_begin(void);

/*
 * getopt_long(3) without its own messages: short_options begin with ':', behind a '+' where options
 * end at the first word. Returns the next option, with its value in optarg; 0 behind the last one,
 * with optind at the words that follow; -EINVAL with the problem for one that does not exist or
 * lacks its value.
 */
int arguments_next(int count, char **arguments, const char *short_options,
                   const struct option *long_options, struct problem *problem);

#endif
