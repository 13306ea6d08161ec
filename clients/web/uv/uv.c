/*
 * libcurl on libuv's loop: libcurl says which sockets it wants watched and when it wants to be
 * called (libcurl-multi(3), "multi_socket"), libuv watches and calls.
 */

#include "clients/web/rows.h"
#include "clients/web/transfers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

struct fetcher {
    uv_loop_t loop;
    uv_timer_t timer;
    uv_poll_t outside; /* the agenda's descriptor */
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
        uv_stop(&fetcher->loop);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    uv_os_fd_t number;
    int ready = status < 0 ? CURL_CSELECT_ERR : 0;

    if (events & UV_READABLE)
        ready |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        ready |= CURL_CSELECT_OUT;
    if (uv_fileno((uv_handle_t *)poll, &number) == 0)
        act(poll->loop->data, number, ready);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

static uv_poll_t *watch_socket(struct fetcher *fetcher, curl_socket_t number)
{
    uv_poll_t *poll = malloc(sizeof(*poll));

    if (poll == NULL || uv_poll_init_socket(&fetcher->loop, poll, number) != 0) {
        free(poll);
        return NULL;
    }
    curl_multi_assign(fetcher->multi, number, poll);
    return poll;
}

static int on_socket(CURL *handle, curl_socket_t number, int what, void *context, void *known)
{
    struct fetcher *fetcher = context;
    uv_poll_t *poll = known;
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);

    if (what == CURL_POLL_REMOVE) {
        /* libcurl may close the socket when this returns: closing the handle stops watching now. */
        if (poll != NULL)
            uv_close((uv_handle_t *)poll, on_closed);
        curl_multi_assign(fetcher->multi, number, NULL);
        return 0;
    }
    if (poll == NULL && (poll = watch_socket(fetcher, number)) == NULL)
        return -1;
    return uv_poll_start(poll, events, on_ready) == 0 ? 0 : -1;
}

static void on_time(uv_timer_t *timer)
{
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

/* Zero is soon as well: the next turn of the loop, not now. */
static int on_timer(CURLM *multi, long milliseconds, void *context)
{
    struct fetcher *fetcher = context;

    if (milliseconds < 0)
        return uv_timer_stop(&fetcher->timer);
    uv_update_time(&fetcher->loop);
    return uv_timer_start(&fetcher->timer, on_time, (uint64_t)milliseconds, 0) == 0 ? 0 : -1;
}

static void on_outside(uv_poll_t *poll, int status, int events)
{
    struct fetcher *fetcher = poll->loop->data;

    agenda_heed(fetcher->agenda);
    if (!transfers_turn(fetcher->multi, fetcher->agenda))
        uv_stop(&fetcher->loop);
}

static int set_up(struct fetcher *fetcher, const struct work *work)
{
    int error;

    fetcher->agenda = work->agenda;
    fetcher->loop.data = fetcher;
    uv_timer_init(&fetcher->loop, &fetcher->timer);
    fetcher->timer.data = fetcher;
    error = uv_poll_init(&fetcher->loop, &fetcher->outside, agenda_descriptor(work->agenda));
    if (error < 0) {
        uv_close((uv_handle_t *)&fetcher->timer, NULL);
        return error;
    }
    fetcher->multi = transfers_create(work);
    if (fetcher->multi == NULL)
        return -ENOMEM;
    curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETDATA, fetcher);
    curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERDATA, fetcher);
    return uv_poll_start(&fetcher->outside, UV_READABLE, on_outside);
}

static void close_handle(uv_handle_t *handle, void *context)
{
    struct fetcher *fetcher = context;

    if (!uv_is_closing(handle))
        uv_close(handle, handle == (uv_handle_t *)&fetcher->timer ||
                                 handle == (uv_handle_t *)&fetcher->outside
                             ? NULL
                             : on_closed);
}

/* The callbacks are libcurl's no more; what it has left open it closes by itself. */
static void finish(struct fetcher *fetcher)
{
    if (fetcher->multi != NULL) {
        transfers_abandon(fetcher->multi, fetcher->agenda);
        curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERFUNCTION, NULL);
        curl_multi_cleanup(fetcher->multi);
    }
    uv_walk(&fetcher->loop, close_handle, fetcher);
    uv_run(&fetcher->loop, UV_RUN_DEFAULT);
    uv_loop_close(&fetcher->loop);
}

static int run(const struct work *work)
{
    struct fetcher fetcher = {.multi = NULL};
    int error = uv_loop_init(&fetcher.loop);

    if (error < 0)
        return error;
    error = set_up(&fetcher, work);
    if (error == 0 && transfers_turn(fetcher.multi, work->agenda))
        uv_run(&fetcher.loop, UV_RUN_DEFAULT);
    finish(&fetcher);
    return error < 0 ? error : fetcher.error;
}

static bool probe(char *text, size_t size)
{
    char library[64];

    snprintf(library, sizeof(library), "libuv %s", uv_version_string());
    return strategy_names_libcurl(text, size, library);
}

const struct strategy strategy_uv = {
    WEB_UV_ROW,
    .concurrent = true,
    .probe = probe,
    .run = run,
};
