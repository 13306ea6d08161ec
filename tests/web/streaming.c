#include "tests/web/parts.h"
#include "tests/web/site.h"
#include "tests/web/webclient.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct site_page pages[] = {
    {"/silent*", SITE_SILENT, 0, NULL, NULL, 0}, {"/nothing*", SITE_NOTHING, 0, NULL, NULL, 0},
    {"/short*", SITE_SHORT, 0, NULL, NULL, 0},   {"/reset*", SITE_RESET, 0, NULL, NULL, 0},
    {"/*", SITE_ANSWER, 200, NULL, NULL, 0},     {NULL, SITE_ANSWER, 0, NULL, NULL, 0},
};

/* A webclient that reads a pipe, which stays open until it is closed here. */
static struct webclient *start_reading(struct fixture *fixture, int *pipe)
{
    char path[160], option[192];
    struct webclient *client;

    fixture_path(fixture, "urls", path, sizeof(path));
    if (mkfifo(path, 0600) != 0)
        fixture_fail(fixture, "%s: %s", path, strerror(errno));
    snprintf(option, sizeof(option), "--input=%s", path);
    /* Opened for both, it does not wait for the reader. */
    *pipe = open(path, O_RDWR | O_CLOEXEC);
    client = webclient_start(fixture, "-c4", option);
    return client;
}

static void feed(struct fixture *fixture, int pipe, const char *text)
{
    size_t length = strlen(text);

    if (write(pipe, text, length) != (ssize_t)length)
        fixture_fail(fixture, "cannot feed it: %s", strerror(errno));
}

/* The first URL is /1. */
static struct webclient *start_with_a_result(struct fixture *fixture, const struct site *site,
                                             int *pipe)
{
    struct webclient *client = start_reading(fixture, pipe);
    char text[512];

    step(fixture, "the first URL");
    snprintf(text, sizeof(text), "%s/1\n", site_url(site));
    feed(fixture, *pipe, text);
    webclient_read(client, 1);
    return client;
}

/* The pipe has a reader by now, so that the end of the writers is the end of the file. */
static void results_come_before_the_list_ends(struct fixture *fixture)
{
    struct site *site = site_start(fixture, pages);
    struct webclient *client;
    char text[512];
    int pipe;

    client = start_with_a_result(fixture, site, &pipe);
    expect_result(client, result_at(client, site_url(site), "/1"), 200, "");
    step(fixture, "comments, blanks, a line in two pieces, one without its end");
    snprintf(text, sizeof(text), "# %s/comment\n\n  %s/2\t\r\n%s", site_url(site), site_url(site),
             site_url(site));
    feed(fixture, pipe, text);
    webclient_read(client, 2);
    feed(fixture, pipe, "/3\n");
    webclient_read(client, 3);
    snprintf(text, sizeof(text), "%s/4", site_url(site));
    feed(fixture, pipe, text);
    close(pipe);
    webclient_finish(client);
    expect_end(client, 0, 4);
    result_at(client, site_url(site), "/2");
    result_at(client, site_url(site), "/3");
    result_at(client, site_url(site), "/4");
    if (site_requests(site, "/comment") != 0)
        fixture_fail(fixture, "a comment was fetched");
}

static bool is_asleep(void *argument)
{
    const struct webclient *client = argument;

    return process_is_asleep(client->process.pid);
}

static void feed_mixture(struct fixture *fixture, const struct site *site, int pipe, unsigned times)
{
    static const char *const kinds[] = {"good", "nothing", "short", "reset", "missing"};
    char text[256];

    for (unsigned i = 0; i < times; i++)
        for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
            snprintf(text, sizeof(text), "%s/%s%u\n", site_url(site), kinds[kind], i);
            feed(fixture, pipe, text);
        }
}

/* After many URLs it has as many descriptors and threads as after a few. */
static void nothing_is_left_behind(struct fixture *fixture)
{
    enum { KINDS = 5, FEW = 4, MANY = 40, CONCURRENCY = 4 };
    struct site *site = site_start(fixture, pages);
    struct webclient *client;
    int pipe, descriptors, threads;

    client = start_reading(fixture, &pipe);
    step(fixture, "a few URLs");
    feed_mixture(fixture, site, pipe, FEW);
    webclient_read(client, FEW * KINDS);
    wait_until(is_asleep, client, DEADLINE_MS);
    descriptors = process_descriptors(client->process.pid);
    threads = process_threads(client->process.pid);
    step(fixture, "many URLs");
    feed_mixture(fixture, site, pipe, MANY);
    webclient_read(client, (FEW + MANY) * KINDS);
    wait_until(is_asleep, client, DEADLINE_MS);
    /* Connections that are kept for later are as many as URLs may be under way. */
    if (process_descriptors(client->process.pid) > descriptors + CONCURRENCY ||
        process_threads(client->process.pid) > threads + CONCURRENCY)
        fixture_fail(fixture, "%d descriptors and %d threads after few URLs, %d and %d after many",
                     descriptors, threads, process_descriptors(client->process.pid),
                     process_threads(client->process.pid));
    step(fixture, "the end");
    close(pipe);
    webclient_finish(client);
    expect_end(client, 1, (FEW + MANY) * KINDS);
}

