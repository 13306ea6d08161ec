#include "src/activation.h"
#include "src/linger.h"
#include "src/list.h"
#include "src/listeners.h"
#include "src/notifier.h"
#include "src/options.h"
#include "src/server.h"
#include "src/shared.h"
#include "src/signals.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { EXIT_CANNOT_RUN = 1, EXIT_USAGE = 2 };

/* A client more than there are descriptors waits in the backlog, so a low limit is no error. */
static void raise_descriptor_limit(long max_connections)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < (rlim_t)max_connections)
        fprintf(stderr,
                "fibserver: warning: the limit of %llu descriptors allows fewer connections than "
                "--max-connections %ld; raise it with ulimit -n\n",
                (unsigned long long)limit.rlim_cur, max_connections);
}

static int find_address(const struct options *options, struct address *address)
{
    const char *reason = NULL;
    int error;

    if (options->unix_path != NULL) {
        error = address_unix(address, options->unix_path);
        reason =
            error == -ENAMETOOLONG ? "the path is too long for a Unix socket" : "an empty path";
    } else {
        error = address_resolve(address, options->host, options->port, true, &reason);
    }
    if (error < 0)
        fprintf(stderr, "fibserver: cannot listen on %s: %s\n",
                options->unix_path != NULL ? options->unix_path : options->host, reason);
    return error;
}

/* inherited: the socket that a service manager has opened, or -1. */
static int open_listeners(const struct options *options, int inherited, struct listeners *listeners)
{
    struct address address;
    char text[ADDRESS_TEXT];
    unsigned count = options->backend->listener_per_loop ? options->limits.workers : 1;
    const char *reason;
    int error;

    if (inherited >= 0) {
        error = listeners_adopt(listeners, inherited, options->limits.backlog, count, &reason);
        if (error < 0)
            fprintf(stderr,
                    "fibserver: LISTEN_FDS hands over descriptor %d, but %s; a listening stream "
                    "socket is wanted\n",
                    inherited, reason);
        return error;
    }
    error = find_address(options, &address);
    if (error < 0)
        return error;
    error = listeners_init(listeners, &address, options->limits.backlog, count);
    if (error < 0)
        fprintf(stderr, "fibserver: cannot listen on %s: %s\n", address_format(&address, text),
                strerror(-error));
    return error;
}

static void add_count(cJSON *object, const char *name, unsigned long long count)
{
    cJSON_AddNumberToObject(object, name, (double)count);
}

/* The system divides the clients by their addresses: not evenly. */
static void add_accepted_per_loop(cJSON *object, struct shared *shared, unsigned loops)
{
    cJSON *array = cJSON_AddArrayToObject(object, "accepted_per_loop");

    for (unsigned i = 0; i < loops; i++)
        cJSON_AddItemToArray(array, cJSON_CreateNumber((double)atomic_load(&shared->accepted[i])));
}

static void print_stats(const struct options *options, struct shared *shared)
{
    cJSON *object = cJSON_CreateObject();
    char *text;

    cJSON_AddStringToObject(object, "backend", options->backend->name);
    add_count(object, "connections", atomic_load(&shared->connections));
    add_count(object, "refused", atomic_load(&shared->refused));
    add_count(object, "requests", atomic_load(&shared->requests));
    add_count(object, "errors", atomic_load(&shared->errors));
    add_count(object, "cancelled", atomic_load(&shared->abandoned));
    add_count(object, "dropped", atomic_load(&shared->dropped));
    add_count(object, "peak_connections", (unsigned long long)atomic_load(&shared->peak));
    if (options->backend->listener_per_loop)
        add_accepted_per_loop(object, shared, options->limits.workers);
    text = cJSON_PrintUnformatted(object);
    if (text != NULL)
        fprintf(stderr, "%s\n", text);
    free(text);
    cJSON_Delete(object);
}

static int complain(const char *backend, int error)
{
    fprintf(stderr, "fibserver: cannot run %s: %s\n", backend, strerror(-error));
    return error;
}

/* From the listening sockets on. */
static int serve(const struct options *options, int inherited, struct server *server)
{
    struct listeners listeners;
    int error = open_listeners(options, inherited, &listeners);

    if (error < 0)
        return error;
    server->listener = listeners.first.descriptor;
    server->listeners = listeners.descriptors;
    server->listener_count = listeners.count;
    server->is_unix = address_is_unix(&listeners.first.address);
    server->inherited = listeners.first.adopted;
    /* In an inherited one, clients who come later wait for the server that is started next. */
    if (!server->inherited)
        signals_shut(listeners.descriptors, listeners.count);
    error = notifier_create(&server->notifier, server->stopping_descriptor);
    if (error < 0)
        fprintf(stderr, "fibserver: warning: cannot use NOTIFY_SOCKET: %s\n", strerror(-error));
    error = linger_create(&server->linger, server->cancel_descriptor);
    if (error == 0) {
        session_rules_init(&server->rules, options->max_n, options->packet);
        offload_calibrate(&server->offload, options->offload);
        error = options->backend->run(server);
        linger_destroy(server->linger);
    }
    notifier_destroy(server->notifier);
    signals_shut(NULL, 0);
    listeners_finish(&listeners);
    return error < 0 ? complain(server->backend, error) : 0;
}

/* Signals are handled before the listener is there, so that its Unix socket's file cannot be left
 * behind. */
static int run_server(const struct options *options)
{
    struct server server = {
        .backend = options->backend->name, .limits = options->limits, .shared = shared_create()};
    char reason[ACTIVATION_REASON];
    int error = -ENOMEM, inherited;

    if (activation_take(&inherited, reason) < 0) {
        fprintf(stderr, "fibserver: cannot take over a socket: %s\n", reason);
        shared_destroy(server.shared);
        return EXIT_CANNOT_RUN;
    }
    raise_descriptor_limit(options->limits.max_connections);
    if (server.shared != NULL)
        error = signals_init(server.shared, options->limits.grace_ms, &server.stopping_descriptor,
                             &server.cancel_descriptor);
    if (error < 0) {
        complain(server.backend, error);
    } else {
        error = serve(options, inherited, &server);
        signals_finish();
    }
    if (options->stats && server.shared != NULL)
        print_stats(options, server.shared);
    shared_destroy(server.shared);
    return error < 0 ? EXIT_CANNOT_RUN : EXIT_SUCCESS;
}

static bool is_available(const struct backend *backend)
{
    char reason[256];

    if (backend->probe(reason, sizeof(reason)))
        return true;
    fprintf(stderr, "fibserver: %s is not available: %s\n", backend->name, reason);
    return false;
}

int main(int argc, char **argv)
{
    struct options options;

    if (options_parse(&options, argc, argv) < 0)
        return EXIT_USAGE;
    switch (options.action) {
    case ACTION_HELP:
        options_print_help();
        return EXIT_SUCCESS;
    case ACTION_VERSION:
        printf("fibserver %s\n", VERSION_TEXT);
        return EXIT_SUCCESS;
    case ACTION_LIST:
        return list_backends(options.json) < 0 ? EXIT_CANNOT_RUN : EXIT_SUCCESS;
    case ACTION_SERVE:
        break;
    }
    return is_available(options.backend) ? run_server(&options) : EXIT_CANNOT_RUN;
}
