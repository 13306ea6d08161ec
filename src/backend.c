#include "src/backend.h"

#include <stdio.h>
#include <string.h>

extern const struct backend backend_sync, backend_threads, backend_select, backend_coro, backend_uv,
    backend_event, backend_prefork, backend_threadpool, backend_uring, backend_null;

const struct backend *const backends[] = {
    &backend_sync,  &backend_threads, &backend_select,     &backend_coro,  &backend_uv,
    &backend_event, &backend_prefork, &backend_threadpool, &backend_uring, &backend_null,
    NULL,
};

const struct backend *backend_find(const char *name)
{
    for (size_t i = 0; backends[i] != NULL; i++) {
        if (strcmp(backends[i]->name, name) == 0)
            return backends[i];
    }
    return NULL;
}

const char *backend_compute_name(enum backend_compute compute)
{
    static const char *const names[] = {"inline", "connection", "pool", "cooperative"};

    return names[compute];
}

bool backend_needs_nothing(char *text, size_t size)
{
    if (size > 0)
        text[0] = '\0';
    return true;
}
