#include "bench/compare.h"
#include "bench/compare_judge.h"
#include "bench/differences.h"
#include "bench/json.h"
#include "bench/memory.h"
#include "bench/random.h"
#include "bench/table.h"
#include "tests/harness/assertions.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rounds from a log-normal distribution: a centre, and a spread as a share of it. */
static double draw(struct random *random, double centre, double spread)
{
    double sum = 0;

    /* Twelve even draws have the variance 1. */
    for (int i = 0; i < 12; i++)
        sum += (double)(random_next(random) >> 11) / 0x1p53;
    return centre * exp(spread * (sum - 6));
}

/* A table of one column; the names of its rows are numbers. */
static void begin_table(struct table *table, const char *header)
{
    *table = (struct table){.source = memory_text("file")};
    table_add_column(table, header);
}

static void add_row(struct table *table, const double *samples, size_t count)
{
    char *name = memory_printf("%zu", table->row_count);
    struct table_cell *cell = table_add_row(table, name);
    double sum = 0;

    cell->outcome = OUTCOME_MEASURED;
    cell->samples = memory_zeroed(count, sizeof(*cell->samples));
    cell->sample_count = count;
    for (size_t i = 0; i < count; i++) {
        cell->samples[i] = samples[i];
        sum += samples[i];
    }
    cell->value = sum / (double)count;
    free(name);
}

static void add_drawn(struct table *table, struct random *random, double centre, double spread,
                      size_t count)
{
    double samples[64];

    for (size_t i = 0; i < count; i++)
        samples[i] = draw(random, centre, spread);
    add_row(table, samples, count);
}

static void compare(struct comparison *comparison, const struct table *old, const struct table *new,
                    const struct compare_settings *settings)
{
    struct problem problem;

    if (compare_tables(comparison, old, new, settings, &problem) < 0)
        fail_msg("%s", problem.text);
}

static void finish(struct comparison *comparison, struct table *old, struct table *new)
{
    comparison_finish(comparison);
    table_finish(old);
    table_finish(new);
}

static struct compared_cell compare_samples(const double *old_samples, size_t old_count,
                                            const double *new_samples, size_t new_count,
                                            double threshold)
{
    struct compare_settings settings = {.threshold = threshold};
    struct comparison comparison;
    struct compared_cell cell;
    struct table old, new;

    begin_table(&old, "fast (req/s)");
    begin_table(&new, "fast (req/s)");
    add_row(&old, old_samples, old_count);
    add_row(&new, new_samples, new_count);
    compare(&comparison, &old, &new, &settings);
    cell = comparison.rows[0].cells[0];
    finish(&comparison, &old, &new);
    return cell;
}

static void test_verdicts_with_samples(void **state)
{
    const double steady[] = {98, 98.5, 99, 99.5, 100.5, 101, 101.5, 102};
    const double slower[] = {48, 49, 49.5, 50, 50.5, 51, 51.5, 52};
    const double close[] = {97, 98.2, 98.7, 99.2, 100, 100.2, 100.7, 102};
    const double wild[] = {10, 20, 40, 70, 75, 80, 99, 300};
    struct compared_cell cell = compare_samples(steady, 8, slower, 8, -1);

    assert_int_equal(cell.verdict, VERDICT_WORSE);
    assert_float_equal(cell.ratio, 0.5, 0.01);
    assert_true(cell.low < cell.ratio && cell.ratio < cell.high);
    assert_true(cell.confidence >= 0.95);
    /* All of one side beyond all of the other: 2 of C(16,8) = 12870 orders. */
    assert_float_equal(cell.p, 2.0 / 12870, 1e-9);
    assert_int_equal(compare_samples(slower, 8, steady, 8, -1).verdict, VERDICT_BETTER);
    cell = compare_samples(steady, 8, close, 8, -1);
    assert_int_equal(cell.verdict, VERDICT_SAME);
    assert_true(cell.equivalent);
    cell = compare_samples(steady, 8, wild, 8, -1);
    assert_int_equal(cell.verdict, VERDICT_NOISY);
    assert_true(cell.beyond && !cell.favourable);
    assert_int_equal(cell.rounds_needed, 0);
}

