#include "lib/coro/resolve.h"

#include "lib/coro/executor.h"
#include "lib/coro/future.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Stands on the heap: where the task is called off, the thread is the last to need it. */
struct query {
    char *host, *service;
    struct addrinfo hints, *addresses;
    int system_error; /* errno of EAI_SYSTEM */
};

static int ask(void *argument)
{
    struct query *query = argument;
    int answer = getaddrinfo(query->host, query->service, &query->hints, &query->addresses);

    query->system_error = errno;
    return answer;
}

static void discard(void *argument)
{
    struct query *query = argument;

    if (query->addresses)
        freeaddrinfo(query->addresses);
    free(query->service);
    free(query->host);
    free(query);
}

static struct query *create_query(const char *host, const char *service,
                                  const struct addrinfo *hints)
{
    struct query *query = calloc(1, sizeof *query);

    if (!query)
        return NULL;
    query->hints = *hints;
    query->host = host ? strdup(host) : NULL;
    query->service = service ? strdup(service) : NULL;
    if ((host && !query->host) || (service && !query->service)) {
        discard(query);
        return NULL;
    }
    return query;
}

static int meaning(int answer, int system_error)
{
    switch (answer) {
    case 0:
        return 0;
    case EAI_AGAIN:
        return -EAGAIN;
    case EAI_MEMORY:
        return -ENOMEM;
    case EAI_SYSTEM:
        return system_error ? -system_error : -EIO;
    case EAI_FAIL:
        return -EIO;
    case EAI_NONAME:
    case EAI_NODATA:
    case EAI_SERVICE:
        return -ENOENT;
    default:
        return -EINVAL;
    }
}

static int report(struct coro_loop *loop, const char *host, const char *service, int answer,
                  int system_error)
{
    int error = meaning(answer, system_error);

    if (!error)
        return 0;
    return coro_fail(loop, error, "cannot find host '%s', service '%s': %s", host ? host : "",
                     service ? service : "",
                     answer == EAI_SYSTEM ? strerror(-error) : gai_strerror(answer));
}

int coro_resolve(struct coro_loop *loop, struct coro_executor *executor, const char *host,
                 const char *service, int flags, struct addrinfo **addresses)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = flags | AI_NUMERICHOST | AI_NUMERICSERV};
    struct query *query;
    int answer, error;

    /* Nothing is asked of anybody for these. */
    answer = getaddrinfo(host, service, &hints, addresses);
    if (answer != EAI_NONAME)
        return report(loop, host, service, answer, errno);
    if (!executor)
        return coro_fail(loop, -EINVAL,
                         "host '%s', service '%s': names need an executor; without one, give an "
                         "address and a port number",
                         host ? host : "", service ? service : "");
    hints.ai_flags = flags;
    query = create_query(host, service, &hints);
    if (!query)
        return -ENOMEM;
    error = coro_run_in_executor(executor, ask, query, discard, &answer);
    if (error == -ECANCELED)
        return error;
    if (!error)
        error = report(loop, host, service, answer, query->system_error);
    if (!error) {
        *addresses = query->addresses;
        query->addresses = NULL;
    }
    discard(query);
    return error;
}
