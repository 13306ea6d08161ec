#include "clients/web/coro/client.h"

#include "clients/web/transfers.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

struct client {
    struct coro_loop *loop;
    CURLM *multi;
    struct coro_alarm alarm; /* when libcurl wants to be called */
};

/* A task that is suspended until its transfer is over. */
struct transfer {
    struct coro_task *task;
    bool over;
    CURLcode code;
};

/* A socket that libcurl wants watched, and the tasks that do so. */
struct watched {
    struct client *client;
    curl_socket_t number;
    struct coro_descriptor descriptor;
    struct coro_task *reader, *writer; /* NULL: libcurl does not want that direction */
    unsigned users;                    /* libcurl, and each task until it ends */
};

/* ---- Transfers ---- */

static void end_transfer(struct fetch *fetch, CURLcode code)
{
    struct transfer *transfer = fetch->strategy;

    if (transfer->over)
        return;
    transfer->over = true;
    transfer->code = code;
    coro_wake(transfer->task, 0);
}

static void act(struct client *client, curl_socket_t number, int events)
{
    const struct CURLMsg *message;
    struct fetch *fetch;
    int count;

    curl_multi_socket_action(client->multi, number, events, &count);
    while ((message = curl_multi_info_read(client->multi, &count)) != NULL) {
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&fetch);
        end_transfer(fetch, message->data.result);
    }
}

CURLcode client_perform(struct client *client, struct fetch *fetch)
{
    struct transfer transfer = {.task = coro_self(client->loop)};
    int error = 0;

    if (curl_multi_add_handle(client->multi, fetch->handle) != CURLM_OK)
        return CURLE_OUT_OF_MEMORY;
    fetch->strategy = &transfer;
    while (!transfer.over && error == 0)
        error = coro_suspend(client->loop, CORO_FOREVER);
    fetch->strategy = NULL;
    curl_multi_remove_handle(client->multi, fetch->handle);
    return transfer.over ? transfer.code : CURLE_ABORTED_BY_CALLBACK;
}

void client_give_up(struct fetch *fetch)
{
    if (fetch->strategy != NULL)
        end_transfer(fetch, CURLE_ABORTED_BY_CALLBACK);
}

/* ---- Sockets ---- */

static void stop_using(struct watched *watched)
{
    if (--watched->users == 0)
        free(watched);
}

static int watch_readable(struct coro_loop *loop, void *argument)
{
    struct watched *watched = argument;

    while (coro_wait_readable(&watched->descriptor, CORO_FOREVER) == 0)
        act(watched->client, watched->number, CURL_CSELECT_IN);
    stop_using(watched);
    return 0;
}

static int watch_writable(struct coro_loop *loop, void *argument)
{
    struct watched *watched = argument;

    while (coro_wait_writable(&watched->descriptor, CORO_FOREVER) == 0)
        act(watched->client, watched->number, CURL_CSELECT_OUT);
    stop_using(watched);
    return 0;
}

/* libcurl changes its mind while it is being called, so the task to end may be the running one: it
 * ends with its next wait. */
static int set_watching(struct watched *watched, struct coro_task **task, bool wanted,
                        coro_function *watch)
{
    int error = 0;

    if (wanted && *task == NULL) {
        error = coro_spawn(watched->client->loop, task, "socket", watch, watched);
        if (error == 0)
            watched->users++;
    } else if (!wanted && *task != NULL) {
        coro_cancel(*task);
        coro_release(*task);
        *task = NULL;
    }
    return error;
}

static struct watched *begin_watching(struct client *client, curl_socket_t number)
{
    struct watched *watched = calloc(1, sizeof(*watched));

    if (watched == NULL || coro_descriptor_init(&watched->descriptor, client->loop, number) < 0) {
        free(watched);
        return NULL;
    }
    watched->client = client;
    watched->number = number;
    watched->users = 1;
    curl_multi_assign(client->multi, number, watched);
    return watched;
}

static void end_watching(struct watched *watched)
{
    set_watching(watched, &watched->reader, false, NULL);
    set_watching(watched, &watched->writer, false, NULL);
    coro_descriptor_finish(&watched->descriptor);
    curl_multi_assign(watched->client->multi, watched->number, NULL);
    stop_using(watched);
}

static int on_socket(CURL *handle, curl_socket_t number, int what, void *context, void *known)
{
    struct watched *watched = known;

    if (what == CURL_POLL_REMOVE) {
        if (watched != NULL)
            end_watching(watched);
        return 0;
    }
    if (watched == NULL && (watched = begin_watching(context, number)) == NULL)
        return -1;
    if (set_watching(watched, &watched->reader, what & CURL_POLL_IN, watch_readable) < 0 ||
        set_watching(watched, &watched->writer, what & CURL_POLL_OUT, watch_writable) < 0)
        return -1;
    return 0;
}

/* ---- Time ---- */

static void on_alarm(struct coro_alarm *alarm)
{
    struct client *client = (struct client *)((char *)alarm - offsetof(struct client, alarm));

    act(client, CURL_SOCKET_TIMEOUT, 0);
}

/* Zero is soon as well: libcurl is not to be called from here. */
static int on_timer(CURLM *multi, long milliseconds, void *context)
{
    struct client *client = context;

    if (milliseconds >= 0)
        return coro_call_later(client->loop, &client->alarm, (int64_t)milliseconds * 1000000);
    coro_call_cancel(&client->alarm);
    return 0;
}

/* ---- The client ---- */

int client_create(struct client **client, struct coro_loop *loop, const struct work *work)
{
    struct client *made = calloc(1, sizeof(*made));

    if (made == NULL)
        return -ENOMEM;
    made->loop = loop;
    made->alarm.function = on_alarm;
    made->alarm.name = "libcurl's timer";
    made->multi = transfers_create(work);
    if (made->multi == NULL) {
        free(made);
        return -ENOMEM;
    }
    curl_multi_setopt(made->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(made->multi, CURLMOPT_SOCKETDATA, made);
    curl_multi_setopt(made->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(made->multi, CURLMOPT_TIMERDATA, made);
    *client = made;
    return 0;
}

void client_destroy(struct client *client)
{
    if (client == NULL)
        return;
    curl_multi_cleanup(client->multi);
    coro_call_cancel(&client->alarm);
    free(client);
}
