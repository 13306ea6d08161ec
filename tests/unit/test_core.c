#include "common/address.h"
#include "common/clock.h"
#include "common/cpulist.h"
#include "common/number.h"
#include "src/fib.h"
#include "src/idle.h"
#include "src/idle_ring.h"
#include "src/offload.h"
#include "tests/harness/assertions.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static void fib_follows_its_definition(void **state)
{
    assert_int_equal(fib(0), 0);
    assert_int_equal(fib(1), 1);
    assert_int_equal(fib(2), 1);
    for (unsigned n = 2; n <= 25; n++)
        assert_int_equal(fib(n), fib(n - 1) + fib(n - 2));
    assert_int_equal(fib(25), 75025);
}

static bool cancel_after(void *argument)
{
    unsigned *left = argument;

    if (*left == 0)
        return true;
    --*left;
    return false;
}

static void checked_fib_has_the_same_answers(void **state)
{
    unsigned checks = UINT_MAX;
    uint64_t value;

    for (unsigned n = 0; n <= 27; n++) {
        assert_int_equal(fib_checked(n, cancel_after, &checks, &value), 0);
        assert_int_equal(value, fib(n));
    }
    assert_in_range(UINT_MAX - checks, 1, 200);
}

static void checked_fib_ends_when_it_is_cancelled(void **state)
{
    unsigned checks = 3;
    uint64_t value = 77;

    /* Uncancelled, this would outlast every time limit. */
    assert_int_equal(fib_checked(93, cancel_after, &checks, &value), -ECANCELED);
    assert_int_equal(value, 77);
    assert_int_equal(checks, 0);
}

static void costs_grow_with_n(void **state)
{
    struct offload offload;

    offload_calibrate(&offload, OFFLOAD_AUTO);
    for (unsigned n = 1; n <= FIB_MAX; n++)
        assert_true(offload_cost(&offload, n) >= offload_cost(&offload, n - 1));
    assert_false(offload_is_costly(&offload, 1));
    assert_true(offload_is_costly(&offload, 40));
    assert_true(offload_is_wanted(&offload, 40));
    assert_false(offload_is_wanted(&offload, 1));
    offload.mode = OFFLOAD_ALWAYS;
    assert_true(offload_is_wanted(&offload, 0));
    offload.mode = OFFLOAD_NEVER;
    assert_false(offload_is_wanted(&offload, FIB_MAX));
}

static void offload_modes_have_names(void **state)
{
    enum offload_mode mode;

    assert_int_equal(offload_mode_parse("always", &mode), 0);
    assert_int_equal(mode, OFFLOAD_ALWAYS);
    assert_int_equal(offload_mode_parse("sometimes", &mode), -EINVAL);
}

static void await_clock(int64_t ms)
{
    while (clock_ms() < ms)
        continue;
}

static void idle_ring_closes_whoever_stays_silent_after_a_warning(void **state)
{
    struct session_rules rules;
    struct session sessions[3];
    struct idle_place places[3];
    struct idle_ring ring;
    unsigned n;

    session_rules_init(&rules, 50, false);
    idle_ring_init(&ring, 20);
    assert_null(idle_ring_first(&ring));
    for (size_t i = 0; i < 3; i++) {
        session_init(&sessions[i], &rules);
        idle_ring_add(&ring, &places[i], &sessions[i]);
    }
    await_clock(places[2].idle.since_ms + 20);
    assert_null(idle_ring_overdue(&ring));
    assert_int_equal(idle_ring_wait(&ring), 1);
    /* What lay unread behind a computation. */
    session_receive(&sessions[0], "1\n", 2);
    assert_int_equal(session_next(&sessions[0], &n), SESSION_REQUEST);
    idle_ring_note(&ring, &places[0]);
    assert_ptr_equal(idle_ring_overdue(&ring), &places[1]);
    idle_ring_remove(&places[1]);
    assert_ptr_equal(idle_ring_overdue(&ring), &places[2]);
    idle_ring_remove(&places[2]);
    assert_ptr_equal(idle_ring_first(&ring), &places[0]);
    assert_null(idle_ring_next(&ring, &places[0]));
    for (size_t i = 0; i < 3; i++)
        session_finish(&sessions[i]);
}

static void idle_time_counts_from_the_last_line(void **state)
{
    struct session_rules rules;
    struct session session;
    struct idle idle;
    unsigned n;

    session_rules_init(&rules, 50, false);
    session_init(&session, &rules);
    idle_init(&idle, &session, 1000);
    assert_int_equal(idle_left(&idle, &session, 1300, 500), 200);
    session_receive(&session, "1", 1); /* an unfinished line is no activity */
    assert_int_equal(idle_left(&idle, &session, 1400, 500), 100);
    session_receive(&session, "\n", 1);
    assert_int_equal(session_next(&session, &n), SESSION_REQUEST);
    assert_int_equal(idle_left(&idle, &session, 1450, 500), 500);
    session_computing(&session);
    assert_int_equal(idle_left(&idle, &session, 9000, 500), 500);
    session_answer(&session, 1);
    assert_int_equal(idle_left(&idle, &session, 9100, 500), 500);
    assert_int_equal(idle_left(&idle, &session, 9600, 500), 0);
    session_finish(&session);
}

