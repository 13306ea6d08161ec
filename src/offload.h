#ifndef OFFLOAD_H
#define OFFLOAD_H

#include "src/fib.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What a request will cost, predicted from a short calibration at start, and whether that is worth
 * handing it to a pool. No n is special: on a machine twice as fast the same decisions fall one or
 * two n higher.
 */

enum offload_mode { OFFLOAD_AUTO, OFFLOAD_ALWAYS, OFFLOAD_NEVER };

struct offload {
    enum offload_mode mode;
    uint64_t
        cost_ns[FIB_MAX + 1]; /* predicted time of fib(n) alone; UINT64_MAX where it overflows */
};

/* Finds a mode by its name: auto, always, never. Returns 0, or -EINVAL for an unknown one. */
int offload_mode_parse(const char *name, enum offload_mode *mode);

/* Measures for a few milliseconds of CPU time. Cannot fail. */
void offload_calibrate(struct offload *offload, enum offload_mode mode);

/* The predicted cost in nanoseconds of answering n, parsing and formatting included. */
uint64_t offload_cost(const struct offload *offload, unsigned n);

/*
 * True where the request is predicted to take several times as long as a hand-over to another
 * thread and back (11 us when measured): those before it should have their answers first.
 */
bool offload_is_costly(const struct offload *offload, unsigned n);

/* True where a backend that has a pool shall give it this request. */
bool offload_is_wanted(const struct offload *offload, unsigned n);

#endif
