#ifndef WEB_AGENDA_H
#define WEB_AGENDA_H

/*
 * What is to be fetched next, and what becomes of it: all that strategies have in common. It asks
 * the source for URLs as there is room for them, keeps the limits, brings failed ones again, hands
 * out prepared fetches, and reports what came of them. It never waits, except in agenda_wait, and
 * starts no thread; a strategy with several threads lets one of them in at a time.
 *
 * A strategy asks agenda_next until that has nothing more, performs what it is handed, and gives
 * each fetch back once by agenda_finish. While it waits for its transfers it watches
 * agenda_descriptor for reading, and calls agenda_heed when that is readable.
 */

#include "clients/web/fetch.h"
#include "clients/web/report.h"
#include "clients/web/settings.h"
#include "clients/web/source.h"

#include <stdbool.h>

struct agenda;

enum agenda_step {
    AGENDA_FETCH, /* *fetch is to be performed */
    AGENDA_WAIT,  /* nothing to begin: ask again after agenda_finish or agenda_heed */
    AGENDA_DONE,  /* nothing is under way, and nothing will come */
};

/*
 * Everything is borrowed. blocking: fetches are performed by curl_easy_perform. interrupt: a
 * descriptor that becomes readable when all is to end (interrupt.h). Returns 0 and *agenda, or
 * -errno.
 */
int agenda_create(struct agenda **agenda, const struct settings *settings, struct source *source,
                  struct report *report, bool blocking, int interrupt);

/* No fetch must be under way. Takes NULL. */
void agenda_destroy(struct agenda *agenda);

enum agenda_step agenda_next(struct agenda *agenda, struct fetch **fetch);

/* The fetch has ended, or was given up, with this code; it is no longer the strategy's. */
void agenda_finish(struct agenda *agenda, struct fetch *fetch, CURLcode code);

/*
 * A fetch under way that is to be given up now, because of an interrupt or because nothing comes;
 * NULL: none. The strategy takes it off libcurl and finishes it with CURLE_ABORTED_BY_CALLBACK,
 * until there is none left. Blocking fetches give up by themselves.
 */
struct fetch *agenda_overdue(struct agenda *agenda);

/* Any fetch that is under way; NULL: none. For a strategy that cannot go on. */
struct fetch *agenda_under_way(struct agenda *agenda);

int agenda_descriptor(const struct agenda *agenda);
void agenda_heed(struct agenda *agenda);

/* Blocks until the descriptor is readable, and heeds it. */
void agenda_wait(struct agenda *agenda);

#endif
