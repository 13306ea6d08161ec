#include "clients/web/retry.h"

#include <errno.h>
#include <stdlib.h>

/* Well spread, of numbers that follow each other (Knuth's multiplicative hashing). */
static uint64_t spread(uint64_t seed)
{
    return (seed * UINT64_C(0x9e3779b97f4a7c15)) >> 32;
}

long retry_wait_ms(long first_ms, unsigned attempts, long after_s, uint64_t seed)
{
    const long most = RETRY_WAIT_MOST_S * 1000L;
    long wait = first_ms;

    if (after_s > RETRY_AFTER_MOST_S)
        return -1;
    if (after_s > 0)
        return after_s * 1000;
    for (unsigned i = 1; i < attempts && wait < most; i++)
        wait *= 2;
    if (wait > most)
        wait = most;
    return wait - (long)(spread(seed + attempts) % (uint64_t)(wait / 2 + 1));
}

static void put(struct retries *retries, size_t place, struct target *target)
{
    for (; place > 0; place = (place - 1) / 2) {
        struct target *parent = retries->heap[(place - 1) / 2];

        if (parent->due <= target->due)
            break;
        retries->heap[place] = parent;
    }
    retries->heap[place] = target;
}

int retries_add(struct retries *retries, struct target *target)
{
    if (retries->count == retries->room) {
        size_t room = retries->room > 0 ? retries->room * 2 : 16;
        struct target **heap = realloc(retries->heap, room * sizeof(struct target *));

        if (heap == NULL)
            return -ENOMEM;
        retries->heap = heap;
        retries->room = room;
    }
    put(retries, retries->count++, target);
    return 0;
}

const struct target *retries_first(const struct retries *retries)
{
    return retries->count > 0 ? retries->heap[0] : NULL;
}

struct target *retries_take(struct retries *retries)
{
    struct target *first = retries->heap[0], *last = retries->heap[--retries->count];
    size_t place = 0, child;

    while ((child = place * 2 + 1) < retries->count) {
        if (child + 1 < retries->count && retries->heap[child + 1]->due < retries->heap[child]->due)
            child++;
        if (last->due <= retries->heap[child]->due)
            break;
        retries->heap[place] = retries->heap[child];
        place = child;
    }
    if (retries->count > 0)
        retries->heap[place] = last;
    return first;
}

void retries_finish(struct retries *retries)
{
    for (size_t i = 0; i < retries->count; i++)
        free(retries->heap[i]);
    free(retries->heap);
    *retries = (struct retries){.heap = NULL};
}
