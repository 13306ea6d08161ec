#ifndef BENCH_MARKDOWN_H
#define BENCH_MARKDOWN_H

#include "bench/problem.h"
#include "bench/table.h"

#include <stddef.h>

/*
 * Reads a table of measurements out of a Markdown file: the number-th (from 1) whose header has a
 * column in one of the units of table_unit_of; tables in code blocks and other tables do not count,
 * and columns without a unit are left out. A cell is a number above 0 (38000, 38,000, 1.1, 1.2e4,
 * emphasis and a spread in parentheses behind it are allowed), an outcome's name such as X, or
 * nothing ("", "-", "n/a"). path is for the problem only. Returns 0 and fills *table, which the
 * caller finishes, or -ENOENT where there is no such table, -EINVAL where one of its cells is none
 * of these; the problem names file, line, row and column.
 */
int markdown_table(const char *path, const char *text, unsigned number, struct table *table,
                   struct problem *problem);

/* Reads one cell by the rules above. Returns 0 or -EINVAL. */
int markdown_cell(const char *text, struct table_cell *cell);

#endif
