#ifndef BENCH_DIFF_SIDE_H
#define BENCH_DIFF_SIDE_H

#include "bench/compare.h"
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

/* Why the numbers of the two cannot be compared as they stand, or NULL. */
const char *diff_sides_why_relative(const struct diff_side *old, const struct diff_side *new);

/* Whether one of them is a published table, which has no samples. */
bool diff_sides_are_shapes(const struct diff_side *old, const struct diff_side *new);

/*
 * The margins by which the runs judged their own columns. Returns an array for the caller to free,
 * and its length in *count; the headers belong to the sides.
 */
struct compare_margin *diff_sides_margins(const struct diff_side *old, const struct diff_side *new,
                                          size_t *count);

#endif