static void only_sending_counts_while_answers_wait(void **state)
{
    struct session_rules rules;
    struct session session;
    struct idle idle;
    unsigned n;

    session_rules_init(&rules, 50, false);
    session_init(&session, &rules);
    idle_init(&idle, &session, 0);
    session_receive(&session, "a\nb\n", 4);
    assert_int_equal(session_next(&session, &n), SESSION_REFUSED);
    assert_int_equal(idle_left(&idle, &session, 100, 500), 500);
    assert_int_equal(session_next(&session, &n), SESSION_REFUSED);
    assert_int_equal(idle_left(&idle, &session, 300, 500), 300);
    session_sent(&session, 1);
    assert_int_equal(idle_left(&idle, &session, 400, 500), 500);
    session_finish(&session);
}

static void numbers_are_read_whole(void **state)
{
    long value = 7;
    double real;

    assert_int_equal(number_parse("42", 0, 50, &value), 0);
    assert_int_equal(value, 42);
    assert_int_equal(number_parse("-1", -5, 50, &value), 0);
    assert_int_equal(number_parse("51", 0, 50, &value), -ERANGE);
    assert_int_equal(number_parse("99999999999999999999", 0, LONG_MAX, &value), -ERANGE);
    assert_int_equal(number_parse("", 0, 50, &value), -EINVAL);
    assert_int_equal(number_parse("4x", 0, 50, &value), -EINVAL);
    assert_int_equal(number_parse(" 4", 0, 50, &value), -EINVAL);
    assert_int_equal(number_parse_real("0.25", 0, 1, &real), 0);
    assert_true(real > 0.24 && real < 0.26);
    assert_int_equal(number_parse_real("nan", 0, 1, &real), -EINVAL);
    assert_int_equal(number_parse_real("inf", 0, 1, &real), -EINVAL);
    assert_int_equal(number_parse_real("1.5", 0, 1, &real), -ERANGE);
    assert_int_equal(number_parse_real("1s", 0, 1, &real), -EINVAL);
}

static void cpu_lists_are_read_and_written(void **state)
{
    cpu_set_t cpus;
    char text[64];

    assert_int_equal(cpulist_parse("0,2-4,8-12:2", &cpus), 0);
    assert_string_equal(cpulist_format(&cpus, text, sizeof(text)), "0,2-4,8,10,12");
    assert_int_equal(cpulist_parse("", &cpus), -EINVAL);
    assert_int_equal(cpulist_parse("1,", &cpus), -EINVAL);
    assert_int_equal(cpulist_parse("3-1", &cpus), -EINVAL);
    assert_int_equal(cpulist_parse("a", &cpus), -EINVAL);
    assert_int_equal(cpulist_parse("99999", &cpus), -ERANGE);
}

static void addresses_are_written_as_urls_have_them(void **state)
{
    struct address address;
    const char *reason;
    char text[ADDRESS_TEXT], path[200];

    assert_int_equal(address_resolve(&address, "127.0.0.1", 80, true, &reason), 0);
    assert_string_equal(address_format(&address, text), "127.0.0.1:80");
    assert_int_equal(address_resolve(&address, "::1", 80, true, &reason), 0);
    assert_string_equal(address_format(&address, text), "[::1]:80");
    assert_int_equal(address_unix(&address, "/run/a socket"), 0);
    assert_true(address_is_unix(&address));
    assert_string_equal(address_format(&address, text), "/run/a socket");
    memset(path, 'x', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    assert_int_equal(address_unix(&address, path), -ENAMETOOLONG);
    assert_int_equal(address_unix(&address, ""), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fib_follows_its_definition),
        cmocka_unit_test(checked_fib_has_the_same_answers),
        cmocka_unit_test(checked_fib_ends_when_it_is_cancelled),
        cmocka_unit_test(costs_grow_with_n),
        cmocka_unit_test(offload_modes_have_names),
        cmocka_unit_test(idle_ring_closes_whoever_stays_silent_after_a_warning),
        cmocka_unit_test(idle_time_counts_from_the_last_line),
        cmocka_unit_test(only_sending_counts_while_answers_wait),
        cmocka_unit_test(numbers_are_read_whole),
        cmocka_unit_test(cpu_lists_are_read_and_written),
        cmocka_unit_test(addresses_are_written_as_urls_have_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
