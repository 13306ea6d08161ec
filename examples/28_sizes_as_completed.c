/*
 * The sizes of many URLs, three requests at a time, in the order in which the answers come: each
 * fetch has a task of its own, a semaphore lets three of them through, and the results are
 * collected as completed.
 *
 *     28_sizes_as_completed URL...
 */

#include "examples/http_fetch.h"
#include "examples/main_task.h"
#include "lib/coro/combine.h"
#include "lib/coro/future.h"
#include "lib/coro/group.h"
#include "lib/coro/semaphores.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { AT_A_TIME = 3 };

struct urls {
    char **texts;
    size_t count;
};

struct fetching {
    struct http_client *client;
    struct coro_semaphore semaphore;
    unsigned under_way, most_under_way;
};

struct fetch {
    struct fetching *fetching;
    const char *url;
    size_t size;
};

static int get_size(struct fetching *fetching, struct fetch *fetch)
{
    struct http_response response;
    int error;

    if (++fetching->under_way > fetching->most_under_way)
        fetching->most_under_way = fetching->under_way;
    error = http_get(fetching->client, fetch->url, &response);
    fetching->under_way--;
    if (error != 0)
        return error;
    fetch->size = response.size;
    http_response_finish(&response);
    return 0;
}

/* The value of the task, as a future, is what it has fetched. */
static int fetch_task(struct coro_loop *loop, void *argument)
{
    struct fetch *fetch = argument;
    struct fetching *fetching = fetch->fetching;
    int error = coro_semaphore_acquire(&fetching->semaphore);

    if (error != 0)
        return error;
    error = get_size(fetching, fetch);
    coro_semaphore_release(&fetching->semaphore);
    return error != 0 ? error : coro_return(loop, fetch);
}

static int print_as_completed(struct coro_future *const *futures, size_t count)
{
    struct coro_completions *completions;
    struct coro_future *future;
    int result = coro_as_completed(&completions, futures, count);

    if (result != 0)
        return result;
    while ((result = coro_completions_next(completions, &future)) == 1) {
        const struct fetch *fetch = coro_future_value(future);

        if (fetch != NULL)
            printf("%s: %zu bytes\n", fetch->url, fetch->size);
    }
    coro_completions_destroy(completions);
    return result;
}

static int start_all(struct coro_group *group, struct fetch *fetches, struct coro_future **futures,
                     size_t count)
{
    struct coro_task *task;
    int error = 0;

    for (size_t i = 0; i < count && error == 0; i++) {
        error = coro_group_spawn(group, &task, "fetch", fetch_task, &fetches[i]);
        if (error == 0)
            futures[i] = coro_task_future(task);
    }
    return error;
}

/* When this returns no task uses the fetches any more. */
static int run_all(struct coro_loop *loop, struct fetch *fetches, size_t count)
{
    struct coro_future **futures = calloc(count, sizeof(struct coro_future *));
    struct coro_group *group = NULL;
    int error = futures != NULL ? coro_group_create(&group, loop) : -ENOMEM, joined;

    if (error != 0)
        goto out;
    error = start_all(group, fetches, futures, count);
    if (error == 0)
        error = print_as_completed(futures, count);
    else
        coro_group_cancel(group);
    joined = coro_group_join(group);
    error = joined != 0 ? joined : error;
out:
    for (size_t i = 0; i < count && futures != NULL; i++)
        coro_future_release(futures[i]);
    coro_group_destroy(group);
    free(futures);
    return error;
}

static int fetch_sizes(struct coro_loop *loop, void *argument)
{
    const struct urls *urls = argument;
    struct fetching fetching = {.under_way = 0};
    struct fetch *fetches = calloc(urls->count, sizeof(*fetches));
    int error = fetches != NULL ? http_client_create(&fetching.client, loop) : -ENOMEM;

    if (error != 0)
        goto free_fetches;
    error = coro_semaphore_init(&fetching.semaphore, loop, AT_A_TIME, AT_A_TIME);
    if (error != 0)
        goto destroy_client;
    for (size_t i = 0; i < urls->count; i++)
        fetches[i] = (struct fetch){.fetching = &fetching, .url = urls->texts[i]};
    error = run_all(loop, fetches, urls->count);
    printf("at most %u at a time\n", fetching.most_under_way);
    coro_semaphore_finish(&fetching.semaphore);
destroy_client:
    http_client_destroy(fetching.client);
free_fetches:
    free(fetches);
    return error;
}

int main(int argc, char **argv)
{
    struct urls urls = {.texts = argv + 1, .count = (size_t)argc - 1};

    if (argc < 2) {
        fprintf(stderr, "usage: 28_sizes_as_completed URL...\n");
        return 2;
    }
    return run_main_task(fetch_sizes, &urls);
}
