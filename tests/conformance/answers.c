#include "tests/conformance/parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One server, one client, one line in, one line out. */
static void expect_answer(struct fixture *fixture, const char *line, const char *answer)
{
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);

    client_send(client, line);
    client_expect_line(client, answer);
    client_half_close(client);
    client_expect_end(client);
    server_stop(server);
}

/* The bytes get one ERR line, and the connection goes on. */
static void expect_refused(struct client *client, const char *bytes, size_t length)
{
    client_send_bytes(client, bytes, length);
    client_expect_error(client);
    client_round_trip(client, 10);
}

static void expect_error(struct fixture *fixture, const char *bytes, size_t length)
{
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);

    expect_refused(client, bytes, length);
    client_half_close(client);
    client_expect_end(client);
    server_stop(server);
}

#define EXPECT_ERROR(fixture, literal) expect_error(fixture, literal, sizeof(literal) - 1)

static void f_of_0_is_0(struct fixture *fixture)
{
    expect_answer(fixture, "0\n", "0");
}

static void f_of_1_is_1(struct fixture *fixture)
{
    expect_answer(fixture, "1\n", "1");
}

static void f_of_2_is_1(struct fixture *fixture)
{
    expect_answer(fixture, "2\n", "1");
}

static void f_of_10_is_55(struct fixture *fixture)
{
    expect_answer(fixture, "10\n", "55");
}

static void f_of_20_is_6765(struct fixture *fixture)
{
    expect_answer(fixture, "20\n", "6765");
}

static void first_twenty_six_numbers(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);

    for (unsigned n = 0; n <= 25; n++)
        client_round_trip(client, n);
}

static void spaces_and_tabs_may_surround_the_number(struct fixture *fixture)
{
    expect_answer(fixture, " \t  10\t \t\n", "55");
}

static void crlf_ends_a_line(struct fixture *fixture)
{
    expect_answer(fixture, "10\r\n", "55");
}

static void blanks_before_crlf_are_allowed(struct fixture *fixture)
{
    expect_answer(fixture, "\t10 \r\n", "55");
}

static void leading_zeros_are_digits(struct fixture *fixture)
{
    char line[130];

    memset(line, '0', 126);
    snprintf(line + 126, sizeof(line) - 126, "10\n");
    expect_answer(fixture, line, "55");
}

static void empty_line_gets_err(struct fixture *fixture)
{
    EXPECT_ERROR(fixture, "\n");
}

static void lone_crlf_gets_err(struct fixture *fixture)
{
    EXPECT_ERROR(fixture, "\r\n");
}

static void blank_line_gets_err(struct fixture *fixture)
{
    EXPECT_ERROR(fixture, " \t \n");
}

static void minus_sign_gets_err(struct fixture *fixture)
{
    EXPECT_ERROR(fixture, "-1\n");
}

static void plus_sign_gets_err(struct fixture *fixture)
{
    EXPECT_ERROR(fixture, "+1\n");
}

static void letters_get_err(struct fixture *fixture)
{
    EXPECT_ERROR(fixture, "ten\n");
}

static void letters_behind_the_number_get_err(struct fixture *fixture)
{
    EXPECT_ERROR(fixture, "10x\n");
}

static void letters_before_the_number_get_err(struct fixture *fixture)
{
    EXPECT_ERROR(fixture, "x10\n");
}

static void hexadecimal_gets_err(struct fixture *fixture)
{
    EXPECT_ERROR(fixture, "0x10\n");
}

static void decimal_point_gets_err(struct fixture *fixture)
{
    EXPECT_ERROR(fixture, "1.0\n");
}

static void exponent_gets_err(struct fixture *fixture)
{
    EXPECT_ERROR(fixture, "1e1\n");
}

static void two_numbers_get_err(struct fixture *fixture)
{
    EXPECT_ERROR(fixture, "1 2\n");
}

static void nul_byte_gets_err(struct fixture *fixture)
{
    EXPECT_ERROR(fixture, "10\0\n");
}

static void nul_byte_in_front_gets_err(struct fixture *fixture)
{
    EXPECT_ERROR(fixture, "\0"
                          "10\n");
}

static void byte_over_127_gets_err(struct fixture *fixture)
{
    EXPECT_ERROR(fixture, "10\xff\n");
}

static void digits_of_other_scripts_get_err(struct fixture *fixture)
{
    EXPECT_ERROR(fixture, "\xd9\xa1\xd9\xa0\n");
}

static void non_breaking_space_gets_err(struct fixture *fixture)
{
    EXPECT_ERROR(fixture, "\xc2\xa0"
                          "10\n");
}

static void other_white_space_gets_err(struct fixture *fixture)
{
    EXPECT_ERROR(fixture, "\v10\f\n");
}

static void carriage_return_inside_gets_err(struct fixture *fixture)
{
    EXPECT_ERROR(fixture, "1\r0\n");
}

static void two_carriage_returns_get_err(struct fixture *fixture)
{
    EXPECT_ERROR(fixture, "10\r\r\n");
}

static void carriage_return_before_a_blank_gets_err(struct fixture *fixture)
{
    EXPECT_ERROR(fixture, "10\r \n");
}

static void every_single_byte_but_digits_gets_err(struct fixture *fixture)
{
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);
    char line[2] = {0, '\n'};

    for (int byte = 0; byte < 256; byte++) {
        if (byte == '\n' || (byte >= '0' && byte <= '9'))
            continue;
        line[0] = (char)byte;
        client_send_bytes(client, line, 2);
        client_expect_error(client);
    }
    client_round_trip(client, 10);
}

static void n_above_the_default_limit_gets_err(struct fixture *fixture)
{
    EXPECT_ERROR(fixture, "51\n");
}

