#include "examples/http_fetch.h"

#include "examples/http_transfer.h"
#include "lib/coro/future.h"

#include <errno.h>
#include <stdlib.h>

enum { IDLE_HANDLES_MAX = 64, KEPT_CONNECTIONS_MAX = 64 };

struct http_client {
    struct coro_loop *loop;
    CURLM *multi;
    struct coro_alarm alarm; /* when libcurl wants to be called */
    CURL *idle[IDLE_HANDLES_MAX];
    size_t idle_count;
};

/* A request and the task that is suspended until libcurl is done with it. */
struct waiting_transfer {
    struct http_transfer transfer;
    struct coro_task *task;
    bool done;
    CURLcode code;
};

static void wake_finished(struct http_client *client)
{
    struct CURLMsg *message;
    int more;

    while ((message = curl_multi_info_read(client->multi, &more)) != NULL) {
        struct waiting_transfer *waiting = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&waiting);
        waiting->done = true;
        waiting->code = message->data.result;
        coro_wake(waiting->task, 0);
    }
}

static void act(struct http_client *client, curl_socket_t number, int events)
{
    int running;

    curl_multi_socket_action(client->multi, number, events, &running);
    wake_finished(client);
}

struct watched_socket {
    struct http_client *client;
    curl_socket_t number;
    struct coro_descriptor descriptor;
    struct coro_task *reader, *writer; /* NULL: libcurl does not want that direction */
    unsigned users;                    /* libcurl, and each task until it ends */
};

static void stop_using(struct watched_socket *watched)
{
    if (--watched->users == 0)
        free(watched);
}

static int watch_readable(struct coro_loop *loop, void *argument)
{
    struct watched_socket *watched = argument;

    while (coro_wait_readable(&watched->descriptor, CORO_FOREVER) == 0)
        act(watched->client, watched->number, CURL_CSELECT_IN);
    stop_using(watched);
    return 0;
}

static int watch_writable(struct coro_loop *loop, void *argument)
{
    struct watched_socket *watched = argument;

    while (coro_wait_writable(&watched->descriptor, CORO_FOREVER) == 0)
        act(watched->client, watched->number, CURL_CSELECT_OUT);
    stop_using(watched);
    return 0;
}

/* libcurl changes its mind within curl_multi_socket_action, so the task to end may be the running
 * one: its next wait fails then. */
static int set_watching(struct watched_socket *watched, struct coro_task **task, bool wanted,
                        coro_function *watch)
{
    int error = 0;

    if (wanted && *task == NULL) {
        error = coro_spawn(watched->client->loop, task, "socket of libcurl", watch, watched);
        if (error == 0)
            watched->users++;
    } else if (!wanted && *task != NULL) {
        coro_cancel(*task);
        coro_release(*task);
        *task = NULL;
    }
    return error;
}

static void forget(struct watched_socket *watched)
{
    set_watching(watched, &watched->reader, false, NULL);
    set_watching(watched, &watched->writer, false, NULL);
    coro_descriptor_finish(&watched->descriptor);
    curl_multi_assign(watched->client->multi, watched->number, NULL);
    stop_using(watched);
}

static struct watched_socket *meet(struct http_client *client, curl_socket_t number)
{
    struct watched_socket *watched = calloc(1, sizeof(*watched));

    if (watched == NULL)
        return NULL;
    *watched = (struct watched_socket){.client = client, .number = number, .users = 1};
    if (coro_descriptor_init(&watched->descriptor, client->loop, number) != 0) {
        free(watched);
        return NULL;
    }
    curl_multi_assign(client->multi, number, watched);
    return watched;
}

static int on_socket(CURL *handle, curl_socket_t number, int what, void *context, void *known)
{
    struct http_client *client = context;
    struct watched_socket *watched = known;

    if (what == CURL_POLL_REMOVE) {
        if (watched != NULL)
            forget(watched);
        return 0;
    }
    if (watched == NULL && (watched = meet(client, number)) == NULL)
        return -1;
    if (set_watching(watched, &watched->reader, what & CURL_POLL_IN, watch_readable) != 0 ||
        set_watching(watched, &watched->writer, what & CURL_POLL_OUT, watch_writable) != 0)
        return -1;
    return 0;
}

static void on_alarm(struct coro_alarm *alarm)
{
    struct http_client *client =
        (struct http_client *)((char *)alarm - offsetof(struct http_client, alarm));

    act(client, CURL_SOCKET_TIMEOUT, 0);
}

/* libcurl is not to be called from within this callback, also where it wants to be called at once.
 */
static int on_timer(CURLM *multi, long milliseconds, void *context)
{
    struct http_client *client = context;

    if (milliseconds < 0) {
        coro_call_cancel(&client->alarm);
        return 0;
    }
    return coro_call_later(client->loop, &client->alarm, (int64_t)milliseconds * 1000000);
}

int http_client_create(struct http_client **client, struct coro_loop *loop)
{
    struct http_client *made = calloc(1, sizeof(*made));

    if (made == NULL)
        return -ENOMEM;
    made->loop = loop;
    made->alarm.function = on_alarm;
    made->alarm.name = "timer of libcurl";
    made->multi = curl_multi_init();
    if (made->multi == NULL) {
        free(made);
        return -ENOMEM;
    }
    curl_multi_setopt(made->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(made->multi, CURLMOPT_SOCKETDATA, made);
    curl_multi_setopt(made->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(made->multi, CURLMOPT_TIMERDATA, made);
    curl_multi_setopt(made->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS_MAX);
    *client = made;
    return 0;
}

void http_client_destroy(struct http_client *client)
{
    if (client == NULL)
        return;
    while (client->idle_count > 0)
        curl_easy_cleanup(client->idle[--client->idle_count]);
    curl_multi_cleanup(client->multi);
    coro_call_cancel(&client->alarm);
    free(client);
}

static CURL *take_handle(struct http_client *client)
{
    return client->idle_count > 0 ? client->idle[--client->idle_count] : http_handle_create();
}

static void give_back_handle(struct http_client *client, CURL *handle)
{
    if (client->idle_count < IDLE_HANDLES_MAX)
        client->idle[client->idle_count++] = handle;
    else
        curl_easy_cleanup(handle);
}

/* Returns 0 with the outcome in waiting->code, or -ECANCELED. */
static int perform(struct http_client *client, struct waiting_transfer *waiting)
{
    CURL *handle = waiting->transfer.handle;
    int error = 0;

    curl_easy_setopt(handle, CURLOPT_PRIVATE, waiting);
    waiting->task = coro_self(client->loop);
    if (waiting->task == NULL)
        return -EPERM;
    if (curl_multi_add_handle(client->multi, handle) != CURLM_OK)
        return -ENOMEM;
    while (!waiting->done && error == 0)
        error = coro_suspend(client->loop, CORO_FOREVER);
    curl_multi_remove_handle(client->multi, handle);
    return waiting->done ? 0 : error;
}

int http_get(struct http_client *client, const char *url, struct http_response *response)
{
    struct waiting_transfer waiting = {.done = false};
    CURL *handle = take_handle(client);
    int error, outcome;

    if (handle == NULL)
        return -ENOMEM;
    http_transfer_begin(&waiting.transfer, handle, url, response);
    error = perform(client, &waiting);
    outcome = http_transfer_end(&waiting.transfer, error == 0 ? waiting.code : CURLE_OK);
    give_back_handle(client, handle);
    if (error != 0) {
        http_response_finish(response);
        return error;
    }
    if (outcome != 0)
        return coro_fail(client->loop, outcome, "%s: %s", url, waiting.transfer.message);
    return 0;
}
