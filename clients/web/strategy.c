#include "clients/web/strategy.h"

#include "clients/web/rows.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

const struct strategy *const strategies[] = {
    &strategy_easy, &strategy_threads, &strategy_multi,
    &strategy_uv,   &strategy_event,   &strategy_coro,
    NULL,
};

const struct strategy *strategy_find(const char *name)
{
    for (size_t i = 0; strategies[i] != NULL; i++) {
        if (strcmp(strategies[i]->name, name) == 0)
            return strategies[i];
    }
    return NULL;
}

bool strategy_names_libcurl(char *text, size_t size, const char *other)
{
    snprintf(text, size, "libcurl %s%s%s", curl_version_info(CURLVERSION_NOW)->version,
             other != NULL ? ", " : "", other != NULL ? other : "");
    return true;
}

bool strategy_needs_libcurl(char *text, size_t size)
{
    return strategy_names_libcurl(text, size, NULL);
}
