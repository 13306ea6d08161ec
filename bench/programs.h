#ifndef BENCH_PROGRAMS_H
#define BENCH_PROGRAMS_H

#include "bench/problem.h"

/*
 * Finds a program of this project: beside fibbench's own executable, else in the folder of the
 * build tree that stands beside fibbench's (`src` for "fibserver", `clients` for "fibclient"), else
 * in PATH. Returns 0 and *path in new memory that the caller frees, or -ENOENT with the problem,
 * which names the option to say it with.
 */
int programs_find(const char *name, const char *build_folder, const char *option, char **path,
                  struct problem *problem);

/*
 * The path of a program: the name itself where it has a slash, else where PATH has it. In new
 * memory that the caller frees, or NULL where it is not there or cannot be run.
 */
char *programs_in_path(const char *name);

/*
 * Finds the folder of the peers: the one that FIBBENCH_PEERS names in the environment, else beside
 * fibbench in the build tree, else where the installation puts them. Returns 0 and *folder in new
 * memory that the caller frees, or -ENOENT with the problem.
 */
int programs_find_peers(char **folder, struct problem *problem);

#endif
