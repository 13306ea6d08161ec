#ifndef BLOCKING_H
#define BLOCKING_H

#include "src/server.h"

#include <pthread.h>

/*
 * For strategies that block in calls: they register the sockets on which their threads block, so
 * that a stop can wake them, and need no poll of their own per request. The wake-up is a signal,
 * repeated until it is heeded: it interrupts a receive without shutting the socket, which may
 * linger afterwards as every other does. When the server is cancelled, the sockets are shut both
 * ways.
 */
struct blocking;

/* The caller owns it, usually on its stack; members belong to blocking.c. */
struct blocked {
    struct blocked *previous, *next;
    pthread_t thread;
    int descriptor;
};

/* Starts one thread that waits for the stop. Returns 0 and *blocking, or -errno. */
int blocking_create(struct blocking **blocking, const struct server *server);

/* Waits until every socket has left, then ends the thread. Takes NULL. */
void blocking_destroy(struct blocking *blocking);

/*
 * The calling thread leaves SIGTERM, SIGINT and the end of the grace period to the thread that
 * accepts. A system gives them to any thread while that one has its signals blocked, as it has
 * while it starts a thread.
 */
void blocking_leave_signals(void);

/* The calling thread is going to block on the descriptor, which stays open until blocking_leave. */
void blocking_enter(struct blocking *blocking, struct blocked *blocked, int descriptor);
void blocking_leave(struct blocking *blocking, struct blocked *blocked);

/*
 * Waits until a client connects or the server stops, or, if paused, until SERVER_ACCEPT_PAUSE_MS
 * are over. Returns false when the server is stopping.
 */
bool blocking_await_client(const struct server *server, bool paused);

/*
 * For many threads or processes that share one listener: in blocking mode they are woken one at a
 * time, and all by the stop, which shuts it. One that is inherited, and so is not shut, stays
 * non-blocking, as its other holders may rely on that; then all of them look at it, and at the
 * stop, for each client. Cannot fail.
 */
void blocking_set_listener(const struct server *server, bool blocking);

/*
 * Accepts after blocking_set_listener: waits until a client is there for this thread or process,
 * through pauses where descriptors have run out. Returns true and an admitted *descriptor in
 * blocking mode, or false when the server is stopping.
 */
bool blocking_accept(const struct server *server, int *descriptor);

#endif
