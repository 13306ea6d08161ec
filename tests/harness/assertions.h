#ifndef TESTS_HARNESS_ASSERTIONS_H
#define TESTS_HARNESS_ASSERTIONS_H

/* cmocka.h wants these before it, in this order. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
/* clang-format on */

#endif
