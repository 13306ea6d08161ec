#include "src/uv-coro/rows.h"

#include <stdio.h>

static bool probe(char *text, size_t size)
{
    snprintf(text, size, "built without libuv");
    return false;
}

const struct backend backend_uv_coro = {UV_CORO_ROW, .probe = probe};
const struct backend backend_uv_coro_threads = {UV_CORO_THREADS_ROW, .probe = probe};
