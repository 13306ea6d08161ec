#ifndef TESTS_HARNESS_LISTING_H
#define TESTS_HARNESS_LISTING_H

#include <cjson/cJSON.h>

/*
 * What `PROGRAM --list-backends --json` prints: an array, to be freed with cJSON_Delete. Returns
 * NULL, with the reason on standard error, when the program does not run or prints no JSON array.
 */
cJSON *listing_read(const char *program);

/* The object of the backend, NULL where there is none. */
const cJSON *listing_find(const cJSON *listing, const char *backend);

#endif
