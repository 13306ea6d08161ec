#include "tests/web/parts.h"
#include "tests/web/shim.h"
#include "tests/web/site.h"
#include "tests/web/webclient.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* What libraries do when all is well they do not do here. */

/* variable: what it is to do; or NULL. */
static void put_shim(struct fixture *fixture, char *variable)
{
    static char preload[] = "LD_PRELOAD=" SHIM_PATH;
    static char *environment[3];

    environment[0] = preload;
    environment[1] = variable;
    fixture->environment = environment;
}

/* URLs that stay silent would go on for longer than the test waits. */
static void where_libcurl_cannot_go_on_it_ends(struct fixture *fixture)
{
    static const struct site_page pages[] = {{"/silent*", SITE_SILENT, 0, NULL, NULL, 0},
                                             {"/*", SITE_ANSWER, 200, NULL, NULL, 0},
                                             {NULL, SITE_ANSWER, 0, NULL, NULL, 0}};
    static char variable[] = SHIM_SOCKET_ACTION "=6";
    const char *backend = fixture->subject->backend;
    struct arguments arguments = {.count = 0};
    struct webclient *client;
    char output[16 * 1024], complaint[1024];
    struct site *site;

    if (strcmp(backend, "uv") != 0 && strcmp(backend, "event") != 0 && strcmp(backend, "coro") != 0)
        fixture_skip(fixture, "does not tell libcurl of sockets");
    site = site_start(fixture, pages);
    step(fixture, "fetch");
    put_shim(fixture, variable);
    for (int i = 0; i < 20; i++)
        add_argument(&arguments, "%s/%s%d", site_url(site), i % 2 == 0 ? "silent" : "", i);
    client = webclient_start_with(fixture, (const char *const *)arguments.words);
    free_arguments(&arguments);
    if (process_read_output(&client->process, output, sizeof(output), DEADLINE_MS) < 0 ||
        process_wait(&client->process, DEADLINE_MS) != 0)
        fixture_fail(fixture, "it goes on");
    process_read_complaint(&client->process, complaint, sizeof(complaint));
    if (!WIFEXITED(client->process.status) || WEXITSTATUS(client->process.status) != 1 ||
        strstr(complaint, "cannot go on with") == NULL || strstr(output, "interrupted") == NULL)
        fixture_fail(fixture, "it ends with status %x: %s", (unsigned)client->process.status,
                     complaint);
}

/* libcurl 7.86 and earlier cannot be told, and one with c-ares asks in no thread. */
static bool may_wait_for_names(const struct subject *subject)
{
    unsigned major = 0, minor = 0;

    return sscanf(subject->library, "libcurl %u.%u", &major, &minor) != 2 ||
           (major == 7 && minor < 87);
}

static void expect_given_up(struct webclient *client)
{
    static const char url[] = "http://" SHIM_SLOW_NAME "/";
    const char *failure;

    webclient_finish(client);
    expect_end(client, 1, 1);
    failure = text_of(result_of(client, url), "failure");
    if (strcmp(failure, "resolve") == 0)
        fixture_skip(client->fixture, "this libcurl resolves by itself");
    expect_result(client, result_of(client, url), 0, "connect-timeout");
}

static void a_name_that_is_being_resolved_holds_up_nothing(struct fixture *fixture)
{
    if (may_wait_for_names(fixture->subject))
        fixture_skip(fixture, "this libcurl waits for names");
    put_shim(fixture, NULL);
    step(fixture, "no connection in time");
    expect_given_up(
        webclient_start(fixture, "--connect-timeout=0.3", "http://" SHIM_SLOW_NAME "/"));
}

static const struct suite_test tests[] = {
    TEST(where_libcurl_cannot_go_on_it_ends, NEEDS_RELEASE),
    TEST(a_name_that_is_being_resolved_holds_up_nothing, NEEDS_RELEASE),
};

const struct suite_part broken_part = SUITE_PART(tests);
