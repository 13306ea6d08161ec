#ifndef SIGNALS_H
#define SIGNALS_H

#include "src/shared.h"

/*
 * SIGTERM and SIGINT: the first sets *stopping* and starts the grace period, whose end or a second
 * signal sets *cancelled*. SIGPIPE is ignored. What the handlers need is the one mutable global of
 * the program.
 */

/*
 * Installs the handlers. The flags are those of shared, which is borrowed until signals_finish;
 * each flag comes with a descriptor that becomes readable. Returns 0, or -errno (-EMFILE, -EAGAIN).
 */
int signals_init(struct shared *shared, long grace_ms, int *stopping_descriptor,
                 int *cancel_descriptor);

/*
 * From now on the first signal also shuts these listening sockets (shutdown may be called in a
 * handler), so that clients who come later are refused instead of waiting in the backlog of a
 * server that has stopped accepting. The array is borrowed; a count of 0 before they are closed.
 */
void signals_shut(const int *listeners, unsigned count);

/* Gives the signals back to their defaults, but for SIGTERM, SIGINT and SIGPIPE, which are ignored
 * from now on. */
void signals_finish(void);

#endif
