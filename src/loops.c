#include "src/loops.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

struct crew {
    const struct loop_kind *kind;
    pthread_mutex_t gate; /* held until it is clear that all threads have started */
    bool called_off;      /* under gate */
};

struct member {
    struct crew *crew;
    struct server server; /* as lent, but with a listener of its own */
    void *loop;
    pthread_t thread;
    bool has_thread;
    int error;
};

/* A loop that cannot go on takes the others with it, in the way that everything stops. */
static void run_loop(struct member *member)
{
    member->error = member->crew->kind->run(member->loop);
    if (member->error < 0 && !server_stopping(&member->server))
        kill(getpid(), SIGTERM);
}

static void *run_on_thread(void *argument)
{
    struct member *member = argument;
    bool called_off;

    pthread_mutex_lock(&member->crew->gate);
    called_off = member->crew->called_off;
    pthread_mutex_unlock(&member->crew->gate);
    if (!called_off)
        run_loop(member);
    return NULL;
}

static int create_loops(struct member *members, struct crew *crew, const struct server *server)
{
    int error = 0;

    for (unsigned i = 0; i < server->listener_count && error == 0; i++) {
        members[i].crew = crew;
        members[i].server = *server;
        members[i].server.listener = server->listeners[i];
        members[i].server.loop = i;
        error = crew->kind->create(&members[i].loop, &members[i].server);
    }
    return error;
}

/* The first member needs no thread. Signals are the calling thread's. */
static int start_threads(struct member *members, unsigned count)
{
    sigset_t all, before;
    int error = 0;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (unsigned i = 1; i < count && error == 0; i++) {
        error = pthread_create(&members[i].thread, NULL, run_on_thread, &members[i]);
        members[i].has_thread = error == 0;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -error;
}

static int join_threads(struct member *members, unsigned count)
{
    int error = 0;

    for (unsigned i = 0; i < count; i++) {
        if (members[i].has_thread)
            pthread_join(members[i].thread, NULL);
        if (error == 0)
            error = members[i].error;
    }
    return error;
}

int loops_run(const struct loop_kind *kind, const struct server *server)
{
    struct crew crew = {.kind = kind, .gate = PTHREAD_MUTEX_INITIALIZER};
    unsigned count = server->listener_count;
    struct member *members = calloc(count, sizeof(*members));
    int error, joined;

    if (members == NULL)
        return -ENOMEM;
    error = create_loops(members, &crew, server);
    if (error < 0)
        goto destroy_loops;
    pthread_mutex_lock(&crew.gate);
    error = start_threads(members, count);
    crew.called_off = error < 0;
    if (error == 0)
        server_ready(server);
    pthread_mutex_unlock(&crew.gate);
    if (error == 0)
        run_loop(&members[0]);
    joined = join_threads(members, count);
    if (error == 0)
        error = joined;
destroy_loops:
    for (unsigned i = 0; i < count; i++) {
        if (members[i].loop != NULL)
            kind->destroy(members[i].loop);
    }
    free(members);
    return error;
}
