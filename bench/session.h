#ifndef BENCH_SESSION_H
#define BENCH_SESSION_H

#include "bench/measure.h"
#include "bench/options.h"
#include "bench/plan.h"

/*
 * A run under way: the plan, what of it is done, and the journal of that. It can be begun, or taken
 * up where an earlier one was interrupted.
 */
struct session;

/* What a run needs; all of it borrowed for the life of the session. */
struct session_setup {
    struct supervisor *supervisor;
    struct plan *plan; /* slow n and windows are completed by the calibration */
    const struct run_options *options;
    const char *server_program;
    const char *client_program;
    const cJSON *warnings;           /* of the host, for the results file; may be NULL */
    const struct front_parts *front; /* NULL: no row needs one */
};

/*
 * Begins: calibrates the slow request where the plan has one, fits the windows, and begins the
 * journal with the given command line. Returns 0 and *session; -EINTR; another -errno with the
 * problem.
 */
int session_begin(struct session **session, const struct session_setup *setup, int argument_count,
                  char **arguments, struct problem *problem);

/* What an interrupted run left: its journal, opened, and what stands in it. */
struct session_past;

/*
 * Opens it. Returns 0 and *past; -ENOENT where there is none to go on from; another -errno; both
 * with the problem.
 */
int session_past_open(struct session_past **past, const char *output, struct problem *problem);

/* How many words the command line has that it was begun with; they belong to the past. */
int session_past_arguments(const struct session_past *past, char ***arguments);

/* Takes NULL. */
void session_past_close(struct session_past *past);

/*
 * Goes on from it: the plan takes its seed and what was calibrated, and must else be the same, on
 * the same machine with the same build. Takes the journal and what stands in it out of the past,
 * which the caller still closes. Returns 0 and *session, or -errno with the problem.
 */
int session_resume(struct session **session, const struct session_setup *setup,
                   struct session_past *past, struct problem *problem);

/*
 * Measures what is left, with progress on stderr; each finished row of a round goes to the journal.
 * Returns 0; -EINTR where a signal asked to end; another -errno with the problem.
 */
int session_measure(struct session *session, struct problem *problem);

/*
 * Writes the results file and removes the journal. Returns 0, and *document, which the caller
 * deletes, or -errno with the problem; then the journal stays.
 */
int session_finish(struct session *session, cJSON **document, struct problem *problem);

/* Rows of rounds that are finished, and of the whole plan. */
unsigned session_done(const struct session *session);
unsigned session_total(const struct session *session);

/* The journal stays where session_finish did not remove it. Takes NULL. */
void session_destroy(struct session *session);

#endif
