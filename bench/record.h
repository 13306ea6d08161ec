#ifndef BENCH_RECORD_H
#define BENCH_RECORD_H

#include <cjson/cJSON.h>
#include <stdbool.h>

/*
 * A record is what was measured of one row in one round: a line of the journal, and one of the
 * results' "measurements". One that was repeated for a cause from outside is superseded: it keeps
 * its numbers, with the cause, but none of them counts.
 */

/* The reference's second run in a block. */
bool record_is_closing(const cJSON *record);

bool record_is_superseded(const cJSON *record);

/* cause: "steal" or "drift"; value: how much of it there was. */
void record_supersede(cJSON *record, const char *cause, double value);

/* The number that a record has in that column of that scenario, above 0; else 0. */
double record_value(const cJSON *record, const char *scenario, const char *column);

/* That of the row in that round which counts; 0 where there is none. */
double record_find_value(const cJSON *records, unsigned round, const char *label, bool closing,
                         const char *scenario, const char *column);

/*
 * A line of the journal that says that all of a round so far is superseded, new for the caller to
 * delete; and what it does to the records. It returns false for a line that is none.
 */
cJSON *record_mark_round(unsigned round, const char *cause, double value);
bool record_apply_mark(cJSON *records, const cJSON *mark);

#endif
