#ifndef TESTS_HARNESS_RECORD_H
#define TESTS_HARNESS_RECORD_H

#include "tests/harness/fixture.h"

#include <stdbool.h>

/* Adds how a test ended to the file that SUITE_RESULTS names; does nothing where it names none. */
void record_outcome(const char *suite, const char *test, const struct fixture *fixture,
                    bool passed);

#endif
