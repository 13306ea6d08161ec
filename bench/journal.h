#ifndef BENCH_JOURNAL_H
#define BENCH_JOURNAL_H

#include "bench/problem.h"

#include <cjson/cJSON.h>

/*
 * What is done of a run, in a file beside the results: a first line with the run's head, then a
 * line for each row of a round that is finished, synced to the disk. A run that is killed, or
 * stopped by a full disk, loses at most the row under way: a last line without an end is dropped.
 */
struct journal;

/*
 * Begins the journal for results that will stand in path; head is copied. Returns 0; -EEXIST where
 * there is one from an earlier run; -EBUSY where another fibbench writes it; another -errno; all
 * with the problem.
 */
int journal_create(struct journal **journal, const char *path, const cJSON *head,
                   struct problem *problem);

/*
 * Whether a journal can be begun: asks before the work that comes first. Returns 0, or -EEXIST or
 * -EBUSY with the problem, as journal_create does.
 */
int journal_check_absent(const char *path, struct problem *problem);

/*
 * Opens the one that an interrupted run left, to go on with it. Returns 0 with *head and the array
 * *records, which the caller deletes; -ENOENT where there is none; -EBUSY; -EINVAL where a line of
 * it is no record; another -errno; all with the problem.
 */
int journal_resume(struct journal **journal, const char *path, cJSON **head, cJSON **records,
                   struct problem *problem);

/* Adds one line and syncs it. Returns 0 or -errno with the problem. */
int journal_add(struct journal *journal, const cJSON *record, struct problem *problem);

/* Closes it; the file stays. Takes NULL. */
void journal_close(struct journal *journal);

/* Closes it and removes the file: the results have been written. */
void journal_remove(struct journal *journal);

/* The name of its file, which belongs to it. */
const char *journal_path(const struct journal *journal);

#endif
