#ifndef BENCH_COSTS_H
#define BENCH_COSTS_H

#include "bench/problem.h"
#include "bench/report_data.h"
#include "bench/table.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* What rows cost, beside what they give: lines of code, system calls, CPU time, memory. */

/*
 * CPU seconds per request of a row in a column, the median of its rounds: part is "user" or
 * "system". Of servers it is the server's, of web clients the client's; NAN where it is not known.
 */
double costs_cpu(const struct report_data *data, size_t row, size_t column, const char *part);

/* Whether the column is a rate that nothing but the row holds back. */
bool costs_column_is_loaded(const struct report_data *data, size_t column);

/*
 * Makes a table of it, with a column for each number that at least one row has; peers are left out,
 * of which only a part is known. Returns 0 and fills *table, which the caller finishes; -EINVAL
 * with the problem, and *table left empty, where the document is not what a results file holds or
 * where it has none of this.
 */
int costs_table(const char *path, const cJSON *document, struct table *table,
                struct problem *problem);

#endif
