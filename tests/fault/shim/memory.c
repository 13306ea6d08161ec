#include "tests/fault/shim/decide.h"

#include <stdlib.h>

/*
 * The C library's allocator under its other name: looking a function up may allocate, so there is
 * no looking up here.
 */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

void *malloc(size_t size)
{
    int error;

    return shim_fails(SHIM_MEMORY, &error) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    int error;

    return shim_fails(SHIM_MEMORY, &error) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    int error;

    return shim_fails(SHIM_MEMORY, &error) ? NULL : __libc_realloc(memory, size);
}

void *reallocarray(void *memory, size_t count, size_t size)
{
    size_t bytes;

    return __builtin_mul_overflow(count, size, &bytes) ? NULL : realloc(memory, bytes);
}
