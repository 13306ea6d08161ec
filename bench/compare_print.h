#ifndef BENCH_COMPARE_PRINT_H
#define BENCH_COMPARE_PRINT_H

#include "bench/compare.h"
#include "bench/differences.h"

#include <stdint.h>
#include <stdio.h>

/*
 * A row measured along with the rechecked ones, to tell a machine that has changed from a server
 * that has: it may stand where it stood in the new run or in the old one, but not elsewhere.
 */
struct recheck_control {
    const char *header; /* of the column */
    const char *row;    /* NULL: there is none */
    struct compared_cell to_new;
    struct compared_cell to_old;
    bool moved;
};

/* How the failing cells were measured again. */
struct recheck_report {
    char *results; /* the file that holds it */
    unsigned rounds;
    uint64_t seed;
    struct recheck_control *controls; /* one per column with failing cells */
    size_t control_count;
};

/* What stands above a comparison. */
struct compare_heading {
    const struct table *old;
    const struct table *new;
    struct compare_settings settings;
    const char *why; /* this mode; NULL: the user asked for it */
    struct differences differences;
    char **notes; /* what else a reader should know */
    size_t note_count;
    const struct recheck_report *recheck; /* NULL: there was none */
};

/* For people: heading, a block per column, what only one side has, and the cells that are worse. */
void compare_print(FILE *file, const struct compare_heading *heading,
                   const struct comparison *comparison);

/* For machines, one object on one line; exit_status is that of the program. */
void compare_print_json(FILE *file, const struct compare_heading *heading,
                        const struct comparison *comparison, int exit_status);

/* In new memory: "uv (asyncio: Streams)" where the two sides call the row differently. */
char *compare_row_name(const struct compare_heading *heading, const struct compared_row *row);

#endif
