#include "lib/poll/spin.h"

#include <stdbool.h>
#include <sys/resource.h>
#include <time.h>

enum {
    PAUSE_PER_US =
        40, /* a wait takes some microseconds at least, so a pause costs 200 times less */
    SHORTEST_WINDOW = 2,
    LONGEST_WINDOW = 64,
};

void spin_init(struct spin *spin, long microseconds)
{
    *spin = (struct spin){.limit_ns = microseconds * INT64_C(1000),
                          .longest = (uint32_t)microseconds * PAUSE_PER_US,
                          .window = SHORTEST_WINDOW};
}

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* How often the scheduler has taken the CPU away from this thread. */
static long count_switches(void)
{
    struct rusage usage;

    return getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_nivcsw : 0;
}

static void pause_for(struct spin *spin, uint32_t waits)
{
    spin->backoff = waits < spin->longest ? waits : spin->longest;
    spin->pause = spin->backoff;
}

static void note_failure(struct spin *spin)
{
    pause_for(spin, spin->backoff > 0 ? 2 * spin->backoff : 1);
}

/* Asking the kernel each time would cost what is gained, so it is asked about a window of them. */
static void note_success(struct spin *spin)
{
    bool shared;

    pause_for(spin, spin->backoff / 4);
    if (++spin->successes < spin->window)
        return;
    shared = count_switches() - spin->switches >= (long)spin->window / 2;
    spin->successes = 0;
    if (shared)
        pause_for(spin, spin->longest);
    spin->window = shared                          ? SHORTEST_WINDOW
                   : spin->window < LONGEST_WINDOW ? 2 * spin->window
                                                   : LONGEST_WINDOW;
}

int spin_wait(struct spin *spin, int (*look)(void *context, int timeout_ms), void *context,
              int timeout_ms)
{
    int64_t end;
    int found;

    if (spin->limit_ns == 0 || timeout_ms == 0)
        return look(context, timeout_ms);
    if (spin->pause > 0) {
        spin->pause--;
        return look(context, timeout_ms);
    }
    found = look(context, 0);
    if (found != 0)
        return found;
    if (spin->successes == 0)
        spin->switches = count_switches();
    end = now_ns() + spin->limit_ns;
    do
        found = look(context, 0);
    while (found == 0 && now_ns() < end);
    if (found != 0) {
        note_success(spin);
        return found;
    }
    note_failure(spin);
    return look(context, timeout_ms);
}

struct polling {
    struct poller *poller;
    struct poller_event *events;
    int capacity;
};

static int look_at_poller(void *context, int timeout_ms)
{
    const struct polling *polling = context;

    return poller_wait(polling->poller, polling->events, polling->capacity, timeout_ms);
}

int spin_poll(struct spin *spin, struct poller *poller, struct poller_event *events, int capacity,
              int timeout_ms)
{
    struct polling polling = {.poller = poller, .events = events, .capacity = capacity};

    return spin_wait(spin, look_at_poller, &polling, timeout_ms);
}
