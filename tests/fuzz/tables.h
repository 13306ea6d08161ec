#ifndef TESTS_FUZZ_TABLES_H
#define TESTS_FUZZ_TABLES_H

#include "bench/problem.h"
#include "bench/table.h"

/* What must hold for every table that a reader let pass: numbers are above 0, and it can be printed
 * in every form. */
void check_table(const struct table *table);

/* What must hold for the words of a reader that did not: they name the file. */
void check_problem(const struct problem *problem, const char *path);

/* The table as Markdown, in new memory. */
char *print_markdown(const struct table *table);

#endif
