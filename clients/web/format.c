#include "clients/web/format.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"text", "json", "csv"};

int format_parse(const char *name, enum format *format)
{
    for (int i = FORMAT_TEXT; i <= FORMAT_CSV; i++) {
        if (strcmp(name, names[i]) == 0) {
            *format = (enum format)i;
            return 0;
        }
    }
    return -EINVAL;
}

static void print_printable(FILE *stream, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char letter = (unsigned char)*text;

        if (letter < 0x20 || letter == 0x7f)
            fprintf(stream, "%%%02X", letter);
        else
            putc_unlocked(letter, stream);
    }
}

static void print_text(FILE *stream, const struct result *result)
{
    fprintf(stream, "%03ld %" PRIu64 " %.6f ", result->status, result->bytes, result->seconds);
    print_printable(stream, result->url);
    putc_unlocked('\n', stream);
}

/* The length of the well-formed sequence at text, 0 where there is none: the table 3-7 of the
 * Unicode standard. */
static size_t utf8_length(const unsigned char *text)
{
    unsigned char first = text[0], low = 0x80, high = 0xbf;
    size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

    if (length == 1)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    if (first == 0xe0)
        low = 0xa0;
    else if (first == 0xed)
        high = 0x9f;
    else if (first == 0xf0)
        low = 0x90;
    else if (first == 0xf4)
        high = 0x8f;
    if (text[1] < low || text[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if (text[i] < 0x80 || text[i] > 0xbf)
            return 0;
    }
    return length;
}

char *format_utf8(const char *text)
{
    static const char replacement[] = "\xef\xbf\xbd";
    const unsigned char *from = (const unsigned char *)text;
    char *copy = malloc(strlen(text) * (sizeof(replacement) - 1) + 1), *to = copy;

    if (copy == NULL)
        return NULL;
    while (*from != '\0') {
        size_t length = utf8_length(from);

        if (length == 0) {
            memcpy(to, replacement, sizeof(replacement) - 1);
            to += sizeof(replacement) - 1;
            from++;
        } else {
            memcpy(to, from, length);
            to += length;
            from += length;
        }
    }
    *to = '\0';
    return copy;
}

static bool add_text(cJSON *object, const char *name, const char *text)
{
    char *copy;
    bool added;

    if (text == NULL || text[0] == '\0')
        return cJSON_AddNullToObject(object, name) != NULL;
    copy = format_utf8(text);
    added = copy != NULL && cJSON_AddStringToObject(object, name, copy) != NULL;
    free(copy);
    return added;
}

static bool add_number(cJSON *object, const char *name, double number)
{
    return cJSON_AddNumberToObject(object, name, number) != NULL;
}

static bool describe(cJSON *object, const struct result *result)
{
    return object != NULL && add_text(object, "url", result->url) &&
           add_number(object, "status", (double)result->status) &&
           add_number(object, "bytes", (double)result->bytes) &&
           add_number(object, "seconds", result->seconds) &&
           add_text(object, "failure", failure_word(result->failure)) &&
           add_text(object, "message", result->message) &&
           add_number(object, "attempts", result->attempts) &&
           add_number(object, "redirects", (double)result->redirects) &&
           add_text(object, "final_url", result->final_url) &&
           add_text(object, "type", result->type) && add_text(object, "file", result->file) &&
           (!result->crawled || (add_number(object, "depth", result->depth) &&
                                 add_text(object, "found_on", result->found_on)));
}

static int print_json(FILE *stream, const struct result *result)
{
    cJSON *object = cJSON_CreateObject();
    char *text = describe(object, result) ? cJSON_PrintUnformatted(object) : NULL;
    int error = text != NULL ? 0 : -ENOMEM;

    if (text != NULL) {
        fputs(text, stream);
        putc_unlocked('\n', stream);
    }
    cJSON_free(text);
    cJSON_Delete(object);
    return error;
}

static void print_field(FILE *stream, const char *text)
{
    if (text == NULL)
        return;
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, stream);
        return;
    }
    putc_unlocked('"', stream);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            putc_unlocked('"', stream);
        putc_unlocked(*text, stream);
    }
    putc_unlocked('"', stream);
}

static void print_csv(FILE *stream, const struct result *result)
{
    const char *const tail[] = {result->final_url, result->type, result->file};

    print_field(stream, result->url);
    fprintf(stream, ",%ld,%" PRIu64 ",%.6f,%s,", result->status, result->bytes, result->seconds,
            failure_word(result->failure));
    print_field(stream, result->message);
    fprintf(stream, ",%u,%ld", result->attempts, result->redirects);
    for (size_t i = 0; i < sizeof(tail) / sizeof(tail[0]); i++) {
        putc_unlocked(',', stream);
        print_field(stream, tail[i]);
    }
    fputs("\r\n", stream);
}

void format_heading(FILE *stream, enum format format)
{
    if (format == FORMAT_CSV)
        fputs("url,status,bytes,seconds,failure,message,attempts,redirects,final_url,type,file\r\n",
              stream);
}

int format_result(FILE *stream, enum format format, const struct result *result)
{
    switch (format) {
    case FORMAT_JSON:
        return print_json(stream, result);
    case FORMAT_CSV:
        print_csv(stream, result);
        return 0;
    case FORMAT_TEXT:
    default:
        print_text(stream, result);
        return 0;
    }
}
