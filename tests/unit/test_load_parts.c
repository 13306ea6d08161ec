/* The load generator's parts, without a network: histogram, schedule, answers, one connection. */
#include "clients/answers.h"
#include "clients/connection.h"
#include "clients/histogram.h"
#include "clients/samples.h"
#include "clients/schedule.h"
#include "tests/harness/assertions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct histogram *empty_histogram(void)
{
    struct histogram *histogram = calloc(1, sizeof(*histogram));

    assert_non_null(histogram);
    return histogram;
}

static void test_one_value_comes_back(void **state)
{
    for (int shift = 0; shift < 63; shift++) {
        for (int64_t offset = -1; offset <= 1; offset++) {
            int64_t value = (INT64_C(1) << shift) + offset;
            struct histogram *histogram = empty_histogram();

            histogram_add(histogram, value, 1);
            assert_int_equal(histogram_quantile(histogram, 0.5), value);
            assert_int_equal(histogram->maximum, value);
            free(histogram);
        }
    }
}

static void test_quantiles_are_within_half_a_percent(void **state)
{
    struct histogram *histogram = empty_histogram();

    for (int64_t value = 1; value <= 1000000; value++)
        histogram_add(histogram, value * 1000, 1);
    for (int thousandths = 1; thousandths < 1000; thousandths += 7) {
        double quantile = thousandths * 1e-3, exact = quantile * 1e9;

        assert_true(fabs((double)histogram_quantile(histogram, quantile) - exact) <
                    exact * 0.005 + 1000);
    }
    assert_int_equal(histogram_quantile(histogram, 1), 1000000000);
    assert_int_equal(histogram->minimum, 1000);
    assert_true(fabs(histogram_mean(histogram) - 500000500.0) < 1);
    free(histogram);
}

static void test_odd_values(void **state)
{
    struct histogram *histogram = empty_histogram();

    assert_int_equal(histogram_quantile(histogram, 0.5), 0);
    assert_true(histogram_mean(histogram) == 0);
    histogram_add(histogram, 7, 0);
    assert_int_equal(histogram->count, 0);
    histogram_add(histogram, -5, 2);
    histogram_add(histogram, INT64_MAX, 1);
    assert_int_equal(histogram->count, 3);
    assert_int_equal(histogram->minimum, 0);
    assert_int_equal(histogram_quantile(histogram, 0.5), 0);
    assert_true((double)histogram_quantile(histogram, 1) > 0.995 * (double)INT64_MAX);
    assert_true(histogram->maximum == INT64_MAX);
    free(histogram);
}

static void test_quantile_needs_ten_beyond(void **state)
{
    struct histogram *histogram = empty_histogram();
    int64_t value = -1;

    histogram_add(histogram, 100, 99);
    assert_false(histogram_quantile_known(histogram, 0.9, &value));
    assert_int_equal(value, -1);
    histogram_add(histogram, 100, 1);
    assert_true(histogram_quantile_known(histogram, 0.9, &value));
    assert_int_equal(value, 100);
    histogram_add(histogram, 100, 9900);
    assert_true(histogram_quantile_known(histogram, 0.999, &value));
    free(histogram);
}

/* Against the definition, with values in no order, some of them several at once. */
static void test_samples_are_exact(void **state)
{
    enum { VALUES = 5000 };
    struct histogram *histogram = empty_histogram();
    struct samples samples = {0};

    for (int64_t at = 0; at < VALUES; at++) {
        int64_t value = at * 1009 % VALUES + 1;

        assert_true(samples_add(&samples, value * 1000003, 1 + (value > VALUES / 2)));
    }
    samples_settle(&samples, histogram);
    assert_true(samples_are_exact(&samples));
    assert_int_equal(histogram->count, VALUES + VALUES / 2);
    /* The lower half of the values is a third of all. */
    assert_int_equal(samples_quantile(&samples, 0), 1000003);
    assert_int_equal(samples_quantile(&samples, 1.0 / 6), INT64_C(1250) * 1000003);
    assert_int_equal(samples_quantile(&samples, 2.0 / 3), INT64_C(3750) * 1000003);
    assert_int_equal(samples_quantile(&samples, 1), INT64_C(5000) * 1000003);
    assert_int_equal(histogram->minimum, 1000003);
    samples_finish(&samples);
    assert_int_equal(samples_quantile(&samples, 0.5), 0);
    free(histogram);
}

