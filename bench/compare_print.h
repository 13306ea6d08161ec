#ifndef BENCH_COMPARE_PRINT_H
#define BENCH_COMPARE_PRINT_H

#include "bench/compare.h"

#include <stdio.h>

/* What stands above a comparison. */
struct compare_heading {
    const struct table *old;
    const struct table *new;
    struct compare_settings settings;
    const char *why; /* this mode; NULL: the user asked for it */
    char **notes;    /* what differs between the two sides */
    size_t note_count;
};

/* For people: heading, a block per column, and what only one side has. */
void compare_print(FILE *file, const struct compare_heading *heading,
                   const struct comparison *comparison);

/* For machines, one object on one line; exit_status is that of the program. */
void compare_print_json(FILE *file, const struct compare_heading *heading,
                        const struct comparison *comparison, int exit_status);

#endif
