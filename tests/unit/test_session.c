#include "src/fib.h"
#include "src/session.h"
#include "tests/harness/assertions.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 512 * 1024 };

struct talk {
    struct session_rules rules;
    struct session session;
    char *said; /* all output so far, ended by NUL */
    size_t length;
};

static struct talk *talk_begin(unsigned max_n, bool packet)
{
    struct talk *talk = calloc(1, sizeof(*talk));

    session_rules_init(&talk->rules, max_n, packet);
    session_init(&talk->session, &talk->rules);
    talk->said = calloc(1, TEXT_MAX);
    return talk;
}

static void talk_end(struct talk *talk)
{
    session_finish(&talk->session);
    free(talk->said);
    free(talk);
}

static void take_output(struct talk *talk, size_t most)
{
    const char *bytes;
    size_t length = session_output(&talk->session, &bytes);

    if (length > most)
        length = most;
    if (length == 0)
        return;
    assert_true(talk->length + length < TEXT_MAX);
    memcpy(talk->said + talk->length, bytes, length);
    talk->length += length;
    session_sent(&talk->session, length);
}

/* As a backend does, without the socket. */
static void answer_all(struct talk *talk)
{
    enum session_line line;
    unsigned n;

    do {
        line = session_next(&talk->session, &n);
        if (line == SESSION_REQUEST)
            session_answer(&talk->session, fib(n));
        else if (line == SESSION_NO_LINE && session_is_full(&talk->session))
            take_output(talk, SIZE_MAX);
    } while (line != SESSION_NO_LINE || !(session_wants_read(&talk->session) ||
                                          session_ending(&talk->session) != SESSION_OPEN ||
                                          session_next(&talk->session, &n) == SESSION_NO_LINE));
    take_output(talk, SIZE_MAX);
}

static void say(struct talk *talk, const char *bytes, size_t length)
{
    session_receive(&talk->session, bytes, length);
    answer_all(talk);
}

static void say_text(struct talk *talk, const char *text)
{
    say(talk, text, strlen(text));
}

static void expect(struct talk *talk, const char *text)
{
    assert_string_equal(talk->said, text);
    talk->length = 0;
    memset(talk->said, 0, TEXT_MAX);
}

static void expect_error(struct talk *talk)
{
    assert_memory_equal(talk->said, "ERR ", 4);
    assert_non_null(strchr(talk->said, '\n'));
    assert_ptr_equal(strchr(talk->said, '\n'), talk->said + talk->length - 1);
    assert_true(session_wants_read(&talk->session));
    talk->length = 0;
    memset(talk->said, 0, TEXT_MAX);
}

static void answers_numbers(void **state)
{
    struct talk *talk = talk_begin(50, false);

    say_text(talk, "0\n");
    expect(talk, "0\n");
    say_text(talk, "1\n2\n10\n");
    expect(talk, "1\n1\n55\n");
    say_text(talk, " \t20\t \n");
    expect(talk, "6765\n");
    say_text(talk, "7\r\n");
    expect(talk, "13\n");
    say_text(talk, "7 \r\n");
    expect(talk, "13\n");
    say_text(talk, "00000000000000000000000000000000007\n");
    expect(talk, "13\n");
    talk_end(talk);
}

static void answers_what_is_no_number_with_an_error(void **state)
{
    static const char *const wrong[] = {
        "\n",
        "\r\n",
        " \t \n",
        "-1\n",
        "+1\n",
        "abc\n",
        "1 2\n",
        "1a\n",
        "0x10\n",
        "1.5\n",
        "51\n",
        "1e1\n",
        "1,0\n",
        "1\r2\n",
        "1\r\r\n",
        "\v1\n",
        "99999999999999999999\n",
        "18446744073709551617\n",
        "4294967297\n",
    };
    struct talk *talk = talk_begin(50, false);

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        say_text(talk, wrong[i]);
        expect_error(talk);
    }
    say(talk, "1\0\n", 3);
    expect_error(talk);
    say_text(talk, "1\xb2\n");
    expect_error(talk);
    say_text(talk, "10\n");
    expect(talk, "55\n");
    assert_int_equal(talk->session.errors, sizeof(wrong) / sizeof(wrong[0]) + 2);
    assert_int_equal(talk->session.requests, 1);
    talk_end(talk);
}

