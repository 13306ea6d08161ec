#ifndef CORO_REGISTERED_H
#define CORO_REGISTERED_H

/*
 * Which descriptors an engine has, a bit each: libuv notices a second registration only while the
 * first is active, libevent never. Inline, because each engine is a library of its own.
 */

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct registered {
    unsigned char *bits;
    size_t size; /* in bytes */
};

static inline int registered_grow(struct registered *registered, size_t needed)
{
    size_t size = needed < 64 ? 64 : needed * 2;
    unsigned char *bits = realloc(registered->bits, size);

    if (!bits)
        return -ENOMEM;
    memset(bits + registered->size, 0, size - registered->size);
    registered->bits = bits;
    registered->size = size;
    return 0;
}

/* Returns 0; -EBADF for what is no descriptor, -EEXIST for one that is there already, -ENOMEM. */
static inline int registered_add(struct registered *registered, int descriptor)
{
    size_t place = (size_t)descriptor / CHAR_BIT;
    unsigned bit = 1U << (unsigned)descriptor % CHAR_BIT;

    if (descriptor < 0)
        return -EBADF;
    if (place >= registered->size && registered_grow(registered, place + 1) < 0)
        return -ENOMEM;
    if (registered->bits[place] & bit)
        return -EEXIST;
    registered->bits[place] |= (unsigned char)bit;
    return 0;
}

static inline void registered_remove(struct registered *registered, int descriptor)
{
    unsigned bit = 1U << (unsigned)descriptor % CHAR_BIT;

    registered->bits[(size_t)descriptor / CHAR_BIT] &= (unsigned char)~bit;
}

static inline void registered_finish(struct registered *registered)
{
    free(registered->bits);
}

#endif
