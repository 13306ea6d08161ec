#include "src/event/rows.h"

#include <stdio.h>

bool event_probe(char *text, size_t size)
{
    snprintf(text, size, "built without libevent");
    return false;
}

const struct backend backend_event = {EVENT_ROW, .probe = event_probe};
const struct backend backend_event_raw = {EVENT_RAW_ROW, .probe = event_probe};