static void holds_n_to_its_limit(void **state)
{
    struct talk *talk = talk_begin(10, false);

    say_text(talk, "10\n");
    expect(talk, "55\n");
    say_text(talk, "11\n");
    assert_non_null(strstr(talk->said, "10"));
    expect_error(talk);
    talk_end(talk);
}

static void writes_the_largest_answer(void **state)
{
    struct talk *talk = talk_begin(93, false);
    unsigned n;

    session_receive(&talk->session, "93\n", 3);
    assert_int_equal(session_next(&talk->session, &n), SESSION_REQUEST);
    assert_int_equal(n, 93);
    session_answer(&talk->session, UINT64_C(12200160415121876738));
    take_output(talk, SIZE_MAX);
    expect(talk, "12200160415121876738\n");
    talk_end(talk);
}

static void takes_a_line_of_128_bytes(void **state)
{
    struct talk *talk = talk_begin(50, false);
    char line[SESSION_LINE_MAX + 1];

    memset(line, ' ', sizeof(line));
    line[0] = '9';
    line[SESSION_LINE_MAX] = '\n';
    say(talk, line, sizeof(line));
    expect(talk, "34\n");
    line[SESSION_LINE_MAX - 1] = '\r';
    say(talk, line, sizeof(line));
    expect(talk, "34\n");
    talk_end(talk);
}

static void refuses_a_longer_line_and_lingers(const char *ending)
{
    struct talk *talk = talk_begin(50, false);
    char line[SESSION_LINE_MAX];

    memset(line, '0', sizeof(line));
    say_text(talk, "9\n");
    say(talk, line, sizeof(line));
    assert_true(session_wants_read(&talk->session));
    say_text(talk, ending);
    expect(talk, "34\nERR line too long\n");
    assert_false(session_wants_read(&talk->session));
    assert_int_equal(session_ending(&talk->session), SESSION_LINGER);
    talk_end(talk);
}

static void refuses_an_overlong_line(void **state)
{
    refuses_a_longer_line_and_lingers("0");
    refuses_a_longer_line_and_lingers("\r\n");
    refuses_a_longer_line_and_lingers("1\n1\n");
}

static void sends_before_it_lingers(void **state)
{
    struct talk *talk = talk_begin(50, false);
    char line[SESSION_LINE_MAX + 1];
    unsigned n;

    memset(line, 'x', sizeof(line));
    session_receive(&talk->session, line, sizeof(line));
    assert_int_equal(session_next(&talk->session, &n), SESSION_REFUSED);
    assert_int_equal(session_next(&talk->session, &n), SESSION_NO_LINE);
    assert_int_equal(session_ending(&talk->session), SESSION_OPEN);
    take_output(talk, SIZE_MAX);
    assert_int_equal(session_ending(&talk->session), SESSION_LINGER);
    talk_end(talk);
}

static void answers_an_unterminated_line_at_the_end(void **state)
{
    struct talk *talk = talk_begin(50, false);

    say_text(talk, "1\n10");
    expect(talk, "1\n");
    session_receive_end(&talk->session);
    answer_all(talk);
    expect(talk, "55\n");
    assert_int_equal(session_ending(&talk->session), SESSION_CLOSE);
    talk_end(talk);
}

static void ends_without_a_word_behind_a_complete_line(void **state)
{
    struct talk *talk = talk_begin(50, false);

    say_text(talk, "10\n");
    session_receive_end(&talk->session);
    assert_false(session_wants_read(&talk->session));
    answer_all(talk);
    expect(talk, "55\n");
    assert_int_equal(session_ending(&talk->session), SESSION_CLOSE);
    talk_end(talk);
}

