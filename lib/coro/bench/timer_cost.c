/*
 * What arming and cancelling an alarm costs beside so many others. In a binary heap that is at
 * worst the logarithm of their number; what comes on top in a large heap is the CPU's caches. Exits
 * with 1 where the cost grows as it would if all were looked at.
 */
#include "lib/coro/coro.h"
#include "lib/coro/engine_poll.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PROBES = 50000, SIZES = 4 };

/* A thousand times as many may cost so many times as much: twice for the logarithm, the rest for
 * memory. */
enum { GROWTH_AT_MOST = 40 };

static const size_t sizes[SIZES] = {1000, 10000, 100000, 1000000};

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void never(struct coro_alarm *alarm)
{
    (void)alarm;
    abort();
}

/* Far off, in no order. */
static int64_t some_time(struct coro_loop *loop, unsigned *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return coro_now(loop) + INT64_C(3600000000000) + (int64_t)*seed * 1000;
}

/* Nanoseconds for arming and cancelling one alarm that comes before all others: the whole way up
 * the heap, and down again. 0: no memory. */
static double probe(struct coro_loop *loop)
{
    struct coro_alarm alarm = {.function = never};
    int64_t early = coro_now(loop) + INT64_C(1800000000000);
    double start = seconds();

    for (int i = 0; i < PROBES; i++) {
        if (coro_call_at(loop, &alarm, early) != 0)
            return 0;
        coro_call_cancel(&alarm);
    }
    return (seconds() - start) / PROBES * 1e9;
}

/* The costs at each size, in one loop that grows. Returns 0 or -1. */
static int measure(struct coro_loop *loop, struct coro_alarm *alarms, double costs[SIZES])
{
    unsigned seed = 1;
    size_t armed = 0;

    for (int i = 0; i < SIZES; i++) {
        for (; armed < sizes[i]; armed++) {
            alarms[armed] = (struct coro_alarm){.function = never};
            if (coro_call_at(loop, &alarms[armed], some_time(loop, &seed)) != 0)
                return -1;
        }
        costs[i] = probe(loop);
        if (costs[i] <= 0)
            return -1;
    }
    return 0;
}

static void print(const double costs[SIZES], bool json)
{
    for (int i = 0; i < SIZES; i++) {
        if (json)
            printf("%s\"%zu_ns\": %.1f%s", i ? ", " : "{", sizes[i], costs[i],
                   i == SIZES - 1 ? "}\n" : "");
        else
            printf("%8zu alarms: arming and cancelling one more %7.1f ns, %.2f times the first\n",
                   sizes[i], costs[i], costs[i] / costs[0]);
    }
}

int main(int argc, char **argv)
{
    bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
    struct coro_alarm *alarms = calloc(sizes[SIZES - 1], sizeof *alarms);
    struct coro_engine *engine = NULL;
    struct coro_loop *loop = NULL;
    double costs[SIZES];
    int status = EXIT_FAILURE;

    if (argc > 2 || (argc == 2 && !json)) {
        fprintf(stderr, "usage: %s [--json]\n", argv[0]);
        free(alarms);
        return 2;
    }
    if (alarms && coro_engine_poll_create(&engine, NULL) == 0 &&
        coro_loop_create(&loop, engine, NULL) == 0 && measure(loop, alarms, costs) == 0) {
        print(costs, json);
        status = costs[SIZES - 1] <= GROWTH_AT_MOST * costs[0] ? EXIT_SUCCESS : EXIT_FAILURE;
    } else {
        fprintf(stderr, "%s: no memory for %zu alarms\n", argv[0], sizes[SIZES - 1]);
    }
    coro_loop_destroy(loop);
    free(alarms);
    return status;
}
