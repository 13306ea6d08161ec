#ifndef BENCH_DIFF_SIDE_H
#define BENCH_DIFF_SIDE_H

#include "bench/problem.h"
#include "bench/table.h"

#include <cjson/cJSON.h>

/* One side of a comparison. */
struct diff_side {
    const char *path;
    struct table table;
    cJSON *document; /* of a results file; NULL: it is Markdown */
};

/*
 * Reads a results file, or the number-th table of a Markdown file; which, the content tells. The
 * row that a run enters twice, to measure its own noise, is left out of the table: it is no other
 * server. Returns 0, or -errno with the problem; in both cases diff_side_finish follows.
 */
int diff_side_read(struct diff_side *side, const char *path, unsigned number,
                   struct problem *problem);

void diff_side_finish(struct diff_side *side);

#endif
