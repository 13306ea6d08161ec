#ifndef BENCH_PEERS_SLOW_N_H
#define BENCH_PEERS_SLOW_N_H

#include "bench/problem.h"
#include "bench/variant.h"

#include <cjson/cJSON.h>

/*
 * What slow clients ask the peers of each language for, as --peers-slow-n and the results have it:
 * "python=31,node=36". Sets slow_n of the rows; a language of which there is no row is passed over,
 * one that peers (what peers_list returns) does not have is an error. Returns 0, or -EINVAL with
 * the problem.
 */
int peers_slow_n_apply(const char *list, const cJSON *peers, struct variant_list *variants,
                       struct problem *problem);

/* The same of the rows, in new memory that the caller frees; NULL where there is none. */
char *peers_slow_n_text(const struct variant_list *variants);

#endif
