#include "clients/samples.h"

#include <math.h>
#include <stdlib.h>

enum { FIRST_ROOM = 1024 };

bool samples_grow(struct samples *samples)
{
    size_t room = samples->room > 0 ? 2 * samples->room : FIRST_ROOM;
    struct sample *kept = NULL;

    if (!samples->full && room <= SAMPLES_MOST)
        kept = reallocarray(samples->kept, room, sizeof(*kept));
    if (kept == NULL) {
        samples->full = true;
        return false;
    }
    samples->kept = kept;
    samples->room = room;
    return true;
}

static int by_value(const void *left, const void *right)
{
    uint64_t a = ((const struct sample *)left)->value, b = ((const struct sample *)right)->value;

    return (a > b) - (a < b);
}

void samples_settle(struct samples *samples, struct histogram *histogram)
{
    uint64_t up_to = 0;

    for (size_t at = 0; at < samples->count; at++)
        histogram_add(histogram, (int64_t)samples->kept[at].value, samples->kept[at].times);
    if (samples->count == 0 || samples->full)
        return;
    samples->up_to = reallocarray(NULL, samples->count, sizeof(*samples->up_to));
    if (samples->up_to == NULL) {
        samples->full = true;
        return;
    }
    qsort(samples->kept, samples->count, sizeof(*samples->kept), by_value);
    for (size_t at = 0; at < samples->count; at++)
        samples->up_to[at] = up_to += samples->kept[at].times;
}

bool samples_are_exact(const struct samples *samples)
{
    return !samples->full;
}

int64_t samples_quantile(const struct samples *samples, double quantile)
{
    size_t low = 0, high = samples->count;
    double wanted;

    if (samples->count == 0 || samples->up_to == NULL)
        return 0;
    wanted = ceil(quantile * (double)samples->up_to[samples->count - 1]);
    while (low + 1 < high) {
        size_t middle = low + (high - low) / 2;

        if ((double)samples->up_to[middle - 1] >= wanted)
            high = middle;
        else
            low = middle;
    }
    return (int64_t)samples->kept[low].value;
}

void samples_finish(struct samples *samples)
{
    free(samples->kept);
    free(samples->up_to);
    *samples = (struct samples){0};
}
