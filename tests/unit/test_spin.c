#include "lib/poll/spin.h"
#include "tests/harness/assertions.h"

#include <errno.h>

/* What is looked at: nothing for so many looks, or for as long as nobody sleeps. */
struct fake {
    long empty;  /* looks that find nothing before one that does */
    long looks;  /* that did not wait */
    long sleeps; /* that did */
    int last_timeout;
};

enum { NEVER = 1000000000 };

static int look(void *context, int timeout_ms)
{
    struct fake *fake = context;

    fake->last_timeout = timeout_ms;
    if (timeout_ms != 0) {
        fake->sleeps++;
        return 2;
    }
    fake->looks++;
    return fake->empty-- <= 0 ? 1 : 0;
}

static void without_a_limit_it_only_sleeps(void **state)
{
    struct fake fake = {.empty = NEVER};
    struct spin spin;

    spin_init(&spin, 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(spin_wait(&spin, look, &fake, -1), 2);
    assert_int_equal(fake.looks, 0);
    assert_int_equal(fake.sleeps, 100);
}

static void who_must_not_wait_looks_once(void **state)
{
    struct fake fake = {.empty = NEVER};
    struct spin spin;

    spin_init(&spin, 1000);
    assert_int_equal(spin_wait(&spin, look, &fake, 0), 0);
    assert_int_equal(fake.looks, 1);
    assert_int_equal(fake.sleeps, 0);
}

static void what_comes_soon_needs_no_sleep(void **state)
{
    struct fake fake = {.empty = 0};
    struct spin spin;

    /* Ten looks take no ten milliseconds, but for a machine that stands still: so a few may fail.
     */
    spin_init(&spin, SPIN_MOST_US);
    for (int i = 0; i < 100; i++) {
        fake.empty = 10;
        spin_wait(&spin, look, &fake, -1);
    }
    assert_in_range(fake.sleeps, 0, 50);
}

static void what_does_not_come_is_slept_for(void **state)
{
    struct fake fake = {.empty = NEVER};
    struct spin spin;
    long before, spins = 0;

    spin_init(&spin, 50);
    for (int i = 0; i < 100000; i++) {
        before = fake.looks;
        assert_int_equal(spin_wait(&spin, look, &fake, 77), 2);
        assert_int_equal(fake.last_timeout, 77);
        spins += fake.looks > before;
    }
    assert_int_equal(fake.sleeps, 100000);
    /* 1, 2, 4 ... waits apart up to 2000, then 2000 apart: tries again now and then. */
    assert_in_range(spins, 40, 80);
}

static void it_spins_again_when_that_pays_again(void **state)
{
    struct fake fake = {.empty = NEVER};
    struct spin spin;

    spin_init(&spin, SPIN_MOST_US / 10);
    for (int i = 0; i < 20; i++)
        spin_wait(&spin, look, &fake, -1);
    fake.sleeps = 0;
    for (int i = 0; i < 2000; i++) {
        fake.empty = 3;
        spin_wait(&spin, look, &fake, -1);
    }
    assert_in_range(fake.sleeps, 1, 1500);
}

static int interrupted(void *context, int timeout_ms)
{
    return -EINTR;
}

static void error_is_handed_on(void **state)
{
    struct spin spin;

    spin_init(&spin, 50);
    assert_int_equal(spin_wait(&spin, interrupted, NULL, -1), -EINTR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_limit_it_only_sleeps),
        cmocka_unit_test(who_must_not_wait_looks_once),
        cmocka_unit_test(what_comes_soon_needs_no_sleep),
        cmocka_unit_test(what_does_not_come_is_slept_for),
        cmocka_unit_test(it_spins_again_when_that_pays_again),
        cmocka_unit_test(error_is_handed_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
