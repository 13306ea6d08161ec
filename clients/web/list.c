#include "clients/web/list.h"

#include "clients/web/strategy.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>

enum { TEXT_SIZE = 256 };

static void add_text(cJSON *object, const char *name, const char *text)
{
    if (text[0] != '\0')
        cJSON_AddStringToObject(object, name, text);
    else
        cJSON_AddNullToObject(object, name);
}

static cJSON *describe(const struct strategy *strategy)
{
    cJSON *object = cJSON_CreateObject();
    char text[TEXT_SIZE];
    bool available = strategy->probe(text, sizeof(text));

    cJSON_AddStringToObject(object, "name", strategy->name);
    cJSON_AddStringToObject(object, "summary", strategy->summary);
    cJSON_AddStringToObject(object, "family", strategy->family);
    add_text(object, "library", available ? text : "");
    cJSON_AddBoolToObject(object, "concurrent", strategy->concurrent);
    cJSON_AddBoolToObject(object, "available", available);
    add_text(object, "reason", available ? "" : text);
    return object;
}

static int print_json(void)
{
    cJSON *array = cJSON_CreateArray();
    char *text;

    for (size_t i = 0; strategies[i] != NULL; i++)
        cJSON_AddItemToArray(array, describe(strategies[i]));
    text = cJSON_PrintUnformatted(array);
    cJSON_Delete(array);
    if (text == NULL)
        return -ENOMEM;
    puts(text);
    cJSON_free(text);
    return 0;
}

static void print_line(const struct strategy *strategy)
{
    char text[TEXT_SIZE];
    bool available = strategy->probe(text, sizeof(text));

    printf("%-10s %s (%s%s)\n", strategy->name, strategy->summary,
           available ? "" : "not available: ", text);
}

int web_list_backends(bool json)
{
    int error = 0;

    if (json)
        error = print_json();
    for (size_t i = 0; !json && strategies[i] != NULL; i++)
        print_line(strategies[i]);
    if (error == 0 && fflush(stdout) != 0)
        error = -EIO;
    return error;
}
