#include "bench/statistics_test.h"

#include "bench/memory.h"
#include "bench/random.h"
#include "bench/statistics.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { EXACT_MOST = 20, DRAWS = 100000 };

/* What counts as far as the observed sum: sums that differ by rounding alone are equal. */
static double bound_of(const double *values, size_t count)
{
    double sum = 0, size = 0;

    for (size_t i = 0; i < count; i++) {
        sum += values[i];
        size += fabs(values[i]);
    }
    return fabs(sum) - 1e-12 * size;
}

/*
 * All signs in the order of a Gray code, which changes one at a time. The other half is the mirror
 * image, so the last value keeps its sign.
 */
static double exact_share(const double *values, size_t count)
{
    size_t extreme = 1, all = (size_t)1 << (count - 1);
    double bound = bound_of(values, count), sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += values[i];
    for (size_t step = 1; step < all; step++) {
        size_t changed = (size_t)__builtin_ctzl(step);
        bool negative = ((step >> (changed + 1)) & 1) == 0;

        sum += (negative ? -2 : 2) * values[changed];
        extreme += fabs(sum) >= bound;
    }
    return (double)extreme / (double)all;
}

static double drawn_share(const double *values, size_t count, uint64_t seed)
{
    double bound = bound_of(values, count);
    struct random random;
    size_t extreme = 1;

    random_init(&random, seed, count);
    for (size_t draw = 0; draw < DRAWS; draw++) {
        uint64_t signs = 0;
        double sum = 0;

        for (size_t i = 0; i < count; i++) {
            if (i % 64 == 0)
                signs = random_next(&random);
            sum += (signs >> i % 64 & 1) != 0 ? -values[i] : values[i];
        }
        extreme += fabs(sum) >= bound;
    }
    return (double)extreme / (DRAWS + 1);
}

double statistics_sign_flip_test(const double *values, size_t count, uint64_t seed)
{
    if (count == 0)
        return 1;
    return count <= EXACT_MOST ? exact_share(values, count) : drawn_share(values, count, seed);
}

double statistics_two_sided_rank_test(const double *left, size_t left_count, const double *right,
                                      size_t right_count)
{
    double below = statistics_rank_test(left, left_count, right, right_count);
    double above = statistics_rank_test(right, right_count, left, left_count);

    return fmin(1, 2 * fmin(below, above));
}

struct ranked {
    double p;
    size_t index;
};

static int by_p(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;

    return (a->p > b->p) - (a->p < b->p);
}

void statistics_holm(const double *p, double *adjusted, size_t count)
{
    struct ranked *ranked = memory_zeroed(count, sizeof(*ranked));
    double least = 0;

    for (size_t i = 0; i < count; i++)
        ranked[i] = (struct ranked){p[i], i};
    qsort(ranked, count, sizeof(*ranked), by_p);
    for (size_t i = 0; i < count; i++) {
        least = fmax(least, fmin(1, ranked[i].p * (double)(count - i)));
        adjusted[ranked[i].index] = least;
    }
    free(ranked);
}

double statistics_smallest_effect(double half_width, double margin, double level,
                                  size_t comparisons)
{
    double error = half_width / statistics_normal_quantile(0.975);
    double power = statistics_normal_quantile(0.8) * error;
    double tail = level / 2 / (double)(comparisons > 0 ? comparisons : 1);

    return power + fmax(margin + half_width, -statistics_normal_quantile(tail) * error);
}
