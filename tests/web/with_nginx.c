#include "tests/web/nginx.h"
#include "tests/web/parts.h"
#include "tests/web/webclient.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static struct webclient *fetch_pages(struct fixture *fixture, const char *origin,
                                     const char *option, const char *certificate)
{
    struct arguments arguments = {.count = 0};
    struct webclient *client;
    char page[16];

    add_argument(&arguments, "-c16");
    add_argument(&arguments, "%s", option);
    add_argument(&arguments, "--cacert=%s", certificate);
    for (int i = 0; i < NGINX_PAGES; i++)
        add_argument(&arguments, "%s/%d", origin, i);
    add_argument(&arguments, "%s/moved", origin);
    add_argument(&arguments, "%s/missing", origin);
    client = webclient_run_with(fixture, (const char *const *)arguments.words);
    free_arguments(&arguments);
    expect_end(client, 1, NGINX_PAGES + 2);
    for (int i = 0; i < NGINX_PAGES; i++) {
        const cJSON *result;

        snprintf(page, sizeof(page), "/%d", i);
        result = result_at(client, origin, page);
        expect_result(client, result, 200, "");
        if (number_of(result, "bytes") != (i < 10 ? 7 : 8))
            fixture_fail(fixture, "%g bytes of page %d", number_of(result, "bytes"), i);
    }
    expect_result(client, result_at(client, origin, "/missing"), 404, "http");
    expect_result(client, result_at(client, origin, "/moved"), 200, "");
    return client;
}

struct logged {
    const struct nginx *nginx;
    unsigned wanted;
};

static bool has_logged(void *argument)
{
    const struct logged *logged = argument;

    return nginx_count(logged->nginx, "HTTP/1.1").requests +
               nginx_count(logged->nginx, "HTTP/2.0").requests >=
           logged->wanted;
}

/* nginx writes its log after the answer. */
static struct nginx_count count_requests(struct nginx *nginx, const char *protocol, unsigned wanted)
{
    struct logged logged = {nginx, wanted};

    wait_until(has_logged, &logged, DEADLINE_MS);
    return nginx_count(nginx, protocol);
}

static void every_page_comes_by_http_and_https(struct fixture *fixture)
{
    struct nginx *nginx = nginx_start(fixture);
    struct nginx_count count;

    step(fixture, "HTTP");
    fetch_pages(fixture, nginx_url(nginx), "--redirects=5", nginx_certificate(nginx));
    step(fixture, "HTTPS");
    fetch_pages(fixture, nginx_secure_url(nginx), "--redirects=5", nginx_certificate(nginx));
    count = count_requests(nginx, "HTTP/1.1", 2 * (NGINX_PAGES + 3));
    if (count.requests != 2 * (NGINX_PAGES + 3))
        fixture_fail(fixture, "%u requests for %d answers", count.requests, 2 * (NGINX_PAGES + 3));
}

/* Strategies of one libcurl multi handle send all requests over one connection, or two where the
 * second request is sent before the first connection is known to carry several. */
static void http2_carries_many_requests_on_a_connection(struct fixture *fixture)
{
    struct nginx *nginx = nginx_start(fixture);
    bool blocking = strcmp(fixture->subject->backend, "threads") == 0;
    unsigned most = blocking ? 16 : 2;
    struct webclient *client;
    struct nginx_count count;

    step(fixture, "fetch");
    client = fetch_pages(fixture, nginx_secure_url(nginx), "--http2", nginx_certificate(nginx));
    count = count_requests(nginx, "HTTP/2.0", NGINX_PAGES + 3);
    if (count.requests == 0 && nginx_count(nginx, "HTTP/1.1").requests > 0)
        fixture_skip(fixture, "this libcurl has no HTTP/2");
    if (count.requests != NGINX_PAGES + 3 || count.connections > most)
        fixture_fail(fixture, "%u requests on %u connections by HTTP/2", count.requests,
                     count.connections);
    if (number_of(client->summary, "connections") != count.connections)
        fixture_fail(fixture, "the summary says %g connections, nginx %u",
                     number_of(client->summary, "connections"), count.connections);
}

static void a_certificate_must_be_trusted(struct fixture *fixture)
{
    struct nginx *nginx = nginx_start(fixture);
    struct webclient *client;
    char url[64], option[256];

    snprintf(url, sizeof(url), "%s/small", nginx_secure_url(nginx));
    step(fixture, "an unknown authority");
    client = webclient_run(fixture, "--retries=2", url);
    expect_end(client, 1, 1);
    expect_result(client, result_of(client, url), 0, "certificate");
    if (number_of(result_of(client, url), "attempts") != 1)
        fixture_fail(fixture, "a certificate was tried again");
    step(fixture, "a name that is not the certificate's");
    snprintf(option, sizeof(option), "--cacert=%s", nginx_certificate(nginx));
    snprintf(url, sizeof(url), "https://localhost:%s/small",
             strrchr(nginx_secure_url(nginx), ':') + 1);
    client = webclient_run(fixture, option, url);
    expect_end(client, 1, 1);
    expect_result(client, result_of(client, url), 0, "certificate");
    step(fixture, "any certificate will do");
    client = webclient_run(fixture, "--insecure", url);
    expect_end(client, 0, 1);
    step(fixture, "TLS is spoken to what has none");
    snprintf(url, sizeof(url), "https:%s/small", nginx_url(nginx) + strlen("http:"));
    client = webclient_run(fixture, url);
    expect_end(client, 1, 1);
    expect_result(client, result_of(client, url), 0, "tls");
}

static void a_compressed_body_is_unpacked(struct fixture *fixture)
{
    struct nginx *nginx = nginx_start(fixture);
    char url[64], directory[160], option[192];
    struct webclient *client;
    struct stat status;

    snprintf(url, sizeof(url), "%s/large", nginx_url(nginx));
    fixture_path(fixture, "bodies", directory, sizeof(directory));
    snprintf(option, sizeof(option), "--output-dir=%s", directory);
    step(fixture, "fetch");
    client = webclient_run(fixture, "--compressed", option, url);
    expect_end(client, 0, 1);
    if (number_of(result_of(client, url), "bytes") != NGINX_LARGE)
        fixture_fail(fixture, "%g bytes", number_of(result_of(client, url), "bytes"));
    if (stat(text_of(result_of(client, url), "file"), &status) != 0 ||
        status.st_size != NGINX_LARGE)
        fixture_fail(fixture, "no file of all bytes");
}

static const struct suite_test tests[] = {
    TEST(every_page_comes_by_http_and_https, 0),
    TEST(http2_carries_many_requests_on_a_connection, 0),
    TEST(a_certificate_must_be_trusted, 0),
    TEST(a_compressed_body_is_unpacked, 0),
};

const struct suite_part nginx_part = SUITE_PART(tests);
