#ifndef BENCH_LETTERS_H
#define BENCH_LETTERS_H

#include <stdbool.h>

/* Whether two texts are the same but for case, blanks, and the characters in passed_over. */
bool letters_same(const char *left, const char *right, const char *passed_over);

#endif
