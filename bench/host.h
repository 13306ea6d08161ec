#ifndef BENCH_HOST_H
#define BENCH_HOST_H

#include <cjson/cJSON.h>
#include <stdbool.h>

/*
 * The machine as far as numbers depend on it: kernel, architecture, CPU model, CPUs (all, and those
 * that fibbench may use), governor, virtualisation, memory. Neither its name nor any path. What
 * cannot be found out is null.
 */
cJSON *host_to_json(void);

/*
 * Whether two such descriptions are of machines of one kind, so that their numbers compare as they
 * stand: CPU model, CPUs, virtualisation, and memory within 5 %. The kernel may differ: comparing
 * kernels on one machine is a purpose.
 */
bool host_is_same(const cJSON *left, const cJSON *right);

#endif
