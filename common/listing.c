#include "common/listing.h"

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

static cJSON *describe(const struct listing *listing, const struct listing_entry *entry)
{
    cJSON *object = cJSON_CreateObject();
    char text[TEXT_SIZE];
    bool available = entry->probe(text, sizeof(text));

    cJSON_AddStringToObject(object, "name", entry->name);
    cJSON_AddStringToObject(object, "summary", entry->summary);
    cJSON_AddStringToObject(object, "family", entry->family);
    add_text(object, "library", available ? text : "");
    cJSON_AddBoolToObject(object, listing->concurrent, entry->concurrent);
    if (entry->compute != NULL)
        cJSON_AddStringToObject(object, "compute", entry->compute);
    cJSON_AddBoolToObject(object, "available", available);
    add_text(object, "reason", available ? "" : text);
    return object;
}

static int print_json(const struct listing *listing)
{
    cJSON *array = cJSON_CreateArray();
    struct listing_entry entry;
    char *text;

    for (size_t i = 0; listing->entry(i, &entry); i++)
        cJSON_AddItemToArray(array, describe(listing, &entry));
    text = cJSON_PrintUnformatted(array);
    cJSON_Delete(array);
    if (text == NULL)
        return -ENOMEM;
    puts(text);
    cJSON_free(text);
    return 0;
}

static void print_line(const struct listing *listing, const struct listing_entry *entry)
{
    char text[TEXT_SIZE];
    bool available = entry->probe(text, sizeof(text));

    printf("%-*s %s", listing->name_width, entry->name, entry->summary);
    if (entry->compute != NULL)
        printf("; computes: %s", entry->compute);
    if (text[0] != '\0')
        printf(available ? " (%s)" : " (not available: %s)", text);
    putchar('\n');
}

int listing_print(const struct listing *listing, bool json)
{
    struct listing_entry entry;
    int error = 0;

    if (json)
        error = print_json(listing);
    for (size_t i = 0; !json && listing->entry(i, &entry); i++)
        print_line(listing, &entry);
    if (error == 0 && fflush(stdout) != 0)
        error = -EIO;
    return error;
}
