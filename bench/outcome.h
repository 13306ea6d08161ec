#ifndef BENCH_OUTCOME_H
#define BENCH_OUTCOME_H

#include <stddef.h>

/*
 * What became of one cell. All but OUTCOME_MEASURED and OUTCOME_NONE stand in the table as words.
 * They stand here in the order of their gravity, and of a cell's rounds the gravest decides; only
 * OUTCOME_UNSERVED and OUTCOME_TOO_SLOW must hold in at least half of the rounds, because one
 * unlucky window says nothing of a strategy, and OUTCOME_TOO_FEW where no round has a number.
 */
enum outcome {
    OUTCOME_NONE,          /* not measured */
    OUTCOME_MEASURED,      /* a number */
    OUTCOME_TOO_FEW,       /* answers, but not enough for the percentile that is asked for */
    OUTCOME_UNSERVED,      /* one of several simultaneous clients got no answer, another did */
    OUTCOME_TOO_SLOW,      /* no answer within the window, but some after it */
    OUTCOME_TOO_LONG,      /* the delays alone take longer than a cell may, so it was not tried */
    OUTCOME_IMPOSSIBLE,    /* it asks for more than this machine allows, so it was not tried */
    OUTCOME_CLIENT_FAILED, /* the load generator did, not the server; or the web client */
    OUTCOME_HUNG,          /* no answer at all; a web client that did not end */
    OUTCOME_DIED,          /* the server ended while it was measured; a web client by a signal */
    OUTCOME_NOT_STARTED,   /* it never said that it listens, or cannot be reached */
    OUTCOME_WRONG,         /* a wrong, missing or superfluous answer */
};

/* What the table prints and the results file holds: "X", "died", "ok" for a number. For ever. */
const char *outcome_name(enum outcome outcome);

/* The outcome of that name, upper or lower case; -1 for any other text. */
int outcome_of_name(const char *name);

/* Combines the outcomes of a cell's rounds by the rule above. */
enum outcome outcome_of_rounds(const enum outcome *rounds, size_t count);

#endif
