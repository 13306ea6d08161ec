#ifndef BENCH_WEB_LIST_H
#define BENCH_WEB_LIST_H

#include "bench/problem.h"
#include "bench/scenario.h"

#include <stdint.h>

/*
 * The URLs of one cell, in files of a folder of their own: in as many formats as clients read, so
 * that none of them is slowed down by a conversion. No URL stands there twice.
 */
struct web_list {
    char *folder;
    char *urls;       /* a URL on each line */
    char *config;     /* the same for curl --config */
    char *aria2;      /* for aria2c --input-file, each with a name of its own for the body */
    char *scratch;    /* an empty folder, for a client that has to write */
    uint64_t targets; /* as webserver --stats says it when each was answered with 200 once */
};

/*
 * Of the server on that port of 127.0.0.1; scheme is "http" or "https". Returns 0, or -errno with
 * the problem.
 */
int web_list_create(struct web_list *list, const struct url_list *urls, const char *scheme,
                    unsigned port, struct problem *problem);

/* Removes the folder with what is in it. */
void web_list_finish(struct web_list *list);

#endif
