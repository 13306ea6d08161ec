#ifndef BENCH_WEB_ROW_H
#define BENCH_WEB_ROW_H

#include "bench/measure.h"

/*
 * Measures a web client in one round, as measure_row does a server: a fresh webserver and a fresh
 * client for each scenario, so that what the server counts is one cell's. A cell is void unless the
 * server has answered each URL with 200 exactly once and the client is content.
 */
int web_row_measure(const struct measure *measure, size_t row, unsigned round, cJSON **record,
                    struct problem *problem);

#endif
