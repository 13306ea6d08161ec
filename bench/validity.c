#include "bench/validity.h"

#include "bench/json.h"
#include "bench/outcome.h"
#include "bench/statistics.h"

#include <math.h>
#include <string.h>

static const double LIMITED_FROM = 0.85;
static const double SPREAD_FROM = 0.10, TREND_FROM = 0.05;
static const double LITTLE_TOLERANCE = 0.10, LITTLE_REQUESTS = 50;
static const double PORTS_FROM = 0.8;

enum { SLICES_LEAST = 6, SLICES_MOST = 64, STEADY_REQUESTS = 500 };

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static double cpu_seconds(const cJSON *client)
{
    const cJSON *cpu = member(client, "cpu");

    return json_number_or(cpu, "user", NAN) + json_number_or(cpu, "system", NAN);
}

static bool is_slow(const cJSON *client)
{
    const char *mode = json_text_or_null(client, "mode");

    return mode != NULL && strcmp(mode, "slow") == 0;
}

/* In split they share a CPU, in free each has one, being one thread. */
static bool is_client_limited(const cJSON *cell)
{
    const char *placement = json_text_or_null(cell, "placement");
    bool together = placement != NULL && strncmp(placement, "split", 5) == 0;
    double all = 0, most = 0;
    const cJSON *client;

    if (!together && (placement == NULL || strcmp(placement, "free") != 0))
        return false;
    cJSON_ArrayForEach(client, member(cell, "clients"))
    {
        double share = cpu_seconds(client) / json_number_or(client, "seconds", NAN);

        if (isnan(share))
            continue;
        all += share;
        most = fmax(most, share);
    }
    return (together ? all : most) > LIMITED_FROM;
}

static double mean_of(const double *values, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return sum / (double)count;
}

static bool is_apart(const double *left, const double *right, size_t count)
{
    return statistics_minimum(left, count) > statistics_maximum(right, count) ||
           statistics_minimum(right, count) > statistics_maximum(left, count);
}

/* by_chance: the variance, as a share of the square of the mean, that is none of the server's. */
static bool slices_vary(const double *slices, size_t count, double by_chance)
{
    const size_t half = count / 2;
    const double *later = slices + count - half;
    double mean = mean_of(slices, count), squares = 0;

    for (size_t i = 0; i < count; i++)
        squares += (slices[i] - mean) * (slices[i] - mean);
    if (mean <= 0)
        return false;
    return squares / (double)(count - 1) > (SPREAD_FROM * SPREAD_FROM + by_chance) * mean * mean ||
           (is_apart(slices, later, half) &&
            fabs(mean_of(slices, half) - mean_of(later, half)) > TREND_FROM * mean);
}

/* Of an open loop: requests come by chance, and twice their variance is left to it. */
static double variance_by_chance(const cJSON *client, size_t slices)
{
    const char *loop = json_text_or_null(client, "loop");

    if (loop == NULL || strcmp(loop, "open") != 0)
        return 0;
    return 2 * (double)slices / json_number_or(client, "requests", 0);
}

static bool has_slow(const cJSON *cell)
{
    const cJSON *client;

    cJSON_ArrayForEach(client, member(cell, "clients"))
    {
        if (is_slow(client))
            return true;
    }
    return false;
}

static bool is_unsteady(const cJSON *cell)
{
    const cJSON *client, *slice;

    if (has_slow(cell))
        return false;
    cJSON_ArrayForEach(client, member(cell, "clients"))
    {
        double slices[SLICES_MOST];
        size_t count = 0;

        cJSON_ArrayForEach(slice, member(client, "slices"))
        {
            if (count < SLICES_MOST && cJSON_IsNumber(slice))
                slices[count++] = slice->valuedouble;
        }
        if (count >= SLICES_LEAST && json_number_or(client, "requests", 0) >= STEADY_REQUESTS &&
            slices_vary(slices, count, variance_by_chance(client, count)))
            return true;
    }
    return false;
}

static bool violates_little(const cJSON *cell)
{
    const cJSON *client;

    cJSON_ArrayForEach(client, member(cell, "clients"))
    {
        const char *loop = json_text_or_null(client, "loop");
        double under_way =
            json_number_or(client, "connections", 0) * json_number_or(client, "pipeline", 0);
        double pause = json_number_or(client, "think", 0);
        double found = json_number_or(client, "rate", NAN) *
                       (json_number_or(member(client, "latency"), "mean", NAN) + pause);

        if (under_way == 0 || cJSON_IsTrue(member(client, "churn")) || isnan(found) ||
            (loop != NULL && strcmp(loop, "closed") != 0) ||
            json_number_or(client, "requests", 0) < LITTLE_REQUESTS * under_way)
            continue;
        if (found / under_way - 1 > LITTLE_TOLERANCE ||
            (pause <= 0 && 1 - found / under_way > LITTLE_TOLERANCE))
            return true;
    }
    return false;
}

