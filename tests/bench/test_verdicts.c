#include "bench/analysis.h"
#include "bench/json.h"
#include "bench/memory.h"
#include "bench/noise.h"
#include "bench/plan.h"
#include "bench/random.h"
#include "bench/record.h"
#include "bench/relabel.h"
#include "bench/steal.h"
#include "bench/verdict.h"
#include "tests/harness/assertions.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROUNDS = 14 };

/* Rounds around that ratio, evenly spread over so many percent to either side. */
static struct ratio ratio_around(double centre, double percent, size_t rounds)
{
    double logarithms[64];

    for (size_t i = 0; i < rounds; i++)
        logarithms[i] = log(centre) + percent / 100 * (2 * (double)i / (double)(rounds - 1) - 1);
    return ratio_of_rounds(logarithms, rounds, 1);
}

static enum ratio_verdict verdict_around(double centre, double percent, size_t rounds,
                                         double margin)
{
    struct ratio ratio = ratio_around(centre, percent, rounds);

    ratio_judge(&ratio, 1, margin);
    return ratio.verdict;
}

static void test_verdicts(void **state)
{
    assert_int_equal(verdict_around(1.10, 2, ROUNDS, 0.03), RATIO_FASTER);
    assert_int_equal(verdict_around(1 / 1.10, 2, ROUNDS, 0.03), RATIO_SLOWER);
    assert_int_equal(verdict_around(1.005, 2, ROUNDS, 0.03), RATIO_EQUIVALENT);
    /* Surely different from 1, and surely by less than matters. */
    assert_int_equal(verdict_around(1.02, 0.5, ROUNDS, 0.03), RATIO_EQUIVALENT);
    /* Surely different from 1, but perhaps by less than matters; and too wide to say. */
    assert_int_equal(verdict_around(1.031, 1, ROUNDS, 0.03), RATIO_INCONCLUSIVE);
    assert_int_equal(verdict_around(1.10, 40, ROUNDS, 0.03), RATIO_INCONCLUSIVE);
    /* A wider margin, as a noisy machine has. */
    assert_int_equal(verdict_around(1.10, 2, ROUNDS, 0.15), RATIO_EQUIVALENT);
    /* Rounds that cannot reach the level, however they agree. */
    assert_int_equal(verdict_around(2, 0, 7, 0.03), RATIO_UNTOLD);
    assert_int_equal(verdict_around(2, 0, 8, 0.03), RATIO_FASTER);
}

static void test_smallest_effect_is_found(void **state)
{
    struct ratio ratio = ratio_around(1.10, 40, ROUNDS), shifted;

    ratio_judge(&ratio, 1, 0.03);
    assert_int_equal(ratio.verdict, RATIO_INCONCLUSIVE);
    assert_true(ratio.smallest_effect > 0.2 && ratio.smallest_effect < 1);
    shifted = ratio_around(1 + ratio.smallest_effect, 40, ROUNDS);
    ratio_judge(&shifted, 1, 0.03);
    assert_int_equal(shifted.verdict, RATIO_FASTER);
}

/* 14 rounds are 2/16384 at best: enough for 81 comparisons, and not for 82. */
static void test_rounds_that_verdicts_need(void **state)
{
    assert_int_equal(plan_verdict_rounds(1), 8);
    assert_int_equal(plan_verdict_rounds(81), 14);
    assert_int_equal(plan_verdict_rounds(82), 15);
    for (size_t comparisons = 1; comparisons < 100; comparisons++) {
        unsigned rounds = plan_verdict_rounds(comparisons);

        assert_true(pow(0.5, rounds - 1) * (double)comparisons < PLAN_LEVEL);
        assert_true(pow(0.5, rounds - 2) * (double)comparisons > PLAN_LEVEL);
    }
}

static void test_judged_together(void **state)
{
    struct ratio ratios[30];

    for (size_t i = 0; i < 30; i++)
        ratios[i] = ratio_around(1.1, 1, i == 5 ? 8 : ROUNDS);
    ratios[7] = (struct ratio){0};
    ratio_judge(ratios, 30, 0.03);
    assert_int_equal(ratios[0].verdict, RATIO_FASTER);
    assert_float_equal(ratios[0].p_adjusted, 29 * 2.0 / 16384, 1e-9);
    /* Eight rounds are enough for one comparison, but not for 29. */
    assert_int_equal(ratios[5].verdict, RATIO_UNTOLD);
    assert_int_equal(ratios[7].verdict, RATIO_UNTOLD);
}

