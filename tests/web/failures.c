#include "tests/web/parts.h"
#include "tests/web/site.h"
#include "tests/web/webclient.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* "ab", eleven times. */
#define PACKED "x\001KLJ\304\002\001`l\010b"

/* Each kind of failure, and the word for it that all strategies use. */
static const struct site_page pages[] = {
    {"/reset", SITE_RESET, 0, NULL, NULL, 0},
    {"/nothing", SITE_NOTHING, 0, NULL, NULL, 0},
    {"/reset-in-body", SITE_RESET_IN_BODY, 0, NULL, NULL, 0},
    {"/short", SITE_SHORT, 0, NULL, NULL, 0},
    {"/chunks", SITE_BROKEN_CHUNKS, 0, NULL, NULL, 0},
    {"/stalled", SITE_STALL, 0, NULL, NULL, 0},
    {"/silent", SITE_SILENT, 0, NULL, NULL, 0},
    {"/drip", SITE_DRIP, 0, NULL, NULL, 0},
    {"/no-http", SITE_NO_HTTP, 0, NULL, NULL, 0},
    {"/loop", SITE_ANSWER, 302, "Location: /loop\r\n", "", 0},
    {"/to-no-http", SITE_ANSWER, 302, "Location: /no-http\r\n", "", 0},
    {"/away", SITE_ANSWER, 302, "Location: file:///etc/hostname\r\n", "", 0},
    {"/packed", SITE_ANSWER, 200, "Content-Encoding: gzip\r\n", "this is not packed", 0},
    {"/packed-well", SITE_ANSWER, 200, "Content-Encoding: deflate\r\n", PACKED, 0},
    {"/packed-and-more", SITE_ANSWER, 200, "Content-Encoding: deflate\r\n", PACKED "more", 0},
    {"/forbidden", SITE_ANSWER, 403, NULL, NULL, 0},
    {"/good*", SITE_ANSWER, 200, NULL, NULL, 0},
    {NULL, SITE_ANSWER, 0, NULL, NULL, 0},
};

static const struct {
    const char *path;
    int status;
    const char *failure;
} expected[] = {
    {"/reset", 0, "reset"},         {"/nothing", 0, "empty"},
    {"/reset-in-body", 0, "reset"}, {"/short", 0, "truncated"},
    {"/chunks", 0, "truncated"},    {"/stalled", 0, "stalled"},
    {"/silent", 0, "stalled"},      {"/drip", 0, "timeout"},
    {"/no-http", 0, "protocol"},    {"/loop", 0, "redirect-loop"},
    {"/to-no-http", 0, "protocol"}, {"/away", 0, "bad-url"},
    {"/packed", 0, "protocol"},     {"/forbidden", 403, "http"},
    {"/nowhere", 404, "http"},      {"/good", 200, ""},
    {"/packed-well", 200, ""},      {"/packed-and-more", 0, "protocol"},
};

enum { EXPECTED = sizeof(expected) / sizeof(expected[0]) };

static void each_failure_has_its_word_and_harms_no_other_url(struct fixture *fixture)
{
    struct site *site = site_start(fixture, pages);
    struct arguments arguments = {.count = 0};
    struct webclient *client;

    step(fixture, "fetch");
    add_argument(&arguments, "-c20");
    add_argument(&arguments, "--compressed");
    add_argument(&arguments, "--stall-timeout=0.4");
    add_argument(&arguments, "--timeout=1.6");
    for (size_t i = 0; i < EXPECTED; i++) {
        add_argument(&arguments, "%s%s", site_url(site), expected[i].path);
        /* Whatever the failure does to a connection, the next URL does not notice. */
        add_argument(&arguments, "%s/good?%zu", site_url(site), i);
    }
    client = webclient_run_with(fixture, (const char *const *)arguments.words);
    free_arguments(&arguments);
    expect_end(client, 1, 2 * EXPECTED);
    for (size_t i = 0; i < EXPECTED; i++)
        expect_result(client, result_at(client, site_url(site), expected[i].path),
                      expected[i].status, expected[i].failure);
}

/* A port that is taken, and where nobody listens; or whose backlog is full, so that nobody answers.
 */