/* However far apart: the most extreme of C(6,3) = 20 orders says nothing at 0.01. */
static void test_too_few_rounds_are_said(void **state)
{
    const double high[] = {98, 100, 102}, low[] = {1, 1.1, 1.2};
    struct compared_cell cell = compare_samples(high, 3, low, 3, -1);

    assert_int_equal(cell.verdict, VERDICT_NOISY);
    assert_float_equal(cell.p, 0.1, 1e-9);
    assert_int_equal(cell.rounds_needed, 5); /* 2 of C(10,5) = 252 */
    cell = compare_samples(high, 3, high, 3, -1);
    assert_int_equal(cell.verdict, VERDICT_SAME);
    assert_false(cell.equivalent);
    cell = compare_samples(high, 1, low, 1, -1);
    assert_int_equal(cell.verdict, VERDICT_NOISY);
    assert_int_equal(compare_rounds_needed(1), 5);
    assert_int_equal(compare_rounds_needed(25), 8); /* 2 of C(16,8), 25 times */
}

/* A real difference counts where it is beyond the threshold, be that named or the runs' own. */
static void test_threshold(void **state)
{
    const double old[] = {99.8, 99.9, 100, 100.1, 100.2, 99.7, 100.3, 100.05};
    double new[8];
    struct compare_margin margins[] = {{"other (req/s)", 50}, {"FAST (req/s)", 12}};
    struct compare_settings settings = {.threshold = -1, .margins = margins, .margin_count = 2};
    struct comparison comparison;
    struct table before, after;

    for (size_t i = 0; i < 8; i++)
        new[i] = 0.9 * old[i];
    assert_int_equal(compare_samples(old, 8, new, 8, -1).verdict, VERDICT_WORSE);
    assert_int_equal(compare_samples(old, 8, new, 8, 9.5).verdict, VERDICT_WORSE);
    assert_int_equal(compare_samples(old, 8, new, 8, 11).verdict, VERDICT_SAME);
    begin_table(&before, "fast (req/s)");
    begin_table(&after, "fast (req/s)");
    add_row(&before, old, 8);
    add_row(&after, new, 8);
    compare(&comparison, &before, &after, &settings);
    assert_float_equal(comparison.rows[0].cells[0].threshold, 12, 0);
    assert_int_equal(comparison.rows[0].cells[0].verdict, VERDICT_SAME);
    finish(&comparison, &before, &after);
}

/* The table profile: 25 rows of 14 rounds, one of which became 5 % slower. Returns its verdict. */
static enum verdict verdict_of_slower_row(unsigned seed, double spread)
{
    enum { ROWS = 25, ROUNDS = 14, SLOWER = 7 };
    struct compare_settings settings = {.threshold = -1};
    struct comparison comparison;
    enum verdict verdict;
    struct random random;
    struct table old, new;

    random_init(&random, seed, 0);
    begin_table(&old, "fast (req/s)");
    begin_table(&new, "fast (req/s)");
    for (size_t i = 0; i < ROWS; i++) {
        double centre = 30000 + 2000 * (double)i;

        add_drawn(&old, &random, centre, spread, ROUNDS);
        add_drawn(&new, &random, centre * (i == SLOWER ? 0.95 : 1), spread, ROUNDS);
    }
    compare(&comparison, &old, &new, &settings);
    verdict = comparison.rows[SLOWER].cells[0].verdict;
    assert_int_equal(comparison.columns[0].tests, ROWS);
    assert_int_equal(comparison_count(&comparison).worse, verdict == VERDICT_WORSE);
    finish(&comparison, &old, &new);
    return verdict;
}

/* On a quiet machine always, with a spread of 2 % nearly always; never in another row. */
static void test_five_percent_are_found(void **state)
{
    enum { TIMES = 20 };
    unsigned found = 0;

    for (unsigned seed = 0; seed < TIMES; seed++) {
        assert_int_equal(verdict_of_slower_row(seed, 0.01), VERDICT_WORSE);
        found += verdict_of_slower_row(TIMES + seed, 0.02) == VERDICT_WORSE;
    }
    printf("5 %% slower, with a spread of 2 %%: found %u times of %d\n", found, TIMES);
    assert_in_range(found, TIMES * 9 / 10, TIMES);
}

/*
 * Without a threshold, so that nothing but chance is asked: among columns in which nothing changed,
 * those with any verdict are 1 % at most. Of 600 that is 6; 16 would be beyond one in 5,000.
 */
