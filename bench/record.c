#include "bench/record.h"

#include "bench/json.h"

#include <math.h>
#include <string.h>

bool record_is_closing(const cJSON *record)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(record, "closing"));
}

bool record_is_superseded(const cJSON *record)
{
    return cJSON_HasObjectItem(record, "superseded");
}

void record_supersede(cJSON *record, const char *cause, double value)
{
    cJSON *superseded = cJSON_AddObjectToObject(record, "superseded");

    cJSON_AddStringToObject(superseded, "cause", cause);
    cJSON_AddNumberToObject(superseded, "value", value);
}

static bool has_text(const cJSON *object, const char *name, const char *text)
{
    const char *found = json_text_or_null(object, name);

    return found != NULL && strcmp(found, text) == 0;
}

double record_value(const cJSON *record, const char *scenario, const char *column)
{
    const cJSON *cell;

    cJSON_ArrayForEach(cell, cJSON_GetObjectItemCaseSensitive(record, "cells"))
    {
        const cJSON *values = cJSON_GetObjectItemCaseSensitive(cell, "values");
        double value = json_number_or(values, column, 0);

        if (has_text(cell, "scenario", scenario) && isfinite(value) && value > 0)
            return value;
    }
    return 0;
}

double record_find_value(const cJSON *records, unsigned round, const char *label, bool closing,
                         const char *scenario, const char *column)
{
    const cJSON *record;

    cJSON_ArrayForEach(record, records)
    {
        if (json_number_or(record, "round", -1) == round && has_text(record, "row", label) &&
            record_is_closing(record) == closing && !record_is_superseded(record))
            return record_value(record, scenario, column);
    }
    return 0;
}

cJSON *record_mark_round(unsigned round, const char *cause, double value)
{
    cJSON *mark = cJSON_CreateObject();

    cJSON_AddNumberToObject(mark, "round", round);
    record_supersede(mark, cause, value);
    return mark;
}

bool record_apply_mark(cJSON *records, const cJSON *mark)
{
    const cJSON *superseded = cJSON_GetObjectItemCaseSensitive(mark, "superseded");
    const char *cause = json_text_or_null(superseded, "cause");
    double round = json_number_or(mark, "round", -1);
    cJSON *record;

    if (cause == NULL || round < 0 || cJSON_HasObjectItem(mark, "row"))
        return false;
    cJSON_ArrayForEach(record, records)
    {
        if (json_number_or(record, "round", -1) == round && !record_is_superseded(record))
            record_supersede(record, cause, json_number_or(superseded, "value", 0));
    }
    return true;
}
