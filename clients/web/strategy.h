#ifndef WEB_STRATEGY_H
#define WEB_STRATEGY_H

#include "clients/web/agenda.h"

#include <stdbool.h>
#include <stddef.h>

/* What a strategy is lent for a run. */
struct work {
    struct agenda *agenda;
    const struct settings *settings;
};

/*
 * One way to fetch many URLs. Strategies differ in control flow, so they share no loop: each asks
 * the agenda (agenda.h) for what is next, and waits for its transfers as it is its way.
 */
struct strategy {
    const char *name;
    const char *summary;
    const char *family;
    bool concurrent; /* fetches several URLs at a time */
    bool blocking;   /* by curl_easy_perform */

    /*
     * May it run here? Returns true and writes the libraries with their versions; or returns false
     * and writes the reason why not.
     */
    bool (*probe)(char *text, size_t size);

    /*
     * Fetches until the agenda is done. Blocks. Returns 0; or -errno where it could not start or go
     * on. Whatever it acquired is released either way, and no fetch is under way.
     */
    int (*run)(const struct work *work);
};

/* All strategies there are, in the order to read them, ended by NULL. */
extern const struct strategy *const strategies[];

/* Returns NULL for an unknown name. */
const struct strategy *strategy_find(const char *name);

/* For probes: "libcurl 7.88.1", and behind it other where that is not NULL. Returns true. */
bool strategy_names_libcurl(char *text, size_t size, const char *other);

/* A probe for strategies that need nothing but libcurl. */
bool strategy_needs_libcurl(char *text, size_t size);

#endif
