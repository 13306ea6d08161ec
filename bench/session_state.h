#ifndef BENCH_SESSION_STATE_H
#define BENCH_SESSION_STATE_H

#include "bench/journal.h"
#include "bench/progress.h"
#include "bench/session.h"

#include <cjson/cJSON.h>

/* For the files of the session alone. */
struct session {
    struct session_setup setup;
    struct journal *journal;
    cJSON *head;
    cJSON *records;
    struct progress progress;
};

/* What measuring a row of this session needs, borrowed from it. */
struct measure session_measure_parts(struct session *session);

#endif
