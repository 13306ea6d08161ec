#ifndef BENCH_SUPERVISOR_H
#define BENCH_SUPERVISOR_H

#include "bench/problem.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/*
 * The one loop on which fibbench waits for its children, with a limit on every wait. SIGINT,
 * SIGTERM and SIGHUP end waits instead of the program, so that no child outlives it. While one
 * exists the process adopts orphaned grandchildren (PR_SET_CHILD_SUBREAPER) and ignores SIGPIPE.
 */
struct supervisor;

/* Returns 0 and *supervisor, or -errno with the problem. */
int supervisor_create(struct supervisor **supervisor, struct problem *problem);

/* All processes of this supervisor must have been destroyed. Takes NULL. */
void supervisor_destroy(struct supervisor *supervisor);

uv_loop_t *supervisor_loop(struct supervisor *supervisor);

/* The signal that asked the program to end, 0 where none did. */
int supervisor_interrupted(const struct supervisor *supervisor);

/*
 * Runs the loop until done(data) holds. Returns 0 then, -ETIMEDOUT after that many milliseconds,
 * or -EINTR as soon as a signal asks the program to end, also where done(data) holds by then.
 */
int supervisor_wait(struct supervisor *supervisor, bool (*done)(const void *data), const void *data,
                    int64_t milliseconds);

/* The same for cleaning up: only a signal that comes during the wait ends it. */
int supervisor_wait_to_clean_up(struct supervisor *supervisor, bool (*done)(const void *data),
                                const void *data, int64_t milliseconds);

/* Calls tick(data) about every so many milliseconds of waiting; NULL ends it. */
void supervisor_on_tick(struct supervisor *supervisor, void (*tick)(void *data), void *data,
                        unsigned milliseconds);

/*
 * Kills and reaps the children that this program did not start itself: what a killed server left
 * behind. To be called while no process of the supervisor runs. Does nothing where the program
 * inherited children from whoever executed it, since they cannot be told apart.
 */
void supervisor_end_orphans(struct supervisor *supervisor);

#endif
