#include "src/backend.h"
#include "src/blocking.h"
#include "src/sync/conversation.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* A fixed crew: each thread accepts a client by itself, talks until it leaves, accepts the next. */
struct threadpool {
    const struct server *server;
    struct blocking *blocking;
    pthread_mutex_t gate; /* held until it is known that all threads could be started */
    bool called_off;      /* under gate */
    unsigned count;
    pthread_t threads[];
};

static void *serve(void *argument)
{
    struct threadpool *pool = argument;
    struct session session;
    bool called_off;
    int descriptor;

    blocking_leave_signals();
    pthread_mutex_lock(&pool->gate);
    called_off = pool->called_off;
    pthread_mutex_unlock(&pool->gate);
    while (!called_off && blocking_accept(pool->server, &descriptor))
        converse(pool->server, pool->blocking, &session, descriptor);
    return NULL;
}

/* They wait at the gate, which the caller holds. Returns 0, or -errno (-EAGAIN). */
static int start_threads(struct threadpool *pool, unsigned wanted)
{
    pthread_attr_t attributes;
    int error = 0;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes,
                              conversation_stack_size(pool->server->limits.stack_size));
    while (error == 0 && pool->count < wanted) {
        error = pthread_create(&pool->threads[pool->count], &attributes, serve, pool);
        if (error == 0)
            pool->count++;
    }
    pthread_attr_destroy(&attributes);
    return -error;
}

/* A thread serves one connection, so there are no more threads than connections allowed. */
static unsigned count_wanted(const struct server_limits *limits)
{
    return limits->workers < limits->max_connections ? limits->workers
                                                     : (unsigned)limits->max_connections;
}

static int run(const struct server *server)
{
    unsigned wanted = count_wanted(&server->limits);
    struct threadpool *pool = calloc(1, sizeof(*pool) + wanted * sizeof(pool->threads[0]));
    int error;

    if (pool == NULL)
        return -ENOMEM;
    pool->server = server;
    pthread_mutex_init(&pool->gate, NULL);
    blocking_set_listener(server, true);
    pthread_mutex_lock(&pool->gate);
    error = start_threads(pool, wanted);
    if (error == 0)
        error = blocking_create(&pool->blocking, server);
    if (error == 0)
        server_ready(server);
    pool->called_off = error < 0;
    pthread_mutex_unlock(&pool->gate);
    for (unsigned i = 0; i < pool->count; i++)
        pthread_join(pool->threads[i], NULL);
    blocking_destroy(pool->blocking);
    blocking_set_listener(server, false);
    pthread_mutex_destroy(&pool->gate);
    free(pool);
    return error;
}

const struct backend backend_threadpool = {
    .name = "threadpool",
    .summary = "a fixed number of threads, each serving a connection at a time",
    .family = "threads",
    .compute = COMPUTE_CONNECTION,
    .concurrent_connections = true,
    .probe = backend_needs_nothing,
    .run = run,
};
