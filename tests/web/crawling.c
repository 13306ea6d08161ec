#include "tests/web/parts.h"
#include "tests/web/site.h"
#include "tests/web/webclient.h"

#include <stdio.h>
#include <string.h>

#define HTML "Content-Type: text/html; charset=utf-8\r\n"

/* Cycles, pages that robots.txt forbids, links to elsewhere, levels, redirects and broken HTML. */
static const struct site_page pages[] = {
    {"/robots.txt", SITE_ANSWER, 200, NULL,
     "User-agent: *\nDisallow: /\n\nUser-agent: webclient\nDisallow: /private\nDisallow: /*.cgi$\n",
     0},
    {"/", SITE_ANSWER, 200, HTML,
     "<a href=/1>1</a> <a href='1#x'> <a href=broken> <a href=/private/page> <a "
     "href='http://off.invalid/'>"
     "<a href='mailto:a@b'> <a href=moved> <a href=data.bin>",
     0},
    {"/1", SITE_ANSWER, 200, HTML, "<base href='/deep/'><a href=2><a href='/'><a href=q.cgi>", 0},
    {"/deep/2", SITE_ANSWER, 200, HTML, "<a href=3><a href='/1'><a href=./2>", 0},
    {"/deep/3", SITE_ANSWER, 200, HTML, "<a href=4>", 0},
    {"/deep/4", SITE_ANSWER, 200, HTML, "<a href=5>", 0},
    {"/broken", SITE_ANSWER, 200, HTML,
     "<html><a href=caf\xC3\xA9<p></body><table><a href=\"/missing\"><", 0},
    {"/caf%C3%A9%3Cp", SITE_ANSWER, 200, HTML, "", 0},
    {"/moved", SITE_ANSWER, 301, "Location: /deep/2\r\n", "", 0},
    {"/data.bin", SITE_ANSWER, 200, "Content-Type: application/octet-stream\r\n", "<a href=/never>",
     0},
    {NULL, SITE_ANSWER, 0, NULL, NULL, 0},
};

static struct webclient *crawl(struct fixture *fixture, struct site *site, const char *depth,
                               const char *option)
{
    char url[64];

    snprintf(url, sizeof(url), "%s", site_url(site));
    return webclient_run(fixture, "--crawl", depth, option, url);
}

static const struct crawled {
    const char *path;
    int status, depth;
    const char *found_on;
} all[] = {
    {"/", 200, 0, NULL},        {"/1", 200, 1, "/"},
    {"/broken", 200, 1, "/"},   {"/moved", 301, 1, "/"},
    {"/data.bin", 200, 1, "/"}, {"/deep/2", 200, 1, "/moved"},
    {"/deep/3", 200, 2, NULL},  {"/caf%C3%A9%3Cp", 200, 2, NULL},
    {"/missing", 404, 2, NULL}, {"/deep/4", 200, 3, NULL},
};

static void a_site_is_visited_within_its_rules(struct fixture *fixture)
{
    enum { ALL = sizeof(all) / sizeof(all[0]) };
    struct site *site = site_start(fixture, pages);
    struct webclient *client;
    char found_on[128];

    step(fixture, "crawl");
    client = crawl(fixture, site, "--depth=3", "-c4");
    expect_end(client, 1, ALL);
    for (size_t i = 0; i < ALL; i++) {
        const cJSON *result = result_at(client, site_url(site), all[i].path);

        expect_result(client, result, all[i].status, all[i].status < 400 ? "" : "http");
        snprintf(found_on, sizeof(found_on), "%s%s", site_url(site), all[i].found_on);
        if ((int)number_of(result, "depth") != all[i].depth ||
            (all[i].found_on != NULL && strcmp(text_of(result, "found_on"), found_on) != 0))
            fixture_fail(fixture, "%s at depth %g, found on %s", all[i].path,
                         number_of(result, "depth"), text_of(result, "found_on"));
        if (site_requests(site, all[i].path) != 1)
            fixture_fail(fixture, "%u requests for %s", site_requests(site, all[i].path),
                         all[i].path);
    }
    if (site_requests(site, "/robots.txt") != 1 || site_requests(site, NULL) != ALL + 1)
        fixture_fail(fixture, "%u requests in all", site_requests(site, NULL));
    if (number_of(client->summary, "forbidden") != 2 || number_of(client->summary, "off_host") != 1)
        fixture_fail(fixture, "%g forbidden, %g off the host",
                     number_of(client->summary, "forbidden"),
                     number_of(client->summary, "off_host"));
}

static void depth_and_number_are_limited(struct fixture *fixture)
{
    struct site *site = site_start(fixture, pages);
    struct webclient *client;

    step(fixture, "no links");
    client = crawl(fixture, site, "--depth=0", "-c4");
    expect_end(client, 0, 1);
    step(fixture, "links of the first page");
    client = crawl(fixture, site, "--depth=1", "-c4");
    expect_end(client, 0, 6);
    step(fixture, "three pages");
    client = crawl(fixture, site, "--depth=9", "--max-pages=3");
    expect_end(client, 0, 3);
    if (number_of(client->summary, "left_out") == 0)
        fixture_fail(fixture, "nothing was left out");
}

