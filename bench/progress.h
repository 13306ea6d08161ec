#ifndef BENCH_PROGRESS_H
#define BENCH_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * What runs, what is left, and when it ends: on a terminal one line that is drawn again, elsewhere
 * a line for each row of a round that is finished. The time left is the plan's, stretched by what
 * the finished part took against what was planned for it.
 */
struct progress {
    FILE *file;
    bool terminal;
    bool drawn; /* a line stands there that is not ended */
    unsigned done;
    unsigned total;
    unsigned rounds;
    double planned_done; /* seconds, like all below */
    double planned_total;
    double spent;       /* on the finished part, in this run of the program */
    double spent_plan;  /* what was planned for that */
    double planned_now; /* for what is under way */
    long long begun;    /* of what is under way; clock_ns */
    char now[160];      /* round and label, then what of it */
    size_t label_end;   /* where that begins */
};

/* total: rows of rounds, planned_seconds: for all of them. */
void progress_init(struct progress *progress, FILE *file, unsigned total, unsigned rounds,
                   double planned_seconds);

/* Counts what an earlier run finished. */
void progress_skip(struct progress *progress, double planned_seconds);

/* A row is to be measured again. */
void progress_add(struct progress *progress, double planned_seconds);

/* A row of a round (from 0) begins. */
void progress_begin(struct progress *progress, unsigned round, const char *label,
                    double planned_seconds);

/* A part of it begins; only a terminal shows it. */
void progress_detail(struct progress *progress, const char *scenario);

/* It is finished; result is "" or says what did not give a number. */
void progress_end(struct progress *progress, const char *result);

/* Until all is finished, as far as can be told now. */
double progress_seconds_left(const struct progress *progress);

/* Draws the line again, with the time that has passed. Nothing where it is no terminal. */
void progress_draw(struct progress *progress);

/* Removes the line, so that something else can be printed. */
void progress_clear(struct progress *progress);

#endif