/* Shares of the latencies, by where they lie. */
struct masses {
    double quick;   /* below 20 ms */
    double before;  /* 20 to 35 ms */
    double delayed; /* 35 to 50 ms */
    double behind;  /* 50 to 75 ms */
    double known;   /* up to which quantile */
};

static void add_mass(struct masses *masses, double quantile, double seconds)
{
    double share = quantile - masses->known;

    if (!(share > 0) || quantile > 1)
        return;
    masses->known = quantile;
    if (seconds < 0.020)
        masses->quick += share;
    else if (seconds < 0.035)
        masses->before += share;
    else if (seconds <= 0.050)
        masses->delayed += share;
    else if (seconds <= 0.075)
        masses->behind += share;
}

static struct masses masses_of(const cJSON *client)
{
    static const struct {
        const char *name;
        double quantile;
    } quantiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}};
    const cJSON *latency = member(client, "latency"), *list = member(client, "percentiles"), *point;
    struct masses masses = {0};
    bool listed;

    if (list == NULL)
        list = member(latency, "percentiles");
    cJSON_ArrayForEach(point, list)
    {
        const cJSON *quantile = cJSON_GetArrayItem(point, 0),
                    *seconds = cJSON_GetArrayItem(point, 1);

        if (cJSON_IsNumber(quantile) && cJSON_IsNumber(seconds))
            add_mass(&masses, quantile->valuedouble, seconds->valuedouble);
    }
    listed = masses.known > 0;
    for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]) && !listed; i++) {
        double seconds = json_number_or(latency, quantiles[i].name, NAN);

        if (!isnan(seconds))
            add_mass(&masses, quantiles[i].quantile, seconds);
    }
    return masses;
}

/* Whether server and clients together left the CPUs idle for half of the time or more. */
static bool was_mostly_idle(const cJSON *cell)
{
    double used = json_number_or(member(cell, "server"), "cpu_seconds", NAN);
    const cJSON *client;

    cJSON_ArrayForEach(client, member(cell, "clients"))
    {
        used += cpu_seconds(client);
    }
    return used < 0.5 * json_number_or(cell, "window_seconds", NAN);
}

/*
 * Latencies that all lie there may also be those of a long queue; then the CPU is busy.
 */
static bool has_delayed_ack(const cJSON *cell)
{
    const cJSON *client;

    cJSON_ArrayForEach(client, member(cell, "clients"))
    {
        struct masses masses = masses_of(client);
        bool apart = masses.before < masses.delayed / 4 && masses.behind < masses.delayed / 4;

        if (!is_slow(client) && masses.delayed >= 0.01 && apart &&
            (masses.quick >= 0.01 || was_mostly_idle(cell)))
            return true;
    }
    return false;
}

static bool has_overflow(const cJSON *cell)
{
    const cJSON *host = member(cell, "host");

    return json_number_or(host, "listen_overflows", 0) > 0 ||
           json_number_or(host, "syn_drops", 0) > 0;
}

static bool lacks_ports(const cJSON *cell)
{
    const cJSON *host = member(cell, "host"), *client;

    cJSON_ArrayForEach(client, member(cell, "clients"))
    {
        const char *words = json_text_or_null(client, "words");

        if (words != NULL && strstr(words, "Cannot assign requested address") != NULL)
            return true;
    }
    return json_number_or(host, "time_wait_new", 0) >=
           PORTS_FROM * json_number_or(host, "local_ports", HUGE_VAL);
}

static bool has_migrated(const cJSON *cell)
{
    return json_number_or(member(cell, "server"), "migrations", 0) > 0 ||
           json_number_or(cell, "client_migrations", 0) > 0;
}

static const struct {
    const char *name;
    bool (*holds)(const cJSON *cell);
    bool numbers_only; /* says something of a number, and nothing where there is none */
} checks[] = {
    {"client-limited", is_client_limited, true},
    {"unsteady", is_unsteady, true},
    {"little", violates_little, true},
    {"delayed-ack", has_delayed_ack, true},
    {"overflow", has_overflow, false},
    {"ports", lacks_ports, false},
    {"migrated", has_migrated, true},
};

cJSON *validity_flags(const cJSON *cell)
{
    cJSON *flags = cJSON_CreateArray();
    const char *outcome = json_text_or_null(cell, "outcome");
    bool number = outcome != NULL && strcmp(outcome, outcome_name(OUTCOME_MEASURED)) == 0;

    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
        if ((number || !checks[i].numbers_only) && checks[i].holds(cell))
            cJSON_AddItemToArray(flags, cJSON_CreateString(checks[i].name));
    return flags;
}

double validity_client_share(const cJSON *cell)
{
    const cJSON *server = member(cell, "server"), *each = member(cell, "client_cpu_per_request");
    double client = json_number_or(each, "user", NAN) + json_number_or(each, "system", NAN);
    double requests = json_number_or(server, "requests", NAN);

    if (has_slow(cell))
        return NAN;
    return client / (client + json_number_or(server, "cpu_seconds", NAN) / requests);
}
