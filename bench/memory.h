#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Allocation for a command-line program: what these return is never NULL. Out of memory, they print
 * one line and end the program with status 1; what was measured so far stands in the journal. The
 * caller frees with free().
 */
void *memory_zeroed(size_t count, size_t size);
void *memory_resized(void *memory, size_t count, size_t size);
char *memory_text(const char *text);
char *memory_text_of_length(const char *text, size_t length);

/* printf into new memory. */
char *memory_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Room for one more element behind the count that are there, growing by doubling: capacity is not
 * kept, it follows from count.
 */
void *memory_grown(void *memory, size_t count, size_t size);

#endif
