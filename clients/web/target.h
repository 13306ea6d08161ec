#ifndef WEB_TARGET_H
#define WEB_TARGET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct host;

/* A URL on its way from the source to its result. */
struct target {
    STAILQ_ENTRY(target) entry; /* where it waits */
    uint64_t number;            /* in the order of the source, from 1 */
    unsigned attempts;          /* begun so far */
    long connections;           /* opened so far */
    int64_t due;                /* when a retry may begin, on clock_ns */
    struct host *host;          /* NULL: hosts have no limit */
    void *token;                /* the source's */
    bool silent;
    bool stays; /* redirects are not followed */
    char url[];
};

STAILQ_HEAD(target_queue, target);

#endif
