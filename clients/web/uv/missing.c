#include "clients/web/rows.h"

#include <stdio.h>

static bool probe(char *text, size_t size)
{
    snprintf(text, size, "built without libuv");
    return false;
}

const struct strategy strategy_uv = {WEB_UV_ROW, .concurrent = true, .probe = probe};