static const char *const labels[] = {"null", "uv", "uv (again)", "select"};
static const struct analysis_rows four_rows = {
    .labels = labels, .count = 4, .reference = 0, .repeat = 2, .repeated = 1, .rounds = ROUNDS};

static void add_record(cJSON *records, unsigned round, const char *label, bool closing,
                       const char *scenario, double value)
{
    cJSON *record = cJSON_CreateObject(), *cell = cJSON_CreateObject(), *values;

    cJSON_AddNumberToObject(record, "round", round);
    cJSON_AddStringToObject(record, "row", label);
    if (closing)
        cJSON_AddTrueToObject(record, "closing");
    cJSON_AddItemToArray(cJSON_AddArrayToObject(record, "cells"), cell);
    cJSON_AddStringToObject(cell, "scenario", scenario);
    values = cJSON_AddObjectToObject(cell, "values");
    cJSON_AddNumberToObject(values, scenario, value);
    cJSON_AddItemToArray(records, record);
}

/* The machine becomes twice as fast from round to round, and within each by a fifth. */
static cJSON *drifting_records(const char *scenario)
{
    cJSON *records = cJSON_CreateArray();

    for (unsigned round = 0; round < ROUNDS; round++) {
        double speed = 1000 * pow(2, round), wobble = 1 + 0.001 * (round % 3);

        add_record(records, round, "null", false, scenario, speed);
        add_record(records, round, "uv", false, scenario, speed * 0.8 * wobble);
        add_record(records, round, "uv (again)", false, scenario, speed * 0.8 / wobble);
        add_record(records, round, "select", false, scenario, speed * 1.2);
        add_record(records, round, "null", true, scenario, speed * 1.44);
    }
    return records;
}

static void test_ratios_are_taken_within_rounds(void **state)
{
    cJSON *records = drifting_records("fast");
    struct analysis_values values = analysis_gather(records, &four_rows, "fast", "fast");
    struct ratio ratios[4], repeat;

    analysis_compare(&values, &four_rows, true, 0.03, ratios);
    assert_int_equal(ratios[0].rounds, 0);
    assert_int_equal(ratios[1].rounds, ROUNDS);
    /* The geometric mean of 1 and 1.44 is 1.2. */
    assert_float_equal(ratios[1].estimate, 0.8 / 1.2, 0.002);
    assert_int_equal(ratios[1].verdict, RATIO_SLOWER);
    assert_float_equal(ratios[3].estimate, 1, 1e-9);
    assert_int_equal(ratios[3].verdict, RATIO_EQUIVALENT);
    repeat = analysis_repeat(&values, &four_rows, true, 0.03);
    assert_int_equal(repeat.verdict, RATIO_EQUIVALENT);
    assert_true(ratio_bound(&repeat) > 0.001 && ratio_bound(&repeat) < 0.01);
    /* Seconds are the other way round. */
    analysis_compare(&values, &four_rows, false, 0.03, ratios);
    assert_float_equal(ratios[1].estimate, 1.2 / 0.8, 0.004);
    assert_int_equal(ratios[1].verdict, RATIO_FASTER);
    analysis_values_finish(&values);
    cJSON_Delete(records);
}

/* Rows that do not compare with the reference: "uv (again)" with none, "select" with that row. */
static void test_rows_against_others(void **state)
{
    static const size_t against[] = {0, 0, 2, 2};
    struct analysis_rows rows = four_rows;
    cJSON *records = drifting_records("fast");
    struct analysis_values values = analysis_gather(records, &rows, "fast", "fast");
    struct ratio ratios[4];

    rows.against = against;
    analysis_compare(&values, &rows, true, 0.03, ratios);
    assert_int_equal(ratios[0].rounds, 0);
    assert_float_equal(ratios[1].estimate, 0.8 / 1.2, 0.002);
    assert_int_equal(ratios[2].rounds, 0);
    assert_int_equal(ratios[2].verdict, RATIO_UNTOLD);
    assert_int_equal(ratios[3].rounds, ROUNDS);
    assert_float_equal(ratios[3].estimate, 1.2 / 0.8, 0.004);
    assert_int_equal(ratios[3].verdict, RATIO_FASTER);
    analysis_values_finish(&values);
    cJSON_Delete(records);
}

