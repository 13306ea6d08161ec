#ifndef BENCH_JUDGE_H
#define BENCH_JUDGE_H

#include "bench/client.h"
#include "bench/outcome.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What a cell is, from the reports of the clients that ran at the same time. A strategy that cannot
 * serve the cell is found out here and nowhere else: at least one client (or connection) got no
 * answer within the window, or had to wait for nearly all of it, while another got some.
 */
enum outcome judge_reports(const struct client_report *reports, size_t count, bool server_died);

#endif
