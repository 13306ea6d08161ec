#include "tests/harness/listing.h"

#include "tests/harness/fixture.h"
#include "tests/harness/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { LISTING_SIZE = 64 * 1024 };

cJSON *listing_read(const char *program)
{
    char *argv[] = {(char *)program, (char *)"--list-backends", (char *)"--json", NULL};
    struct process process;
    cJSON *listing = NULL;
    char *text = malloc(LISTING_SIZE);

    if (text == NULL || process_start(&process, argv, 0) != 0) {
        fprintf(stderr, "cannot start %s\n", program);
        free(text);
        return NULL;
    }
    if (process_read_output(&process, text, LISTING_SIZE, DEADLINE_MS) >= 0 &&
        process_wait(&process, DEADLINE_MS) == 0 && WIFEXITED(process.status) &&
        WEXITSTATUS(process.status) == 0)
        listing = cJSON_ParseWithOpts(text, NULL, true);
    if (!cJSON_IsArray(listing)) {
        cJSON_Delete(listing);
        listing = NULL;
        process_read_complaint(&process, text, LISTING_SIZE);
        fprintf(stderr, "%s --list-backends --json prints no array: %s\n", program, text);
    }
    process_finish(&process);
    free(text);
    return listing;
}

const cJSON *listing_find(const cJSON *listing, const char *backend)
{
    const cJSON *entry, *name;

    cJSON_ArrayForEach(entry, listing)
    {
        name = cJSON_GetObjectItemCaseSensitive(entry, "name");
        if (cJSON_IsString(name) && strcmp(name->valuestring, backend) == 0)
            return entry;
    }
    return NULL;
}