static void robots_txt_may_forbid_everything(struct fixture *fixture)
{
    static const struct site_page strict[] = {
        {"/robots.txt", SITE_ANSWER, 200, NULL, "User-agent: *\nDisallow: /\nAllow: /open$\n", 0},
        {"/open", SITE_ANSWER, 200, HTML, "<a href=closed>", 0},
        {NULL, SITE_ANSWER, 0, NULL, NULL, 0},
    };
    static const struct site_page broken[] = {
        {"/robots.txt", SITE_ANSWER, 500, NULL, "", 0},
        {"/", SITE_ANSWER, 200, HTML, "", 0},
        {NULL, SITE_ANSWER, 0, NULL, NULL, 0},
    };
    struct site *one = site_start(fixture, strict), *other = site_start(fixture, broken);
    char open[64], closed[64], unknown[64];
    struct webclient *client;

    snprintf(open, sizeof(open), "%s/open", site_url(one));
    snprintf(closed, sizeof(closed), "%s/closed", site_url(one));
    snprintf(unknown, sizeof(unknown), "%s/", site_url(other));
    step(fixture, "crawl");
    client = webclient_run(fixture, "--crawl", open, closed, unknown, "ftp://127.0.0.1/");
    expect_end(client, 1, 4);
    expect_result(client, result_of(client, open), 200, "");
    expect_result(client, result_of(client, closed), 0, "robots");
    expect_result(client, result_of(client, unknown), 0, "robots");
    if (site_requests(one, "/closed") != 0 || site_requests(other, "/") != 0)
        fixture_fail(fixture, "what is forbidden was fetched");
}

static void the_crawler_has_the_name_it_gives_itself(struct fixture *fixture)
{
    static const struct site_page picky[] = {
        {"/robots.txt", SITE_ANSWER, 200, NULL, "User-agent: example-bot\nDisallow: /\n", 0},
        {"/", SITE_ANSWER, 200, HTML, "", 0},
        {NULL, SITE_ANSWER, 0, NULL, NULL, 0},
    };
    struct site *site = site_start(fixture, picky);
    struct webclient *client;
    char request[1024];

    step(fixture, "by its own name");
    client = crawl(fixture, site, "--depth=1", "-c1");
    expect_end(client, 0, 1);
    step(fixture, "by another one");
    client = crawl(fixture, site, "--depth=1", "--user-agent=Example-Bot/1.0 (test)");
    expect_end(client, 1, 1);
    site_last_request(site, "/robots.txt", request, sizeof(request));
    if (strstr(request, "User-Agent: Example-Bot/1.0 (test)\r\n") == NULL)
        fixture_fail(fixture, "it calls itself otherwise: %s", request);
}

/* A crawl has the same limits as a list. */
static void as_many_pages_are_under_way_as_allowed(struct fixture *fixture)
{
    enum { CONCURRENCY = 3 };
    static const struct site_page gathering[] = {
        {"/robots.txt", SITE_ANSWER, 404, NULL, NULL, 0},
        {"/", SITE_ANSWER, 200, HTML,
         "<a href=g1><a href=g2><a href=g3><a href=g4><a href=g5><a href=g6>", 0},
        {"/g*", SITE_GATHER, 200, HTML, "<a href=/>", CONCURRENCY},
        {NULL, SITE_ANSWER, 0, NULL, NULL, 0},
    };
    struct webclient *client;
    struct site *site;

    if (!fixture->subject->concurrent)
        fixture_skip(fixture, "fetches one URL after the other");
    site = site_start(fixture, gathering);
    step(fixture, "crawl");
    client = crawl(fixture, site, "--depth=2", "-c3");
    expect_end(client, 0, 7);
    if (site_most_at_once(site) != CONCURRENCY)
        fixture_fail(fixture, "%u pages at the same time", site_most_at_once(site));
}

static void wrong_usage_is_told(struct fixture *fixture)
{
    static const char *const options[] = {"--depth=-1", "--depth=x", "--max-pages=0",
                                          "--user-agent=123"};
    struct run_result result;

    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        step(fixture, options[i]);
        WEBCLIENT_PRINT(fixture, &result, "--crawl", options[i], "http://127.0.0.1:1/");
        if (result.status != 2 || strstr(result.complaint, "wanted") == NULL)
            fixture_fail(fixture, "exit status %d: %s", result.status, result.complaint);
    }
}

static const struct suite_test tests[] = {
    TEST(a_site_is_visited_within_its_rules, 0),
    TEST(depth_and_number_are_limited, 0),
    TEST(robots_txt_may_forbid_everything, 0),
    TEST(the_crawler_has_the_name_it_gives_itself, 0),
    TEST(as_many_pages_are_under_way_as_allowed, 0),
    TEST(wrong_usage_is_told, 0),
};

const struct suite_part crawling_part = SUITE_PART(tests);
