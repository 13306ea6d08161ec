#include "tests/web/delay_server.h"
#include "tests/web/parts.h"
#include "tests/web/site.h"
#include "tests/web/webclient.h"

#include <stdio.h>
#include <string.h>

/* Of all sizes, more than fit into a buffer too, in another order than they are asked for. */
static void every_url_is_answered_once(struct fixture *fixture)
{
    enum { URLS = 60, LARGE = 300000 };
    const char *server = delay_server_start(fixture);
    struct arguments arguments = {.count = 0};
    struct webclient *client;
    char url[256];

    step(fixture, "fetch");
    add_argument(&arguments, "-c");
    add_argument(&arguments, "8");
    for (int i = 0; i < URLS; i++)
        add_argument(&arguments, "%s/bytes/%d?delay=%s", server, i * LARGE / URLS,
                     i % 4 == 0 ? "0.02" : "0");
    client = webclient_run_with(fixture, (const char *const *)arguments.words);
    free_arguments(&arguments);
    expect_end(client, 0, URLS);
    for (int i = 0; i < URLS; i++) {
        const cJSON *result;

        snprintf(url, sizeof(url), "%s/bytes/%d?delay=%s", server, i * LARGE / URLS,
                 i % 4 == 0 ? "0.02" : "0");
        result = result_of(client, url);
        expect_result(client, result, 200, "");
        if ((int)number_of(result, "bytes") != i * LARGE / URLS ||
            number_of(result, "attempts") != 1)
            fixture_fail(fixture, "%g bytes after %g attempts of %s", number_of(result, "bytes"),
                         number_of(result, "attempts"), url);
    }
}

static void the_same_url_again_is_another_one(struct fixture *fixture)
{
    static const struct site_page pages[] = {{"/", SITE_ANSWER, 200, NULL, NULL, 0},
                                             {NULL, SITE_ANSWER, 0, NULL, NULL, 0}};
    struct site *site = site_start(fixture, pages);
    char url[128];
    struct webclient *client;

    snprintf(url, sizeof(url), "%s/", site_url(site));
    step(fixture, "fetch");
    client = webclient_run(fixture, url, url, url);
    expect_end(client, 0, 3);
    if (site_requests(site, "/") != 3)
        fixture_fail(fixture, "%u requests for three URLs", site_requests(site, "/"));
}

static void connections_are_used_again(struct fixture *fixture)
{
    enum { URLS = 24, CONCURRENCY = 3 };
    static const struct site_page pages[] = {{"/*", SITE_ANSWER, 200, NULL, NULL, 0},
                                             {NULL, SITE_ANSWER, 0, NULL, NULL, 0}};
    struct site *site = site_start(fixture, pages);
    struct arguments arguments = {.count = 0};
    struct webclient *client;

    step(fixture, "fetch");
    add_argument(&arguments, "-c%d", CONCURRENCY);
    for (int i = 0; i < URLS; i++)
        add_argument(&arguments, "%s/%d", site_url(site), i);
    client = webclient_run_with(fixture, (const char *const *)arguments.words);
    free_arguments(&arguments);
    expect_end(client, 0, URLS);
    if (site_requests(site, NULL) != URLS || site_connections(site) > CONCURRENCY)
        fixture_fail(fixture, "%u requests on %u connections", site_requests(site, NULL),
                     site_connections(site));
    if (number_of(client->summary, "connections") != site_connections(site))
        fixture_fail(fixture, "the summary says %g connections",
                     number_of(client->summary, "connections"));
}

static void redirects_are_followed_up_to_ten(struct fixture *fixture)
{
    const char *server = delay_server_start(fixture);
    char few[128], ten[128], many[128];
    struct webclient *client;
    const cJSON *result;

    snprintf(few, sizeof(few), "%s/redirect/3", server);
    snprintf(ten, sizeof(ten), "%s/redirect/10", server);
    snprintf(many, sizeof(many), "%s/redirect/11", server);
    step(fixture, "fetch");
    client = webclient_run(fixture, few, ten, many);
    expect_end(client, 1, 3);
    expect_result(client, result_of(client, ten), 200, "");
    expect_result(client, result_of(client, many), 0, "redirect-loop");
    result = result_of(client, few);
    expect_result(client, result, 200, "");
    if (number_of(result, "redirects") != 3 ||
        strstr(text_of(result, "final_url"), "redirect") != NULL)
        fixture_fail(fixture, "%g redirects to %s", number_of(result, "redirects"),
                     text_of(result, "final_url"));
}

static void statuses_decide_the_exit_status(struct fixture *fixture)
{
    const char *server = delay_server_start(fixture);
    struct webclient *client;
    char good[128], bad[128], worse[128];

    snprintf(good, sizeof(good), "%s/status/204", server);
    snprintf(bad, sizeof(bad), "%s/status/404", server);
    snprintf(worse, sizeof(worse), "%s/status/500", server);
    step(fixture, "an answer without a body");
    client = webclient_run(fixture, good);
    expect_end(client, 0, 1);
    expect_result(client, result_of(client, good), 204, "");
    step(fixture, "one of three is answered below 400");
    client = webclient_run(fixture, good, bad, worse);
    expect_end(client, 1, 3);
    expect_result(client, result_of(client, bad), 404, "http");
    expect_result(client, result_of(client, worse), 500, "http");
}

static const struct suite_test tests[] = {
    TEST(every_url_is_answered_once, 0),      TEST(the_same_url_again_is_another_one, 0),
    TEST(connections_are_used_again, 0),      TEST(redirects_are_followed_up_to_ten, 0),
    TEST(statuses_decide_the_exit_status, 0),
};

const struct suite_part answers_part = SUITE_PART(tests);
