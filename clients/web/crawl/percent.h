#ifndef CLIENTS_WEB_CRAWL_PERCENT_H
#define CLIENTS_WEB_CRAWL_PERCENT_H

#include <stddef.h>

/*
 * Writes a part of a URL in the one spelling that all equivalent ones share (RFC 3986, 6.2.2): what
 * need not be encoded is decoded, what must be is encoded, hexadecimal digits are capitals. special
 * names further characters that are written encoded. A percent sign without two digits becomes %25.
 * Writes at most three bytes for each of text, and a NUL, to result; returns the length without it.
 */
size_t percent_normalise(const char *text, size_t length, const char *special, char *result);

#endif
