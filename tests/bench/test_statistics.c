#include "bench/judge.h"
#include "bench/outcome.h"
#include "bench/random.h"
#include "bench/statistics.h"
#include "tests/harness/assertions.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_median_and_spread(void **state)
{
    const double odd[] = {5, 1, 3}, even[] = {4, 1, 3, 2}, wild[] = {10, 11, 12, 13, 1000};

    assert_float_equal(statistics_median(odd, 3), 3, 0);
    assert_float_equal(statistics_median(odd, 1), 5, 0);
    assert_float_equal(statistics_median(even, 4), 2.5, 0);
    assert_float_equal(statistics_minimum(even, 4), 1, 0);
    assert_float_equal(statistics_maximum(even, 4), 4, 0);
    assert_float_equal(statistics_deviation(wild, 5), 1, 0);
    assert_float_equal(statistics_geometric_mean((double[]){1, 10, 100}, 3), 10, 1e-9);
}

/* Against values counted by hand: of the C(6,3) = 20 ways to choose ranks one is 1+2+3. */
static void test_rank_test_is_exact(void **state)
{
    const double low[] = {1, 2, 3}, high[] = {4, 5, 6}, mixed[] = {1, 3, 5}, between[] = {2, 4, 6};
    const double ten_low[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    const double ten_high[] = {11, 12, 13, 14, 15, 16, 17, 18, 19, 20};

    assert_float_equal(statistics_rank_test(low, 3, high, 3), 1.0 / 20, 1e-12);
    assert_float_equal(statistics_rank_test(high, 3, low, 3), 1, 1e-12);
    /* 1+3+5 = 9; sums up to 9 are 123 124 125 126 134 135 234: seven. */
    assert_float_equal(statistics_rank_test(mixed, 3, between, 3), 7.0 / 20, 1e-12);
    assert_float_equal(statistics_rank_test(low, 2, high, 2), 1.0 / 6, 1e-12);
    assert_float_equal(statistics_rank_test(low, 1, high, 1), 0.5, 1e-12);
    assert_float_equal(statistics_rank_test(ten_low, 10, ten_high, 10), 1.0 / 184756, 1e-12);
}

static void test_rank_test_with_ties(void **state)
{
    const double same[] = {7, 7, 7}, low[] = {1, 2, 2}, high[] = {2, 3, 3};

    assert_float_equal(statistics_rank_test(same, 3, same, 3), 1, 1e-12);
    /*
     * Ranks 1, 3, 3, 3, 5.5, 5.5: a sum of 7 or less has the 1 and two of the three 3s, so three of
     * the 20 ways.
     */
    assert_float_equal(statistics_rank_test(low, 3, high, 3), 3.0 / 20, 1e-12);
}

static void test_rank_test_of_many_values(void **state)
{
    double low[40], high[40];

    for (size_t i = 0; i < 40; i++) {
        low[i] = (double)i;
        high[i] = (double)i + 0.5;
    }
    assert_true(statistics_rank_test(low, 40, high, 40) > 0.3);
    assert_true(statistics_rank_test(low, 40, high, 40) < 0.6);
    for (size_t i = 0; i < 40; i++)
        high[i] += 40;
    assert_true(statistics_rank_test(low, 40, high, 40) < 1e-10);
    assert_true(statistics_rank_test(high, 40, low, 40) > 1 - 1e-10);
}

/* The same on every machine, so that a recorded seed means something. */
static void test_random_is_reproducible(void **state)
{
    struct random one, two, other;

    random_init(&one, 42, 0);
    random_init(&two, 42, 0);
    random_init(&other, 42, 1);
    for (int i = 0; i < 100; i++) {
        uint64_t drawn = random_next(&one);

        assert_true(drawn == random_next(&two));
        assert_true(drawn != random_next(&other));
    }
}

/* From a known state: the first numbers of xoshiro256** as its authors' program prints them. */
static void test_random_is_xoshiro(void **state)
{
    struct random random = {{1, 2, 3, 4}};

    assert_true(random_next(&random) == 11520);
    assert_true(random_next(&random) == 0);
    assert_true(random_next(&random) == 1509978240);
    assert_true(random_next(&random) == 1215971899390074240);
}

static void test_order_is_a_permutation_and_fair(void **state)
{
    enum { ROWS = 5, DRAWS = 20000 };
    unsigned first[ROWS] = {0};

    for (uint64_t round = 0; round < DRAWS; round++) {
        struct random random;
        size_t order[ROWS];
        unsigned seen = 0;

        random_init(&random, 7, round);
        random_order(&random, order, ROWS);
        for (size_t i = 0; i < ROWS; i++)
            seen |= 1u << order[i];
        assert_int_equal(seen, (1u << ROWS) - 1);
        first[order[0]]++;
    }
    /* 4000 each; seven standard deviations are 400. */
    for (size_t i = 0; i < ROWS; i++)
        assert_in_range(first[i], 3600, 4400);
}

static void test_outcome_of_rounds(void **state)
{
    const enum outcome unlucky[] = {OUTCOME_MEASURED, OUTCOME_UNSERVED, OUTCOME_MEASURED};
    const enum outcome unserved[] = {OUTCOME_MEASURED, OUTCOME_UNSERVED};
    const enum outcome slow[] = {OUTCOME_TOO_SLOW, OUTCOME_TOO_SLOW, OUTCOME_MEASURED};
    const enum outcome died[] = {OUTCOME_MEASURED, OUTCOME_DIED, OUTCOME_HUNG, OUTCOME_MEASURED};
    const enum outcome wrong[] = {OUTCOME_WRONG, OUTCOME_DIED};

    assert_int_equal(outcome_of_rounds(NULL, 0), OUTCOME_NONE);
    assert_int_equal(outcome_of_rounds(unlucky, COUNT(unlucky)), OUTCOME_MEASURED);
    assert_int_equal(outcome_of_rounds(unserved, COUNT(unserved)), OUTCOME_UNSERVED);
    assert_int_equal(outcome_of_rounds(slow, COUNT(slow)), OUTCOME_TOO_SLOW);
    assert_int_equal(outcome_of_rounds(died, COUNT(died)), OUTCOME_DIED);
    assert_int_equal(outcome_of_rounds(wrong, COUNT(wrong)), OUTCOME_WRONG);
    for (int i = OUTCOME_NONE; i <= OUTCOME_WRONG; i++)
        assert_int_equal(outcome_of_name(outcome_name((enum outcome)i)), i);
    assert_int_equal(outcome_of_name("x"), OUTCOME_UNSERVED);
    assert_int_equal(outcome_of_name("fine"), -1);
}

static void test_judge(void **state)
{
    const struct client_report served = {.requests = 100, .rate = 200};
    const struct client_report nothing = {0}, late = {.late = 1}, lost = {.missing = 1};
    const struct client_report wrong = {.requests = 9, .wrong = 1};
    const struct client_report cut = {.requests = 9, .missing = 1};
    const struct client_report waited = {.requests = 3, .waited = true};
    const struct client_report starved = {.requests = 9, .starved = true, .missing = 63};
    const struct client_report failed = {.failed = true}, unreachable = {.unreachable = true};
    const struct {
        struct client_report reports[2];
        size_t count;
        bool died;
        enum outcome outcome;
    } cases[] = {
        {{served}, 1, false, OUTCOME_MEASURED},
        {{served, served}, 2, false, OUTCOME_MEASURED},
        {{served, nothing}, 2, false, OUTCOME_UNSERVED},
        {{late, served}, 2, false, OUTCOME_UNSERVED},
        {{served, lost}, 2, false, OUTCOME_UNSERVED},
        {{served, waited}, 2, false, OUTCOME_UNSERVED},
        {{served, unreachable}, 2, false, OUTCOME_UNSERVED},
        {{waited}, 1, false, OUTCOME_MEASURED},
        {{starved}, 1, false, OUTCOME_UNSERVED},
        {{late}, 1, false, OUTCOME_TOO_SLOW},
        {{nothing}, 1, false, OUTCOME_HUNG},
        {{nothing, lost}, 2, false, OUTCOME_HUNG},
        {{nothing}, 1, true, OUTCOME_DIED},
        {{served, lost}, 2, true, OUTCOME_DIED},
        {{wrong}, 1, false, OUTCOME_WRONG},
        {{wrong}, 1, true, OUTCOME_WRONG},
        {{cut}, 1, false, OUTCOME_WRONG},
        {{cut}, 1, true, OUTCOME_DIED},
        {{failed, served}, 2, false, OUTCOME_CLIENT_FAILED},
        {{unreachable}, 1, false, OUTCOME_NOT_STARTED},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        enum outcome outcome = judge_reports(cases[i].reports, cases[i].count, cases[i].died);

        if (outcome != cases[i].outcome)
            print_error("case %zu: %s\n", i, outcome_name(outcome));
        assert_int_equal(outcome, cases[i].outcome);
    }
}

static void test_group_values(void **state)
{
    const struct client_group fast = {.mode = "fast", .clients = 2, .value = "rate"};
    const struct client_group slow = {.mode = "slow", .slow = true, .clients = 2, .value = "mean"};
    const struct client_report reports[] = {
        {.requests = 2, .rate = 100, .latency = 0.2, .late = 2, .late_latency = 0.4},
        {.requests = 2, .rate = 300, .latency = 0.4},
    };

    assert_float_equal(client_group_value(&fast, reports, false), 200, 1e-9);
    assert_float_equal(client_group_value(&slow, reports, false), 0.3, 1e-9);
    assert_float_equal(client_group_value(&slow, reports, true), 0.35, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_median_and_spread),
        cmocka_unit_test(test_rank_test_is_exact),
        cmocka_unit_test(test_rank_test_with_ties),
        cmocka_unit_test(test_rank_test_of_many_values),
        cmocka_unit_test(test_random_is_reproducible),
        cmocka_unit_test(test_random_is_xoshiro),
        cmocka_unit_test(test_order_is_a_permutation_and_fair),
        cmocka_unit_test(test_outcome_of_rounds),
        cmocka_unit_test(test_judge),
        cmocka_unit_test(test_group_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
