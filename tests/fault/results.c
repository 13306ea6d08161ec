#include "tests/fault/results.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char not_reached[] = "not reached";

/* The index of the name, which is added where there is room; else -1. */
static int find_or_add(char **names, size_t *count, size_t size, const char *name)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    if (*count == size || (names[*count] = strdup(name)) == NULL)
        return -1;
    return (int)(*count)++;
}

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    return cJSON_IsString(item) ? item->valuestring : "";
}

static enum outcome outcome_of(const char *outcome, const char *reason)
{
    if (strcmp(outcome, "ok") == 0)
        return PASSED;
    if (strcmp(outcome, "skipped") != 0)
        return FAILED;
    return strncmp(reason, not_reached, strlen(not_reached)) == 0 ? NOT_REACHED : DOES_NOT_APPLY;
}

static int take(struct results *results, const cJSON *object)
{
    const char *reason = text_of(object, "reason");
    enum outcome outcome = outcome_of(text_of(object, "outcome"), reason);
    int test, noted = 0;
    struct cell *cell;
    size_t backend;

    for (backend = 0; backend < results->backend_count; backend++)
        if (strcmp(results->backends[backend], text_of(object, "backend")) == 0)
            break;
    if (backend == results->backend_count)
        return 0;
    test =
        find_or_add(results->tests, &results->test_count, RESULTS_TESTS, text_of(object, "test"));
    if (outcome == DOES_NOT_APPLY)
        noted = find_or_add(results->reasons, &results->reason_count, RESULTS_REASONS, reason) + 1;
    if (test < 0 || (outcome == DOES_NOT_APPLY && noted == 0))
        return -ENOMEM;
    cell = &results->cells[test][backend];
    if (outcome > cell->outcome)
        *cell = (struct cell){outcome, noted};
    return 0;
}

int results_read(struct results *results, const char *path)
{
    FILE *file = fopen(path, "re");
    size_t size = 0;
    char *line = NULL;
    cJSON *object;
    int error = 0;

    if (file == NULL)
        return -errno;
    while (error == 0 && getline(&line, &size, file) > 0) {
        object = cJSON_Parse(line);
        error = cJSON_IsObject(object) ? take(results, object) : -EINVAL;
        cJSON_Delete(object);
    }
    free(line);
    fclose(file);
    return error;
}

static void free_all(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(names[i]);
}

void results_finish(struct results *results)
{
    free_all(results->backends, results->backend_count);
    free_all(results->tests, results->test_count);
    free_all(results->reasons, results->reason_count);
}
