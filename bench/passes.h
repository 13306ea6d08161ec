#ifndef BENCH_PASSES_H
#define BENCH_PASSES_H

#include "bench/measure.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

/*
 * What is measured of a row once in a run, beside the rounds, since it needs no clock but would
 * disturb one:
 *
 * Memory per idle connection: resident bytes of a fresh server with PASSES_IDLE idle connections,
 * each of which was answered once, minus those that it had without them, divided by their number.
 * What the kernel holds for a socket or a thread is not in it.
 *
 * System calls per request, of one connection and of 64, one request under way on each: by trace.h.
 * Of two windows of different length on one server, the difference of the calls divided by that of
 * the requests, so that opening and closing the connections cancels out.
 */
enum { PASSES_IDLE = 500 };

/*
 * Runs them for one row. Returns 0 and *result, which the caller deletes: {"memory_per_connection":
 * bytes, "system_calls_per_request": {"1": n, "64": n}, "reasons": {...}}, where what could not be
 * measured is null, with the reason. -EINTR where a signal asks fibbench to end.
 */
int passes_measure(const struct measure *measure, const struct variant *variant, cJSON **result);

/* Whether the records hold them for that row already. */
bool passes_are_done(const cJSON *records, const char *label);

/* Adds both numbers of the row's records to the row of a results document, where they are. */
void passes_add_to_row(cJSON *row, const cJSON *records);

#endif
