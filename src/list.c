#include "src/list.h"

#include "src/backend.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEXT_SIZE = 256 };

static void add_text(cJSON *object, const char *name, const char *text)
{
    if (text[0] != '\0')
        cJSON_AddStringToObject(object, name, text);
    else
        cJSON_AddNullToObject(object, name);
}

static cJSON *describe(const struct backend *backend)
{
    cJSON *object = cJSON_CreateObject();
    char text[TEXT_SIZE];
    bool available = backend->probe(text, sizeof(text));

    cJSON_AddStringToObject(object, "name", backend->name);
    cJSON_AddStringToObject(object, "summary", backend->summary);
    cJSON_AddStringToObject(object, "family", backend->family);
    add_text(object, "library", available ? text : "");
    cJSON_AddBoolToObject(object, "concurrent_connections", backend->concurrent_connections);
    cJSON_AddStringToObject(object, "compute", backend_compute_name(backend->compute));
    cJSON_AddBoolToObject(object, "available", available);
    add_text(object, "reason", available ? "" : text);
    return object;
}

static int print_json(void)
{
    cJSON *array = cJSON_CreateArray();
    char *text;

    for (size_t i = 0; backends[i] != NULL; i++)
        cJSON_AddItemToArray(array, describe(backends[i]));
    text = cJSON_PrintUnformatted(array);
    cJSON_Delete(array);
    if (text == NULL)
        return -ENOMEM;
    puts(text);
    free(text);
    return 0;
}

static void print_line(const struct backend *backend)
{
    char text[TEXT_SIZE];
    bool available = backend->probe(text, sizeof(text));

    printf("%-18s %s; computes: %s", backend->name, backend->summary,
           backend_compute_name(backend->compute));
    if (text[0] != '\0')
        printf(available ? " (%s)" : " (not available: %s)", text);
    putchar('\n');
}

int list_backends(bool json)
{
    int error = 0;

    if (json)
        error = print_json();
    for (size_t i = 0; !json && backends[i] != NULL; i++)
        print_line(backends[i]);
    if (error == 0 && fflush(stdout) != 0)
        error = -EIO;
    return error;
}
