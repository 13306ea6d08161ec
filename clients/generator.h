#ifndef CLIENTS_GENERATOR_H
#define CLIENTS_GENERATOR_H

#include "clients/connection.h"
#include "clients/load.h"
#include "lib/poll/spin.h"

#include <stdint.h>
#include <sys/resource.h>

/*
 * The load generator from inside: what its phases (connecting, the window of one of three loops,
 * draining) share. Phases follow one another in load_run.
 */
enum {
    READ_BYTES = 65536,
    EVENTS_AT_ONCE = 256,
    STOP_BYTES = 128,
};

struct load {
    const struct load_options *options;
    struct load_result *result;
    struct connection *connections; /* the busy ones, then the idle ones */
    struct departure *departures;   /* all rings */
    unsigned total;
    unsigned open;      /* not closed, of all */
    unsigned busy_open; /* not closed, of the busy ones */
    int epoll;
    struct spin spin;
    bool blocks; /* the connection's calls do: load_blocking_loop */
    enum load_phase phase;
    unsigned stops; /* how often the stop descriptor was readable */
    int64_t start;
    int64_t deadline; /* answers from here on are late; before the window, the past */
    int64_t next_report;
    int64_t last_report;
    uint64_t reported;
    unsigned slice; /* the present tenth of the window, */
    int64_t slice_end;
    uint64_t sliced; /* and the requests before it */
    struct rusage usage_at_start;
    struct dialogue dialogue;
    struct dialogue idle_dialogue;
    char wrong_text[WRONG_ANSWER_TEXT];
    char buffer[READ_BYTES];
};

/* Something is wrong with an answer: keeps the first such text and tells the observer. */
void load_problem(struct load *load, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The run cannot go on: this text replaces any other. Returns error. */
int load_fail(struct load *load, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Tells the observer of progress where that is due. */
void load_report(struct load *load, int64_t now);

/* Opens all connections, has the idle ones answered. Returns 0 or -errno with a problem. */
int load_connect(struct load *load);

/* Starts and ends the window: the clock and the CPU time. */
void load_begin_window(struct load *load);
void load_end_window(struct load *load, int64_t now);

/* Closes the tenths of the window that have ended; called where slice_end has come. */
void load_next_slices(struct load *load, int64_t now);

/* True where the window must end: its time is over, it was stopped, or no busy connection is left.
 */
bool load_is_over(const struct load *load, int64_t now);

/* The loops, each from beginning to end of the window. Return 0 or -errno with a problem. */
int load_closed_loop(struct load *load);
int load_blocking_loop(struct load *load);
int load_open_loop(struct load *load);
int load_think_loop(struct load *load);
int load_churn_loop(struct load *load);

/* True where one connection in a closed loop may use blocking calls. */
bool load_may_block(const struct load *load);

/* Waits for what is due, looks for what is not, closes all. */
void load_drain(struct load *load);

/* What one connection speaks. */
const struct dialogue *load_dialogue(const struct load *load, const struct connection *connection);

/*
 * Reads once and settles the answers: statistics, errors. Sets *now to the time just after the
 * read. Returns how many requests were answered, or -1 where the connection was closed.
 */
int load_read(struct load *load, struct connection *connection, int64_t *now);

/* Writes. Returns 0, or -1 where the connection was closed. */
int load_put(struct load *load, struct connection *connection);

/* Writes and watches for room where not all is written. Returns 0, or -1 where it was closed. */
int load_write(struct load *load, struct connection *connection);

/* Adds requests that leave now and writes. Returns as load_write. */
int load_send(struct load *load, struct connection *connection, int64_t when, uint32_t requests);

/* Changes what epoll watches a connection for. */
int load_watch(struct load *load, struct connection *connection, int operation, uint32_t events);

/* Waits up to timeout_ms and handles nothing. Returns the number of events or -errno. */
struct epoll_event;
int load_wait(struct load *load, struct epoll_event *events, int timeout_ms);

/* The time until next, and until a report is due, in whole milliseconds for epoll_wait. */
int load_timeout(const struct load *load, int64_t now, int64_t next);

/* Waits for events until a time, to the nanosecond, which epoll_wait cannot; handles nothing. */
void load_sleep(const struct load *load, int64_t now, int64_t until);

/*
 * The usual 50 microseconds by which the kernel may wake this thread late become one nanosecond.
 * Returns what they were, for load_restore_slack.
 */
int load_sharpen_slack(void);
void load_restore_slack(int slack);

/*
 * Whether a socket is connected to itself: a port of the range for outgoing connections on which
 * nobody listens can do that (TCP's simultaneous open), and would then answer 1 with 1.
 */
bool load_is_connected_to_itself(int descriptor);

/* Notes that the stop descriptor is readable. */
void load_note_stop(struct load *load);

/* Records the time that requests without an answer have waited (open loop only). */
void load_record_waiting(struct load *load, int64_t waited, uint64_t requests);

/* Closes the socket and forgets what is under way, without counting anything. */
void load_close(struct load *load, struct connection *connection);

#endif
