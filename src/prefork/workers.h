#ifndef PREFORK_WORKERS_H
#define PREFORK_WORKERS_H

#include "src/server.h"

/*
 * The worker processes of one server, as their parent sees them. Each serves one connection at a
 * time until the server stops, and dies with its parent. All calls are the parent's, from one
 * thread, which is the only one of its process, and has SIGCHLD blocked.
 */
struct workers;

/* Starts none yet. The server is borrowed. Returns 0 and *workers, or -ENOMEM. */
int workers_create(struct workers **workers, const struct server *server);

/* All workers have been buried. Takes NULL. */
void workers_destroy(struct workers *workers);

/*
 * Starts all: as many as --workers says, but no more than connections are allowed. Waits until they
 * accept. Returns 0, or -errno (-EAGAIN, -ENOMEM, -EMFILE) with none running.
 */
int workers_start(struct workers *workers);

/*
 * Reaps those that have died: what they had counted is added up, and who was killed or failed is
 * reported on stderr. Returns how many live.
 */
unsigned workers_bury(struct workers *workers);

/*
 * Starts new ones for those that have died. One that lived for a second is replaced at once; one
 * that dies young waits, twice as long each time, up to a second.
 */
void workers_replace(struct workers *workers);

/* In how many milliseconds workers_replace has something to do; -1 where nothing is known. */
int workers_next_start_ms(const struct workers *workers);

/* Sends SIGKILL to all that live. */
void workers_kill(struct workers *workers);

#endif
