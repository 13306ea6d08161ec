/*
 * Coroutines: each fetches one URL after the other, in calls that suspend, and reads like the
 * sequential strategy. One more watches for what comes from outside.
 */

#include "clients/web/coro/client.h"
#include "clients/web/coro/engines.h"
#include "clients/web/rows.h"

#include <errno.h>

struct crew {
    const struct work *work;
    struct coro_loop *loop;
    struct client *client;
    struct coro_descriptor outside; /* the agenda's */
    unsigned fetchers;
    bool looking; /* one of them has not asked the agenda yet */
    int error;
};

static void call_next(struct crew *crew);

static int fetch_one_after_another(struct coro_loop *loop, void *argument)
{
    struct crew *crew = argument;
    struct agenda *agenda = crew->work->agenda;
    struct fetch *fetch;
    enum agenda_step step;

    crew->looking = false;
    while ((step = agenda_next(agenda, &fetch)) == AGENDA_FETCH) {
        call_next(crew);
        agenda_finish(agenda, fetch, client_perform(crew->client, fetch));
    }
    crew->fetchers--;
    if (step == AGENDA_DONE)
        coro_interrupt(&crew->outside);
    return 0;
}

/* Whoever has got a URL sees to it that somebody looks for more: there are never more coroutines
 * than were needed. */
static void call_next(struct crew *crew)
{
    int error;

    if (crew->looking || crew->fetchers == crew->work->settings->concurrency)
        return;
    error = coro_spawn(crew->loop, NULL, "fetcher", fetch_one_after_another, crew);
    crew->looking = error == 0;
    crew->fetchers += error == 0;
    if (error < 0 && crew->fetchers == 0) {
        crew->error = error;
        coro_interrupt(&crew->outside);
    }
}

/* Returns when a fetcher has found that all is done. */
static void watch_outside(struct crew *crew)
{
    struct fetch *fetch;

    call_next(crew);
    while (coro_wait_readable(&crew->outside, CORO_FOREVER) == 0) {
        agenda_heed(crew->work->agenda);
        while ((fetch = agenda_overdue(crew->work->agenda)) != NULL) {
            client_give_up(fetch);
            coro_yield(crew->loop);
        }
        call_next(crew);
    }
    while (crew->fetchers > 0)
        coro_yield(crew->loop);
}

static int fetch_all(struct coro_loop *loop, void *argument)
{
    struct crew *crew = argument;

    crew->error = client_create(&crew->client, loop, crew->work);
    if (crew->error < 0)
        return 0;
    crew->error = coro_descriptor_init(&crew->outside, loop, agenda_descriptor(crew->work->agenda));
    if (crew->error == 0) {
        watch_outside(crew);
        coro_descriptor_finish(&crew->outside);
    }
    client_destroy(crew->client);
    return 0;
}

static int run(const struct work *work)
{
    struct crew crew = {.work = work};
    struct coro_loop_options options = {.stacks_kept = work->settings->concurrency};
    struct coro_engine *engine;
    int error = web_engine_create(&engine, work->settings->engine);

    if (error < 0)
        return error;
    error = coro_loop_create(&crew.loop, engine, &options);
    if (error < 0) {
        coro_engine_destroy(engine);
        return error;
    }
    error = coro_spawn(crew.loop, NULL, "outside", fetch_all, &crew);
    if (error == 0)
        error = coro_loop_run(crew.loop);
    coro_loop_destroy(crew.loop);
    return error < 0 ? error : crew.error;
}

const struct strategy strategy_coro = {
    .name = "coro",
    .summary = "one thread, a coroutine per URL under way",
    .family = "coro",
    .concurrent = true,
    .probe = strategy_needs_libcurl,
    .run = run,
};