static void drops_an_unfinished_line_when_stopped(void **state)
{
    struct talk *talk = talk_begin(50, false);

    session_receive(&talk->session, "10\n11\n12", 8);
    session_stop(&talk->session);
    assert_int_equal(session_ending(&talk->session), SESSION_OPEN);
    answer_all(talk);
    expect(talk, "55\n89\n");
    assert_int_equal(session_ending(&talk->session), SESSION_LINGER);
    talk_end(talk);
}

static void turns_a_client_away(void **state)
{
    struct talk *talk = talk_begin(50, false);

    session_refuse(&talk->session, "too many connections");
    assert_false(session_wants_read(&talk->session));
    take_output(talk, SIZE_MAX);
    expect(talk, "ERR too many connections\n");
    assert_int_equal(session_ending(&talk->session), SESSION_LINGER);
    talk_end(talk);
}

static void is_over_when_it_is_broken(void **state)
{
    struct talk *talk = talk_begin(50, false);
    unsigned n;

    session_receive(&talk->session, "1\n2\n", 4);
    assert_int_equal(session_next(&talk->session, &n), SESSION_REQUEST);
    session_break(&talk->session);
    session_answer(&talk->session, 1);
    answer_all(talk);
    expect(talk, "");
    assert_int_equal(session_ending(&talk->session), SESSION_CLOSE);
    talk_end(talk);
}

static void ends_a_request_with_the_read_if_packets_are_framed(void **state)
{
    struct talk *talk = talk_begin(50, true);

    say_text(talk, "10");
    expect(talk, "55\n");
    say_text(talk, "1\n2\n10");
    expect(talk, "1\n1\n55\n");
    say_text(talk, "10\n");
    expect(talk, "55\n");
    session_receive_end(&talk->session);
    answer_all(talk);
    expect(talk, "");
    talk_end(talk);
}

static void stops_reading_while_lines_are_unparsed(void **state)
{
    struct talk *talk = talk_begin(50, false);

    assert_true(session_wants_read(&talk->session));
    session_receive(&talk->session, "1", 1);
    assert_true(session_wants_read(&talk->session));
    session_receive(&talk->session, "\n", 1);
    assert_false(session_wants_read(&talk->session));
    answer_all(talk);
    assert_true(session_wants_read(&talk->session));
    talk_end(talk);
}

static void looks_at_no_line_while_answers_pile_up(void **state)
{
    struct talk *talk = talk_begin(50, false);
    static char requests[SESSION_READ_SIZE];
    size_t answered = 0;
    unsigned n;

    for (size_t i = 0; i < sizeof(requests); i++)
        requests[i] = i % 2 == 0 ? 'x' : '\n';
    session_receive(&talk->session, requests, sizeof(requests));
    while (session_next(&talk->session, &n) == SESSION_REFUSED)
        answered++;
    assert_true(session_is_full(&talk->session));
    assert_false(session_wants_read(&talk->session));
    assert_in_range(answered, 1, sizeof(requests) / 2 - 1);
    take_output(talk, SESSION_OUTPUT_FULL);
    assert_false(session_is_full(&talk->session));
    while (session_next(&talk->session, &n) == SESSION_REFUSED || session_is_full(&talk->session)) {
        take_output(talk, 1000);
        memset(talk->said, 0, talk->length);
        talk->length = 0;
    }
    take_output(talk, SIZE_MAX);
    assert_int_equal(talk->session.errors, sizeof(requests) / 2);
    assert_true(session_wants_read(&talk->session));
    talk_end(talk);
}

static void holds_no_memory_when_nothing_waits(void **state)
{
    struct talk *talk = talk_begin(50, false);

    say_text(talk, "1\nabc\n");
    assert_null(talk->session.input);
    assert_null(talk->session.output);
    talk_end(talk);
}

