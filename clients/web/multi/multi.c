/*
 * libcurl's own loop: all transfers in one thread, and curl_multi_poll waits for whichever has
 * something to do.
 */

#include "clients/web/rows.h"
#include "clients/web/transfers.h"

#include <errno.h>

/* libcurl's own time-outs wake it up earlier. */
enum { SLEEP_MOST_MS = 60000 };

static int turn(CURLM *multi, struct agenda *agenda)
{
    struct curl_waitfd extra = {.fd = agenda_descriptor(agenda), .events = CURL_WAIT_POLLIN};
    int running, ready;
    int error = transfers_error(curl_multi_perform(multi, &running));

    if (error < 0)
        return error;
    if (!transfers_turn(multi, agenda))
        return 0;
    error = transfers_error(curl_multi_poll(multi, &extra, 1, SLEEP_MOST_MS, &ready));
    if (error < 0)
        return error;
    if (extra.revents != 0)
        agenda_heed(agenda);
    return 1;
}

static int run(const struct work *work)
{
    CURLM *multi = transfers_create(work);
    int more;

    if (multi == NULL)
        return -ENOMEM;
    do {
        more = turn(multi, work->agenda);
    } while (more > 0);
    transfers_abandon(multi, work->agenda);
    curl_multi_cleanup(multi);
    return more;
}

const struct strategy strategy_multi = {
    .name = "multi",
    .summary = "one thread, libcurl's own poll",
    .family = "multi",
    .concurrent = true,
    .probe = strategy_needs_libcurl,
    .run = run,
};
