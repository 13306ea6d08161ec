#ifndef BENCH_CAPTION_H
#define BENCH_CAPTION_H

#include "bench/table.h"

#include <cjson/cJSON.h>

/*
 * The line below a table: on what machine and how the numbers of a results file came about, and
 * what stands behind them in the table. New memory, which the caller frees. What the file does not
 * say is left out.
 */
char *caption_of(const cJSON *document, enum table_detail detail);

#endif
