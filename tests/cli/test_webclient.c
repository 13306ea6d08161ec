/* The command line of webclient: argv[1] is the program. What it fetches is in tests/web. */

#include "tests/harness/assertions.h"
#include "tests/harness/run.h"

#include <stdio.h>
#include <string.h>

static const char *program;

static void test_wrong_usage(void **state)
{
    static const struct {
        const char *words[2];
        const char *complaint;
    } wrong[] = {
        {{"--backend=nonsense", "http://127.0.0.1:1/"},
         "unknown backend 'nonsense'; known are easy, threads, multi, uv, event, coro\n"},
        {{"--engine=nonsense", "http://127.0.0.1:1/"}, "--engine nonsense: one of poller, uv"},
        {{"-c", "0"}, "-c 0: a number from 1 to 20000 is wanted\n"},
        {{"--concurrency=20001", "http://127.0.0.1:1/"}, "-c 20001: a number from 1 to 20000"},
        {{"--timeout=x", "http://127.0.0.1:1/"}, "--timeout x: seconds from 0 to 1000000 are"},
        {{"--timeout=-1", "http://127.0.0.1:1/"}, "--timeout -1: seconds from 0 to 1000000 are"},
        {{"--retries=101", "http://127.0.0.1:1/"}, "--retries 101: a number from 0 to 100 is"},
        {{"--http2=3", "http://127.0.0.1:1/"}, "--http2 3: nothing or prior-knowledge is wanted\n"},
        {{"--output-dir=", "http://127.0.0.1:1/"}, "--output-dir '': a directory is wanted\n"},
        {{"--nonsense", "http://127.0.0.1:1/"}, "unrecognized option '--nonsense'\n"},
        {{"http://127.0.0.1:1/", "--timeout"}, "option '--timeout' requires an argument\n"},
        {{NULL}, "nothing to fetch: URLs are wanted, or -i FILE\n"},
    };
    struct run_result result;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        RUN_PROGRAM(&result, program, wrong[i].words[0], wrong[i].words[1]);
        if (result.status != 2 || result.output[0] != '\0' ||
            strstr(result.complaint, wrong[i].complaint) == NULL ||
            strstr(result.complaint, "Try 'webclient --help'.\n") == NULL)
            fail_msg("%s: exit status %d: %s", wrong[i].words[0], result.status, result.complaint);
    }
}

static void test_help_and_version(void **state)
{
    struct run_result result;

    RUN_PROGRAM(&result, program, "--help");
    assert_int_equal(result.status, 0);
    assert_non_null(strstr(result.output, "--backend=NAME"));
    RUN_PROGRAM(&result, program, "--version");
    assert_int_equal(result.status, 0);
    assert_int_equal(strncmp(result.output, "webclient ", 10), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_usage),
        cmocka_unit_test(test_help_and_version),
    };

    if (argc != 2) {
        fprintf(stderr, "usage: test_webclient PROGRAM\n");
        return 2;
    }
    program = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
