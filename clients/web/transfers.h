#ifndef WEB_TRANSFERS_H
#define WEB_TRANSFERS_H

/* libcurl's multi handle, as all strategies use it that have one: only what wakes it up differs. */

#include "clients/web/strategy.h"

#include <curl/curl.h>

/* Returns a handle for curl_multi_cleanup, or NULL: no memory. */
CURLM *transfers_create(const struct work *work);

/* What a call of libcurl has returned, as 0 or -errno: where it is not 0, no transfer goes on. */
int transfers_error(CURLMcode code);

/*
 * Hands what has ended back to the agenda, gives up what is overdue, and adds what may begin. It is
 * not to be called from libcurl's callbacks. Returns false when the agenda is done.
 */
bool transfers_turn(CURLM *multi, struct agenda *agenda);

/* Gives up all that is under way: where a strategy cannot go on. */
void transfers_abandon(CURLM *multi, struct agenda *agenda);

#endif
