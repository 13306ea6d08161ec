#include "src/uv/rows.h"

#include <stdio.h>

bool uv_probe(char *text, size_t size)
{
    snprintf(text, size, "built without libuv");
    return false;
}

const struct backend backend_uv_poll = {UV_POLL_ROW, .probe = uv_probe};
const struct backend backend_uv = {UV_ROW, .probe = uv_probe};
const struct backend backend_uv_write = {UV_WRITE_ROW, .probe = uv_probe};
const struct backend backend_uv_multi = {UV_MULTI_ROW, .probe = uv_probe};
