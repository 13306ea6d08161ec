#ifndef BENCH_RECHECK_H
#define BENCH_RECHECK_H

#include "bench/compare_print.h"
#include "bench/diff_options.h"
#include "bench/diff_side.h"

/*
 * The second look at cells that are worse, before a comparison fails.
 *
 * The rows of failing cells are measured again in the scenarios of failing cells, with the build,
 * the machine, the placement, the windows and the slow request of the new run, in random order
 * within rounds whose number is fixed beforehand; along with them, per column, a row that shows
 * whether the machine has changed meanwhile (in a relative comparison: all rows that the columns
 * are divided by). The fresh rounds alone are compared with the old run, by the rule of the first
 * comparison, Holm's adjustment included. They are never merged with the rounds that made the cell
 * fail: those were chosen for being extreme, and a test of them all would not be one. A cell
 * fails only if both say so, so that the chance of a false alarm can only fall.
 */
struct recheck {
    struct recheck_report report;
    struct diff_side side; /* what was measured */
    struct comparison to_old;
    struct comparison to_new;
};

/*
 * Whether these results can be measured again here: on the same machine, with the same builds.
 * Returns 0, or -EINVAL with the problem; another -errno where the programs cannot be found or
 * read.
 */
int recheck_check(const struct recheck_options *options, const struct diff_side *new,
                  struct problem *problem);

/*
 * Measures what fails in the comparison again, with progress on stderr, and takes the outcome into
 * its cells. Returns 0; 128 and a signal's number where one ended it, which has been said; or
 * -errno with the problem. In all cases recheck_finish follows.
 */
int recheck_measure(struct recheck *recheck, const struct recheck_options *options,
                    const struct diff_side *old, const struct diff_side *new,
                    const struct compare_settings *settings, struct comparison *comparison,
                    struct problem *problem);

void recheck_finish(struct recheck *recheck);

#endif
