#include "tests/web/parts.h"
#include "tests/web/site.h"
#include "tests/web/webclient.h"

#include <stdio.h>

/* Answers when so many requests wait: fewer, and nothing goes on; more, and the site has seen them.
 */
#define GATHERING(number)                                                                          \
    {                                                                                              \
        {"/*", SITE_GATHER, 200, NULL, NULL, number},                                              \
        {                                                                                          \
            NULL, SITE_ANSWER, 0, NULL, NULL, 0                                                    \
        }                                                                                          \
    }

static void expect_at_once(struct fixture *fixture, struct site *site, unsigned expected)
{
    if (site_most_at_once(site) != expected)
        fixture_fail(fixture, "%u requests at the same time in place of %u",
                     site_most_at_once(site), expected);
}

static void as_many_urls_are_under_way_as_allowed(struct fixture *fixture)
{
    enum { CONCURRENCY = 4, URLS = 12 };
    static const struct site_page one[] = GATHERING(1), several[] = GATHERING(CONCURRENCY);
    bool concurrent = fixture->subject->concurrent;
    struct site *site = site_start(fixture, concurrent ? several : one);
    struct arguments arguments = {.count = 0};
    struct webclient *client;

    step(fixture, "fetch");
    add_argument(&arguments, "-c%d", CONCURRENCY);
    for (int i = 0; i < URLS; i++)
        add_argument(&arguments, "%s/%d", site_url(site), i);
    client = webclient_run_with(fixture, (const char *const *)arguments.words);
    free_arguments(&arguments);
    expect_end(client, 0, URLS);
    expect_at_once(fixture, site, concurrent ? CONCURRENCY : 1);
}

static void each_host_has_a_limit_of_its_own(struct fixture *fixture)
{
    enum { PER_HOST = 2, URLS = 8 };
    static const struct site_page one[] = GATHERING(1), several[] = GATHERING(PER_HOST);
    bool concurrent = fixture->subject->concurrent;
    struct site *first = site_start(fixture, concurrent ? several : one);
    struct site *second = site_start(fixture, concurrent ? several : one);
    struct arguments arguments = {.count = 0};
    struct webclient *client;

    step(fixture, "fetch");
    add_argument(&arguments, "-c10");
    add_argument(&arguments, "--per-host=%d", PER_HOST);
    for (int i = 0; i < URLS; i++)
        add_argument(&arguments, "%s/%d", site_url(first), i);
    for (int i = 0; i < URLS; i++)
        add_argument(&arguments, "%s/%d", site_url(second), i);
    client = webclient_run_with(fixture, (const char *const *)arguments.words);
    free_arguments(&arguments);
    expect_end(client, 0, 2 * URLS);
    expect_at_once(fixture, first, concurrent ? PER_HOST : 1);
    expect_at_once(fixture, second, concurrent ? PER_HOST : 1);
}

/* The URLs of the first host cannot end before one of the second is there. */
static void a_full_host_does_not_hold_up_another(struct fixture *fixture)
{
    enum { URLS = 6 };
    static const struct site_page silent[] = {{"/*", SITE_SILENT, 0, NULL, NULL, 0},
                                              {NULL, SITE_ANSWER, 0, NULL, NULL, 0}};
    static const struct site_page quick[] = {{"/*", SITE_ANSWER, 200, NULL, NULL, 0},
                                             {NULL, SITE_ANSWER, 0, NULL, NULL, 0}};
    struct site *first, *second;
    struct arguments arguments = {.count = 0};
    struct webclient *client;

    if (!fixture->subject->concurrent)
        fixture_skip(fixture, "fetches one URL after the other");
    first = site_start(fixture, silent);
    second = site_start(fixture, quick);
    step(fixture, "fetch");
    add_argument(&arguments, "-c4");
    add_argument(&arguments, "--per-host=2");
    for (int i = 0; i < URLS; i++)
        add_argument(&arguments, "%s/%d", site_url(first), i);
    for (int i = 0; i < URLS; i++)
        add_argument(&arguments, "%s/%d", site_url(second), i);
    client = webclient_start_with(fixture, (const char *const *)arguments.words);
    free_arguments(&arguments);
    webclient_read(client, URLS);
    for (int i = 0; i < URLS; i++) {
        char path[16];

        snprintf(path, sizeof(path), "/%d", i);
        expect_result(client, result_at(client, site_url(second), path), 200, "");
    }
}

static const struct suite_test tests[] = {
    TEST(as_many_urls_are_under_way_as_allowed, 0),
    TEST(each_host_has_a_limit_of_its_own, 0),
    TEST(a_full_host_does_not_hold_up_another, 0),
};

const struct suite_part limits_part = SUITE_PART(tests);
