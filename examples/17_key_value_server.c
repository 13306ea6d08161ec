/*
 * A small key-value server on streams. A line is a command, an answer is a line:
 *
 *     GET key         OK value, or NONE
 *     PUT key value   OK
 *     DEL key         OK, or NONE where there was none
 *     QUIT            OK, and the connection is closed
 *     anything else   ERROR
 *
 * Each client has a task that reads as if it were the only one. They share the store without a
 * lock: a task is interrupted only where it waits.
 *
 *     17_key_value_server [--port N]         1337 unless told
 */

#include "examples/main_task.h"
#include "examples/port_option.h"
#include "lib/coro/serve.h"
#include "lib/coro/socket.h"
#include "lib/coro/stream.h"

#include <errno.h>
#include <search.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct pair {
    char *key, *value;
};

struct store {
    void *tree;
};

static int compare_keys(const void *a, const void *b)
{
    return strcmp(((const struct pair *)a)->key, ((const struct pair *)b)->key);
}

static void free_pair(void *pair)
{
    free(((struct pair *)pair)->key);
    free(((struct pair *)pair)->value);
    free(pair);
}

static struct pair *store_find(const struct store *store, const char *key)
{
    struct pair wanted = {.key = (char *)key};
    struct pair **found = tfind(&wanted, &store->tree, compare_keys);

    return found != NULL ? *found : NULL;
}

static bool store_remove(struct store *store, const char *key)
{
    struct pair *pair = store_find(store, key);

    if (pair == NULL)
        return false;
    tdelete(pair, &store->tree, compare_keys);
    free_pair(pair);
    return true;
}

static int store_add(struct store *store, const char *key, const char *value)
{
    struct pair *pair = calloc(1, sizeof(*pair));

    if (pair == NULL)
        return -ENOMEM;
    pair->key = strdup(key);
    pair->value = strdup(value);
    if (pair->key == NULL || pair->value == NULL ||
        tsearch(pair, &store->tree, compare_keys) == NULL) {
        free_pair(pair);
        return -ENOMEM;
    }
    return 0;
}

static int store_put(struct store *store, const char *key, const char *value)
{
    struct pair *pair = store_find(store, key);
    char *copy;

    if (pair == NULL)
        return store_add(store, key, value);
    copy = strdup(value);
    if (copy == NULL)
        return -ENOMEM;
    free(pair->value);
    pair->value = copy;
    return 0;
}

static int answer_get(struct coro_stream *stream, struct store *store, const char *key)
{
    const struct pair *pair = store_find(store, key);

    return pair != NULL ? coro_print(stream, "OK %s\n", pair->value) : coro_print(stream, "NONE\n");
}

static int answer_put(struct coro_stream *stream, struct store *store, const char *key,
                      const char *value)
{
    int error = store_put(store, key, value);

    return error != 0 ? error : coro_print(stream, "OK\n");
}

/* The line is taken apart in place. A value is the rest of the line, spaces included. */
static int answer(struct coro_stream *stream, struct store *store, char *line, bool *quit)
{
    const char *command = strsep(&line, " "), *key = NULL;

    *quit = line == NULL && strcmp(command, "QUIT") == 0;
    if (*quit)
        return coro_print(stream, "OK\n");
    if (strcmp(command, "PUT") == 0)
        key = strsep(&line, " ");
    else if (line != NULL && strchr(line, ' ') == NULL)
        key = line;
    if (key != NULL && key[0] != '\0') {
        if (strcmp(command, "GET") == 0)
            return answer_get(stream, store, key);
        if (strcmp(command, "DEL") == 0)
            return coro_print(stream, store_remove(store, key) ? "OK\n" : "NONE\n");
        if (strcmp(command, "PUT") == 0 && line != NULL)
            return answer_put(stream, store, key, line);
    }
    return coro_print(stream, "ERROR\n");
}

/* A line that is too long for a stream is left in it: this reads it away, byte by byte out of the
 * stream's buffer. */
static int skip_line(struct coro_stream *stream)
{
    char byte = '\0';
    ssize_t got = 1;

    while (got == 1 && byte != '\n')
        got = coro_read_exactly(stream, &byte, 1);
    return got < 0 ? (int)got : 0;
}

/* Reads a line and answers it. Returns 1; 0 where the client has nothing more to say; or -errno. */
static int answer_next(struct coro_stream *stream, struct store *store)
{
    char *line;
    size_t length;
    bool quit = false;
    int error, result = coro_read_line(stream, &line, &length);

    if (result == 0 || (result < 0 && result != -EMSGSIZE))
        return result;
    if (result == 1 && strlen(line) == length) {
        error = answer(stream, store, line, &quit);
    } else {
        error = result == 1 ? 0 : skip_line(stream);
        if (error == 0)
            error = coro_print(stream, "ERROR\n");
    }
    return error != 0 ? error : !quit;
}

static int talk(struct coro_stream *stream, void *argument)
{
    int result;

    do
        result = answer_next(stream, argument);
    while (result > 0);
    return result;
}

/* Signals come as something to read: waiting for one is like any other waiting. */
static int wait_for_signal(struct coro_loop *loop, const sigset_t *signals)
{
    struct coro_descriptor descriptor;
    int number = signalfd(-1, signals, SFD_NONBLOCK | SFD_CLOEXEC), error;

    if (number < 0)
        return -errno;
    error = coro_descriptor_init(&descriptor, loop, number);
    if (error == 0) {
        error = coro_wait_readable(&descriptor, CORO_FOREVER);
        coro_descriptor_finish(&descriptor);
    }
    close(number);
    return error;
}

struct service {
    unsigned port;
    sigset_t stops;
    struct store store;
};

static int serve(struct coro_loop *loop, void *argument)
{
    struct service *service = argument;
    struct coro_server *server;
    char port[8];
    int listener, error;

    snprintf(port, sizeof(port), "%u", service->port);
    listener = coro_listen(loop, NULL, "127.0.0.1", port, 0);
    if (listener < 0)
        return listener;
    error = coro_serve(&server, loop, listener, talk, &service->store, NULL);
    if (error != 0) {
        close(listener);
        return error;
    }
    printf("17_key_value_server: listening on 127.0.0.1:%d\n", coro_server_port(server));
    fflush(stdout);
    error = wait_for_signal(loop, &service->stops);
    coro_server_stop(server, 0);
    coro_server_destroy(server);
    return error;
}

int main(int argc, char **argv)
{
    struct service service = {.store = {.tree = NULL}};
    int port = port_option(argc, argv, 1337), status;

    if (port < 0)
        return 2;
    service.port = (unsigned)port;
    sigemptyset(&service.stops);
    sigaddset(&service.stops, SIGINT);
    sigaddset(&service.stops, SIGTERM);
    sigprocmask(SIG_BLOCK, &service.stops, NULL);
    status = run_main_task(serve, &service);
    tdestroy(service.store.tree, free_pair);
    return status;
}
