#include "src/backend.h"
#include "src/sync/conversation.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

struct crew {
    const struct server *server;
    struct blocking *blocking;
    pthread_attr_t attributes;
    pthread_mutex_t lock;
    pthread_cond_t all_gone;
    unsigned threads; /* under lock */
};

struct client {
    struct crew *crew;
    int descriptor;
};

static void count(struct crew *crew, int change)
{
    pthread_mutex_lock(&crew->lock);
    crew->threads += (unsigned)change;
    if (crew->threads == 0)
        pthread_cond_signal(&crew->all_gone);
    pthread_mutex_unlock(&crew->lock);
}

static void *serve(void *argument)
{
    struct client client = *(struct client *)argument;
    struct session session;

    free(argument);
    blocking_leave_signals();
    converse(client.crew->server, client.crew->blocking, &session, client.descriptor);
    count(client.crew, -1);
    return NULL;
}

/* The same conversation as the synchronous server's, on a thread of its own. */
static void start(struct crew *crew, int descriptor)
{
    struct client *client = malloc(sizeof(*client));
    pthread_t thread;

    if (client != NULL) {
        *client = (struct client){crew, descriptor};
        count(crew, +1);
        if (pthread_create(&thread, &crew->attributes, serve, client) == 0)
            return;
        count(crew, -1);
        free(client);
    }
    server_turn_away(crew->server, descriptor, "no thread can be started");
}

static void accept_clients(struct crew *crew)
{
    bool paused = false;

    while (blocking_await_client(crew->server, paused)) {
        int descriptor;
        int error = server_accept(crew->server, false, &descriptor);

        if (error == 0)
            start(crew, descriptor);
        paused = error < 0 && error != -EAGAIN;
    }
}

static void await_threads(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    while (crew->threads > 0)
        pthread_cond_wait(&crew->all_gone, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
}

static void prepare_threads(pthread_attr_t *attributes, size_t stack_size)
{
    pthread_attr_init(attributes);
    pthread_attr_setdetachstate(attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(attributes, conversation_stack_size(stack_size));
}

static int run(const struct server *server)
{
    struct crew crew = {
        .server = server, .lock = PTHREAD_MUTEX_INITIALIZER, .all_gone = PTHREAD_COND_INITIALIZER};
    int error = blocking_create(&crew.blocking, server);

    if (error < 0)
        return error;
    prepare_threads(&crew.attributes, server->limits.stack_size);
    server_ready(server);
    accept_clients(&crew);
    await_threads(&crew);
    pthread_attr_destroy(&crew.attributes);
    blocking_destroy(crew.blocking);
    return 0;
}

const struct backend backend_threads = {
    .name = "threads",
    .summary = "blocking calls, a thread per connection",
    .family = "threads",
    .compute = COMPUTE_CONNECTION,
    .concurrent_connections = true,
    .probe = backend_needs_nothing,
    .run = run,
};
