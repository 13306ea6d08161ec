#ifndef WEB_FORMAT_H
#define WEB_FORMAT_H

/* A result as a line of text, JSON or CSV. */

#include "clients/web/result.h"

#include <stdbool.h>
#include <stdio.h>

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV };

/* "text", "json", "csv". Returns 0, or -EINVAL. */
int format_parse(const char *name, enum format *format);

/* The line above the results: CSV has one. */
void format_heading(FILE *stream, enum format format);

/*
 * "STATUS BYTES SECONDS URL", with control characters of the URL as %XX; an object of JSON (RFC
 * 8259), in which bytes that are not UTF-8 are U+FFFD; a record of CSV (RFC 4180). Returns 0 or
 * -ENOMEM; whether the stream took it is for the caller to ask.
 */
int format_result(FILE *stream, enum format format, const struct result *result);

/* A copy in which what is not UTF-8 is U+FFFD; NULL: no memory. The caller frees it. */
char *format_utf8(const char *text);

#endif
