#include "bench/random.h"
#include "bench/statistics.h"
#include "bench/statistics_interval.h"
#include "bench/statistics_test.h"
#include "tests/harness/assertions.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void expect_interval(struct statistics_interval interval, double estimate, double low,
                            double high, double confidence)
{
    assert_float_equal(interval.estimate, estimate, 1e-9);
    assert_float_equal(interval.low, low, 1e-9);
    assert_float_equal(interval.high, high, 1e-9);
    assert_float_equal(interval.confidence, confidence, 1e-9);
}

/* From tables of the normal distribution. */
static void test_normal_quantiles(void **state)
{
    assert_float_equal(statistics_normal_quantile(0.5), 0, 1e-12);
    assert_float_equal(statistics_normal_quantile(0.975), 1.959963984540, 1e-9);
    assert_float_equal(statistics_normal_quantile(0.005), -2.575829303549, 1e-9);
}

/*
 * Of an odd count the bootstrap's distribution is known (Efron 1979): the resampled median is at
 * most the k-th of n values when a binomial variable (n, k/n) is at least (n + 1) / 2. For n = 7
 * the chance is 0.0102 for k = 1, 0.1083 for k = 2.
 */
static void test_bootstrap_of_the_median(void **state)
{
    const double values[] = {70, 10, 30, 20, 50, 60, 40}, one[] = {5}, same[] = {3, 3, 3, 3};
    struct statistics_interval interval, again;

    interval = statistics_bootstrap_median(values, 7, 0.95, 1);
    expect_interval(interval, 40, 20, 60, 0.95);
    again = statistics_bootstrap_median(values, 7, 0.99, 1);
    expect_interval(again, 40, 10, 70, 0.99);
    interval = statistics_bootstrap_median(values, 6, 0.5, 7);
    again = statistics_bootstrap_median(values, 6, 0.5, 7);
    assert_memory_equal(&interval, &again, sizeof(interval));
    assert_float_equal(interval.estimate, 40, 1e-9);
    assert_true(interval.low < 40 && interval.high > 40);
    expect_interval(statistics_bootstrap_median(one, 1, 0.95, 1), 5, 5, 5, 0.95);
    expect_interval(statistics_bootstrap_median(same, 4, 0.95, 1), 3, 3, 3, 0.95);
}

/* Of 14, at most 2 successes: (1 + 14 + 91) / 16384 in each tail; at most 3 are more than 2.5 %. */
static void test_median_interval(void **state)
{
    const double fourteen[] = {14, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 1};
    const double three[] = {3, 1, 2};

    expect_interval(statistics_median_interval(fourteen, 14, 0.95), 7.5, 3, 12,
                    1 - 2 * 106.0 / 16384);
    expect_interval(statistics_median_interval(three, 3, 0.95), 2, 1, 3, 0.75);
    expect_interval(statistics_median_interval(three, 1, 0.95), 3, 3, 3, 0);
}

/*
 * Of 8 ranks, 5 of the 256 subsets have a sum of 3 or less ({}, 1, 2, 3, 1+2), 7 one of 4: so the
 * interval lies between the fourth average from either end. For powers of 2 those are (1 + 4) / 2 =
 * 2.5 behind 1, 1.5 and 2, and (128 + 16) / 2 = 72 before 128, 96 and 80.
 */
static void test_pseudomedian(void **state)
{
    const double powers[] = {1, 2, 4, 8, 16, 32, 64, 128}, three[] = {1, 5, 3};
    double many[200];

    assert_float_equal(statistics_pseudomedian(powers, 8, 0.95).low, 2.5, 1e-9);
    assert_float_equal(statistics_pseudomedian(powers, 8, 0.95).high, 72, 1e-9);
    assert_float_equal(statistics_pseudomedian(powers, 8, 0.95).confidence, 1 - 10.0 / 256, 1e-12);
    /* 1, 2, 3, 3, 4, 5 */
    expect_interval(statistics_pseudomedian(three, 3, 0.95), 3, 1, 5, 0.75);
    for (size_t i = 0; i < COUNT(many); i++)
        many[i] = (double)i;
    /* The normal approximation: the mean's interval is 99.5 +- 1.96 * 57.9 / sqrt(200) = 8.0. */
    assert_float_equal(statistics_pseudomedian(many, 200, 0.95).estimate, 99.5, 1e-9);
    assert_float_equal(statistics_pseudomedian(many, 200, 0.95).low, 91.4, 0.5);
    assert_float_equal(statistics_pseudomedian(many, 200, 0.95).high, 107.6, 0.5);
    assert_float_equal(statistics_pseudomedian(many, 200, 0.95).confidence, 0.95, 0.001);
}

