#include "bench/json.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

static int expected(const char *name, const char *what, struct problem *problem)
{
    return problem_set(problem, -EINVAL, "\"%s\" is missing or not %s", name, what);
}

int json_text(const cJSON *object, const char *name, const char **value, struct problem *problem)
{
    *value = json_text_or_null(object, name);
    return *value != NULL ? 0 : expected(name, "a text", problem);
}

int json_number(const cJSON *object, const char *name, double *value, struct problem *problem)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

    if (!cJSON_IsNumber(member) || !isfinite(member->valuedouble))
        return expected(name, "a number", problem);
    *value = member->valuedouble;
    return 0;
}

int json_count(const cJSON *object, const char *name, size_t most, size_t *value,
               struct problem *problem)
{
    double number = 0;
    int error = json_number(object, name, &number, problem);

    if (error < 0)
        return error;
    if (number < 0 || number > (double)most || number != floor(number))
        return problem_set(problem, -EINVAL, "\"%s\" is not a whole number of 0 to %zu", name,
                           most);
    *value = (size_t)number;
    return 0;
}

int json_array(const cJSON *object, const char *name, const cJSON **value, struct problem *problem)
{
    *value = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsArray(*value) ? 0 : expected(name, "an array", problem);
}

int json_object(const cJSON *object, const char *name, const cJSON **value, struct problem *problem)
{
    *value = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsObject(*value) ? 0 : expected(name, "an object", problem);
}

double json_number_or(const cJSON *object, const char *name, double otherwise)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

    return cJSON_IsNumber(member) ? member->valuedouble : otherwise;
}

const char *json_text_or_null(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

cJSON *json_parse(const char *text, size_t length)
{
    const char *end = NULL;
    cJSON *document = cJSON_ParseWithLengthOpts(text, length, &end, false);

    for (; document != NULL && end < text + length; end++)
        if (*end != '\0' && !isspace((unsigned char)*end)) {
            cJSON_Delete(document);
            return NULL;
        }
    return document;
}

void json_add_text(cJSON *object, const char *name, const char *value)
{
    if (value != NULL)
        cJSON_AddStringToObject(object, name, value);
    else
        cJSON_AddNullToObject(object, name);
}

void json_add_known(cJSON *object, const char *name, double value)
{
    if (isnan(value))
        cJSON_AddNullToObject(object, name);
    else
        cJSON_AddNumberToObject(object, name, value);
}

void json_print_line(FILE *stream, const cJSON *document)
{
    char *text = cJSON_PrintUnformatted(document);

    fprintf(stream, "%s\n", text);
    free(text);
}