static void test_gaps_and_repeats(void **state)
{
    cJSON *records = drifting_records("fast"), *mark = record_mark_round(3, "drift", 0.4);
    struct analysis_values values;
    struct ratio ratios[4];

    assert_true(record_apply_mark(records, mark));
    assert_false(record_apply_mark(records, cJSON_GetArrayItem(records, 0)));
    record_supersede(cJSON_GetArrayItem(records, 5 * 8 + 1), "steal", 0.1);
    values = analysis_gather(records, &four_rows, "fast", "fast");
    analysis_compare(&values, &four_rows, true, 0.03, ratios);
    assert_int_equal(ratios[1].rounds, ROUNDS - 2);
    assert_int_equal(ratios[3].rounds, ROUNDS - 1);
    analysis_values_finish(&values);
    add_record(records, 3, "null", false, "fast", 5);
    add_record(records, 3, "select", false, "fast", 10);
    values = analysis_gather(records, &four_rows, "fast", "fast");
    analysis_compare(&values, &four_rows, true, 0.03, ratios);
    assert_int_equal(ratios[1].rounds, ROUNDS - 2);
    assert_int_equal(ratios[3].rounds, ROUNDS);
    analysis_values_finish(&values);
    assert_float_equal(record_find_value(records, 3, "null", false, "fast", "fast"), 5, 0);
    assert_float_equal(record_find_value(records, 3, "null", true, "fast", "fast"), 0, 0);
    cJSON_Delete(mark);
    cJSON_Delete(records);
}

enum { MANY_ROWS = 12 };

static const char *const many_labels[MANY_ROWS] = {"0", "1", "2", "3", "4",  "5",
                                                   "6", "7", "8", "9", "10", "11"};
static const struct analysis_rows many_rows = {.labels = many_labels,
                                               .count = MANY_ROWS,
                                               .reference = 0,
                                               .repeat = MANY_ROWS,
                                               .repeated = MANY_ROWS,
                                               .rounds = ROUNDS};

/*
 * Rows each 5 % slower than the one before, in rounds that jump between regimes, with noise of so
 * many percent, in which slow outliers are more frequent than fast ones.
 */
static struct analysis_values noisy_values(double percent, uint64_t seed)
{
    struct analysis_values made = {memory_zeroed((MANY_ROWS + 1) * ROUNDS, sizeof(double)), ROUNDS};
    struct random random;

    random_init(&random, seed, 0);
    for (size_t round = 0; round < ROUNDS; round++) {
        double regime = random_below(&random, 2) == 0 ? 1 : 3;

        for (size_t run = 0; run <= MANY_ROWS; run++) {
            double noise = (double)random_below(&random, 2001) / 1000 - 1;
            double outlier = random_below(&random, 10) == 0 ? -2 : 0;

            made.values[run * ROUNDS + round] = 1000 * regime *
                                                pow(0.95, (double)(run % MANY_ROWS)) *
                                                exp(percent / 100 * (noise + outlier));
        }
    }
    return made;
}

/* 5 % are found where the noise is 1 %; dealt anew, nothing is, whatever the noise. */
static void test_relabelings(void **state)
{
    const double noises[] = {1, 5, 20};
    struct ratio ratios[MANY_ROWS];

    for (size_t i = 0; i < 3; i++) {
        struct analysis_values values = noisy_values(noises[i], 1 + i);
        struct relabel_result result = relabel_column(&values, &many_rows, 0.03, 400, 5);
        struct relabel_result again = relabel_column(&values, &many_rows, 0.03, 400, 5);

        assert_int_equal(result.relabelings, 400);
        assert_memory_equal(&result, &again, sizeof(result));
        /* Nominal are 4; the test alone, without a margin, may be three deviations above. */
        assert_in_range(result.with_verdict, 0, 4);
        assert_in_range(result.with_p, result.with_verdict, 10);
        analysis_compare(&values, &many_rows, true, 0.03, ratios);
        if (i == 0)
            for (size_t row = 1; row < MANY_ROWS; row++)
                assert_int_equal(ratios[row].verdict, RATIO_SLOWER);
        analysis_values_finish(&values);
    }
}

