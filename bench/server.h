#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

#include "bench/placement.h"
#include "bench/process.h"
#include "bench/trace.h"
#include "bench/variant.h"

/* A server that is measured: started by fibbench on a free port, or one that already runs. */
struct server;

struct server_setup {
    const char *program; /* fibserver, for built-in backends, or webserver */
    const struct placement *placement;
    unsigned workers;
    const struct trace_counter *counter; /* runs it under a tracer; NULL: as it is */
};

/* How it ended. */
struct server_end {
    struct process_end process;
    bool killed;    /* it did not end in time after SIGTERM, or not until a second interruption */
    bool cut_short; /* the latter, which says nothing of it */
    bool clean;     /* it ended as it should */
};

/*
 * Starts a server for the row and waits, up to 10 s, until it accepts: fibserver prints its line;
 * of another command such a line counts as much as that the port accepts. Returns 0 and *server;
 * -EINTR where a signal asks fibbench to end; another -errno where it did not start, with the
 * problem in the server's own last words where it left some.
 */
int server_create(struct server **server, struct supervisor *supervisor,
                  const struct server_setup *setup, const struct variant *variant,
                  struct problem *problem);

/*
 * The same for a webserver, to be measured with, not itself: it prints what it has seen at its end.
 */
int server_create_web(struct server **server, struct supervisor *supervisor,
                      const struct server_setup *setup, struct problem *problem);

/* A program that a server needs beside it. */
struct server_program {
    const char *const *arguments; /* ended by NULL */
    unsigned port;                /* that it was told to listen on */
    bool (*is_ready)(const void *context);
    const void *context;
};

/* The same for such a program, which is asked every 20 ms whether it is ready. */
int server_create_program(struct server **server, struct supervisor *supervisor,
                          const struct server_setup *setup, const struct server_program *program,
                          struct problem *problem);

/*
 * A port that was free a moment ago; the kernel does not hand it out again at once. Returns 0 or
 * -errno.
 */
int server_free_port(unsigned *port);

/* Kills it where it still runs. Takes NULL. */
void server_destroy(struct server *server);

/* Numeric address, or the name that the user gave; it belongs to the server. */
const char *server_host(const struct server *server);
unsigned server_port(const struct server *server);

/* The process, or 0 where it was not started by fibbench or has ended. */
pid_t server_process(const struct server *server);

/* It ended by itself. Never true for a server that fibbench only connects to. */
bool server_has_died(const struct server *server);

/* Waits up to so many milliseconds for that. Returns what server_has_died does. */
bool server_dies_within(struct server *server, int64_t milliseconds);

/*
 * Ends it with SIGTERM, and with SIGKILL where it does not go within 7 s (fibserver's own grace is
 * 5 s), and destroys it. Fills in how it ended; says it in the problem where *end is not clean.
 */
void server_stop(struct server *server, struct server_end *end, struct problem *problem);

/* The same, and *line is the last one that it printed, "" for none, which the caller frees. */
void server_stop_and_read(struct server *server, struct server_end *end, char **line,
                          struct problem *problem);

/* For the results file. */
cJSON *server_end_to_json(const struct server_end *end);

/* How a server that has died ended, and its last words, as a problem. Destroys it. */
void server_bury(struct server *server, struct server_end *end, struct problem *problem);

#endif
