/*
 * Coroutines: each fetches one URL after the other, in calls that suspend, and reads like the
 * sequential strategy. One more watches for what comes from outside.
 */

#include "clients/web/coro/client.h"
#include "clients/web/coro/engines.h"
#include "clients/web/rows.h"

#include <errno.h>
#include <stdlib.h>

struct crew {
    const struct work *work;
    struct coro_loop *loop;
    struct client *client;
    struct coro_descriptor outside; /* the agenda's */
    unsigned fetchers;
    int error;
};

/* What a coroutine begins with. */
struct beginning {
    struct crew *crew;
    struct fetch *fetch;
};

static enum agenda_step begin_more(struct crew *crew);

static int fetch_one_after_another(struct coro_loop *loop, void *argument)
{
    struct beginning begun = *(struct beginning *)argument;
    struct agenda *agenda = begun.crew->work->agenda;
    struct client *client = begun.crew->client;
    struct fetch *fetch = begun.fetch;
    enum agenda_step step;

    free(argument);
    do {
        agenda_finish(agenda, fetch, client_perform(client, fetch));
        step = client_error(client) < 0 ? AGENDA_DONE : agenda_next(agenda, &fetch);
        /* One answer may have made room, or brought links, for several. */
        if (step == AGENDA_FETCH)
            begin_more(begun.crew);
    } while (step == AGENDA_FETCH);
    begun.crew->fetchers--;
    if (step == AGENDA_DONE)
        coro_interrupt(&begun.crew->outside);
    return 0;
}

static int begin(struct crew *crew, struct fetch *fetch)
{
    struct beginning *beginning = malloc(sizeof(*beginning));
    int error = -ENOMEM;

    if (beginning != NULL) {
        *beginning = (struct beginning){.crew = crew, .fetch = fetch};
        error = coro_spawn(crew->loop, NULL, "fetcher", fetch_one_after_another, beginning);
    }
    if (error < 0)
        free(beginning);
    return error;
}

/* A coroutine for each URL that may begin now. */
static enum agenda_step begin_more(struct crew *crew)
{
    struct agenda *agenda = crew->work->agenda;
    struct fetch *fetch;
    enum agenda_step step;

    while ((step = agenda_next(agenda, &fetch)) == AGENDA_FETCH) {
        if (begin(crew, fetch) == 0)
            crew->fetchers++;
        else
            agenda_finish(agenda, fetch, CURLE_OUT_OF_MEMORY);
    }
    return step;
}

/* Returns when all is done, or nothing goes on, which a fetcher tells by an interruption. */
static void watch_outside(struct crew *crew)
{
    struct agenda *agenda = crew->work->agenda;
    enum agenda_step step = begin_more(crew);
    struct fetch *fetch;

    while (step != AGENDA_DONE && coro_wait_readable(&crew->outside, CORO_FOREVER) == 0) {
        agenda_heed(agenda);
        while ((fetch = agenda_overdue(agenda)) != NULL) {
            client_give_up(fetch);
            coro_yield(crew->loop);
        }
        step = begin_more(crew);
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
        crew->error = client_error(crew->client);
        coro_descriptor_finish(&crew->outside);
    }
    client_destroy(crew->client);
    return 0;
}

static int run(const struct work *work)
{
    struct crew crew = {.work = work};
    /* For those that fetch, and those that watch sockets. */
    struct coro_loop_options options = {.stacks_kept = 3 * work->settings->concurrency};
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