/* Of the 252 orders of 5 and 5, 4 have at most 2 pairs in the wrong order, 7 at most 3. */
static void test_shift_of_two_samples(void **state)
{
    const double from[] = {1, 2, 3, 4, 5}, to[] = {110, 120, 130, 140, 150}, one[] = {7};
    double low[80], high[80];
    struct statistics_interval interval = statistics_shift(from, 5, to, 5, 0.95);

    /* From below: 105, 106, 107, 108, 109; from above: 149, 148, 147. */
    expect_interval(interval, 127, 107, 147, 1 - 8.0 / 252);
    interval = statistics_shift(from, 1, one, 1, 0.95);
    expect_interval(interval, 6, 6, 6, 0);
    for (size_t i = 0; i < COUNT(low); i++) {
        low[i] = (double)i;
        high[i] = (double)i + 1000;
    }
    interval = statistics_shift(low, COUNT(low), high, COUNT(high), 0.95);
    assert_float_equal(interval.estimate, 1000, 1e-9);
    /* As the difference of two means: 1.96 * 23.1 * sqrt(2 / 80) = 7.2. */
    assert_float_equal(interval.low, 1000 - 7.2, 1);
    assert_float_equal(interval.high, 1000 + 7.2, 1);
}

/* What is promised: of many samples the interval contains the centre as often as it says. */
static void test_intervals_cover(void **state)
{
    enum { TRIALS = 2000, ROUNDS = 10 };
    unsigned pseudomedian = 0, shift = 0, median = 0;
    struct random random;

    random_init(&random, 3, 0);
    for (unsigned trial = 0; trial < TRIALS; trial++) {
        struct statistics_interval interval;
        double values[ROUNDS], others[ROUNDS];

        for (size_t i = 0; i < ROUNDS; i++) {
            values[i] = (double)random_below(&random, 1000000) - 499999.5;
            others[i] = (double)random_below(&random, 1000000) - 499999.5;
        }
        interval = statistics_pseudomedian(values, ROUNDS, 0.95);
        pseudomedian += interval.low <= 0 && interval.high >= 0;
        interval = statistics_shift(values, ROUNDS, others, ROUNDS, 0.95);
        shift += interval.low <= 0 && interval.high >= 0;
        interval = statistics_median_interval(values, ROUNDS, 0.95);
        median += interval.low <= 0 && interval.high >= 0;
    }
    /* 95 % and a little more; four standard deviations are 2 %. */
    assert_in_range(pseudomedian, TRIALS * 93 / 100, TRIALS * 97 / 100);
    assert_in_range(shift, TRIALS * 93 / 100, TRIALS * 98 / 100);
    assert_in_range(median, TRIALS * 95 / 100, TRIALS * 99 / 100);
}

/* Sums of 1 and 2 with all signs: 3, 1, -1, -3. */
static void test_sign_flips_by_hand(void **state)
{
    const double two[] = {1, 2}, opposed[] = {-1, 2}, zero[] = {0, 0, 0};
    double fourteen[14];

    assert_float_equal(statistics_sign_flip_test(two, 2, 1), 0.5, 1e-12);
    assert_float_equal(statistics_sign_flip_test(opposed, 2, 1), 1, 1e-12);
    assert_float_equal(statistics_sign_flip_test(two, 1, 1), 1, 1e-12);
    assert_float_equal(statistics_sign_flip_test(zero, 3, 1), 1, 1e-12);
    for (size_t i = 0; i < COUNT(fourteen); i++)
        fourteen[i] = 0.1 + 0.01 * (double)i;
    assert_float_equal(statistics_sign_flip_test(fourteen, 14, 1), 2.0 / 16384, 1e-12);
    /* The least one turned round: itself and the two of one sign are as far out. */
    fourteen[0] = -fourteen[0];
    assert_float_equal(statistics_sign_flip_test(fourteen, 14, 1), 4.0 / 16384, 1e-12);
}

