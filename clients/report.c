#include "clients/report.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>

static const double NS = 1e-9;

/* For people, only those of the first digits. */
static const struct {
    const char *name;
    double quantile;
    bool printed;
} QUANTILES[] = {{"p50", 0.5, true},      {"p75", 0.75, false},     {"p90", 0.9, true},
                 {"p95", 0.95, false},    {"p99", 0.99, true},      {"p999", 0.999, true},
                 {"p9999", 0.9999, true}, {"p99999", 0.99999, true}};

/* Of the percentiles for a plot, each has a tenth of a decade fewer durations beyond it. */
enum { POINTS_PER_DECADE = 10, MOST_POINTS = 100 };

enum { QUANTILE_COUNT = sizeof(QUANTILES) / sizeof(QUANTILES[0]) };

static double rate_of(const struct load_result *result)
{
    return result->seconds > 0 ? (double)result->requests / result->seconds : 0;
}

/* Durations with the samples that make their quantiles exact; without them, those of buckets. */
struct distribution {
    const struct histogram *histogram;
    const struct samples *samples; /* NULL: not kept */
};

static bool is_exact(const struct distribution *distribution)
{
    return distribution->samples != NULL && samples_are_exact(distribution->samples);
}

/* As histogram_quantile_known. */
static bool quantile_known(const struct distribution *distribution, double quantile,
                           double *seconds)
{
    int64_t value;

    if (!histogram_quantile_known(distribution->histogram, quantile, &value))
        return false;
    if (is_exact(distribution))
        value = samples_quantile(distribution->samples, quantile);
    *seconds = (double)value * NS;
    return true;
}

/* Three digits that matter, in a unit that suits. */
static void print_duration(FILE *file, const char *name, double seconds)
{
    if (seconds < 1e-3)
        fprintf(file, "  %s %.3g us", name, seconds * 1e6);
    else if (seconds < 1)
        fprintf(file, "  %s %.3g ms", name, seconds * 1e3);
    else
        fprintf(file, "  %s %.3f s", name, seconds);
}

static void print_durations(FILE *file, const char *title, struct distribution distribution)
{
    const struct histogram *histogram = distribution.histogram;

    if (histogram->count == 0)
        return;
    fprintf(file, "%-12s", title);
    print_duration(file, "min", (double)histogram->minimum * NS);
    print_duration(file, "mean", histogram_mean(histogram) * NS);
    for (int at = 0; at < QUANTILE_COUNT; at++) {
        double seconds;

        if (QUANTILES[at].printed &&
            quantile_known(&distribution, QUANTILES[at].quantile, &seconds))
            print_duration(file, QUANTILES[at].name, seconds);
    }
    print_duration(file, "max", (double)histogram->maximum * NS);
    fputc('\n', file);
}

static void print_shares(FILE *file, const struct load_result *result)
{
    uint64_t least = UINT64_MAX, most = 0;

    if (result->connections < 2)
        return;
    for (unsigned at = 0; at < result->connections; at++) {
        if (result->per_connection[at] < least)
            least = result->per_connection[at];
        if (result->per_connection[at] > most)
            most = result->per_connection[at];
    }
    fprintf(file, "%-14s%llu to %llu requests each\n", "connections", (unsigned long long)least,
            (unsigned long long)most);
}

static void print_errors(FILE *file, const struct load_result *result)
{
    const struct load_errors *errors = &result->errors;

    fprintf(file, "%-14s%llu", "errors", (unsigned long long)load_errors_total(errors));
    if (load_errors_total(errors) > 0)
        fprintf(file,
                ": %llu wrong, %llu missing, %llu extra answers, %llu connections closed, "
                "%llu not opened",
                (unsigned long long)errors->wrong, (unsigned long long)errors->missing,
                (unsigned long long)errors->extra, (unsigned long long)errors->closed,
                (unsigned long long)errors->unopened);
    fputc('\n', file);
    if (result->problem[0] != '\0')
        fprintf(file, "%-14s%s\n", "first error", result->problem);
}