struct presence {
    struct site *site;
    unsigned wanted;
};

static bool are_present(void *argument)
{
    const struct presence *presence = argument;

    return site_present(presence->site) >= presence->wanted;
}

/* What is done stays, what is under way says so, and what was never begun has no line. */
static void an_interrupt_ends_it_with_a_summary(struct fixture *fixture)
{
    enum { GOOD = 3, SILENT = 10, CONCURRENCY = 4 };
    struct site *site = site_start(fixture, pages);
    unsigned under_way = fixture->subject->concurrent ? CONCURRENCY : 1;
    struct presence presence = {site, under_way};
    struct arguments arguments = {.count = 0};
    struct webclient *client;
    const cJSON *result;
    unsigned interrupted = 0;

    step(fixture, "fetch");
    add_argument(&arguments, "-c%d", CONCURRENCY);
    add_argument(&arguments, "--retries=3");
    for (int i = 0; i < GOOD; i++)
        add_argument(&arguments, "%s/%d", site_url(site), i);
    for (int i = 0; i < SILENT; i++)
        add_argument(&arguments, "%s/silent%d", site_url(site), i);
    client = webclient_start_with(fixture, (const char *const *)arguments.words);
    free_arguments(&arguments);
    webclient_read(client, GOOD);
    if (!wait_until(are_present, &presence, DEADLINE_MS))
        fixture_fail(fixture, "%u requests under way in place of %u", site_present(site),
                     under_way);
    step(fixture, "interrupt");
    kill(client->process.pid, SIGINT);
    webclient_finish(client);
    expect_end(client, 1, GOOD + under_way);
    cJSON_ArrayForEach(result, client->results)
    {
        interrupted += strcmp(text_of(result, "failure"), "interrupted") == 0;
        result_of(client, text_of(result, "url"));
    }
    if (interrupted != under_way ||
        !cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(client->summary, "interrupted")))
        fixture_fail(fixture, "%u URLs are called interrupted in place of %u", interrupted,
                     under_way);
}

static void an_interrupt_ends_waiting_for_urls(struct fixture *fixture)
{
    struct webclient *client;
    int pipe;

    client = start_reading(fixture, &pipe);
    step(fixture, "interrupt");
    if (!wait_until(is_asleep, client, DEADLINE_MS))
        fixture_fail(fixture, "it does not wait");
    kill(client->process.pid, SIGTERM);
    webclient_finish(client);
    close(pipe);
    expect_end(client, 1, 0);
}

static void expect_end_without_a_reader(struct fixture *fixture, struct webclient *client)
{
    if (process_wait(&client->process, DEADLINE_MS) != 0)
        fixture_fail(fixture, "it goes on");
    if (!WIFEXITED(client->process.status) || WEXITSTATUS(client->process.status) != 1)
        fixture_fail(fixture, "it ends with status %x", (unsigned)client->process.status);
}

static void stop_reading(struct webclient *client)
{
    close(client->process.output);
    client->process.output = -1;
}

/* What is under way would go on for longer than the test waits. */
static void without_a_reader_it_ends(struct fixture *fixture)
{
    struct site *site = site_start(fixture, pages);
    struct presence presence = {site, 2};
    struct webclient *client;
    char text[512];
    int pipe;

    client = start_with_a_result(fixture, site, &pipe);
    if (fixture->subject->concurrent) {
        step(fixture, "URLs that stay silent");
        snprintf(text, sizeof(text), "%s/silent1\n%s/silent2\n", site_url(site), site_url(site));
        feed(fixture, pipe, text);
        if (!wait_until(are_present, &presence, DEADLINE_MS))
            fixture_fail(fixture, "%u requests under way", site_present(site));
    }
    step(fixture, "the end of the reader");
    stop_reading(client);
    expect_end_without_a_reader(fixture, client);
    close(pipe);
}

static void a_result_that_nobody_reads_is_the_last(struct fixture *fixture)
{
    struct site *site = site_start(fixture, pages);
    struct webclient *client;
    char text[512];
    int pipe;

    client = start_with_a_result(fixture, site, &pipe);
    step(fixture, "one that is not");
    stop_reading(client);
    snprintf(text, sizeof(text), "%s/2\n%s/silent\n", site_url(site), site_url(site));
    feed(fixture, pipe, text);
    expect_end_without_a_reader(fixture, client);
    close(pipe);
}

static const struct suite_test tests[] = {
    TEST(results_come_before_the_list_ends, 0),
    TEST(nothing_is_left_behind, 0),
    TEST(an_interrupt_ends_it_with_a_summary, 0),
    TEST(an_interrupt_ends_waiting_for_urls, 0),
    TEST(without_a_reader_it_ends, 0),
    TEST(a_result_that_nobody_reads_is_the_last, 0),
};

const struct suite_part streaming_part = SUITE_PART(tests);
