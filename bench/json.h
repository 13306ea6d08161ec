#ifndef BENCH_JSON_H
#define BENCH_JSON_H

#include "bench/problem.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Members of an object, by name. All return 0, or -EINVAL with a problem that names the member and
 * what it should be, where it is not there or of another type. Texts belong to the object.
 */
int json_text(const cJSON *object, const char *name, const char **value, struct problem *problem);
int json_number(const cJSON *object, const char *name, double *value, struct problem *problem);
int json_count(const cJSON *object, const char *name, size_t most, size_t *value,
               struct problem *problem);
int json_array(const cJSON *object, const char *name, const cJSON **value, struct problem *problem);
int json_object(const cJSON *object, const char *name, const cJSON **value,
                struct problem *problem);

/* The number, or otherwise where it is not there or none. */
double json_number_or(const cJSON *object, const char *name, double otherwise);

/* The text, or NULL where it is not there or none. */
const char *json_text_or_null(const cJSON *object, const char *name);

/* Parses one document with nothing but blanks behind it; NULL where it is none. */
cJSON *json_parse(const char *text, size_t length);

/* Adds the text, or null for a NULL. */
void json_add_text(cJSON *object, const char *name, const char *value);

/* Adds the number, or null for a NAN. */
void json_add_known(cJSON *object, const char *name, double value);

/* Prints it in one line; whether the stream took that is for the caller to ask. */
void json_print_line(FILE *stream, const cJSON *document);

#endif
