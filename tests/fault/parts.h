#ifndef TESTS_FAULT_PARTS_H
#define TESTS_FAULT_PARTS_H

#include "tests/harness/suite.h"

extern const struct suite_part exhaustion_part; /* descriptors and memory run out */
extern const struct suite_part resets_part;     /* clients vanish at every step of a request */
extern const struct suite_part signals_part;    /* signals that are no order to stop */
extern const struct suite_part calls_part;      /* system calls fail in turn */
extern const struct suite_part clients_part;    /* clients that are many, slow, deaf or gone */
extern const struct suite_part start_part;      /* the same before the server is ready */

#endif
