#include "tests/web/parts.h"
#include "tests/web/site.h"
#include "tests/web/webclient.h"

#include <stdio.h>
#include <string.h>

static const struct site_page pages[] = {
    {"/busy", SITE_BUSY, 0, NULL, NULL, 2},
    {"/asks", SITE_BUSY, 0, "Retry-After: 1\r\n", NULL, 1},
    {"/wants-hours", SITE_BUSY, 0, "Retry-After: 7200\r\n", NULL, 1},
    {"/always", SITE_BUSY, 0, NULL, NULL, 1000},
    {"/reset", SITE_RESET_IN_BODY, 0, NULL, NULL, 0},
    {"/bad", SITE_ANSWER, 400, NULL, NULL, 0},
    {NULL, SITE_ANSWER, 0, NULL, NULL, 0},
};

static void expect_attempts(const struct webclient *client, struct site *site, const char *path,
                            unsigned attempts)
{
    const cJSON *result = result_at(client, site_url(site), path);

    if (number_of(result, "attempts") != attempts || site_requests(site, path) != attempts)
        fixture_fail(client->fixture, "%s: %g attempts, %u requests in place of %u", path,
                     number_of(result, "attempts"), site_requests(site, path), attempts);
}

static struct webclient *fetch(struct fixture *fixture, struct site *site, const char *retries)
{
    struct arguments arguments = {.count = 0};
    struct webclient *client;

    step(fixture, retries);
    add_argument(&arguments, "%s", retries);
    add_argument(&arguments, "--retry-wait=0.02");
    for (const struct site_page *page = pages; page->path != NULL; page++)
        add_argument(&arguments, "%s%s", site_url(site), page->path);
    add_argument(&arguments, "%s/missing", site_url(site));
    client = webclient_run_with(fixture, (const char *const *)arguments.words);
    free_arguments(&arguments);
    expect_end(client, 1, sizeof(pages) / sizeof(pages[0]));
    return client;
}

static void what_may_help_is_tried_again_so_often_and_no_more(struct fixture *fixture)
{
    struct site *site = site_start(fixture, pages);
    struct webclient *client = fetch(fixture, site, "--retries=2");

    expect_result(client, result_at(client, site_url(site), "/busy"), 200, "");
    expect_attempts(client, site, "/busy", 3);
    expect_result(client, result_at(client, site_url(site), "/asks"), 200, "");
    expect_attempts(client, site, "/asks", 2);
    expect_result(client, result_at(client, site_url(site), "/wants-hours"), 503, "http");
    expect_attempts(client, site, "/wants-hours", 1);
    expect_result(client, result_at(client, site_url(site), "/always"), 503, "http");
    expect_attempts(client, site, "/always", 3);
    expect_result(client, result_at(client, site_url(site), "/reset"), 0, "reset");
    expect_attempts(client, site, "/reset", 3);
    expect_result(client, result_at(client, site_url(site), "/bad"), 400, "http");
    expect_attempts(client, site, "/bad", 1);
    expect_attempts(client, site, "/missing", 1);
    if (number_of(client->summary, "retries") != 7)
        fixture_fail(fixture, "%g retries in place of 7", number_of(client->summary, "retries"));
    /* The server's wish of a second, not the twentieth of one that was set. */
    if (number_of(client->summary, "seconds") < 0.9)
        fixture_fail(fixture, "all was over after %g s", number_of(client->summary, "seconds"));
}

static void nothing_is_tried_again_unless_told(struct fixture *fixture)
{
    struct site *site = site_start(fixture, pages);
    struct webclient *client = fetch(fixture, site, "--retries=0");

    for (const struct site_page *page = pages; page->path != NULL; page++)
        expect_attempts(client, site, page->path, 1);
    expect_result(client, result_at(client, site_url(site), "/busy"), 503, "http");
}

static const struct suite_test tests[] = {
    TEST(what_may_help_is_tried_again_so_often_and_no_more, 0),
    TEST(nothing_is_tried_again_unless_told, 0),
};

const struct suite_part retries_part = SUITE_PART(tests);
