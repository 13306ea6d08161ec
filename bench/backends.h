#ifndef BENCH_BACKENDS_H
#define BENCH_BACKENDS_H

#include "bench/problem.h"
#include "bench/supervisor.h"

#include <cjson/cJSON.h>

/*
 * Asks a fibserver what is built in. Returns 0 and *backends, the array that `fibserver
 * --list-backends --json` prints, which the caller deletes; -EINTR where a signal asks fibbench to
 * end; another -errno with the problem.
 */
int backends_list(struct supervisor *supervisor, const char *server_program, cJSON **backends,
                  struct problem *problem);

#endif