/* What finds no room is for the histogram, which in the end has counted all. */
static void test_samples_have_an_end(void **state)
{
    struct histogram *histogram = empty_histogram();
    struct samples samples = {0};

    for (uint64_t at = 0; at < SAMPLES_MOST + 5; at++)
        if (!samples_add(&samples, 7, 1))
            histogram_add(histogram, 7, 1);
    assert_false(samples_are_exact(&samples));
    samples_settle(&samples, histogram);
    assert_int_equal(histogram->count, SAMPLES_MOST + 5);
    samples_finish(&samples);

    assert_true(samples_add(&samples, -5, 1));
    assert_false(samples_add(&samples, INT64_C(1) << 48, 1));
    assert_false(samples_add(&samples, 5, 1));
    assert_false(samples_are_exact(&samples));
    samples_finish(&samples);
    free(histogram);
}

static void test_schedule_is_poisson(void **state)
{
    enum { REQUESTS = 100000 };
    struct schedule schedule;
    int64_t previous = 1000, first_due;
    double gap_sum = 0, square_sum = 0, mean;

    schedule_init(&schedule, 5000, 42, previous);
    first_due = schedule_due(&schedule);
    for (int at = 0; at < REQUESTS; at++) {
        int64_t due = schedule_due(&schedule);
        double gap = (double)(due - previous);

        assert_true(due >= previous);
        gap_sum += gap;
        square_sum += gap * gap;
        previous = due;
        schedule_advance(&schedule);
    }
    /* Exponential gaps: the mean is 1/rate and so is the standard deviation. */
    mean = gap_sum / REQUESTS;
    assert_true(fabs(mean - 200000) < 4000);
    assert_true(fabs(sqrt(square_sum / REQUESTS - mean * mean) - 200000) < 6000);
    schedule_init(&schedule, 5000, 42, 1000);
    assert_int_equal(schedule_due(&schedule), first_due);
    schedule_init(&schedule, 5000, 43, 1000);
    assert_int_not_equal(schedule_due(&schedule), first_due);
}

struct checker {
    struct dialogue dialogue;
    struct answers answers;
    struct answers_checked checked;
    char first_wrong[WRONG_ANSWER_TEXT];
};

static struct checker *create_checker(unsigned n)
{
    struct checker *checker = calloc(1, sizeof(*checker));

    assert_non_null(checker);
    dialogue_init(&checker->dialogue, n);
    return checker;
}

static void check(struct checker *checker, const char *bytes, size_t length)
{
    answers_check(&checker->answers, &checker->dialogue, bytes, length, &checker->checked,
                  checker->first_wrong);
}

static void test_dialogue_knows_fibonacci(void **state)
{
    static const struct {
        unsigned n;
        const char *request;
        const char *answer;
    } known[] = {
        {0, "0\n", "0\n"},    {1, "1\n", "1\n"},           {2, "2\n", "1\n"},
        {10, "10\n", "55\n"}, {40, "40\n", "102334155\n"}, {93, "93\n", "12200160415121876738\n"},
    };

    for (size_t at = 0; at < sizeof(known) / sizeof(known[0]); at++) {
        struct checker *checker = create_checker(known[at].n);

        assert_int_equal(checker->dialogue.request_length, strlen(known[at].request));
        assert_memory_equal(checker->dialogue.requests, known[at].request,
                            strlen(known[at].request));
        check(checker, known[at].answer, strlen(known[at].answer));
        assert_int_equal(checker->checked.right, 1);
        free(checker);
    }
}

/* The same bytes, cut anywhere, say the same. */
static void check_in_pieces(const char *bytes, uint64_t right, uint64_t wrong,
                            const char *first_wrong)
{
    size_t length = strlen(bytes);

    for (size_t piece = 1; piece <= length; piece++) {
        struct checker *checker = create_checker(10);

        for (size_t at = 0; at < length; at += piece)
            check(checker, bytes + at, length - at < piece ? length - at : piece);
        assert_int_equal(checker->checked.right, right);
        assert_int_equal(checker->checked.wrong, wrong);
        assert_int_equal(answers_unfinished(&checker->answers), bytes[length - 1] != '\n');
        if (piece == length && first_wrong != NULL)
            assert_string_equal(checker->first_wrong, first_wrong);
        free(checker);
    }
}

static void test_answers_in_pieces(void **state)
{
    check_in_pieces("55\n55\n55\n", 3, 0, "");
    check_in_pieces("55\n5", 1, 0, "");
    check_in_pieces("55\n56\n55\n", 2, 1, "56");
    check_in_pieces("555\n55\n", 1, 1, "555");
    check_in_pieces("5\n55\n", 1, 1, "5");
    check_in_pieces("\n55\n", 1, 1, NULL);
    check_in_pieces("55\r\n55\n", 1, 1, "55?");
    check_in_pieces("ERR no\nERR yes\n55\n", 1, 2, "ERR no");
    check_in_pieces("ERR unfinis", 0, 0, "ERR unfinis");
}

