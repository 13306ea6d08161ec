#ifndef WEB_REPORT_H
#define WEB_REPORT_H

/* What the user sees: a line for each result, progress on a terminal, and a summary. */

#include "clients/web/bar.h"
#include "clients/web/format.h"
#include "clients/web/source.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct report {
    FILE *stream; /* of the results */
    struct source *source;
    enum format format;
    bool quiet;   /* no summary and no progress */
    bool at_once; /* each line is written as it comes */
    bool unwritten;
    int error;              /* why results cannot be written, -errno; 0 */
    int64_t started, ended; /* with the last result so far */
    int64_t flush_due;
    struct bar bar;

    uint64_t urls, succeeded, retries, redirects, connections, bytes;
    uint64_t failures[FAILURE_KINDS];
};

/* source is asked how far it is, and for counts of its own; borrowed. at_once: nobody will call
 * report_tick in time. */
void report_init(struct report *report, FILE *stream, enum format format, bool quiet, bool at_once,
                 struct source *source);

/* These two return when report_tick is to be called next, on clock_ns; INT64_MAX: not at all. Lines
 * are written together, but none is held back for longer than a tenth of a second. */
int64_t report_result(struct report *report, const struct result *result);
int64_t report_tick(struct report *report, int64_t now, unsigned under_way);

void report_retry(struct report *report);

/* Nobody reads the stream any more: that is why results cannot be written. */
void report_lose_reader(struct report *report);

/* Writes what is left, the summary on standard error, and with JSON a last line on the stream as
 * well, {"summary": ...}. interrupted: not all URLs were begun. Returns 0, or why the results
 * cannot be written. */
int report_finish(struct report *report, const char *backend, bool interrupted);

/* True where a URL has failed. */
bool report_has_failures(const struct report *report);

#endif
