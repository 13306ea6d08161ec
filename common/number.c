#include "common/number.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int number_parse(const char *text, long minimum, long maximum, long *value)
{
    char *end;
    long parsed;

    if (!isdigit((unsigned char)text[0]) && text[0] != '-')
        return -EINVAL;
    errno = 0;
    parsed = strtol(text, &end, 10);
    if (end == text || *end != '\0')
        return -EINVAL;
    if (errno == ERANGE || parsed < minimum || parsed > maximum)
        return -ERANGE;
    *value = parsed;
    return 0;
}

int number_parse_real(const char *text, double minimum, double maximum, double *value)
{
    char *end;
    double parsed;

    if (text[0] == '\0' || strspn(text, "0123456789.eE+-") != strlen(text))
        return -EINVAL;
    errno = 0;
    parsed = strtod(text, &end);
    if (end == text || *end != '\0')
        return -EINVAL;
    if (errno == ERANGE || !(parsed >= minimum && parsed <= maximum))
        return -ERANGE;
    *value = parsed;
    return 0;
}
