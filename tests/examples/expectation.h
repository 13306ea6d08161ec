#ifndef TESTS_EXAMPLES_EXPECTATION_H
#define TESTS_EXAMPLES_EXPECTATION_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What an example must print, a file of patterns:
 *
 *   any line            stands for itself, and the order of lines is checked with it
 *   took {inline} s     {name} stands for a number, which is kept under that name; {} is not kept
 *   Date: {*}           {*} stands for any text within the line
 *   # a remark          is not expected
 *   ? half < 0.8 * all  holds for the numbers kept (also with >)
 *   == standard error   what follows is expected there; without it nothing may be
 *   == exit status 139  how it ends, where not with 0; by a signal: 128 and its number
 */
struct expectation {
    struct expected_number {
        char name[24];
        double value;
    } numbers[64];
    size_t count;
};

/* Whether the line fits the pattern. The numbers in it are kept. */
bool expectation_match(struct expectation *expectation, const char *pattern, const char *line);

/* Whether a line of the form "? a < 0.5 * b" holds; says on standard error why it does not. */
bool expectation_check(const struct expectation *expectation, const char *condition);

#endif
