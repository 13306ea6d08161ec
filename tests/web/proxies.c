#include "tests/web/parts.h"
#include "tests/web/site.h"
#include "tests/web/webclient.h"

#include <stdio.h>
#include <string.h>

/* A proxy that has pages of http, and makes no tunnels to those of https. */
static const struct site_page pages[] = {
    {"http://plain.invalid/page", SITE_ANSWER, 200, NULL, "from the proxy", 0},
    {"http://plain.invalid/no", SITE_ANSWER, 403, NULL, NULL, 0},
    {"forbidden.invalid:443", SITE_ANSWER, 403, NULL, NULL, 0},
    {"asks.invalid:443", SITE_ANSWER, 407, "Proxy-Authenticate: Basic realm=\"here\"\r\n", NULL, 0},
    {NULL, SITE_ANSWER, 0, NULL, NULL, 0},
};

static void a_proxy_is_asked_in_place_of_the_server(struct fixture *fixture)
{
    static const char page[] = "http://plain.invalid/page", no[] = "http://plain.invalid/no";
    struct site *site = site_start(fixture, pages);
    struct webclient *client;
    char proxy[128];

    snprintf(proxy, sizeof(proxy), "--proxy=%s", site_url(site));
    step(fixture, "fetch");
    client = webclient_run(fixture, proxy, page, no);
    expect_end(client, 1, 2);
    expect_result(client, result_of(client, page), 200, "");
    expect_result(client, result_of(client, no), 403, "http");
    if (number_of(result_of(client, page), "bytes") != strlen("from the proxy"))
        fixture_fail(fixture, "%g bytes", number_of(result_of(client, page), "bytes"));
}

static void expect_proxy(const struct webclient *client, const char *url)
{
    expect_result(client, result_of(client, url), 0, "proxy");
    if (number_of(result_of(client, url), "attempts") != 1)
        fixture_fail(client->fixture, "%g attempts of %s",
                     number_of(result_of(client, url), "attempts"), url);
}

static void a_refused_tunnel_is_the_proxys_and_not_tried_again(struct fixture *fixture)
{
    static const char forbidden[] = "https://forbidden.invalid/", asks[] = "https://asks.invalid/";
    struct site *site = site_start(fixture, pages);
    struct webclient *client;
    char proxy[128];

    snprintf(proxy, sizeof(proxy), "--proxy=%s", site_url(site));
    step(fixture, "fetch");
    client = webclient_run(fixture, proxy, "--retries=2", "--retry-wait=0.02", forbidden, asks);
    expect_end(client, 1, 2);
    expect_proxy(client, forbidden);
    expect_proxy(client, asks);
    if (site_requests(site, "forbidden.invalid:443") != 1)
        fixture_fail(fixture, "%u requests for a tunnel",
                     site_requests(site, "forbidden.invalid:443"));
}

static void a_proxy_without_an_address_is_the_proxys(struct fixture *fixture)
{
    /* No name server is asked for a label of more than 63 letters. */
    static const char unknown[] =
        "--proxy=http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.invalid:1";
    static const char url[] = "http://plain.invalid/";
    struct webclient *client;

    step(fixture, "fetch");
    client = webclient_run(fixture, unknown, "--retries=2", url);
    expect_end(client, 1, 1);
    expect_proxy(client, url);
}

static const struct suite_test tests[] = {
    TEST(a_proxy_is_asked_in_place_of_the_server, 0),
    TEST(a_refused_tunnel_is_the_proxys_and_not_tried_again, 0),
    TEST(a_proxy_without_an_address_is_the_proxys, 0),
};

const struct suite_part proxies_part = SUITE_PART(tests);
