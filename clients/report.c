#include "clients/report.h"

#include <cjson/cJSON.h>
#include <errno.h>

static const double NS = 1e-9;

static const struct {
    const char *name;
    double quantile;
} QUANTILES[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}};

enum { QUANTILE_COUNT = sizeof(QUANTILES) / sizeof(QUANTILES[0]) };

static double rate_of(const struct load_result *result)
{
    return result->seconds > 0 ? (double)result->requests / result->seconds : 0;
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

static void print_durations(FILE *file, const char *title, const struct histogram *histogram)
{
    if (histogram->count == 0)
        return;
    fprintf(file, "%-12s", title);
    print_duration(file, "min", (double)histogram->minimum * NS);
    print_duration(file, "mean", histogram_mean(histogram) * NS);
    for (int at = 0; at < QUANTILE_COUNT; at++) {
        int64_t value;

        if (histogram_quantile_known(histogram, QUANTILES[at].quantile, &value))
            print_duration(file, QUANTILES[at].name, (double)value * NS);
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
        fprintf(file, ": %llu wrong, %llu missing, %llu extra answers, %llu connections closed",
                (unsigned long long)errors->wrong, (unsigned long long)errors->missing,
                (unsigned long long)errors->extra, (unsigned long long)errors->closed);
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
    fprintf(file, "\n%-14s%llu in %.3f s, %.1f requests/s\n", "requests",
            (unsigned long long)result->requests, result->seconds, rate_of(result));
    if (result->late > 0)
        fprintf(file, "%-14s%llu answered after that\n", "late", (unsigned long long)result->late);
    if (result->unsent > 0)
        fprintf(file, "%-14s%llu due, but the server was behind\n", "unsent",
                (unsigned long long)result->unsent);
    print_errors(file, result);
    print_durations(file, "latency", &result->latency);
    print_durations(file, "late ones", &result->late_latency);
    print_durations(file, "own lag", &result->lag);
    print_shares(file, result);
    fprintf(file, "%-14s%.3f s user, %.3f s system\n", "own CPU", result->user_cpu,
            result->system_cpu);
}

static cJSON *durations(const struct histogram *histogram)
{
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
        int64_t value;

        if (histogram_quantile_known(histogram, QUANTILES[at].quantile, &value))
            cJSON_AddNumberToObject(object, QUANTILES[at].name, (double)value * NS);
        else
            cJSON_AddNullToObject(object, QUANTILES[at].name);
    }
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
}

static void add_counts(cJSON *object, const struct load_result *result)
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
    if (result->problem[0] != '\0')
        cJSON_AddStringToObject(object, "first_error", result->problem);
    else
        cJSON_AddNullToObject(object, "first_error");
    cJSON_AddBoolToObject(object, "interrupted", result->stopped);
    cJSON_AddItemToObject(object, "per_connection", shares);
    for (unsigned at = 0; at < result->connections; at++)
        cJSON_AddItemToArray(shares, cJSON_CreateNumber((double)result->per_connection[at]));
}

static void add_open_loop(cJSON *object, const struct load_options *load,
                          const struct load_result *result)
{
    if (load->rate > 0) {
        cJSON_AddNumberToObject(object, "target_rate", load->rate);
        cJSON_AddNumberToObject(object, "seed", (double)load->seed);
        cJSON_AddNumberToObject(object, "unsent", (double)result->unsent);
        cJSON_AddItemToObject(object, "lag", durations(&result->lag));
    } else {
        cJSON_AddNullToObject(object, "target_rate");
        cJSON_AddNullToObject(object, "seed");
        cJSON_AddNullToObject(object, "unsent");
        cJSON_AddNullToObject(object, "lag");
    }
}

int report_json(FILE *file, const struct client_options *options, const struct load_result *result)
{
    cJSON *object = cJSON_CreateObject(), *cpu = cJSON_CreateObject();
    char *text;

    add_setting(object, options, result);
    add_counts(object, result);
    cJSON_AddItemToObject(object, "latency", durations(&result->latency));
    cJSON_AddItemToObject(object, "late_latency", durations(&result->late_latency));
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