static void n_above_the_largest_limit_gets_err(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--max-n", "93");
    struct client *client = client_connect(server);

    client_send(client, "94\n");
    client_expect_error(client);
    client_round_trip(client, 20);
}

static void max_n_itself_is_answered(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--max-n", "10");
    struct client *client = client_connect(server);

    client_round_trip(client, 10);
    client_round_trip(client, 9);
}

static void n_above_max_n_gets_err(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--max-n", "10");
    struct client *client = client_connect(server);

    expect_refused(client, "11\n", 3);
}

/* Each would be 10 in a counter of the width that it overflows. */
static void overflowing_numbers_get_err(struct fixture *fixture)
{
    static const char *const lines[] = {
        "266\n",
        "65546\n",
        "4294967306\n",
        "18446744073709551626\n",
        "340282366920938463463374607431768211466\n",
    };
    struct server *server = server_start(fixture, "--max-n", "93");
    struct client *client = client_connect(server);

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        expect_refused(client, lines[i], strlen(lines[i]));
}

static void hundred_and_twenty_eight_nines_get_err(struct fixture *fixture)
{
    char line[129];

    memset(line, '9', 128);
    line[128] = '\n';
    expect_error(fixture, line, sizeof(line));
}

/* n above the limit is not first computed and then refused. */
static void n_above_the_limit_gets_err_at_once(struct fixture *fixture)
{
    struct server *server = server_start(fixture, "--max-n", "30");
    struct client *client = client_connect(server);
    int64_t before;

    client_round_trip(client, 1);
    before = server_cpu_ns(server);
    for (int i = 0; i < 20; i++) {
        client_send(client, "93\n");
        client_expect_error(client);
    }
    if (server_cpu_ns(server) - before > 1000000000)
        fixture_fail(fixture, "twenty refusals took more than a second of processor time");
}

static void connection_goes_on_after_every_kind_of_error(struct fixture *fixture)
{
    static const char lines[] =
        "\n-1\n+1\nten\n10x\n1 2\n51\n18446744073709551616\n\r\n\x80\n \t\n";
    struct server *server = server_start(fixture);
    struct client *client = client_connect(server);

    for (int round = 0; round < 50; round++) {
        client_send(client, lines);
        client_send(client, "10\n");
        for (int i = 0; i < 11; i++)
            client_expect_error(client);
        client_expect_line(client, "55");
    }
}

static const struct suite_test tests[] = {
    TEST(f_of_0_is_0, NEEDS_NUMBERS),
    TEST(f_of_1_is_1, NEEDS_NUMBERS),
    TEST(f_of_2_is_1, NEEDS_NUMBERS),
    TEST(f_of_10_is_55, NEEDS_NUMBERS),
    TEST(f_of_20_is_6765, NEEDS_NUMBERS),
    TEST(first_twenty_six_numbers, NEEDS_NUMBERS),
    TEST(spaces_and_tabs_may_surround_the_number, NEEDS_NUMBERS),
    TEST(crlf_ends_a_line, NEEDS_NUMBERS),
    TEST(blanks_before_crlf_are_allowed, NEEDS_NUMBERS),
    TEST(leading_zeros_are_digits, NEEDS_NUMBERS),
    TEST(empty_line_gets_err, NEEDS_NUMBERS),
    TEST(lone_crlf_gets_err, NEEDS_NUMBERS),
    TEST(blank_line_gets_err, NEEDS_NUMBERS),
    TEST(minus_sign_gets_err, NEEDS_NUMBERS),
    TEST(plus_sign_gets_err, NEEDS_NUMBERS),
    TEST(letters_get_err, NEEDS_NUMBERS),
    TEST(letters_behind_the_number_get_err, NEEDS_NUMBERS),
    TEST(letters_before_the_number_get_err, NEEDS_NUMBERS),
    TEST(hexadecimal_gets_err, NEEDS_NUMBERS),
    TEST(decimal_point_gets_err, NEEDS_NUMBERS),
    TEST(exponent_gets_err, NEEDS_NUMBERS),
    TEST(two_numbers_get_err, NEEDS_NUMBERS),
    TEST(nul_byte_gets_err, NEEDS_NUMBERS),
    TEST(nul_byte_in_front_gets_err, NEEDS_NUMBERS),
    TEST(byte_over_127_gets_err, NEEDS_NUMBERS),
    TEST(digits_of_other_scripts_get_err, NEEDS_NUMBERS),
    TEST(non_breaking_space_gets_err, NEEDS_NUMBERS),
    TEST(other_white_space_gets_err, NEEDS_NUMBERS),
    TEST(carriage_return_inside_gets_err, NEEDS_NUMBERS),
    TEST(two_carriage_returns_get_err, NEEDS_NUMBERS),
    TEST(carriage_return_before_a_blank_gets_err, NEEDS_NUMBERS),
    TEST(every_single_byte_but_digits_gets_err, NEEDS_NUMBERS),
    TEST(n_above_the_default_limit_gets_err, NEEDS_NUMBERS),
    TEST(n_above_the_largest_limit_gets_err, NEEDS_NUMBERS),
    TEST(max_n_itself_is_answered, NEEDS_NUMBERS),
    TEST(n_above_max_n_gets_err, NEEDS_NUMBERS),
    TEST(overflowing_numbers_get_err, NEEDS_NUMBERS),
    TEST(hundred_and_twenty_eight_nines_get_err, NEEDS_NUMBERS),
    TEST(n_above_the_limit_gets_err_at_once, NEEDS_NUMBERS),
    TEST(connection_goes_on_after_every_kind_of_error, NEEDS_NUMBERS),
};

const struct suite_part answers_part = SUITE_PART(tests);
