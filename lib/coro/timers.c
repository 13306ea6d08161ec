#include "lib/coro/timers.h"

#include <errno.h>
#include <stdlib.h>

void timers_finish(struct coro_timers *timers)
{
    free(timers->slots);
}

int timers_reserve(struct coro_timers *timers, size_t count)
{
    if (count <= timers->capacity)
        return 0;

    size_t capacity = timers->capacity ? timers->capacity : 64;

    while (capacity < count)
        capacity *= 2;

    struct timer_slot *slots = reallocarray(timers->slots, capacity, sizeof *slots);

    if (!slots)
        return -ENOMEM;
    timers->slots = slots;
    timers->capacity = capacity;
    return 0;
}

static void put(struct coro_timers *timers, size_t place, struct timer_slot slot)
{
    timers->slots[place] = slot;
    slot.timer->place = place + 1;
}

static void sift_up(struct coro_timers *timers, size_t place, struct timer_slot slot)
{
    while (place > 0) {
        size_t parent = (place - 1) / 2;

        if (timers->slots[parent].due <= slot.due)
            break;
        put(timers, place, timers->slots[parent]);
        place = parent;
    }
    put(timers, place, slot);
}

static void sift_down(struct coro_timers *timers, size_t place, struct timer_slot slot)
{
    for (;;) {
        size_t child = 2 * place + 1;

        if (child >= timers->count)
            break;
        if (child + 1 < timers->count && timers->slots[child + 1].due < timers->slots[child].due)
            child++;
        if (slot.due <= timers->slots[child].due)
            break;
        put(timers, place, timers->slots[child]);
        place = child;
    }
    put(timers, place, slot);
}

void timers_set(struct coro_timers *timers, struct coro_timer *timer, int64_t deadline)
{
    timer->deadline = deadline;
    if (timer->place == 0) {
        if (deadline != CORO_FOREVER)
            sift_up(timers, timers->count++, (struct timer_slot){deadline, timer});
    } else if (deadline < timers->slots[timer->place - 1].due) {
        sift_up(timers, timer->place - 1, (struct timer_slot){deadline, timer});
    }
}

void timers_remove(struct coro_timers *timers, struct coro_timer *timer)
{
    if (timer->place == 0)
        return;

    size_t place = timer->place - 1;
    struct timer_slot last = timers->slots[--timers->count];

    timer->place = 0;
    timer->deadline = CORO_FOREVER;
    if (last.timer == timer)
        return;
    if (place > 0 && last.due < timers->slots[(place - 1) / 2].due)
        sift_up(timers, place, last);
    else
        sift_down(timers, place, last);
}

struct coro_timer *timers_pop(struct coro_timers *timers, int64_t now)
{
    while (timers->count > 0 && timers->slots[0].due <= now) {
        struct coro_timer *timer = timers->slots[0].timer;
        int64_t deadline = timer->deadline;

        if (deadline <= now || deadline == CORO_FOREVER) {
            timers_remove(timers, timer);
            if (deadline <= now)
                return timer;
        } else {
            sift_down(timers, 0, (struct timer_slot){deadline, timer});
        }
    }
    return NULL;
}
