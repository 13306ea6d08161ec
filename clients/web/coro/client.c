#include "clients/web/coro/client.h"

#include "clients/web/transfers.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/queue.h>

struct client {
    struct coro_loop *loop;
    CURLM *multi;
    struct coro_alarm alarm; /* when libcurl wants to be called */
    LIST_HEAD(, transfer) transfers;
    int error; /* why libcurl cannot go on */
};

/* A transfer and the task that is suspended until it is over. */
struct transfer {
    LIST_ENTRY(transfer) entry;
    struct coro_task *task;
    struct watched *socket; /* that the task watches itself; NULL: none */
    bool over;
    CURLcode code;
};

/*
 * A socket that libcurl wants watched. Mostly it is one transfer's alone, and wanted for reading or
 * for writing: then the task of the transfer waits for it. Where several share it, or it is wanted
 * for both, it has tasks of its own.
 */
struct watched {
    struct client *client;
    curl_socket_t number;
    struct coro_descriptor descriptor;
    int wanted;                        /* CURL_POLL_IN, _OUT, _INOUT */
    struct transfer *owner;            /* whose task waits for it; NULL: tasks of its own */
    struct coro_task *reader, *writer; /* these; NULL: not wanted */
    unsigned users;                    /* libcurl, and each of these tasks until it ends */
};

static struct fetch *fetch_of(CURL *handle)
{
    struct fetch *fetch = NULL;

    curl_easy_getinfo(handle, CURLINFO_PRIVATE, (char **)&fetch);
    return fetch;
}

static void end_transfer(struct transfer *transfer, CURLcode code)
{
    if (transfer->over)
        return;
    transfer->over = true;
    transfer->code = code;
    coro_wake(transfer->task, -EINTR);
}

static void end_all(struct client *client)
{
    struct transfer *transfer;

    LIST_FOREACH(transfer, &client->transfers, entry)
    {
        end_transfer(transfer, CURLE_ABORTED_BY_CALLBACK);
    }
}

static void act(struct client *client, curl_socket_t number, int events)
{
    const struct CURLMsg *message;
    int count;

    if (client->error < 0)
        return;
    client->error =
        transfers_error(curl_multi_socket_action(client->multi, number, events, &count));
    if (client->error < 0)
        end_all(client);
    while ((message = curl_multi_info_read(client->multi, &count)) != NULL)
        end_transfer(fetch_of(message->easy_handle)->strategy, message->data.result);
}

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

static int watch_by_tasks(struct watched *watched, int wanted)
{
    int error = set_watching(watched, &watched->reader, wanted & CURL_POLL_IN, watch_readable);

    return error < 0
               ? error
               : set_watching(watched, &watched->writer, wanted & CURL_POLL_OUT, watch_writable);
}

static void disown(struct watched *watched)
{
    if (watched->owner != NULL)
        watched->owner->socket = NULL;
    watched->owner = NULL;
}

static struct watched *begin_watching(struct client *client, CURL *handle, curl_socket_t number)
{
    struct watched *watched = calloc(1, sizeof(*watched));
    const struct fetch *fetch = fetch_of(handle);
    struct transfer *transfer = fetch != NULL ? fetch->strategy : NULL;

    if (watched == NULL || coro_descriptor_init(&watched->descriptor, client->loop, number) < 0) {
        free(watched);
        return NULL;
    }
    watched->client = client;
    watched->number = number;
    watched->users = 1;
    if (transfer != NULL && transfer->socket == NULL) {
        watched->owner = transfer;
        transfer->socket = watched;
    }
    curl_multi_assign(client->multi, number, watched);
    return watched;
}

static void end_watching(struct watched *watched)
{
    disown(watched);
    watch_by_tasks(watched, 0);
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
    if (watched == NULL && (watched = begin_watching(context, handle, number)) == NULL)
        return -1;
    watched->wanted = what;
    if (watched->owner != NULL)
        coro_wake(watched->owner->task, -EINTR); /* unless it runs, it looks again */
    if (what == CURL_POLL_INOUT)
        disown(watched);
    return watched->owner != NULL || watch_by_tasks(watched, what) == 0 ? 0 : -1;
}

/* Suspends until something has happened to the transfer. */
static int wait_for(struct client *client, struct transfer *transfer)
{
    struct watched *watched = transfer->socket;
    curl_socket_t number;
    bool to_read;
    int error;

    if (watched == NULL)
        return coro_suspend(client->loop, CORO_FOREVER);
    number = watched->number;
    to_read = watched->wanted == CURL_POLL_IN;
    error = to_read ? coro_wait_readable(&watched->descriptor, CORO_FOREVER)
                    : coro_wait_writable(&watched->descriptor, CORO_FOREVER);
    if (error == 0)
        act(client, number, to_read ? CURL_CSELECT_IN : CURL_CSELECT_OUT);
    return error;
}

CURLcode client_perform(struct client *client, struct fetch *fetch)
{
    struct transfer transfer = {.task = coro_self(client->loop)};
    struct watched *left;
    int error = 0;

    if (client->error < 0)
        return CURLE_ABORTED_BY_CALLBACK;
    fetch->strategy = &transfer;
    LIST_INSERT_HEAD(&client->transfers, &transfer, entry);
    if (curl_multi_add_handle(client->multi, fetch->handle) != CURLM_OK) {
        transfer.over = true;
        transfer.code = CURLE_OUT_OF_MEMORY;
    }
    /* -EINTR: woken to look again; -EBADF: libcurl has done with the socket. */
    while (!transfer.over && (error == 0 || error == -EINTR || error == -EBADF))
        error = wait_for(client, &transfer);
    curl_multi_remove_handle(client->multi, fetch->handle);
    LIST_REMOVE(&transfer, entry);
    fetch->strategy = NULL;
    left = transfer.socket;
    if (left != NULL) {
        /* Others share it. */
        disown(left);
        watch_by_tasks(left, left->wanted);
    }
    return transfer.over ? transfer.code : CURLE_ABORTED_BY_CALLBACK;
}

void client_give_up(struct fetch *fetch)
{
    if (fetch->strategy != NULL)
        end_transfer(fetch->strategy, CURLE_ABORTED_BY_CALLBACK);
}

int client_error(const struct client *client)
{
    return client->error;
}

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