void report_text(FILE *file, const struct client_options *options, const struct load_result *result)
{
    const struct load_options *load = &options->load;
    char where[ADDRESS_TEXT];

    fprintf(file, "%s: n %u, connections %u, pipeline %u", address_format(&result->address, where),
            load->n, load->connections, load->pipeline);
    if (load->idle > 0)
        fprintf(file, ", idle connections %u", load->idle);
    if (load->rate > 0)
        fprintf(file, ", open loop at %g requests/s", load->rate);
    if (load->think > 0)
        fprintf(file, ", pauses of %g s", load->think);
    if (load->churn)
        fprintf(file, ", a new connection each time");
    fprintf(file, "\n%-14s%llu in %.3f s, %.1f requests/s\n", "requests",
            (unsigned long long)result->requests, result->seconds, rate_of(result));
    if (result->late > 0)
        fprintf(file, "%-14s%llu answered after that\n", "late", (unsigned long long)result->late);
    if (result->unsent > 0)
        fprintf(file, "%-14s%llu due, but the server was behind\n", "unsent",
                (unsigned long long)result->unsent);
    if (load->churn)
        fprintf(file, "%-14s%llu in the window\n", "opened", (unsigned long long)result->opened);
    print_errors(file, result);
    print_durations(file, "latency", (struct distribution){&result->latency, &result->samples});
    print_durations(file, "late ones", (struct distribution){&result->late_latency, NULL});
    print_durations(file, "own lag", (struct distribution){&result->lag, NULL});
    print_shares(file, result);
    fprintf(file, "%-14s%.3f s user, %.3f s system\n", "own CPU", result->user_cpu,
            result->system_cpu);
}

static cJSON *durations(struct distribution distribution)
{
    const struct histogram *histogram = distribution.histogram;
    cJSON *object = cJSON_CreateObject();
    bool any = histogram->count > 0;

    cJSON_AddNumberToObject(object, "count", (double)histogram->count);
    if (any) {
        cJSON_AddNumberToObject(object, "min", (double)histogram->minimum * NS);
        cJSON_AddNumberToObject(object, "mean", histogram_mean(histogram) * NS);
        cJSON_AddNumberToObject(object, "max", (double)histogram->maximum * NS);
    } else {
        cJSON_AddNullToObject(object, "min");
        cJSON_AddNullToObject(object, "mean");
        cJSON_AddNullToObject(object, "max");
    }
    for (int at = 0; at < QUANTILE_COUNT; at++) {
        double seconds;

        if (quantile_known(&distribution, QUANTILES[at].quantile, &seconds))
            cJSON_AddNumberToObject(object, QUANTILES[at].name, seconds);
        else
            cJSON_AddNullToObject(object, QUANTILES[at].name);
    }
    return object;
}

/* Pairs of a share and the seconds within which that share was answered. */
static cJSON *percentiles(struct distribution distribution)
{
    cJSON *pairs = cJSON_CreateArray();
    double seconds;

    for (int at = 0; at < MOST_POINTS; at++) {
        double quantile = 1 - pow(10, -(double)at / POINTS_PER_DECADE);
        cJSON *pair;

        if (!quantile_known(&distribution, quantile, &seconds))
            break;
        pair = cJSON_CreateArray();
        cJSON_AddItemToArray(pair, cJSON_CreateNumber(quantile));
        cJSON_AddItemToArray(pair, cJSON_CreateNumber(seconds));
        cJSON_AddItemToArray(pairs, pair);
    }
    return pairs;
}

static cJSON *slices(const struct load_result *result)
{
    cJSON *rates;

    if (!result->sliced)
        return cJSON_CreateNull();
    rates = cJSON_CreateArray();
    for (int at = 0; at < LOAD_SLICES; at++)
        cJSON_AddItemToArray(
            rates, cJSON_CreateNumber((double)result->slices[at] * LOAD_SLICES / result->seconds));
    return rates;
}

/*
 * How equally the connections were served: the index of R. Jain, D. Chiu, W. Hawe (A Quantitative
 * Measure of Fairness, DEC-TR-301, 1984), 1 where all are equal, 1/n where one got all.
 */
static cJSON *fairness(const struct load_result *result)
{
    double sum = 0, squares = 0, least = INFINITY, most = 0, mean;
    cJSON *object;

    for (unsigned at = 0; at < result->connections; at++) {
        double share = (double)result->per_connection[at];

        sum += share;
        squares += share * share;
        least = fmin(least, share);
        most = fmax(most, share);
    }
    if (result->connections < 2 || sum <= 0)
        return cJSON_CreateNull();
    mean = sum / result->connections;
    object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "jain", sum * sum / (squares * result->connections));
    cJSON_AddNumberToObject(object, "least", least / mean);
    cJSON_AddNumberToObject(object, "most", most / mean);
    return object;
}

static void add_setting(cJSON *object, const struct client_options *options,
                        const struct load_result *result)
{
    const struct load_options *load = &options->load;
    char where[ADDRESS_TEXT];

    cJSON_AddStringToObject(object, "mode", options_mode_name(options->mode));
    cJSON_AddStringToObject(object, "server", address_format(&result->address, where));
    cJSON_AddNumberToObject(object, "n", load->n);
    cJSON_AddNumberToObject(object, "connections", load->connections);
    cJSON_AddNumberToObject(object, "idle", load->idle);
    cJSON_AddNumberToObject(object, "pipeline", load->pipeline);
    cJSON_AddNumberToObject(object, "spin", load->spin_us);
    cJSON_AddStringToObject(object, "loop", load->rate > 0 ? "open" : "closed");
    cJSON_AddNumberToObject(object, "think", load->think);
    cJSON_AddBoolToObject(object, "churn", load->churn);
}

