#include "tests/examples/expectation.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NUMBERS_MAX = sizeof(((struct expectation *)NULL)->numbers) / sizeof(struct expected_number)
};

/* The length of a placeholder, braces included; 0 where there is none. */
static size_t placeholder(const char *pattern)
{
    size_t length = 1;

    if (pattern[0] != '{')
        return 0;
    if (strncmp(pattern, "{*}", 3) == 0)
        return 3;
    while (islower((unsigned char)pattern[length]) || isdigit((unsigned char)pattern[length]) ||
           pattern[length] == '_')
        length++;
    return pattern[length] == '}' ? length + 1 : 0;
}

static void keep(struct expectation *expectation, const char *name, size_t length, double value)
{
    struct expected_number *number = &expectation->numbers[expectation->count];

    if (length == 0 || length >= sizeof(number->name) || expectation->count == NUMBERS_MAX)
        return;
    memcpy(number->name, name, length);
    number->name[length] = '\0';
    number->value = value;
    expectation->count++;
}

static bool match_any(struct expectation *expectation, const char *pattern, const char *line)
{
    for (;; line++) {
        if (expectation_match(expectation, pattern, line))
            return true;
        if (*line == '\0')
            return false;
    }
}

static bool match_number(struct expectation *expectation, const char *pattern, size_t length,
                         const char *line)
{
    char *end;
    double value = strtod(line, &end);

    if (end == line || isspace((unsigned char)*line))
        return false;
    if (!expectation_match(expectation, pattern + length, end))
        return false;
    keep(expectation, pattern + 1, length - 2, value);
    return true;
}

bool expectation_match(struct expectation *expectation, const char *pattern, const char *line)
{
    for (; *pattern != '\0'; pattern++, line++) {
        size_t length = placeholder(pattern);

        if (length > 0 && pattern[1] == '*')
            return match_any(expectation, pattern + length, line);
        if (length > 0)
            return match_number(expectation, pattern, length, line);
        if (*pattern != *line)
            return false;
    }
    return *line == '\0';
}

static bool find(const struct expectation *expectation, const char *name, double *value)
{
    for (size_t i = 0; i < expectation->count; i++)
        if (strcmp(expectation->numbers[i].name, name) == 0) {
            *value = expectation->numbers[i].value;
            return true;
        }
    fprintf(stderr, "no number called '%s' was printed\n", name);
    return false;
}

bool expectation_check(const struct expectation *expectation, const char *condition)
{
    char left[24], right[24], sign;
    double factor, a, b;
    bool holds;

    if (sscanf(condition, "? %23s %c %lf * %23s", left, &sign, &factor, right) != 4 ||
        (sign != '<' && sign != '>')) {
        fprintf(stderr, "not of the form '? name < 0.5 * name': %s\n", condition);
        return false;
    }
    if (!find(expectation, left, &a) || !find(expectation, right, &b))
        return false;
    holds = sign == '<' ? a < factor * b : a > factor * b;
    if (!holds)
        fprintf(stderr, "%s %g is not %c %g * %s %g\n", left, a, sign, factor, right, b);
    return holds;
}
