/*
 * Calls that block, handed to threads: the loop goes on meanwhile, and each result is a future.
 * Five blocking requests take as long as the slowest one where there are five threads, and a
 * ticking task shows that nothing stands still.
 *
 *     14_blocking_in_threads URL         of a delay_server, as http://127.0.0.1:8080
 */

#include "examples/http_fetch.h"
#include "examples/main_task.h"
#include "lib/coro/combine.h"
#include "lib/coro/executor.h"
#include "lib/coro/future.h"

#include <stdio.h>

static const double delays[] = {0.4, 0.3, 0.2, 0.1, 0.0};

enum { COUNT = sizeof(delays) / sizeof(delays[0]) };

struct fetch {
    char url[256];
    struct http_response response;
};

/* Runs in a thread. */
static int fetch_blocking(void *argument)
{
    struct fetch *fetch = argument;

    return http_get_blocking(fetch->url, &fetch->response);
}

static int fetch_in_threads(struct coro_executor *executor, struct fetch *fetches)
{
    struct coro_future *futures[COUNT] = {NULL};
    int error = 0;

    for (size_t i = 0; i < COUNT && error == 0; i++)
        error = coro_submit_to_executor(executor, fetch_blocking, &fetches[i], coro_discard_nothing,
                                        &futures[i]);
    if (error == 0)
        error = coro_gather(futures, COUNT, NULL);
    for (size_t i = 0; i < COUNT; i++)
        coro_future_release(futures[i]);
    return error;
}

static int fetch_in_turn(struct fetch *fetches)
{
    int error = 0;

    for (size_t i = 0; i < COUNT && error == 0; i++)
        error = fetch_blocking(&fetches[i]);
    return error;
}

static void print_responses(const char *name, struct fetch *fetches)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (fetches[i].response.body != NULL)
            printf("%s: after %.1f s: %s", name, delays[i], fetches[i].response.body);
        http_response_finish(&fetches[i].response);
    }
}

/* Counts how often the loop comes round to it. */
static int tick(struct coro_loop *loop, void *argument)
{
    unsigned *ticks = argument;

    while (coro_sleep(loop, SECONDS(0.01)) == 0)
        ++*ticks;
    return 0;
}

static int run_in_threads(struct coro_loop *loop, struct fetch *fetches)
{
    struct coro_executor_options options = {.threads = COUNT};
    struct coro_executor *executor;
    double began = seconds_now();
    int error = coro_executor_create(&executor, loop, &options);

    if (error != 0)
        return error;
    error = fetch_in_threads(executor, fetches);
    /* Waits for what is still under way: the memory is this task's. */
    coro_executor_destroy(executor);
    print_responses("threads", fetches);
    printf("threads: %.3f s\n", seconds_now() - began);
    return error;
}

static int run_in_turn(struct fetch *fetches)
{
    double began = seconds_now();
    int error = fetch_in_turn(fetches);

    print_responses("one after the other", fetches);
    printf("one after the other: %.3f s\n", seconds_now() - began);
    return error;
}

static int compare_ways(struct coro_loop *loop, void *argument)
{
    struct fetch fetches[COUNT] = {{.response = {.body = NULL}}};
    struct coro_task *ticker;
    unsigned ticks = 0;
    int error;

    for (size_t i = 0; i < COUNT; i++)
        snprintf(fetches[i].url, sizeof(fetches[i].url), "%s/count?delay=%.1f",
                 (const char *)argument, delays[i]);
    error = coro_spawn(loop, &ticker, "ticker", tick, &ticks);
    if (error != 0)
        return error;
    error = run_in_threads(loop, fetches);
    coro_cancel(ticker);
    coro_join(ticker, CORO_FOREVER, NULL);
    coro_release(ticker);
    printf("the loop went on: %s\n", ticks >= 5 ? "yes" : "no");
    return error == 0 ? run_in_turn(fetches) : error;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: 14_blocking_in_threads URL\n");
        return 2;
    }
    return run_main_task(compare_ways, argv[1]);
}
