#include "src/offload.h"

#include "common/clock.h"

#include <errno.h>
#include <string.h>

enum {
    COSTLY_NS = 50 * 1000, /* some five hand-overs */
    PROTOCOL_NS = 30,      /* parse one short line, format one short answer */
    CALIBRATION_N = 20,    /* long against a clock reading, short against a time slice */
    CALIBRATION_TRIALS = 40,
};

/* Each F(n) takes the golden ratio times the calls of the one before. */
static const double GROWTH = 1.6180339887498949;

int offload_mode_parse(const char *name, enum offload_mode *mode)
{
    static const char *const names[] = {"auto", "always", "never"};

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0) {
            *mode = (enum offload_mode)i;
            return 0;
        }
    }
    return -EINVAL;
}

/* The least of several trials: whatever else the machine does can only make a trial longer. */
static double measure_ns(void)
{
    double least = 0;
    volatile uint64_t keep;

    for (int trial = 0; trial < CALIBRATION_TRIALS; trial++) {
        int64_t begun = clock_ns();
        double took;

        keep = fib(CALIBRATION_N);
        took = (double)(clock_ns() - begun);
        if (trial == 0 || took < least)
            least = took;
    }
    (void)keep;
    return least > 1 ? least : 1;
}

void offload_calibrate(struct offload *offload, enum offload_mode mode)
{
    double cost = measure_ns();

    offload->mode = mode;
    for (unsigned n = CALIBRATION_N; n <= FIB_MAX; n++, cost *= GROWTH)
        offload->cost_ns[n] = cost < 1e19 ? (uint64_t)cost : UINT64_MAX;
    for (unsigned n = CALIBRATION_N; n-- > 0;)
        offload->cost_ns[n] = (uint64_t)((double)offload->cost_ns[n + 1] / GROWTH);
}

uint64_t offload_cost(const struct offload *offload, unsigned n)
{
    uint64_t cost = offload->cost_ns[n];

    return cost > UINT64_MAX - PROTOCOL_NS ? UINT64_MAX : cost + PROTOCOL_NS;
}

bool offload_is_costly(const struct offload *offload, unsigned n)
{
    return offload->cost_ns[n] >= COSTLY_NS;
}

bool offload_is_wanted(const struct offload *offload, unsigned n)
{
    switch (offload->mode) {
    case OFFLOAD_ALWAYS:
        return true;
    case OFFLOAD_NEVER:
        return false;
    case OFFLOAD_AUTO:
        break;
    }
    return offload_is_costly(offload, n);
}
