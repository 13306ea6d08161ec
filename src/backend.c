#include "src/backend.h"

#include <stdio.h>
#include <string.h>

extern const struct backend backend_sync, backend_threads, backend_select, backend_epoll_multi,
    backend_coro, backend_coro_threads, backend_coro_yield, backend_uv_poll, backend_event_raw,
    backend_uv_coro, backend_event_coro, backend_uv_coro_threads, backend_event_coro_threads,
    backend_uv, backend_uv_write, backend_event, backend_uv_multi, backend_prefork,
    backend_threadpool, backend_uring, backend_null;

const struct backend *const backends[] = {
    &backend_sync,
    &backend_threads,
    &backend_select,
    &backend_coro,
    &backend_coro_threads,
    &backend_uv_poll,
    &backend_event_raw,
    &backend_uv_coro,
    &backend_event_coro,
    &backend_uv_coro_threads,
    &backend_event_coro_threads,
    &backend_uv,
    &backend_uv_write,
    &backend_event,
    &backend_prefork,
    &backend_threadpool,
    &backend_epoll_multi,
    &backend_uv_multi,
    &backend_coro_yield,
    &backend_uring,
    &backend_null,
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