static void test_false_alarms_are_rare(void **state)
{
    enum { COLUMNS = 600, ROWS = 5, ROUNDS = 8 };
    struct compare_settings settings = {.threshold = 0};
    struct random random;
    unsigned alarms = 0;

    random_init(&random, 11, 0);
    for (unsigned i = 0; i < COLUMNS; i++) {
        struct comparison comparison;
        struct comparison_counts counts;
        struct table old, new;

        begin_table(&old, "fast (req/s)");
        begin_table(&new, "fast (req/s)");
        for (size_t j = 0; j < ROWS; j++) {
            add_drawn(&old, &random, 1000, 0.05, ROUNDS);
            add_drawn(&new, &random, 1000, 0.05, ROUNDS);
        }
        compare(&comparison, &old, &new, &settings);
        counts = comparison_count(&comparison);
        alarms += counts.worse + counts.better > 0;
        finish(&comparison, &old, &new);
    }
    printf("columns with a false verdict: %u of %d\n", alarms, COLUMNS);
    assert_true(alarms < 16);
}

/* A hundred times the same change in one column is judged as a hundred tests, not as one. */
static void test_holm_counts_the_cells_of_a_column(void **state)
{
    const double old[] = {100, 101, 102, 103, 104, 105}, new[] = {80, 81, 82, 83, 84, 85};
    const double same[] = {100, 102, 104, 101, 103, 105};
    struct compare_settings settings = {.threshold = -1};

    for (size_t others = 0; others <= 20; others += 20) {
        struct comparison comparison;
        struct table before, after;
        const struct compared_cell *cell;

        begin_table(&before, "fast (req/s)");
        begin_table(&after, "fast (req/s)");
        add_row(&before, old, 6);
        add_row(&after, new, 6);
        for (size_t i = 0; i < others; i++) {
            add_row(&before, old, 6);
            add_row(&after, same, 6);
        }
        compare(&comparison, &before, &after, &settings);
        cell = &comparison.rows[0].cells[0];
        assert_float_equal(cell->p, 2.0 / 924, 1e-9);
        assert_float_equal(cell->p_adjusted, (double)(others + 1) * 2 / 924, 1e-9);
        assert_int_equal(cell->verdict, others == 0 ? VERDICT_WORSE : VERDICT_NOISY);
        assert_int_equal(cell->rounds_needed, others == 0 ? 0 : 8);
        finish(&comparison, &before, &after);
    }
}

/*
 * What all rows of a round have in common is gone when they are divided round by round: rounds
 * that differ tenfold, and one row that lost a tenth against the others.
 */
static void test_relative_within_rounds(void **state)
{
    enum { ROWS = 4, ROUNDS = 10 };
    struct compare_settings by_mean = {.threshold = -1, .relative = true};
    struct compare_settings by_row = {.threshold = -1, .relative = true, .reference = "0"};
    struct comparison comparison;
    struct problem problem;
    struct random random;
    struct table old, new;

    random_init(&random, 3, 0);
    begin_table(&old, "slow (s/req)");
    begin_table(&new, "slow (s/req)");
    for (size_t i = 0; i < ROWS; i++) {
        double before[ROUNDS], after[ROUNDS];

        for (size_t round = 0; round < ROUNDS; round++) {
            double common = 1 + (double)((round * 7) % 10);

            before[round] = draw(&random, common * (double)(i + 1), 0.002);
            after[round] = draw(&random, 3 * common * (double)(i + 1) * (i == 2 ? 1.1 : 1), 0.002);
        }
        add_row(&old, before, ROUNDS);
        add_row(&new, after, ROUNDS);
    }
    compare(&comparison, &old, &new, &by_row);
    assert_int_equal(comparison.rows[0].cells[0].verdict, VERDICT_NONE);
    assert_true(comparison.rows[0].cells[0].reference);
    assert_int_equal(comparison_count(&comparison).missing, 0);
    assert_int_equal(comparison.rows[1].cells[0].verdict, VERDICT_SAME);
    assert_true(comparison.rows[1].cells[0].equivalent);
    assert_int_equal(comparison.rows[2].cells[0].verdict, VERDICT_WORSE);
    assert_float_equal(comparison.rows[2].cells[0].ratio, 1.1, 0.01);
    assert_int_equal(comparison.columns[0].tests, ROWS - 1);
    comparison_finish(&comparison);
    compare(&comparison, &old, &new, &by_mean);
    assert_int_equal(comparison.rows[2].cells[0].verdict, VERDICT_WORSE);
    assert_int_equal(comparison.rows[1].cells[0].verdict, VERDICT_SAME);
    comparison_finish(&comparison);
    by_row.reference = "nobody";
    assert_int_equal(compare_tables(&comparison, &old, &new, &by_row, &problem), -EINVAL);
    assert_non_null(strstr(problem.text, "'nobody' to compare by is not in both"));
    table_finish(&old);
    table_finish(&new);
}

