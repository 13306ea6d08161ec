#ifndef BENCH_VALIDITY_H
#define BENCH_VALIDITY_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * What speaks against a number, as flags beside it. All are functions of the record alone, so that
 * they can be worked out again from a results file; what a record does not have raises no flag.
 *
 * Of one cell of one round:
 *
 * - client-limited: the clients had more than 85 % of the CPU they could use, in the placements
 *   split and free. In same, where both share a CPU, validity_client_share says it instead.
 * - unsteady: between ten slices of the window the rate varied by more than 10 % (standard
 *   deviation by mean; an open loop's own chance is allowed for), or went up or down: one half lies
 *   wholly above the other and their means differ by 5 %; by chance 5 slices lie so in 1 of 126.
 *   Not where slow clients make the load come and go.
 * - little: in a closed loop, connections times pipeline must be rate times latency and pause
 *   (Little 1961); beyond 10 % either the window or the latencies are not what they seem. A pause
 *   may last longer than asked for, so that with one only too many count. Windows
 *   of fewer than 50 requests for each under way are left out, and those in which each request has
 *   a connection of its own.
 * - delayed-ack: at least 1 % of the latencies lie at 35 to 50 ms, apart from the others: Nagle's
 *   algorithm waiting for an acknowledgement that the other side delays by 40 ms.
 * - overflow: connections were dropped because a queue of the listener was full.
 * - ports: local ports ran out, or four fifths of them newly wait in TIME_WAIT.
 * - migrated: a thread of server or clients went to another CPU.
 *
 * Of a cell over its rounds:
 *
 * - bimodal: the rounds fall into two groups, see validity_is_bimodal.
 *
 * Wrong answers are no flag: they make the cell void.
 */

/* Fills an array of the names for one cell of a measurement. The caller deletes it. */
cJSON *validity_flags(const cJSON *cell);

/*
 * Whether the values, in any order, are two groups with nothing between them: each has at least two
 * values and a quarter of them, and the gap is half of the whole range and 5 % of the median.
 * Below 8 values never. Of normally distributed values (4,000 trials of each size) 3 % of 8 and
 * less than 0.1 % of 14 look so; of two modes half as far again from each other, 90 % and more do.
 */
bool validity_is_bimodal(const double *values, size_t count);

/*
 * The clients' share of the CPU time that a request costs in both, 0 to 1; NAN where it is not
 * known, and where slow clients are among them: then requests are not alike.
 */
double validity_client_share(const cJSON *cell);

/*
 * For a row's cell in a results document, of the records of all rounds: adds "flags", an object
 * with the number of rounds for each, and "client_share", the median, where known. values: the
 * cell's samples.
 */
void validity_add_to_row(cJSON *row_cell, const cJSON *records, const char *label,
                         const char *scenario, const double *values, size_t count);

/*
 * A sentence for the caption of a results document's table: which cells are flagged in at least
 * half of their rounds, and the clients' share where they run on the server's CPU. Prints nothing
 * where there is nothing to say.
 */
void validity_print(FILE *file, const cJSON *document);

#endif
