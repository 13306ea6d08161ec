#ifndef BENCH_COUNTERPART_H
#define BENCH_COUNTERPART_H

#include <stdbool.h>

/*
 * The row of the published table (nine servers in Python, one strategy each) that a backend or a
 * peer of this project answers to, or NULL. Only the backend as it stands has one: a row with
 * options of its own
 * ("uv --offload=always") has not.
 */
const char *counterpart_of(const char *label);

/* Whether two names mean one row: the same text but for case and blanks, or a counterpart. */
bool counterpart_same_name(const char *left, const char *right);
bool counterpart_matches(const char *left, const char *right);

#endif
