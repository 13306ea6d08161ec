#include "tests/harness/record.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *outcome_of(const struct fixture *fixture, bool passed)
{
    if (fixture->skipped[0] != '\0')
        return "skipped";
    return passed ? "ok" : "failed";
}

/* The options that this run gives to every server, as they are typed. */
static void join_options(const struct subject *subject, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < subject->extra_count && used < size; i++)
        used +=
            (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? " " : "", subject->extra[i]);
    if (subject->unix_socket && used < size)
        snprintf(text + used, size - used, "%s--unix", used > 0 ? " " : "");
}

void record_outcome(const char *suite, const char *test, const struct fixture *fixture, bool passed)
{
    const char *path = getenv("SUITE_RESULTS");
    FILE *file = path != NULL ? fopen(path, "ae") : NULL;
    cJSON *object;
    char options[256], *line;

    if (file == NULL)
        return;
    object = cJSON_CreateObject();
    join_options(fixture->subject, options, sizeof(options));
    cJSON_AddStringToObject(object, "suite", suite);
    cJSON_AddStringToObject(object, "backend", fixture->subject->backend);
    cJSON_AddStringToObject(object, "options", options);
    cJSON_AddStringToObject(object, "test", test);
    cJSON_AddStringToObject(object, "outcome", outcome_of(fixture, passed));
    cJSON_AddStringToObject(object, "reason", fixture->skipped);
    line = cJSON_PrintUnformatted(object);
    if (line != NULL)
        fprintf(file, "%s\n", line);
    free(line);
    cJSON_Delete(object);
    fclose(file);
}
