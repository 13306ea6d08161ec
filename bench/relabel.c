#include "bench/relabel.h"

#include "bench/memory.h"
#include "bench/plan.h"
#include "bench/random.h"
#include "bench/statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of one run in every round, what is left when its place relative to the round's level is taken. */
static void centre(double *noise, const double *values, const double *levels, size_t rounds)
{
    double *logarithms = memory_zeroed(rounds + 1, sizeof(*logarithms)), median;
    size_t count = 0;

    for (size_t i = 0; i < rounds; i++)
        if (values[i] > 0 && levels[i] > 0)
            logarithms[count++] = log(values[i] / levels[i]);
    median = count > 0 ? statistics_median(logarithms, count) : 0;
    for (size_t i = 0; i < rounds; i++)
        noise[i] = values[i] > 0 && levels[i] > 0 ? values[i] / levels[i] / exp(median) : 0;
    free(logarithms);
}

/* Deals the numbers of a round anew among the runs that have one. */
static void deal(struct random *random, double *dealt, const double *noise, size_t runs,
                 size_t rounds, size_t round)
{
    size_t *places = memory_zeroed(runs, sizeof(*places)), count = 0;
    size_t *order = memory_zeroed(runs, sizeof(*order));

    for (size_t run = 0; run < runs; run++) {
        dealt[run * rounds + round] = 0;
        if (noise[run * rounds + round] > 0)
            places[count++] = run;
    }
    random_order(random, order, count);
    for (size_t i = 0; i < count; i++)
        dealt[places[i] * rounds + round] = noise[places[order[i]] * rounds + round];
    free(order);
    free(places);
}

static void count_false(struct relabel_result *result, const struct ratio *ratios, size_t count)
{
    bool verdict = false, p = false;

    for (size_t i = 0; i < count; i++) {
        verdict = verdict || ratios[i].verdict == RATIO_FASTER || ratios[i].verdict == RATIO_SLOWER;
        p = p || (ratios[i].rounds > 0 && ratios[i].p_adjusted < PLAN_LEVEL);
    }
    result->with_verdict += verdict;
    result->with_p += p;
    result->relabelings++;
}

struct relabel_result relabel_column(const struct analysis_values *values,
                                     const struct analysis_rows *rows, double margin,
                                     unsigned relabelings, uint64_t seed)
{
    size_t runs = rows->count + 1, rounds = values->rounds;
    double *noise = memory_zeroed(runs * rounds, sizeof(*noise));
    double *levels = memory_zeroed(rounds, sizeof(*levels));
    struct analysis_values dealt = {memory_zeroed(runs * rounds, sizeof(double)), rounds};
    struct ratio *ratios = memory_zeroed(rows->count, sizeof(*ratios));
    struct relabel_result result = {0};
    struct random random;

    for (size_t i = 0; i < rounds; i++)
        levels[i] = analysis_ceiling(values, rows, i);
    for (size_t run = 0; run < runs; run++)
        centre(noise + run * rounds, values->values + run * rounds, levels, rounds);
    random_init(&random, seed, rounds);
    for (unsigned i = 0; i < relabelings; i++) {
        for (size_t round = 0; round < rounds; round++)
            deal(&random, dealt.values, noise, runs, rounds, round);
        analysis_compare(&dealt, rows, true, margin, ratios);
        count_false(&result, ratios, rows->count);
    }
    free(ratios);
    analysis_values_finish(&dealt);
    free(levels);
    free(noise);
    return result;
}