/* Every sign of every value, the plain way. */
static void test_sign_flips_by_brute_force(void **state)
{
    enum { VALUES = 9 };
    struct random random;

    random_init(&random, 11, 0);
    for (int trial = 0; trial < 50; trial++) {
        double values[VALUES], observed = 0;
        unsigned extreme = 0;

        for (size_t i = 0; i < VALUES; i++) {
            values[i] = (double)random_below(&random, 21) - 8;
            observed += values[i];
        }
        for (unsigned signs = 0; signs < 1u << VALUES; signs++) {
            double sum = 0;

            for (size_t i = 0; i < VALUES; i++)
                sum += (signs >> i & 1) != 0 ? -values[i] : values[i];
            extreme += fabs(sum) >= fabs(observed);
        }
        assert_float_equal(statistics_sign_flip_test(values, VALUES, 1),
                           (double)extreme / (1u << VALUES), 1e-12);
    }
}

static void test_many_sign_flips_are_drawn(void **state)
{
    double values[30], both[30];

    for (size_t i = 0; i < COUNT(values); i++) {
        values[i] = 1 + (double)i / 10;
        both[i] = i % 2 == 0 ? values[i] : -values[i];
    }
    assert_float_equal(statistics_sign_flip_test(values, 30, 1), 1.0 / 100001, 1e-12);
    assert_true(statistics_sign_flip_test(both, 30, 1) > 0.5);
    assert_float_equal(statistics_sign_flip_test(both, 30, 2),
                       statistics_sign_flip_test(both, 30, 2), 0);
    /* Drawn and exact agree: nine zeros change no sum. */
    for (size_t i = 0; i < COUNT(values); i++)
        values[i] = i < 21 ? 0 : i == 21 ? -2 : 1;
    assert_float_equal(statistics_sign_flip_test(values, 30, 5),
                       statistics_sign_flip_test(values + 20, 10, 5), 0.01);
}

static void test_two_sided_ranks(void **state)
{
    const double low[] = {1, 2, 3}, high[] = {4, 5, 6}, middle[] = {1, 3, 5}, even[] = {2, 4, 6};

    assert_float_equal(statistics_two_sided_rank_test(low, 3, high, 3), 0.1, 1e-12);
    assert_float_equal(statistics_two_sided_rank_test(high, 3, low, 3), 0.1, 1e-12);
    assert_float_equal(statistics_two_sided_rank_test(middle, 3, even, 3), 0.7, 1e-12);
    assert_float_equal(statistics_two_sided_rank_test(low, 3, low, 3), 1, 1e-12);
}

/* 0.01 * 4; 0.02 * 3; 0.03 * 2 = 0.06, which stays; 0.6 * 1. */
static void test_holm(void **state)
{
    const double p[] = {0.03, 0.6, 0.01, 0.02}, expected[] = {0.06, 0.6, 0.04, 0.06};
    double adjusted[4], same[] = {0.5, 0.4};

    statistics_holm(p, adjusted, 4);
    for (size_t i = 0; i < 4; i++)
        assert_float_equal(adjusted[i], expected[i], 1e-12);
    statistics_holm(same, same, 2);
    assert_float_equal(same[0], 0.8, 1e-12);
    assert_float_equal(same[1], 0.8, 1e-12);
}

/* With a half width of 1.96 the standard error is 1, and four times in five are 0.8416 of it. */
static void test_smallest_effect(void **state)
{
    assert_float_equal(statistics_smallest_effect(1.959964, 3, 0.01, 1), 0.841621 + 4.959964, 1e-5);
    /* Without a margin the level decides: 2.5758. */
    assert_float_equal(statistics_smallest_effect(1.959964, 0, 0.01, 1), 0.841621 + 2.575829, 1e-5);
    assert_true(statistics_smallest_effect(1.96, 0, 0.01, 28) >
                statistics_smallest_effect(1.96, 0, 0.01, 1));
    assert_float_equal(statistics_smallest_effect(0, 0.03, 0.01, 28), 0.03, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normal_quantiles),
        cmocka_unit_test(test_bootstrap_of_the_median),
        cmocka_unit_test(test_median_interval),
        cmocka_unit_test(test_pseudomedian),
        cmocka_unit_test(test_shift_of_two_samples),
        cmocka_unit_test(test_intervals_cover),
        cmocka_unit_test(test_sign_flips_by_hand),
        cmocka_unit_test(test_sign_flips_by_brute_force),
        cmocka_unit_test(test_many_sign_flips_are_drawn),
        cmocka_unit_test(test_two_sided_ranks),
        cmocka_unit_test(test_holm),
        cmocka_unit_test(test_smallest_effect),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