static void add_counts(cJSON *object, const struct load_result *result, bool churn)
{
    cJSON *kinds = cJSON_CreateObject(), *shares = cJSON_CreateArray();

    cJSON_AddNumberToObject(object, "requests", (double)result->requests);
    cJSON_AddNumberToObject(object, "errors", (double)load_errors_total(&result->errors));
    cJSON_AddNumberToObject(object, "seconds", result->seconds);
    cJSON_AddNumberToObject(object, "rate", rate_of(result));
    cJSON_AddNumberToObject(object, "sent", (double)result->sent);
    cJSON_AddNumberToObject(object, "late", (double)result->late);
    cJSON_AddItemToObject(object, "error_kinds", kinds);
    cJSON_AddNumberToObject(kinds, "wrong", (double)result->errors.wrong);
    cJSON_AddNumberToObject(kinds, "missing", (double)result->errors.missing);
    cJSON_AddNumberToObject(kinds, "extra", (double)result->errors.extra);
    cJSON_AddNumberToObject(kinds, "closed", (double)result->errors.closed);
    cJSON_AddNumberToObject(kinds, "unopened", (double)result->errors.unopened);
    if (result->problem[0] != '\0')
        cJSON_AddStringToObject(object, "first_error", result->problem);
    else
        cJSON_AddNullToObject(object, "first_error");
    cJSON_AddBoolToObject(object, "interrupted", result->stopped);
    cJSON_AddItemToObject(object, "per_connection", shares);
    for (unsigned at = 0; at < result->connections; at++)
        cJSON_AddItemToArray(shares, cJSON_CreateNumber((double)result->per_connection[at]));
    cJSON_AddItemToObject(object, "fairness", fairness(result));
    cJSON_AddItemToObject(object, "slices", slices(result));
    cJSON_AddNumberToObject(object, "idle_unanswered", result->idle_unanswered);
    if (churn)
        cJSON_AddNumberToObject(object, "opened", (double)result->opened);
    else
        cJSON_AddNullToObject(object, "opened");
}

/* What the schedule came to: chance makes it differ from the rate asked for. */
static double offered_rate(const struct load_result *result)
{
    return result->seconds > 0 ? (double)(result->sent + result->unsent) / result->seconds : 0;
}

static void add_open_loop(cJSON *object, const struct load_options *load,
                          const struct load_result *result)
{
    if (load->rate > 0) {
        cJSON_AddNumberToObject(object, "target_rate", load->rate);
        cJSON_AddNumberToObject(object, "seed", (double)load->seed);
        cJSON_AddNumberToObject(object, "unsent", (double)result->unsent);
        cJSON_AddNumberToObject(object, "offered_rate", offered_rate(result));
        cJSON_AddItemToObject(object, "lag", durations((struct distribution){&result->lag, NULL}));
    } else {
        cJSON_AddNullToObject(object, "target_rate");
        cJSON_AddNullToObject(object, "seed");
        cJSON_AddNullToObject(object, "unsent");
        cJSON_AddNullToObject(object, "offered_rate");
        cJSON_AddNullToObject(object, "lag");
    }
}

int report_json(FILE *file, const struct client_options *options, const struct load_result *result)
{
    const struct distribution latency = {&result->latency, &result->samples};
    cJSON *object = cJSON_CreateObject(), *cpu = cJSON_CreateObject();
    char *text;

    add_setting(object, options, result);
    add_counts(object, result, options->load.churn);
    cJSON_AddItemToObject(object, "latency", durations(latency));
    cJSON_AddBoolToObject(object, "exact", is_exact(&latency));
    cJSON_AddItemToObject(object, "percentiles", percentiles(latency));
    cJSON_AddItemToObject(object, "late_latency",
                          durations((struct distribution){&result->late_latency, NULL}));
    add_open_loop(object, &options->load, result);
    cJSON_AddItemToObject(object, "cpu", cpu);
    cJSON_AddNumberToObject(cpu, "user", result->user_cpu);
    cJSON_AddNumberToObject(cpu, "system", result->system_cpu);
    text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    if (text == NULL)
        return -ENOMEM;
    fprintf(file, "%s\n", text);
    cJSON_free(text);
    return 0;
}
