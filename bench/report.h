#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "bench/diff_side.h"
#include "bench/problem.h"
#include "bench/report_data.h"
#include "bench/supervisor.h"
#include "bench/table.h"

#include <stdbool.h>
#include <stddef.h>

/* An earlier run to compare with. */
struct report_past {
    const struct diff_side *old;
    const struct diff_side *new; /* what the report is of, as diff reads it */
};

/* What a report is made of; all of it borrowed. */
struct report_input {
    const struct report_data *data;
    const struct table *table;      /* of the same document */
    const struct report_past *past; /* NULL: none */
};

/*
 * Makes the page: one HTML file, well-formed XML too, that loads nothing from anywhere. Waits for
 * gnuplot. Where it is not installed the pictures are left out, the page says so in their places,
 * and *pictures is false. Returns 0 and *page, in new memory that the caller frees; -EINTR; another
 * -errno with the problem.
 */
int report_make(struct supervisor *supervisor, const struct report_input *input, char **page,
                size_t *length, bool *pictures, struct problem *problem);

#endif
