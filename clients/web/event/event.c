/*
 * libcurl on libevent's loop: libcurl says which sockets it wants watched and when it wants to be
 * called (libcurl-multi(3), "multi_socket"), libevent watches and calls.
 */

#include "clients/web/rows.h"
#include "clients/web/transfers.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>

struct fetcher {
    struct event_base *base;
    struct event *timer;
    struct event *outside; /* the agenda's descriptor */
    CURLM *multi;
    struct agenda *agenda;
    int error; /* why libcurl cannot go on */
};

/* The agenda may have more to fetch after each call of libcurl. It is never called from libcurl's
 * callbacks, only after them. */
static void act(struct fetcher *fetcher, curl_socket_t number, int events)
{
    int running;

    /* The loop may call once more before it stops. */
    if (fetcher->error < 0)
        return;
    fetcher->error =
        transfers_error(curl_multi_socket_action(fetcher->multi, number, events, &running));
    if (fetcher->error < 0 || !transfers_turn(fetcher->multi, fetcher->agenda))
        event_base_loopbreak(fetcher->base);
}

static void on_ready(evutil_socket_t number, short events, void *context)
{
    int ready =
        (events & EV_READ ? CURL_CSELECT_IN : 0) | (events & EV_WRITE ? CURL_CSELECT_OUT : 0);

    act(context, number, ready);
}

/* A persistent event: it is registered once for as long as libcurl wants the same. */
static struct event *watch_socket(struct fetcher *fetcher, curl_socket_t number, short events,
                                  struct event *known)
{
    struct event *event = known;

    if (event == NULL)
        event = event_new(fetcher->base, number, events, on_ready, fetcher);
    else if (event_del(event) < 0 ||
             event_assign(event, fetcher->base, number, events, on_ready, fetcher) < 0)
        return NULL;
    if (event == NULL || event_add(event, NULL) == 0)
        return event;
    if (known == NULL)
        event_free(event);
    return NULL;
}

static int on_socket(CURL *handle, curl_socket_t number, int what, void *context, void *known)
{
    struct fetcher *fetcher = context;
    short events = EV_PERSIST;
    struct event *event;

    if (what == CURL_POLL_REMOVE) {
        if (known != NULL)
            event_free(known);
        curl_multi_assign(fetcher->multi, number, NULL);
        return 0;
    }
    if (what & CURL_POLL_IN)
        events |= EV_READ;
    if (what & CURL_POLL_OUT)
        events |= EV_WRITE;
    event = watch_socket(fetcher, number, events, known);
    if (event == NULL)
        return -1;
    if (known == NULL)
        curl_multi_assign(fetcher->multi, number, event);
    return 0;
}

static void on_time(evutil_socket_t none, short events, void *context)
{
    act(context, CURL_SOCKET_TIMEOUT, 0);
}

/* Zero is soon as well: the next turn of the loop, not now. */
static int on_timer(CURLM *multi, long milliseconds, void *context)
{
    struct fetcher *fetcher = context;
    struct timeval time = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};

    return milliseconds < 0 ? evtimer_del(fetcher->timer) : evtimer_add(fetcher->timer, &time);
}

static void on_outside(evutil_socket_t number, short events, void *context)
{
    struct fetcher *fetcher = context;

    agenda_heed(fetcher->agenda);
    if (!transfers_turn(fetcher->multi, fetcher->agenda))
        event_base_loopbreak(fetcher->base);
}

static int set_up(struct fetcher *fetcher, const struct work *work)
{
    fetcher->agenda = work->agenda;
    fetcher->base = event_base_new();
    if (fetcher->base == NULL)
        return -ENOMEM;
    fetcher->timer = evtimer_new(fetcher->base, on_time, fetcher);
    fetcher->outside = event_new(fetcher->base, agenda_descriptor(work->agenda),
                                 EV_READ | EV_PERSIST, on_outside, fetcher);
    fetcher->multi = transfers_create(work);
    if (fetcher->timer == NULL || fetcher->outside == NULL || fetcher->multi == NULL)
        return -ENOMEM;
    curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETDATA, fetcher);
    curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERDATA, fetcher);
    return event_add(fetcher->outside, NULL) == 0 ? 0 : -ENOMEM;
}

static void finish(struct fetcher *fetcher)
{
    if (fetcher->multi != NULL) {
        transfers_abandon(fetcher->multi, fetcher->agenda);
        curl_multi_cleanup(fetcher->multi);
    }
    if (fetcher->outside != NULL)
        event_free(fetcher->outside);
    if (fetcher->timer != NULL)
        event_free(fetcher->timer);
    if (fetcher->base != NULL)
        event_base_free(fetcher->base);
}

static int run(const struct work *work)
{
    struct fetcher fetcher = {.base = NULL};
    int error = set_up(&fetcher, work);

    if (error == 0 && transfers_turn(fetcher.multi, work->agenda) &&
        event_base_dispatch(fetcher.base) < 0)
        error = -EIO;
    finish(&fetcher);
    return error < 0 ? error : fetcher.error;
}

static bool probe(char *text, size_t size)
{
    char library[64];

    snprintf(library, sizeof(library), "libevent %s", event_get_version());
    return strategy_names_libcurl(text, size, library);
}

const struct strategy strategy_event = {
    WEB_EVENT_ROW,
    .concurrent = true,
    .probe = probe,
    .run = run,
};
