#include "bench/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *memory)
{
    if (memory == NULL) {
        fputs("fibbench: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

void *memory_zeroed(size_t count, size_t size)
{
    return checked(calloc(count > 0 ? count : 1, size));
}

void *memory_resized(void *memory, size_t count, size_t size)
{
    return checked(reallocarray(memory, count > 0 ? count : 1, size));
}

char *memory_text(const char *text)
{
    return checked(strdup(text));
}

char *memory_text_of_length(const char *text, size_t length)
{
    return checked(strndup(text, length));
}

char *memory_printf(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    return checked(text);
}

void *memory_grown(void *memory, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return memory;
    return memory_resized(memory, count > 0 ? 2 * count : 1, size);
}