static void repeats_a_request_until_it_is_answered(void **state)
{
    struct talk *talk = talk_begin(50, false);
    unsigned first, second;

    session_receive(&talk->session, "3\n4\n", 4);
    assert_int_equal(session_next(&talk->session, &first), SESSION_REQUEST);
    session_computing(&talk->session);
    assert_true(session_is_computing(&talk->session));
    assert_int_equal(session_next(&talk->session, &second), SESSION_REQUEST);
    assert_int_equal(first, 3);
    assert_int_equal(second, 3);
    session_answer(&talk->session, 2);
    assert_false(session_is_computing(&talk->session));
    assert_int_equal(session_next(&talk->session, &second), SESSION_REQUEST);
    assert_int_equal(second, 4);
    talk_end(talk);
}

static void counts_what_is_owed(void **state)
{
    struct talk *talk = talk_begin(50, false);
    unsigned n;

    session_receive(&talk->session, "1\n2\n3\n4", 7);
    assert_int_equal(session_undelivered(&talk->session), 3);
    session_next(&talk->session, &n);
    assert_int_equal(session_undelivered(&talk->session), 3);
    session_answer(&talk->session, 1);
    assert_int_equal(session_undelivered(&talk->session), 3);
    take_output(talk, 2);
    assert_int_equal(session_undelivered(&talk->session), 2);
    session_receive_end(&talk->session);
    assert_int_equal(session_undelivered(&talk->session), 3);
    talk_end(talk);
}

/* The same bytes, however they are cut, have the same answers. */
static void does_not_care_how_bytes_are_split(void **state)
{
    static const char bytes[] = "1\n20\r\n\n x \n\t 7 \n50000000000000000000000\n12\nabc\r\n0\n"
                                "19\n-3\n1 1\n3\r\n00000000000000000000000000000000000000000005\n8";
    struct talk *whole = talk_begin(50, false);

    say(whole, bytes, sizeof(bytes) - 1);
    session_receive_end(&whole->session);
    answer_all(whole);
    srand(1);
    for (int round = 0; round < 500; round++) {
        struct talk *split = talk_begin(50, false);
        size_t done = 0;

        while (done < sizeof(bytes) - 1) {
            size_t part = 1 + (size_t)rand() % 7;

            if (part > sizeof(bytes) - 1 - done)
                part = sizeof(bytes) - 1 - done;
            say(split, bytes + done, part);
            done += part;
        }
        session_receive_end(&split->session);
        answer_all(split);
        assert_string_equal(split->said, whole->said);
        talk_end(split);
    }
    assert_non_null(strstr(whole->said, "4181\n"));
    talk_end(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_numbers),
        cmocka_unit_test(answers_what_is_no_number_with_an_error),
        cmocka_unit_test(holds_n_to_its_limit),
        cmocka_unit_test(writes_the_largest_answer),
        cmocka_unit_test(takes_a_line_of_128_bytes),
        cmocka_unit_test(refuses_an_overlong_line),
        cmocka_unit_test(sends_before_it_lingers),
        cmocka_unit_test(answers_an_unterminated_line_at_the_end),
        cmocka_unit_test(ends_without_a_word_behind_a_complete_line),
        cmocka_unit_test(drops_an_unfinished_line_when_stopped),
        cmocka_unit_test(turns_a_client_away),
        cmocka_unit_test(is_over_when_it_is_broken),
        cmocka_unit_test(ends_a_request_with_the_read_if_packets_are_framed),
        cmocka_unit_test(stops_reading_while_lines_are_unparsed),
        cmocka_unit_test(looks_at_no_line_while_answers_pile_up),
        cmocka_unit_test(holds_no_memory_when_nothing_waits),
        cmocka_unit_test(repeats_a_request_until_it_is_answered),
        cmocka_unit_test(counts_what_is_owed),
        cmocka_unit_test(does_not_care_how_bytes_are_split),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
