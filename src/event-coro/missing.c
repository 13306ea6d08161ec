#include "src/event-coro/rows.h"

#include <stdio.h>

static bool probe(char *text, size_t size)
{
    snprintf(text, size, "built without libevent");
    return false;
}

const struct backend backend_event_coro = {EVENT_CORO_ROW, .probe = probe};
const struct backend backend_event_coro_threads = {EVENT_CORO_THREADS_ROW, .probe = probe};
