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

#endif
