#ifndef BENCH_VERDICT_H
#define BENCH_VERDICT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the rounds say of one thing in relation to another. All ratios are oriented so that above 1
 * is better, and handled as logarithms, so that half and double are equally far from 1.
 */
enum ratio_verdict {
    RATIO_UNTOLD, /* too few rounds for a verdict: null in the results */
    RATIO_FASTER,
    RATIO_SLOWER,
    RATIO_EQUIVALENT,
    RATIO_INCONCLUSIVE,
};

/* "faster", ...; NULL for RATIO_UNTOLD. */
const char *ratio_verdict_name(enum ratio_verdict verdict);

/* The verdict of that name, RATIO_UNTOLD for NULL and any other text. */
enum ratio_verdict ratio_verdict_of_name(const char *name);

/* The smallest margin within which two are called equivalent, as a share. */
#define VERDICT_MARGIN 0.03

struct ratio {
    size_t rounds; /* 0: nothing is known, all else is 0 */
    double estimate;
    double low; /* of its interval */
    double high;
    double confidence;      /* which that has: 0.95, or less with too few rounds */
    double p;               /* two-sided, of the sign-flip test */
    double p_adjusted;      /* among all of the column */
    double smallest_effect; /* a share: 0.04 where 4 % would have been found */
    enum ratio_verdict verdict;
};

/* Estimate, interval and p of the rounds' log ratios; no verdict yet. */
struct ratio ratio_of_rounds(const double *logarithms, size_t count, uint64_t seed);

/*
 * Judges all comparisons of a column together, those without rounds left aside: adjusts p after
 * Holm, and gives each whose rounds can reach the level a verdict. Faster or slower: p below the
 * level, and the interval wholly beyond the margin on that side. Equivalent: the interval wholly
 * within the margin (as two one-sided tests do, Schuirmann 1987). Else inconclusive. The margin is
 * a share: 0.03.
 */
void ratio_judge(struct ratio *ratios, size_t count, double margin);

/* As the results file holds it; the caller deletes it. */
cJSON *ratio_to_json(const struct ratio *ratio);

/* How far from 1 the interval reaches, as a share: what a pair that should not differ shows. */
double ratio_bound(const struct ratio *ratio);

#endif