/* Against a table without samples: reproduced needs the whole interval, not the estimate alone. */
static void test_shapes_against_numbers(void **state)
{
    const double steady[] = {99, 100, 101, 99.5, 100.5, 100, 99.8},
                 wild[] = {60, 90, 115, 130, 70, 100, 110};
    enum { ROWS = 12, WILD = 3, TWICE = 10, UNSERVED = 11 };
    struct compare_settings settings = {.threshold = -1, .relative = true, .shapes = true};
    struct comparison comparison;
    struct table old, new;

    begin_table(&old, "fast (req/s)");
    begin_table(&new, "fast (req/s)");
    for (size_t i = 0; i < ROWS; i++) {
        char *name = memory_printf("%zu", i);
        struct table_cell *cell = table_add_row(&old, name);

        cell->outcome = i != UNSERVED ? OUTCOME_MEASURED : OUTCOME_UNSERVED;
        cell->value = i == TWICE ? 20 : 10;
        add_row(&new, i == WILD ? wild : steady, 7);
        free(name);
    }
    compare(&comparison, &old, &new, &settings);
    assert_int_equal(comparison.rows[0].cells[0].verdict, VERDICT_SAME);
    assert_true(comparison.rows[0].cells[0].equivalent);
    assert_int_equal(comparison.rows[WILD].cells[0].verdict, VERDICT_NOISY);
    assert_false(comparison.rows[WILD].cells[0].beyond);
    assert_int_equal(comparison.rows[TWICE].cells[0].verdict, VERDICT_WORSE);
    assert_int_equal(comparison.rows[UNSERVED].cells[0].verdict, VERDICT_BETTER);
    assert_int_equal(comparison_count(&comparison).noisy_within, 1);
    assert_int_equal(comparison.columns[0].tests, 0);
    finish(&comparison, &old, &new);
}

static void test_differences_are_named(void **state)
{
    cJSON *old =
        cJSON_Parse("{\"host\":{\"kernel\":\"Linux 1\",\"memory_bytes\":1000,\"turbo\":true,"
                    "\"load\":0.5,\"governor\":null},\"program\":{\"revision\":\"a\"},"
                    "\"workers\":2,\"rows\":[{\"label\":\"uv\",\"library\":\"libuv 1\"},"
                    "{\"label\":\"uv-poll\",\"library\":\"libuv 1\"}]}");
    cJSON *new =
        cJSON_Parse("{\"host\":{\"kernel\":\"Linux 2\",\"memory_bytes\":1010,\"turbo\":false,"
                    "\"load\":1.5,\"governor\":\"powersave\"},\"slow_n\":3,"
                    "\"program\":{\"revision\":\"b\"},\"workers\":2,\"rows\":["
                    "{\"label\":\"uv\",\"library\":\"libuv 2\"},"
                    "{\"label\":\"uv-poll\",\"library\":\"libuv 2\"}]}");
    static const char *const expected[] = {"host.kernel", "host.governor", "host.turbo",
                                           "program.revision", "rows.uv.library"};
    struct differences differences;

    differences_find(&differences, old, new);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        assert_true(differences_have(&differences, expected[i]));
    assert_int_equal(differences.count, sizeof(expected) / sizeof(expected[0]));
    differences_finish(&differences);
    differences_find(&differences, old, old);
    assert_int_equal(differences.count, 0);
    differences_finish(&differences);
    cJSON_Delete(old);
    cJSON_Delete(new);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts_with_samples),
        cmocka_unit_test(test_too_few_rounds_are_said),
        cmocka_unit_test(test_threshold),
        cmocka_unit_test(test_five_percent_are_found),
        cmocka_unit_test(test_false_alarms_are_rare),
        cmocka_unit_test(test_holm_counts_the_cells_of_a_column),
        cmocka_unit_test(test_relative_within_rounds),
        cmocka_unit_test(test_shapes_against_numbers),
        cmocka_unit_test(test_differences_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
