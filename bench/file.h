#ifndef BENCH_FILE_H
#define BENCH_FILE_H

#include "bench/problem.h"

#include <stdbool.h>
#include <stddef.h>

enum { FILE_LARGEST = 64 << 20 };

/*
 * Reads a whole file, at most FILE_LARGEST bytes, into new memory that the caller frees, with a NUL
 * behind it. Returns 0, or -errno (-EFBIG, -EISDIR, ...) with the problem, which names the file.
 */
int file_read(const char *path, char **text, size_t *length, struct problem *problem);

/* Writes all of it, however many calls that takes. Returns 0 or -errno. */
int file_write_all(int descriptor, const char *text, size_t length);

/*
 * Replaces the file at once: readers see the old one or the new one, and so does the disk after a
 * crash. Returns 0, or -errno with the problem; then the old file stands as it was.
 */
int file_replace(const char *path, const char *text, size_t length, struct problem *problem);

/* Whether file_replace could do so now: asks before a long run, not behind it. */
int file_check_replaceable(const char *path, struct problem *problem);

/* Whether both paths lead to one file that is there. */
bool file_is_same(const char *one, const char *other);

#endif
