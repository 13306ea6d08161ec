/*
 * Five requests to a server that takes its time. Gathered, they wait side by side and take as long
 * as the slowest; one after the other, in blocking calls, they take the sum. The results come in
 * the order of the requests, while the server's counter tells in which order it answered.
 *
 *     12_gather_http URL         of a delay_server, as http://127.0.0.1:8080
 */

#include "examples/http_fetch.h"
#include "examples/main_task.h"
#include "lib/coro/combine.h"
#include "lib/coro/future.h"
#include "lib/coro/group.h"

#include <stdio.h>

static const double delays[] = {0.4, 0.3, 0.2, 0.1, 0.0};

enum { COUNT = sizeof(delays) / sizeof(delays[0]) };

struct fetch {
    struct http_client *client;
    char url[256];
    struct http_response response;
};

static int fetch_task(struct coro_loop *loop, void *argument)
{
    struct fetch *fetch = argument;

    return http_get(fetch->client, fetch->url, &fetch->response);
}

static int start_and_gather(struct coro_group *group, struct fetch *fetches)
{
    struct coro_task *tasks[COUNT] = {NULL};
    struct coro_future *futures[COUNT];
    int error = 0;

    for (size_t i = 0; i < COUNT && error == 0; i++) {
        error = coro_group_spawn(group, &tasks[i], "fetch", fetch_task, &fetches[i]);
        if (error == 0)
            futures[i] = coro_task_future(tasks[i]);
    }
    if (error == 0)
        error = coro_gather(futures, COUNT, NULL);
    else
        coro_group_cancel(group);
    for (size_t i = 0; i < COUNT; i++)
        coro_release(tasks[i]);
    return error;
}

/* Gather waits and hands out results; that no request outlives its memory is the group's work. */
static int fetch_gathered(struct coro_loop *loop, struct fetch *fetches)
{
    struct coro_group *group;
    int error = coro_group_create(&group, loop), joined;

    if (error != 0)
        return error;
    error = start_and_gather(group, fetches);
    joined = coro_group_join(group);
    coro_group_destroy(group);
    return joined != 0 ? joined : error;
}

static int fetch_blocking(struct coro_loop *loop, struct fetch *fetches)
{
    int error = 0;

    for (size_t i = 0; i < COUNT && error == 0; i++)
        error = http_get_blocking(fetches[i].url, &fetches[i].response);
    return error;
}

static int run_and_time(struct coro_loop *loop, const char *name, struct fetch *fetches,
                        int (*way)(struct coro_loop *loop, struct fetch *fetches))
{
    double began = seconds_now();
    int error = way(loop, fetches);
    double took = seconds_now() - began;

    for (size_t i = 0; i < COUNT; i++) {
        if (error == 0)
            printf("%s: after %.1f s: %s", name, delays[i], fetches[i].response.body);
        http_response_finish(&fetches[i].response);
    }
    printf("%s: %.3f s\n", name, took);
    return error;
}

static int compare_ways(struct coro_loop *loop, void *argument)
{
    struct fetch fetches[COUNT] = {{.client = NULL}};
    struct http_client *client;
    int error = http_client_create(&client, loop);

    if (error != 0)
        return error;
    for (size_t i = 0; i < COUNT; i++) {
        fetches[i].client = client;
        snprintf(fetches[i].url, sizeof(fetches[i].url), "%s/count?delay=%.1f",
                 (const char *)argument, delays[i]);
    }
    error = run_and_time(loop, "gathered", fetches, fetch_gathered);
    if (error == 0)
        error = run_and_time(loop, "blocking", fetches, fetch_blocking);
    http_client_destroy(client);
    return error;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: 12_gather_http URL\n");
        return 2;
    }
    return run_main_task(compare_ways, argv[1]);
}
