/* What a line of an example may differ in from what is expected of it, and in what not. */

#include "tests/examples/expectation.h"
#include "tests/harness/assertions.h"

static bool matches(const char *pattern, const char *line)
{
    struct expectation expectation = {.count = 0};

    return expectation_match(&expectation, pattern, line);
}

static void lines_stand_for_themselves(void **state)
{
    assert_true(matches("five sleeps", "five sleeps"));
    assert_true(matches("", ""));
    assert_true(matches("{\"count\": 1}", "{\"count\": 1}"));
    assert_false(matches("five sleeps", "five sleep"));
    assert_false(matches("five sleeps", "five sleeps "));
    assert_false(matches("{\"count\": 1}", "{\"count\": 2}"));
}

static void numbers_are_kept_by_name(void **state)
{
    struct expectation expectation = {.count = 0};

    assert_true(expectation_match(&expectation, "a {first} b {} c {last}", "a 1.5 b 7 c 3"));
    assert_true(expectation_check(&expectation, "? first < 0.6 * last"));
    assert_false(expectation_check(&expectation, "? first < 0.5 * last"));
    assert_true(expectation_check(&expectation, "? last > 1.9 * first"));
    assert_false(expectation_check(&expectation, "? last > 2 * first"));
    assert_false(matches("took {time} s", "took long s"));
    assert_false(matches("took {time} s", "took  1 s"));
    assert_false(matches("took {time} s", "took 1"));
}

static void text_may_be_left_open(void **state)
{
    assert_true(matches("http://{*}/count", "http://127.0.0.1:80/count"));
    assert_true(matches("{*}", ""));
    assert_true(matches("{*}b {n}", "ab b 1"));
    assert_false(matches("http://{*}/count", "http://127.0.0.1:80/size"));
}

static void a_condition_that_cannot_be_checked_does_not_hold(void **state)
{
    struct expectation expectation = {.count = 0};

    assert_true(expectation_match(&expectation, "{known}", "1"));
    assert_false(expectation_check(&expectation, "? known < 2 * unknown"));
    assert_false(expectation_check(&expectation, "? known = 1 * known"));
    assert_false(expectation_check(&expectation, "? known"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_stand_for_themselves),
        cmocka_unit_test(numbers_are_kept_by_name),
        cmocka_unit_test(text_may_be_left_open),
        cmocka_unit_test(a_condition_that_cannot_be_checked_does_not_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
