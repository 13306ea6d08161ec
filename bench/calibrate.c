#include "bench/clients.h"
#include "bench/measure.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static const double GOLDEN = 1.618033988749895, TARGET = PLAN_SLOW_MILLISECONDS / 1e3;

enum {
    FIRST_N = 20,
    N_STEP = 3,
    LARGEST_N = 50, /* fibserver's default limit */
};

struct calibration {
    const struct measure *measure;
    const struct server *server;
};

/*
 * What one request for F(n) takes: the quickest of those begun within the window, since what else
 * runs on the machine can only make one longer.
 */
static int time_request(const struct calibration *calibration, unsigned n, double window,
                        double *seconds, struct problem *problem)
{
    struct client_report reports[SCENARIO_CLIENTS];
    struct clients_run run = {
        .program = calibration->measure->client_program,
        .server = calibration->server,
        .scenario = &scenario_one_slow,
        .plan = calibration->measure->plan,
        .slow_n = n,
        .seconds = window,
        .placement = &calibration->measure->plan->placement,
    };
    cJSON *ignored = cJSON_CreateArray();
    int error = clients_measure(calibration->measure->supervisor, &run, reports, ignored, problem);

    cJSON_Delete(ignored);
    if (error < 0)
        return error;
    if (reports[0].failed || reports[0].wrong > 0 || reports[0].shortest <= 0)
        return problem_set(problem, -EPROTO, "asked for F(%u): %s", n,
                           reports[0].words[0] != '\0' ? reports[0].words : "no answer");
    *seconds = reports[0].shortest;
    return 0;
}

/*
 * Up in steps until the time of one request is long enough to be told from the round trip; from
 * there by the golden ratio, by which each step of n makes it longer; then looked at once more. A
 * little over the target is near enough.
 */
static int find_n(const struct calibration *calibration, unsigned *n, double *seconds,
                  struct problem *problem)
{
    int error = 0;

    for (*n = FIRST_N; *n <= LARGEST_N; *n += N_STEP) {
        error = time_request(calibration, *n, 0.01, seconds, problem);
        if (error < 0 || *seconds > TARGET / 10)
            break;
    }
    for (int turn = 0; turn < 3 && error == 0; turn++) {
        int step = (int)floor(log(1.1 * TARGET / *seconds) / log(GOLDEN));

        if (turn > 0 && step == 0)
            break;
        *n = (unsigned)fmin(fmax((int)*n + step, 1), LARGEST_N);
        error = time_request(calibration, *n, 1.9 * TARGET, seconds, problem);
    }
    return error;
}

static bool is_of(const struct variant *variant, const char *family)
{
    if (family == NULL)
        return !variant->peer && variant_computes(variant);
    return variant->peer && variant->family != NULL && strcmp(variant->family, family) == 0;
}

int measure_slow_request(const struct measure *measure, const char *family, unsigned slow_n,
                         unsigned *n, double *seconds, struct problem *problem)
{
    const struct variant_list *variants = &measure->plan->variants;
    struct server_setup setup = {
        .program = measure->server_program,
        .placement = &measure->plan->placement,
        .workers = measure->plan->workers,
    };
    int error = problem_set(problem, -ENOENT, "no row computes");

    for (size_t i = 0; i < variants->count && error < 0 && error != -EINTR; i++) {
        struct calibration calibration = {.measure = measure};
        struct server *server;

        if (!is_of(&variants->variants[i], family))
            continue;
        error =
            server_create(&server, measure->supervisor, &setup, &variants->variants[i], problem);
        if (error == 0) {
            calibration.server = server;
            *n = slow_n;
            error = slow_n > 0 ? time_request(&calibration, slow_n, 0.01, seconds, problem)
                               : find_n(&calibration, n, seconds, problem);
            server_destroy(server);
        }
        supervisor_end_orphans(measure->supervisor);
    }
    return error;
}