static cJSON *placement_named(const char *name)
{
    cJSON *placement = cJSON_CreateObject();

    cJSON_AddStringToObject(placement, "name", name);
    return placement;
}

static struct noise *open_noise(const char *path, const cJSON *placement)
{
    struct noise *noise = NULL;
    struct problem problem;

    if (noise_create(&noise, path, NULL, placement, &problem) < 0)
        fail_msg("%s", problem.text);
    return noise;
}

/* Kept for the ten last runs, apart for each placement. */
static void test_noise_of_earlier_runs(void **state)
{
    char folder[] = "/tmp/fibbench-noise-XXXXXX", path[128];
    cJSON *same = placement_named("same"), *split = placement_named("split");
    struct problem problem;
    struct noise *noise;

    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/deeper/noise.json", folder);
    noise = open_noise(path, same);
    assert_float_equal(noise_bound(noise, "fast"), 0, 0);
    noise_add(noise, "fast", 0.5);
    for (int i = 1; i <= 10; i++)
        noise_add(noise, "fast", 0.01 * i);
    noise_add(noise, "fast2", 0.07);
    assert_int_equal(noise_write(noise, &problem), 0);
    noise_destroy(noise);
    noise = open_noise(path, same);
    assert_float_equal(noise_bound(noise, "fast"), 0.09, 1e-12);
    assert_float_equal(noise_bound(noise, "fast2"), 0.07, 1e-12);
    noise_destroy(noise);
    noise = open_noise(path, split);
    assert_float_equal(noise_bound(noise, "fast"), 0, 0);
    noise_destroy(noise);
    unlink(path);
    snprintf(path, sizeof(path), "%s/deeper", folder);
    rmdir(path);
    rmdir(folder);
    cJSON_Delete(same);
    cJSON_Delete(split);
}

static void test_noise_without_a_place(void **state)
{
    char folder[] = "/tmp/fibbench-noise-XXXXXX", path[128];
    struct problem problem;
    struct noise *noise;
    FILE *file;

    unsetenv("XDG_STATE_HOME");
    unsetenv("HOME");
    assert_int_equal(noise_create(&noise, NULL, NULL, NULL, &problem), -ENOENT);
    assert_non_null(strstr(problem.text, "--noise-file"));
    assert_float_equal(noise_bound(NULL, "fast"), 0, 0);
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/noise.json", folder);
    file = fopen(path, "we");
    fputs("{\"format\":\"other\"}", file);
    fclose(file);
    assert_int_equal(noise_create(&noise, path, NULL, NULL, &problem), -EINVAL);
    assert_non_null(strstr(problem.text, path));
    unlink(path);
    rmdir(folder);
}

static void test_stolen_time(void **state)
{
    assert_float_equal(steal_of_text("cpu  1 2 3 4 5 6 7 850 9 10\ncpu0 1\n", 100), 8.5, 1e-9);
    assert_float_equal(steal_of_text("cpu  1 2 3 4\n", 100), 0, 0);
    assert_float_equal(steal_of_text("intr 1 2 3 4 5 6 7 8\n", 100), 0, 0);
    assert_true(steal_seconds() >= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_smallest_effect_is_found),
        cmocka_unit_test(test_rounds_that_verdicts_need),
        cmocka_unit_test(test_judged_together),
        cmocka_unit_test(test_ratios_are_taken_within_rounds),
        cmocka_unit_test(test_rows_against_others),
        cmocka_unit_test(test_gaps_and_repeats),
        cmocka_unit_test(test_relabelings),
        cmocka_unit_test(test_noise_of_earlier_runs),
        cmocka_unit_test(test_noise_without_a_place),
        cmocka_unit_test(test_stolen_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
