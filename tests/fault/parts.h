#ifndef TESTS_FAULT_PARTS_H
#define TESTS_FAULT_PARTS_H

#include "tests/harness/suite.h"

extern const struct suite_part exhaustion_part; /* descriptors and memory run out */
extern const struct suite_part resets_part;     /* clients vanish at every step of a request */
extern const struct suite_part signals_part;    /* signals that are no order to stop */

#endif
