#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stdint.h>

/* Nanoseconds of CLOCK_MONOTONIC: for durations and deadlines, never for a date. Cannot fail. */
int64_t clock_ns(void);

/* The same clock in whole milliseconds, rounded down. */
int64_t clock_ms(void);

#endif
