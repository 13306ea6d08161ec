#include "bench/verdict.h"

#include "bench/json.h"
#include "bench/memory.h"
#include "bench/plan.h"
#include "bench/statistics_interval.h"
#include "bench/statistics_test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double CONFIDENCE = 0.95;

static const char *const names[] = {
    [RATIO_FASTER] = "faster",
    [RATIO_SLOWER] = "slower",
    [RATIO_EQUIVALENT] = "equivalent",
    [RATIO_INCONCLUSIVE] = "inconclusive",
};

enum { NAMES = sizeof(names) / sizeof(names[0]) };

const char *ratio_verdict_name(enum ratio_verdict verdict)
{
    return names[verdict];
}

enum ratio_verdict ratio_verdict_of_name(const char *name)
{
    for (size_t i = RATIO_FASTER; i < NAMES && name != NULL; i++)
        if (strcmp(names[i], name) == 0)
            return (enum ratio_verdict)i;
    return RATIO_UNTOLD;
}

struct ratio ratio_of_rounds(const double *logarithms, size_t count, uint64_t seed)
{
    struct statistics_interval interval;
    struct ratio ratio = {.rounds = count};

    if (count == 0)
        return ratio;
    interval = statistics_pseudomedian(logarithms, count, CONFIDENCE);
    ratio.estimate = exp(interval.estimate);
    ratio.low = exp(interval.low);
    ratio.high = exp(interval.high);
    ratio.confidence = interval.confidence;
    ratio.p = statistics_sign_flip_test(logarithms, count, seed);
    ratio.p_adjusted = ratio.p;
    return ratio;
}

static enum ratio_verdict verdict_of(const struct ratio *ratio, double margin)
{
    bool real = ratio->p_adjusted < PLAN_LEVEL;

    if (real && ratio->low > 1 + margin)
        return RATIO_FASTER;
    if (real && ratio->high < 1 / (1 + margin))
        return RATIO_SLOWER;
    if (ratio->low > 1 / (1 + margin) && ratio->high < 1 + margin)
        return RATIO_EQUIVALENT;
    return RATIO_INCONCLUSIVE;
}

static void judge_one(struct ratio *ratio, double margin, size_t comparisons)
{
    double half_width = log(ratio->high / ratio->low) / 2;

    if (ratio->rounds < plan_verdict_rounds(comparisons) || ratio->confidence < CONFIDENCE)
        return;
    ratio->verdict = verdict_of(ratio, margin);
    ratio->smallest_effect =
        expm1(statistics_smallest_effect(half_width, log1p(margin), PLAN_LEVEL, comparisons));
}

void ratio_judge(struct ratio *ratios, size_t count, double margin)
{
    double *p = memory_zeroed(count + 1, sizeof(*p));
    size_t known = 0, at = 0;

    for (size_t i = 0; i < count; i++)
        if (ratios[i].rounds > 0)
            p[known++] = ratios[i].p;
    statistics_holm(p, p, known);
    for (size_t i = 0; i < count; i++)
        if (ratios[i].rounds > 0) {
            ratios[i].p_adjusted = p[at++];
            judge_one(&ratios[i], margin, known);
        }
    free(p);
}

double ratio_bound(const struct ratio *ratio)
{
    return ratio->rounds > 0 ? expm1(fmax(fabs(log(ratio->low)), fabs(log(ratio->high)))) : 0;
}

cJSON *ratio_to_json(const struct ratio *ratio)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddNumberToObject(object, "median", ratio->estimate);
    cJSON_AddNumberToObject(object, "low", ratio->low);
    cJSON_AddNumberToObject(object, "high", ratio->high);
    cJSON_AddNumberToObject(object, "confidence", ratio->confidence);
    cJSON_AddNumberToObject(object, "rounds", (double)ratio->rounds);
    cJSON_AddNumberToObject(object, "p", ratio->p);
    cJSON_AddNumberToObject(object, "p_adjusted", ratio->p_adjusted);
    json_add_text(object, "verdict", ratio_verdict_name(ratio->verdict));
    if (ratio->verdict != RATIO_UNTOLD)
        cJSON_AddNumberToObject(object, "smallest_effect", ratio->smallest_effect);
    else
        cJSON_AddNullToObject(object, "smallest_effect");
    return object;
}
