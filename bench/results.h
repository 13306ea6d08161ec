#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include "bench/noise.h"
#include "bench/plan.h"
#include "bench/problem.h"
#include "bench/table.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

/*
 * The results file: a JSON object with "format": "fibbench-results" and "version": 2. It holds the
 * plan (profile, seed, order, placement, windows, reference, which row repeats which), the program
 * (version, revision), the host, the columns (each with the margin of its verdicts, "delta"), the
 * rows with their cells (median, interval, spread and samples of the rounds, the ratio to the
 * reference with its interval, p and verdict), the run's own noise by column, and under
 * "measurements" a record for every run of every round that counts, as measure_row made it; those
 * that were repeated stand under "repeats". Later versions of the program may add members; a change
 * of meaning raises the version. Version 1 lacked what the verdicts need, and is read as well.
 */
enum { RESULTS_VERSION = 2 };

/* What a run's head (the journal's first line) and its results share: all but what was measured. */
cJSON *results_head(const struct plan *plan, const cJSON *host);

/*
 * The document of a finished run: the head, the records, and the cells made of them. The caller
 * deletes it. head and records are copied. seconds: how long the measurements took in all.
 * earlier: what earlier runs found this machine's noise to be; may be NULL.
 */
cJSON *results_document(const struct plan *plan, const cJSON *head, const cJSON *records,
                        double seconds, const struct noise *earlier);

/*
 * Parses a results file's text. Returns 0 and *document, which the caller deletes, or -EINVAL with
 * the problem (no JSON, another format, a newer version), which names the file.
 */
int results_parse(const char *path, const char *text, size_t length, cJSON **document,
                  struct problem *problem);

/* The same of a file, which may also not be readable: another -errno. */
int results_read(const char *path, cJSON **document, struct problem *problem);

/* Whether a results document's rows are web clients, not servers. */
bool results_are_of_web_clients(const cJSON *document);

/*
 * Makes the table of it: the published columns, then the others that were measured. Returns 0 and
 * fills *table, which the caller finishes; -EINVAL with the problem, and *table left empty.
 */
int results_table(const char *path, const cJSON *document, struct table *table,
                  struct problem *problem);

#endif
