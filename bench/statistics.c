#include "bench/statistics.h"

#include "bench/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EXACT_LIMIT = 64 };

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

void statistics_sort(double *values, size_t count)
{
    qsort(values, count, sizeof(*values), ascending);
}

double *statistics_sorted(const double *values, size_t count)
{
    double *sorted = memory_zeroed(count, sizeof(*sorted));

    memcpy(sorted, values, count * sizeof(*sorted));
    statistics_sort(sorted, count);
    return sorted;
}

double statistics_median(const double *values, size_t count)
{
    double *sorted = statistics_sorted(values, count);
    double median = sorted[count / 2];

    if (count % 2 == 0)
        median = (sorted[count / 2 - 1] + median) / 2;
    free(sorted);
    return median;
}

double statistics_minimum(const double *values, size_t count)
{
    double minimum = values[0];

    for (size_t i = 1; i < count; i++)
        minimum = fmin(minimum, values[i]);
    return minimum;
}

double statistics_maximum(const double *values, size_t count)
{
    double maximum = values[0];

    for (size_t i = 1; i < count; i++)
        maximum = fmax(maximum, values[i]);
    return maximum;
}

double statistics_deviation(const double *values, size_t count)
{
    double median = statistics_median(values, count);
    double *distances = memory_zeroed(count, sizeof(*distances));
    double deviation;

    for (size_t i = 0; i < count; i++)
        distances[i] = fabs(values[i] - median);
    deviation = statistics_median(distances, count);
    free(distances);
    return deviation;
}

double statistics_geometric_mean(const double *values, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += log(values[i]);
    return exp(sum / (double)count);
}

/* Ranks times two, so that the middle rank that ties share is a whole number. */
static void double_ranks(const double *sorted, size_t count, size_t *ranks, double *tie_sum)
{
    *tie_sum = 0;
    for (size_t first = 0, last; first < count; first = last) {
        double ties;

        for (last = first; last < count && sorted[last] == sorted[first];)
            last++;
        ties = (double)(last - first);
        *tie_sum += ties * ties * ties - ties;
        for (size_t i = first; i < last; i++)
            ranks[i] = first + 1 + last;
    }
}

static size_t rank_sum(const double *values, size_t value_count, const double *sorted,
                       const size_t *ranks, size_t count)
{
    size_t sum = 0;

    for (size_t i = 0; i < value_count; i++) {
        const double *found = bsearch(&values[i], sorted, count, sizeof(*sorted), ascending);

        sum += ranks[found - sorted];
    }
    return sum;
}

/* The share of all ways to choose `chosen` of the ranks whose sum is at most the limit. */
static double exact_share(const size_t *ranks, size_t count, size_t chosen, size_t limit)
{
    size_t width = count * (count + 1) + 1;
    double *ways = memory_zeroed((chosen + 1) * width, sizeof(*ways));
    double below = 0, all = 0;

    ways[0] = 1;
    for (size_t i = 0; i < count; i++)
        for (size_t taken = chosen; taken > 0; taken--)
            for (size_t sum = width; sum-- > ranks[i];)
                ways[taken * width + sum] += ways[(taken - 1) * width + sum - ranks[i]];
    for (size_t sum = 0; sum < width; sum++) {
        all += ways[chosen * width + sum];
        if (sum <= limit)
            below += ways[chosen * width + sum];
    }
    free(ways);
    return below / all;
}

static double normal_share(double doubled_sum, double low, double high, double tie_sum)
{
    double all = low + high;
    double mean = low * (all + 1) / 2;
    double variance = low * high / 12 * (all + 1 - tie_sum / (all * (all - 1)));

    if (variance <= 0)
        return 1;
    return 0.5 * erfc(-(doubled_sum / 2 + 0.5 - mean) / sqrt(2 * variance));
}

double statistics_rank_test(const double *low, size_t low_count, const double *high,
                            size_t high_count)
{
    size_t count = low_count + high_count, sum;
    double *all = memory_zeroed(count, sizeof(*all));
    size_t *ranks = memory_zeroed(count, sizeof(*ranks));
    double tie_sum, p;

    memcpy(all, low, low_count * sizeof(*all));
    memcpy(all + low_count, high, high_count * sizeof(*all));
    statistics_sort(all, count);
    double_ranks(all, count, ranks, &tie_sum);
    sum = rank_sum(low, low_count, all, ranks, count);
    p = count <= EXACT_LIMIT
            ? exact_share(ranks, count, low_count, sum)
            : normal_share((double)sum, (double)low_count, (double)high_count, tie_sum);
    free(ranks);
    free(all);
    return p;
}

double statistics_normal_quantile(double chance)
{
    double low = -40, high = 40;

    for (int i = 0; i < 80; i++) {
        double middle = (low + high) / 2;

        if (0.5 * erfc(-middle / sqrt(2)) < chance)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}
