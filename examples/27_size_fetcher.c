/*
 * How many bytes are behind a URL? One request after the other, in code that reads as if it
 * blocked, each with a second to go: the scope ends whatever waits in it.
 *
 *     27_size_fetcher URL...
 */

#include "examples/http_fetch.h"
#include "examples/main_task.h"
#include "lib/coro/scope.h"

#include <errno.h>
#include <stdio.h>

static int fetch_size(struct coro_loop *loop, struct http_client *client, const char *url)
{
    struct http_response response;
    struct coro_scope scope;
    int error = coro_scope_enter(&scope, loop, coro_now(loop) + SECONDS(1));

    if (error != 0)
        return error;
    error = coro_scope_leave(&scope, http_get(client, url, &response));
    if (error == -ETIMEDOUT) {
        printf("%s: no answer within a second\n", url);
        return 0;
    }
    if (error != 0)
        return error;
    printf("%s: status %ld, %zu bytes\n", url, response.status, response.size);
    http_response_finish(&response);
    return 0;
}

static int fetch_sizes(struct coro_loop *loop, void *argument)
{
    struct http_client *client;
    int error = http_client_create(&client, loop);

    if (error != 0)
        return error;
    for (char **url = argument; *url != NULL && error == 0; url++)
        error = fetch_size(loop, client, *url);
    http_client_destroy(client);
    return error;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: 27_size_fetcher URL...\n");
        return 2;
    }
    return run_main_task(fetch_sizes, argv + 1);
}
