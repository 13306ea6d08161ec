#include "clients/web/rows.h"

#include <stdio.h>

static bool probe(char *text, size_t size)
{
    snprintf(text, size, "built without libevent");
    return false;
}

const struct strategy strategy_event = {WEB_EVENT_ROW, .concurrent = true, .probe = probe};
