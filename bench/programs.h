#ifndef BENCH_PROGRAMS_H
#define BENCH_PROGRAMS_H

#include "bench/problem.h"

#include <cjson/cJSON.h>

/*
 * Finds a program of this project: beside fibbench's own executable, else in the folder of the
 * build tree that stands beside fibbench's (`src` for "fibserver", `clients` for "fibclient"), else
 * in PATH. Returns 0 and *path in new memory that the caller frees, or -ENOENT with the problem,
 * which names the option to say it with.
 */
int programs_find(const char *name, const char *build_folder, const char *option, char **path,
                  struct problem *problem);

enum { PROGRAMS_DIGEST = 32 };

/*
 * A digest of the program's file ("fnv1a64:" and 16 digits; Fowler, Noll and Vo), which tells
 * builds apart but is no protection. Returns 0, or -errno with the problem.
 */
int programs_digest(const char *path, char digest[static PROGRAMS_DIGEST], struct problem *problem);

/* For the results file: the digests of both programs; null for a NULL and for what cannot be read.
 */
cJSON *programs_to_json(const char *server, const char *client);

#endif
