#ifndef LINGER_H
#define LINGER_H

/*
 * Closing politely: the write side is shut, what the client still sends is discarded for at most a
 * second, then the descriptor is closed. Closed at once, a socket with unread input would be reset,
 * and the client could lose answers that it has not read yet. A thread of its own does it, from the
 * first such connection on, so that no strategy has to.
 */
struct lingerer;

/*
 * cancel_descriptor becomes readable when every connection is to be closed at once. Returns 0 and
 * *linger, or -errno (-ENOMEM, -EMFILE). Starts no thread yet.
 */
int linger_create(struct lingerer **linger, int cancel_descriptor);

/* Waits until the last connection is closed: a second at most, not at all once cancelled. Takes
 * NULL. */
void linger_destroy(struct lingerer *linger);

/* Takes the descriptor over. Cannot fail: without a thread or memory it closes at once.
 * Thread-safe. */
void linger_close(struct lingerer *linger, int descriptor);

#endif
