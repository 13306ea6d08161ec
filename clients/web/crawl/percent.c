#include "clients/web/crawl/percent.h"

#include <stdbool.h>
#include <string.h>

static int digit_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return -1;
}

/* The characters that mean the same with and without encoding. */
static bool is_unreserved(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || (byte != '\0' && strchr("-._~", byte) != NULL);
}

/* The characters that a URL may hold in plain sight, where they mean something of their own. */
static bool is_reserved(unsigned char byte)
{
    return byte != '\0' && strchr(":/?#[]@!$&'()*+,;=", byte) != NULL;
}

static size_t encode(unsigned char byte, char *result)
{
    static const char digits[] = "0123456789ABCDEF";

    result[0] = '%';
    result[1] = digits[byte >> 4];
    result[2] = digits[byte & 15];
    return 3;
}

/* The byte that an escape at the start of text stands for, or -1. */
static int escaped_byte(const char *text, size_t length)
{
    int high, low;

    if (length < 3 || text[0] != '%')
        return -1;
    high = digit_value(text[1]);
    low = digit_value(text[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

size_t percent_normalise(const char *text, size_t length, const char *special, char *result)
{
    size_t written = 0;

    for (size_t i = 0; i < length; i++) {
        int escaped = escaped_byte(text + i, length - i);
        unsigned char byte = (unsigned char)(escaped >= 0 ? escaped : text[i]);
        bool plain = is_unreserved(byte) || (escaped < 0 && is_reserved(byte));

        if (plain && (byte == '\0' || strchr(special, byte) == NULL))
            result[written++] = (char)byte;
        else
            written += encode(byte, result + written);
        if (escaped >= 0)
            i += 2;
    }
    result[written] = '\0';
    return written;
}
