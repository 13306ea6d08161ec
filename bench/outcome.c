#include "bench/outcome.h"

#include <strings.h>

static const char *const names[] = {
    [OUTCOME_NONE] = "-",
    [OUTCOME_MEASURED] = "ok",
    [OUTCOME_TOO_FEW] = "too few",
    [OUTCOME_UNSERVED] = "X",
    [OUTCOME_TOO_SLOW] = "too slow",
    [OUTCOME_TOO_LONG] = "too long",
    [OUTCOME_IMPOSSIBLE] = "not possible",
    [OUTCOME_CLIENT_FAILED] = "client failed",
    [OUTCOME_HUNG] = "hung",
    [OUTCOME_DIED] = "died",
    [OUTCOME_NOT_STARTED] = "did not start",
    [OUTCOME_WRONG] = "wrong answers",
};

enum { OUTCOMES = sizeof(names) / sizeof(names[0]) };

const char *outcome_name(enum outcome outcome)
{
    return names[outcome];
}

int outcome_of_name(const char *name)
{
    for (int i = 0; i < OUTCOMES; i++)
        if (strcasecmp(name, names[i]) == 0)
            return i;
    return -1;
}

enum outcome outcome_of_rounds(const enum outcome *rounds, size_t count)
{
    size_t counts[OUTCOMES] = {0};

    for (size_t i = 0; i < count; i++)
        counts[rounds[i]]++;
    for (int i = OUTCOMES - 1; i > OUTCOME_TOO_SLOW; i--)
        if (counts[i] > 0)
            return (enum outcome)i;
    if (counts[OUTCOME_UNSERVED] + counts[OUTCOME_TOO_SLOW] < counts[OUTCOME_MEASURED] ||
        counts[OUTCOME_UNSERVED] + counts[OUTCOME_TOO_SLOW] == 0)
        return counts[OUTCOME_MEASURED] > 0  ? OUTCOME_MEASURED
               : counts[OUTCOME_TOO_FEW] > 0 ? OUTCOME_TOO_FEW
                                             : OUTCOME_NONE;
    return counts[OUTCOME_UNSERVED] >= counts[OUTCOME_TOO_SLOW] ? OUTCOME_UNSERVED
                                                                : OUTCOME_TOO_SLOW;
}
