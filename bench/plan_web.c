#include "bench/plan_web.h"

#include <math.h>

/*
 * Measured: start and end of a server and a client; what a URL costs both; start and end of a
 * front; a handshake of TLS, on either side.
 */
static const double AROUND = 0.03, REQUEST = 0.00007, FRONT = 0.03, HANDSHAKE = 0.001;

double plan_web_ideal(const struct scenario *scenario)
{
    const struct url_list *web = &scenario->web;

    return ceil((double)web->urls / web->concurrency) * web->delay;
}

double plan_web_least(const struct variant *variant, const struct scenario *scenario)
{
    return variant->sequential ? scenario->web.urls * scenario->web.delay
                               : plan_web_ideal(scenario);
}

bool plan_web_is_too_long(const struct variant *variant, const struct scenario *scenario)
{
    double least = plan_web_least(variant, scenario);

    return least > PLAN_WEB_LONGEST && least > plan_web_ideal(scenario);
}

/* By HTTP/2 a strategy makes one connection, or a few. */
static double front_seconds(const struct variant *variant, const struct scenario *scenario)
{
    if (variant->front == VARIANT_DIRECT)
        return 0;
    return variant->front == VARIANT_TLS ? FRONT + HANDSHAKE * scenario->web.concurrency : FRONT;
}

static double cell_seconds(const struct variant *variant, const struct scenario *scenario)
{
    if (plan_web_is_too_long(variant, scenario))
        return 0;
    return AROUND + variant->start_seconds + plan_web_least(variant, scenario) +
           (REQUEST + variant->url_seconds) * scenario->web.urls + front_seconds(variant, scenario);
}

double plan_web_row_seconds(const struct plan *plan, const struct variant *variant, unsigned round)
{
    double seconds = 0;

    for (size_t i = 0; i < plan->scenarios->count; i++)
        if (plan_measures(plan, variant, &plan->scenarios->list[i], round))
            seconds += cell_seconds(variant, &plan->scenarios->list[i]);
    return seconds;
}

/* Calls visit for each cell of web clients that takes too long. */
static void each_too_long(const struct plan *plan,
                          void (*visit)(const struct variant *variant,
                                        const struct scenario *scenario, void *context),
                          void *context)
{
    for (size_t row = 0; row < plan->variants.count; row++)
        for (size_t i = 0; i < plan->scenarios->count; i++) {
            const struct variant *variant = &plan->variants.variants[row];
            const struct scenario *scenario = &plan->scenarios->list[i];

            if (variant->web && plan->selected[i] && plan_web_is_too_long(variant, scenario))
                visit(variant, scenario, context);
        }
}

static void add_one_too_long(const struct variant *variant, const struct scenario *scenario,
                             void *list)
{
    cJSON *one = cJSON_CreateObject();

    cJSON_AddStringToObject(one, "row", variant->label);
    cJSON_AddStringToObject(one, "scenario", scenario->name);
    cJSON_AddNumberToObject(one, "seconds", plan_web_least(variant, scenario));
    cJSON_AddItemToArray(list, one);
}

static void print_one_too_long(const struct variant *variant, const struct scenario *scenario,
                               void *file)
{
    fprintf(file, "  too long, not measured: %s in %s, %.0f s of delays one after the other\n",
            variant->label, scenario->name, plan_web_least(variant, scenario));
}

void plan_web_add_too_long(const struct plan *plan, cJSON *object)
{
    each_too_long(plan, add_one_too_long, cJSON_AddArrayToObject(object, "too_long"));
}

void plan_web_print_too_long(FILE *file, const struct plan *plan)
{
    each_too_long(plan, print_one_too_long, file);
}
