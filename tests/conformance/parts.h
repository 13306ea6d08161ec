#ifndef TESTS_CONFORMANCE_PARTS_H
#define TESTS_CONFORMANCE_PARTS_H

#include "tests/harness/suite.h"

/* The parts of the suite, a file each: what a user may rely on, whatever the backend. */
extern const struct suite_part answers_part; /* what a line is answered with */
extern const struct suite_part stream_part;  /* how bytes become lines, and how connections end */
extern const struct suite_part flow_part;    /* order, backpressure, fairness */
extern const struct suite_part limits_part;  /* --max-connections and --idle-timeout */
extern const struct suite_part stop_part;    /* signals, drain, grace, exit */
extern const struct suite_part cancel_part;  /* computations nobody waits for any more */
extern const struct suite_part stats_part;   /* --stats */
extern const struct suite_part listen_part;  /* addresses and sockets to listen on */
extern const struct suite_part loops_part;   /* several loops, a listener for each */
extern const struct suite_part null_part;    /* the reference backend alone */
extern const struct suite_part prefork_part; /* worker processes that die */

#endif
