#include "tests/harness/suite.h"

#include "tests/harness/assertions.h"
#include "tests/harness/listing.h"
#include "tests/harness/record.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum { EXIT_SKIPPED = 77 };

/* One test of this run: what cmocka hands to setup, test and teardown. */
struct run {
    struct fixture fixture;
    struct subject *subject;
    const char *suite;
    const struct suite_test *test;
    bool passed;
};

static bool computes_apart(const struct subject *subject)
{
    if (strcmp(subject->compute, "pool") == 0)
        return !subject_has_option(subject, "--offload=never");
    return strcmp(subject->compute, "connection") == 0 ||
           strcmp(subject->compute, "cooperative") == 0;
}

/* Why the test cannot be run on the subject, NULL if it can. */
static const char *missing(const struct subject *subject, unsigned needs)
{
    bool null = strcmp(subject->backend, "null") == 0;
    bool queues =
        strcmp(subject->backend, "prefork") == 0 || strcmp(subject->backend, "threadpool") == 0;

    if ((needs & NEEDS_LOOPS) && strstr(subject->backend, "-multi") == NULL)
        return "has one loop at most";
    if ((needs & NEEDS_NUMBERS) && null)
        return "answers 1 to every line";
    if ((needs & NEEDS_CONCURRENCY) && !subject->concurrent)
        return "serves one connection at a time";
    if ((needs & NEEDS_OWN_COMPUTATION) && (null || !computes_apart(subject)))
        return "computes while the others wait";
    if ((needs & NEEDS_REFUSAL) && (queues || !subject->concurrent))
        return "further clients wait in the backlog";
    if ((needs & NEEDS_TCP) && subject->unix_socket)
        return "needs TCP";
    if ((needs & NEEDS_UNIX) && !subject->unix_socket)
        return "needs a Unix socket";
    if ((needs & NEEDS_LINES) && subject_has_option(subject, "--framing=packet"))
        return "needs --framing=line";
    if ((needs & NEEDS_RELEASE) && SLOWNESS > 1)
        return "measures what sanitizers change";
    return NULL;
}

static int set_up(void **state)
{
    struct run *run = *state;

    fixture_init(&run->fixture, run->subject);
    run->fixture.argument = run->test->argument;
    return 0;
}

static int tear_down(void **state)
{
    struct run *run = *state;

    fixture_finish(&run->fixture);
    record_outcome(run->suite, run->test->name, &run->fixture, run->passed);
    return 0;
}

static void call_test(void **state)
{
    struct run *run = *state;
    const char *reason = missing(run->subject, run->test->needs);

    if (reason != NULL)
        fixture_skip(&run->fixture, reason);
    run->test->run(&run->fixture);
    run->passed = true;
}

/* Fills in the properties. Returns the exit status if the tests cannot be run, else -1. */
static int look_up(struct subject *subject)
{
    cJSON *listing = listing_read(subject->program);
    const cJSON *entry = listing_find(listing, subject->backend), *reason;
    int status = -1;

    if (entry == NULL) {
        fprintf(stderr, "%s knows no backend '%s'\n", subject->program, subject->backend);
        status = EXIT_FAILURE;
    } else if (!cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(entry, "available"))) {
        reason = cJSON_GetObjectItemCaseSensitive(entry, "reason");
        printf("%s is not available: %s\n", subject->backend,
               cJSON_IsString(reason) ? reason->valuestring : "no reason given");
        status = cJSON_IsString(reason) ? EXIT_SKIPPED : EXIT_FAILURE;
    } else {
        subject->concurrent =
            cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(entry, "concurrent_connections")) ||
            cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(entry, "concurrent"));
        reason = cJSON_GetObjectItemCaseSensitive(entry, "compute");
        snprintf(subject->compute, sizeof(subject->compute), "%s",
                 cJSON_IsString(reason) ? reason->valuestring : "");
        reason = cJSON_GetObjectItemCaseSensitive(entry, "library");
        snprintf(subject->library, sizeof(subject->library), "%s",
                 cJSON_IsString(reason) ? reason->valuestring : "");
    }
    cJSON_Delete(listing);
    return status;
}

static int run_all(const char *name, const struct suite_part *parts, size_t part_count,
                   struct subject *subject)
{
    size_t count = 0, made = 0;
    struct CMUnitTest *tests;
    struct run *runs;
    int failed;

    for (size_t i = 0; i < part_count; i++)
        count += parts[i].count;
    if (count == 0)
        return EXIT_FAILURE;
    tests = calloc(count, sizeof(*tests));
    runs = calloc(count, sizeof(*runs));
    if (tests == NULL || runs == NULL)
        abort();
    for (size_t i = 0; i < part_count; i++)
        for (size_t j = 0; j < parts[i].count; j++, made++) {
            runs[made] =
                (struct run){.subject = subject, .suite = name, .test = &parts[i].tests[j]};
            tests[made] = (struct CMUnitTest){.name = parts[i].tests[j].name,
                                              .test_func = call_test,
                                              .setup_func = set_up,
                                              .teardown_func = tear_down,
                                              .initial_state = &runs[made]};
        }
    failed = _cmocka_run_group_tests(name, tests, count, NULL, NULL);
    free(runs);
    free(tests);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int list_tests(const struct suite_part *parts, size_t part_count)
{
    for (size_t i = 0; i < part_count; i++)
        for (size_t j = 0; j < parts[i].count; j++)
            printf("%s\n", parts[i].tests[j].name);
    return EXIT_SUCCESS;
}

int suite_main(const char *name, const struct suite_part *parts, size_t part_count, int argc,
               char **argv)
{
    const char *extra[32];
    struct subject subject = {.extra = extra};
    struct rlimit descriptors;
    int status;

    if (argc == 2 && strcmp(argv[1], "--list") == 0)
        return list_tests(parts, part_count);
    if (argc < 3) {
        fprintf(stderr,
                "usage: %s PROGRAM BACKEND [--filter=PATTERN] [--unix] [OPTION…]\n"
                "       %s --list\n",
                argv[0], argv[0]);
        return EXIT_FAILURE;
    }
    subject.program = argv[1];
    subject.backend = argv[2];
    for (int i = 3; i < argc; i++) {
        if (strncmp(argv[i], "--filter=", 9) == 0)
            cmocka_set_test_filter(argv[i] + 9);
        else if (strcmp(argv[i], "--unix") == 0)
            subject.unix_socket = true;
        else if (subject.extra_count < sizeof(extra) / sizeof(extra[0]))
            extra[subject.extra_count++] = argv[i];
    }
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
        descriptors.rlim_cur = descriptors.rlim_max;
        setrlimit(RLIMIT_NOFILE, &descriptors);
    }
    status = look_up(&subject);
    return status >= 0 ? status : run_all(name, parts, part_count, &subject);
}
