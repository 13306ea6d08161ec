/* One URL after the other, in calls that block; the connection is kept for the next one. */

#include "clients/web/rows.h"

static int run(const struct work *work)
{
    struct fetch *fetch;
    enum agenda_step step;

    while ((step = agenda_next(work->agenda, &fetch)) != AGENDA_DONE) {
        if (step == AGENDA_WAIT)
            agenda_wait(work->agenda);
        else
            agenda_finish(work->agenda, fetch, curl_easy_perform(fetch->handle));
    }
    return 0;
}

const struct strategy strategy_easy = {
    .name = "easy",
    .summary = "one after the other, in calls that block",
    .family = "sync",
    .blocking = true,
    .probe = strategy_needs_libcurl,
    .run = run,
};
