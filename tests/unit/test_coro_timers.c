/* The heap of timers against the plainest model of it. */
#include "lib/coro/coro.h"
#include "lib/coro/timers.h"
#include "tests/harness/assertions.h"

#include <stdlib.h>

enum { TIMERS = 300, STEPS = 20000 };

struct fixture {
    struct coro_timers timers;
    struct coro_timer timer[TIMERS];
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    for (int i = 0; i < TIMERS; i++)
        fixture->timer[i].deadline = CORO_FOREVER;
    assert_int_equal(timers_reserve(&fixture->timers, TIMERS), 0);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    timers_finish(&fixture->timers);
    free(fixture);
    return 0;
}

static void test_empty(void **state)
{
    struct fixture *fixture = *state;

    assert_true(timers_next(&fixture->timers) == CORO_FOREVER);
    assert_null(timers_pop(&fixture->timers, CORO_FOREVER - 1));
    timers_set(&fixture->timers, &fixture->timer[0], CORO_FOREVER);
    assert_true(timers_next(&fixture->timers) == CORO_FOREVER);
    timers_remove(&fixture->timers, &fixture->timer[0]);
}

static void test_in_order(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < TIMERS; i++)
        timers_set(&fixture->timers, &fixture->timer[i], (i * 7919) % TIMERS);
    for (int64_t now = 0; now < TIMERS; now++) {
        struct coro_timer *timer = timers_pop(&fixture->timers, now);

        assert_non_null(timer);
        assert_int_equal((timer - fixture->timer) * 7919 % TIMERS, now);
        assert_null(timers_pop(&fixture->timers, now));
    }
}

/* A deadline put off again and again does not fire early, and fires once. */
static void test_put_off(void **state)
{
    struct fixture *fixture = *state;

    for (int64_t deadline = 10; deadline <= 100; deadline += 10)
        timers_set(&fixture->timers, &fixture->timer[0], deadline);
    assert_null(timers_pop(&fixture->timers, 99));
    assert_true(timers_next(&fixture->timers) == 100);
    assert_ptr_equal(timers_pop(&fixture->timers, 100), &fixture->timer[0]);
    assert_null(timers_pop(&fixture->timers, 1000));
}

static void test_stopped(void **state)
{
    struct fixture *fixture = *state;

    timers_set(&fixture->timers, &fixture->timer[0], 10);
    timers_set(&fixture->timers, &fixture->timer[0], CORO_FOREVER);
    assert_null(timers_pop(&fixture->timers, 20));
    assert_true(timers_next(&fixture->timers) == CORO_FOREVER);
    timers_set(&fixture->timers, &fixture->timer[0], 30);
    assert_ptr_equal(timers_pop(&fixture->timers, 30), &fixture->timer[0]);
}

/* Fires what is due by now, and checks each against its deadline in the model. */
static void check_pop(struct fixture *fixture, int64_t model[TIMERS], int64_t now)
{
    struct coro_timer *timer;

    while ((timer = timers_pop(&fixture->timers, now)) != NULL) {
        int64_t *deadline = &model[timer - fixture->timer];

        assert_true(*deadline <= now);
        *deadline = CORO_FOREVER;
    }
    for (int i = 0; i < TIMERS; i++) {
        assert_true(model[i] > now);
        assert_true(timers_next(&fixture->timers) <= model[i]);
    }
}

static void test_random_use(void **state)
{
    struct fixture *fixture = *state;
    int64_t model[TIMERS];
    int64_t now = 0;

    srand(1);
    for (int i = 0; i < TIMERS; i++)
        model[i] = CORO_FOREVER;
    for (int step = 0; step < STEPS; step++) {
        int i = rand() % TIMERS;

        switch (rand() % 8) {
        case 0:
            timers_remove(&fixture->timers, &fixture->timer[i]);
            model[i] = CORO_FOREVER;
            break;
        case 1:
            timers_set(&fixture->timers, &fixture->timer[i], CORO_FOREVER);
            model[i] = CORO_FOREVER;
            break;
        case 2:
            now += rand() % 50;
            check_pop(fixture, model, now);
            break;
        default:
            model[i] = now + 1 + rand() % 500;
            timers_set(&fixture->timers, &fixture->timer[i], model[i]);
        }
    }
    check_pop(fixture, model, now + 1000);
    assert_int_equal(fixture->timers.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_empty, setup, teardown),
        cmocka_unit_test_setup_teardown(test_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_put_off, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stopped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_random_use, setup, teardown),
    };

    return cmocka_run_group_tests_name("coro timers", tests, NULL, NULL);
}