static void test_answers_longer_than_the_pattern(void **state)
{
    enum { LINES = 30000 };
    struct checker *checker = create_checker(10);
    char *bytes = malloc(LINES * 3);

    assert_non_null(bytes);
    for (int line = 0; line < LINES; line++)
        memcpy(bytes + line * 3, "55\n", 3);
    check(checker, bytes, LINES * 3);
    assert_int_equal(checker->checked.right, LINES);
    bytes[DIALOGUE_BYTES] = 'x';
    check(checker, bytes, LINES * 3);
    assert_int_equal(checker->checked.right, 2 * LINES - 1);
    assert_int_equal(checker->checked.wrong, 1);
    memset(bytes, 'x', LINES * 3);
    check(checker, bytes, LINES * 3);
    check(checker, "\n", 1);
    assert_int_equal(checker->checked.wrong, 2);
    free(bytes);
    free(checker);
}

static void test_connection_keeps_departures(void **state)
{
    struct checker *checker = create_checker(1);
    struct departure ring[4];
    struct connection connection = {.ring = ring, .ring_size = 4};
    int64_t when;

    /* Round the ring more than once. */
    for (int64_t turn = 0; turn < 10; turn++) {
        connection_add(&connection, &checker->dialogue, turn * 10, 3);
        connection_add(&connection, &checker->dialogue, turn * 10 + 1, 1);
        assert_int_equal(connection.under_way, 4);
        assert_int_equal(connection_take(&connection, 2, &when), 2);
        assert_int_equal(connection_take(&connection, 9, &when), 1);
        assert_int_equal(when, turn * 10);
        assert_int_equal(connection_take(&connection, 9, &when), 1);
        assert_int_equal(when, turn * 10 + 1);
        assert_int_equal(connection_take(&connection, 9, &when), 0);
        assert_int_equal(connection.under_way, 0);
    }
    free(checker);
}

static void test_connection_withdraws_the_newest(void **state)
{
    struct checker *checker = create_checker(10);
    struct departure ring[4];
    struct connection connection = {.ring = ring, .ring_size = 4};
    int64_t when;

    connection_add(&connection, &checker->dialogue, 1, 2);
    connection_add(&connection, &checker->dialogue, 2, 3);
    /* Of five requests of three bytes, one and a bit have been written. */
    connection.unwritten -= 4;
    assert_int_equal(connection_withdraw(&connection, &checker->dialogue, &when), 3);
    assert_int_equal(when, 2);
    assert_int_equal(connection_withdraw(&connection, &checker->dialogue, &when), 0);
    assert_int_equal(connection.unwritten, 2);
    assert_int_equal(connection.under_way, 2);
    free(checker);
}

/* A socket that takes little at a time gets every request whole. */
static void test_connection_writes_in_parts(void **state)
{
    enum { REQUESTS = 200000 };
    struct checker *checker = create_checker(10);
    struct departure ring[1];
    struct connection connection = {.ring = ring, .ring_size = 1};
    char bytes[10007];
    size_t received = 0;
    int pair[2], size = 4096;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    assert_int_equal(setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
    connection.descriptor = pair[0];
    connection_add(&connection, &checker->dialogue, 0, REQUESTS);
    while (received < REQUESTS * 3) {
        ssize_t got;

        assert_int_equal(connection_write(&connection, &checker->dialogue), 0);
        got = recv(pair[1], bytes, sizeof(bytes), 0);
        assert_true(got > 0);
        for (ssize_t at = 0; at < got; at++)
            assert_int_equal(bytes[at], "10\n"[(received + (size_t)at) % 3]);
        received += (size_t)got;
    }
    assert_int_equal(received, REQUESTS * 3);
    assert_int_equal(connection.unwritten, 0);
    close(pair[1]);
    connection_take(&connection, REQUESTS, &(int64_t){0});
    connection_add(&connection, &checker->dialogue, 0, 1);
    assert_true(connection_write(&connection, &checker->dialogue) < 0);
    close(pair[0]);
    free(checker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_value_comes_back),
        cmocka_unit_test(test_quantiles_are_within_half_a_percent),
        cmocka_unit_test(test_odd_values),
        cmocka_unit_test(test_quantile_needs_ten_beyond),
        cmocka_unit_test(test_samples_are_exact),
        cmocka_unit_test(test_samples_have_an_end),
        cmocka_unit_test(test_schedule_is_poisson),
        cmocka_unit_test(test_dialogue_knows_fibonacci),
        cmocka_unit_test(test_answers_in_pieces),
        cmocka_unit_test(test_answers_longer_than_the_pattern),
        cmocka_unit_test(test_connection_keeps_departures),
        cmocka_unit_test(test_connection_withdraws_the_newest),
        cmocka_unit_test(test_connection_writes_in_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
