#ifndef FIB_H
#define FIB_H

#include <stdbool.h>
#include <stdint.h>

/* The largest n whose Fibonacci number fits 64 bits. */
enum { FIB_MAX = 93 };

/*
 * F(n) for n up to FIB_MAX, by the naive recursion: n is a dial for CPU work, each step costs
 * about 1.6 times the one before. One function, never inlined or cloned, so that every backend runs
 * the same machine code.
 */
uint64_t fib(unsigned n);

/* Asked now and then during a long computation; true abandons it. It may also suspend the caller.
 */
typedef bool fib_check(void *argument);

/*
 * F(n), asking check about every twenty microseconds or so; never for small n. Returns 0 and
 * *value, or -ECANCELED as soon as check has returned true, with *value untouched.
 */
int fib_checked(unsigned n, fib_check *check, void *argument, uint64_t *value);

#endif
