#include "bench/letters.h"

#include <ctype.h>
#include <string.h>

static int next_letter(const char **text, const char *passed_over)
{
    while (isspace((unsigned char)**text) ||
           (**text != '\0' && strchr(passed_over, **text) != NULL))
        ++*text;
    return **text == '\0' ? '\0' : tolower((unsigned char)*(*text)++);
}

bool letters_same(const char *left, const char *right, const char *passed_over)
{
    int a, b;

    do {
        a = next_letter(&left, passed_over);
        b = next_letter(&right, passed_over);
    } while (a == b && a != '\0');
    return a == b;
}