static unsigned take_port(struct fixture *fixture, int *fd, bool listening)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);

    *fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*fd < 0 || bind(*fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        (listening && listen(*fd, 0) != 0) ||
        getsockname(*fd, (struct sockaddr *)&address, &length) != 0)
        fixture_fail(fixture, "no socket");
    return ntohs(address.sin_port);
}

static void fill_backlog(unsigned port, int *clients, size_t count)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    for (size_t i = 0; i < count; i++) {
        clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (clients[i] >= 0)
            (void)connect(clients[i], (struct sockaddr *)&address, sizeof(address));
    }
}

static void what_cannot_be_reached_is_told_apart(struct fixture *fixture)
{
    enum { CLIENTS = 4 };
    int deaf, full, clients[CLIENTS];
    char refused[64], unanswered[64], redirected[64];
    static char location[128];
    unsigned deaf_port = take_port(fixture, &deaf, false),
             full_port = take_port(fixture, &full, true);
    /* No name server is asked for a label of more than 63 letters. */
    static const char unknown[] =
        "http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        ".invalid/";
    static const struct site_page redirect[] = {{"/", SITE_ANSWER, 302, location, "", 0},
                                                {NULL, SITE_ANSWER, 0, NULL, NULL, 0}};
    struct webclient *client;

    snprintf(refused, sizeof(refused), "http://127.0.0.1:%u/", deaf_port);
    snprintf(unanswered, sizeof(unanswered), "http://127.0.0.1:%u/", full_port);
    snprintf(location, sizeof(location), "Location: %s\r\n", unanswered);
    snprintf(redirected, sizeof(redirected), "%s/", site_url(site_start(fixture, redirect)));
    fill_backlog(full_port, clients, CLIENTS);
    step(fixture, "fetch");
    client = webclient_run(fixture, "--connect-timeout=0.5", refused, unanswered, redirected,
                           unknown, "http://", "gopher://127.0.0.1/", "http://127.0.0.1:99999/");
    for (size_t i = 0; i < CLIENTS; i++)
        close(clients[i]);
    close(deaf);
    close(full);
    expect_end(client, 1, 7);
    expect_result(client, result_of(client, refused), 0, "refused");
    expect_result(client, result_of(client, unanswered), 0, "connect-timeout");
    expect_result(client, result_of(client, redirected), 0, "connect-timeout");
    expect_result(client, result_of(client, unknown), 0, "resolve");
    expect_result(client, result_of(client, "http://"), 0, "bad-url");
    expect_result(client, result_of(client, "gopher://127.0.0.1/"), 0, "bad-url");
    expect_result(client, result_of(client, "http://127.0.0.1:99999/"), 0, "bad-url");
}

/* However short the time without a byte is, connecting has a limit of its own. */
static void connecting_is_no_stall(struct fixture *fixture)
{
    enum { CLIENTS = 4 };
    static const double limit = 0.6;
    int full, clients[CLIENTS];
    unsigned port = take_port(fixture, &full, true);
    struct webclient *client;
    char url[64];

    snprintf(url, sizeof(url), "http://127.0.0.1:%u/", port);
    fill_backlog(port, clients, CLIENTS);
    step(fixture, "fetch");
    client = webclient_run(fixture, "--connect-timeout=0.6", "--stall-timeout=0.05", url);
    for (size_t i = 0; i < CLIENTS; i++)
        close(clients[i]);
    close(full);
    expect_end(client, 1, 1);
    expect_result(client, result_of(client, url), 0, "connect-timeout");
    if (number_of(result_of(client, url), "seconds") < limit / 2)
        fixture_fail(fixture, "given up after %g s in place of %g: %s",
                     number_of(result_of(client, url), "seconds"), limit,
                     text_of(result_of(client, url), "message"));
}

static const struct suite_test tests[] = {
    TEST(each_failure_has_its_word_and_harms_no_other_url, 0),
    TEST(what_cannot_be_reached_is_told_apart, 0),
    TEST(connecting_is_no_stall, 0),
};

const struct suite_part failures_part = SUITE_PART(tests);
