#include "bench/html.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* The length of the UTF-8 character at the text, and its number; 0 where there is none. */
static size_t decode(const unsigned char *text, uint32_t *character)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = text[0] < 0x80 ? 1 : text[0] >> 5 == 6 ? 2 : text[0] >> 4 == 14 ? 3 : 4;

    *character = text[0];
    if (length == 1)
        return 1;
    if (text[0] < 0xc2 || text[0] > 0xf4)
        return 0;
    *character = text[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if (text[i] >> 6 != 2)
            return 0;
        *character = *character << 6 | (text[i] & 0x3f);
    }
    return *character >= least[length] ? length : 0;
}

static bool is_allowed(uint32_t character)
{
    if (character < 0x20)
        return character == '\t' || character == '\n' || character == '\r';
    return character != 0xfffe && character != 0xffff && character <= 0x10ffff &&
           (character < 0xd800 || character > 0xdfff);
}

static const char *entity_of(char character)
{
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void html_escape(FILE *file, const char *text)
{
    while (*text != '\0') {
        uint32_t character;
        size_t length = decode((const unsigned char *)text, &character);
        const char *entity = entity_of(*text);

        if (entity != NULL)
            fputs(entity, file);
        else if (length > 0 && is_allowed(character))
            fwrite(text, 1, length, file);
        else
            fputs("\xef\xbf\xbd", file);
        text += length > 0 ? length : 1;
    }
}

void html_text(FILE *file, const char *format, ...)
{
    va_list arguments;
    char *text = NULL;
    int length;

    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length >= 0)
        html_escape(file, text);
    free(length >= 0 ? text : NULL);
}
