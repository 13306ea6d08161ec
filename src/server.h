#ifndef SERVER_H
#define SERVER_H

#include "lib/poll/poller.h"
#include "src/offload.h"
#include "src/session.h"

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * What a backend is lent while it runs: the listener, the limits, the way to accept, to refuse, to
 * compute and to hang up, and the signs to stop. All of it may be used from any thread of the
 * backend.
 */

struct shared; /* counters and flags, in memory that children share: server.c */
struct lingerer;
struct notifier;

struct server_limits {
    long max_connections;
    long idle_timeout_ms; /* 0: never */
    long grace_ms;
    int backlog;
    unsigned workers;
    size_t stack_size; /* bytes; 0: the backend's own choice */
    enum poller_kind poller;
    long spin_us; /* how long a loop may look before it sleeps: lib/poll/spin.h */
    bool pool_cpus_set;
    cpu_set_t pool_cpus; /* where pool threads may run, if pool_cpus_set */
};

struct server {
    const char *backend;
    bool inherited; /* others hold the listener too: it is neither shut nor made blocking */
    int listener;   /* bound, listening, non-blocking; TCP or Unix: the first of the listeners */
    /*
     * All of them: one, or for a backend that wants one per loop limits.workers, among which the
     * system divides the clients (SO_REUSEPORT); on a Unix socket they are all the same one.
     */
    const int *listeners;
    unsigned listener_count;
    unsigned loop; /* whose copy of this struct it is: src/loops.h */
    bool is_unix;
    struct server_limits limits;
    struct session_rules rules;
    struct offload offload;
    /*
     * Two descriptors for a loop to watch: the first becomes readable when the server shall stop,
     * the second when it shall stop at once. Never read them.
     */
    int stopping_descriptor, cancel_descriptor;
    struct shared *shared;
    struct lingerer *linger;
    struct notifier *notifier; /* NULL: nobody wants to be told */
};

/* How long a backend waits before it tries to accept again when descriptors or memory have run out.
 */
enum { SERVER_ACCEPT_PAUSE_MS = 100 };

/*
 * The backend accepts from now on: prints the one line on stdout, and tells the service manager
 * where there is one. Call it once, in the process that runs the backend, when nothing can fail any
 * more.
 */
void server_ready(const struct server *server);

/* Accept nothing, read nothing; answer what is complete, then hang up. */
bool server_stopping(const struct server *server);

/* Leave at once, answers or not. */
bool server_cancelled(const struct server *server);

/*
 * Accepts one connection: non-blocking if told so, closed on exec, with the socket options that
 * hold for all backends. Connections above the limit are refused politely inside. Never blocks.
 * Returns 0 and *descriptor, which the caller ends with server_hang_up; -EAGAIN when nobody is
 * waiting; or another -errno
 * (-EMFILE, -ENFILE, -ENOBUFS, -ENOMEM): then do not accept for SERVER_ACCEPT_PAUSE_MS.
 */
int server_accept(const struct server *server, bool non_blocking, int *descriptor);

/*
 * For libraries that accept by themselves: sets the socket's options and counts the connection.
 * Returns false where there are too many already: then give it to server_refuse. The descriptor
 * stays the caller's.
 */
bool server_admit(const struct server *server, int descriptor);

/* Takes the descriptor over, sends "ERR reason", and closes it as for overlong lines, in the
 * background. */
void server_refuse(const struct server *server, int descriptor, const char *reason);

/* Gives an admitted connection back that cannot be served after all, with a reason; takes the
 * descriptor. */
void server_turn_away(const struct server *server, int descriptor, const char *reason);

/* The parts of server_hang_up, for a backend without sessions: add up answers, end the connection.
 */
void server_count(const struct server *server, uint64_t requests, uint64_t errors,
                  uint64_t undelivered);
void server_close(const struct server *server, int descriptor, enum session_ending ending);

/*
 * Ends an admitted connection: adds up what its session counted, finishes the session, and closes
 * the descriptor, in the background and politely where the session says SESSION_LINGER. descriptor
 * may be -1 where a library closes it.
 */
void server_hang_up(const struct server *server, struct session *session, int descriptor);

/*
 * Computes F(n) on this thread, until done or until server_cancelled. Returns 0, or -ECANCELED:
 * then the connection is to be hung up. What was abandoned under way is counted.
 */
int server_compute(const struct server *server, unsigned n, uint64_t *value);

/* Counts a computation that was abandoned under way. */
void server_count_cancelled(const struct server *server);

#endif
