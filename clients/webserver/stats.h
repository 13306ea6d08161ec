#ifndef WEBSERVER_STATS_H
#define WEBSERVER_STATS_H

/* What was asked of the server and what it answered: as it saw it, whatever its clients say. */

#include <event2/http.h>
#include <stdint.h>
#include <stdio.h>

enum { STATS_STATUSES = 1000 };

/* All zero to begin with. */
struct web_stats {
    unsigned long connections;             /* accepted */
    unsigned long requests;                /* read */
    unsigned long answers[STATS_STATUSES]; /* written to the end, by their status */
    uint64_t targets; /* the sum of digest_text of what was answered with 200 */
    int64_t first_ns; /* the first connection, by clock_ns; 0: there was none */
    int64_t last_ns;  /* the last answer's end; 0: there was none */
};

/* Counts each connection of the server; the statistics outlive it. */
void web_stats_watch(struct web_stats *stats, struct evhttp *http);

/* To be called for each request, and when its answer has been written to the end. */
void web_stats_request(struct web_stats *stats);
void web_stats_answer(struct web_stats *stats, struct evhttp_request *request);

/*
 * Prints one line of JSON: {"connections", "requests", "answers": {"200": n, ...}, "targets",
 * "seconds"}; targets as 16 hexadecimal digits, seconds from the first connection to the end of the
 * last answer. Returns 0, or -errno where they cannot be written.
 */
int web_stats_print(FILE *file, const struct web_stats *stats);

#endif
