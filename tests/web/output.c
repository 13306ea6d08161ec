#include "tests/web/delay_server.h"
#include "tests/web/parts.h"
#include "tests/web/site.h"
#include "tests/web/webclient.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct site_page pages[] = {
    {"/", SITE_ANSWER, 200, "Content-Type: text/plain\r\n", "index", 0},
    {"/a/b,c", SITE_ANSWER, 200, NULL, "comma", 0},
    {"/empty", SITE_ANSWER, 200, NULL, "", 0},
    {"/short", SITE_SHORT, 0, NULL, NULL, 0},
    {"/drip", SITE_DRIP, 0, NULL, NULL, 0},
    {NULL, SITE_ANSWER, 0, NULL, NULL, 0},
};

/* Each line of text matches "STATUS BYTES SECONDS URL"; the URL is looked for. */
static void expect_line(struct fixture *fixture, const char *output, int status, int bytes,
                        const char *url)
{
    char copy[16 * 1024], *line, *rest = copy;
    unsigned found = 0;

    snprintf(copy, sizeof(copy), "%s", output);
    while ((line = strsep(&rest, "\n")) != NULL) {
        char seen[512];
        int seen_status, seen_bytes;
        double seconds;

        if (sscanf(line, "%3d %d %lf %511s", &seen_status, &seen_bytes, &seconds, seen) == 4 &&
            strcmp(seen, url) == 0)
            found += seen_status == status && seen_bytes == bytes && seconds >= 0;
    }
    if (found != 1)
        fixture_fail(fixture, "no line %d %d SECONDS %s, or not one, in:\n%s", status, bytes, url,
                     output);
}

static void text_is_a_line_for_each_url(struct fixture *fixture)
{
    struct site *site = site_start(fixture, pages);
    char good[128], missing[128], broken[128];
    struct run_result result;

    snprintf(good, sizeof(good), "%s/", site_url(site));
    snprintf(missing, sizeof(missing), "%s/missing", site_url(site));
    snprintf(broken, sizeof(broken), "%s/short", site_url(site));
    step(fixture, "fetch");
    WEBCLIENT_PRINT(fixture, &result, good, missing, broken);
    if (result.status != 1)
        fixture_fail(fixture, "exit status %d: %s", result.status, result.complaint);
    expect_line(fixture, result.output, 200, 5, good);
    expect_line(fixture, result.output, 404, 9, missing);
    expect_line(fixture, result.output, 0, 5, broken);
    if (strncmp(result.complaint, "webclient: ", 11) != 0 ||
        strstr(result.complaint, "truncated") == NULL)
        fixture_fail(fixture, "no summary on standard error: %s", result.complaint);
    step(fixture, "quietly");
    WEBCLIENT_PRINT(fixture, &result, "--quiet", good);
    if (result.status != 0 || result.complaint[0] != '\0')
        fixture_fail(fixture, "not quiet: %s", result.complaint);
}

static void csv_has_a_heading_and_quotes_what_needs_it(struct fixture *fixture)
{
    struct site *site = site_start(fixture, pages);
    char url[128], wanted[160];
    struct run_result result;
    const char *line;

    snprintf(url, sizeof(url), "%s/a/b,c", site_url(site));
    snprintf(wanted, sizeof(wanted), "\"%s\",200,5,", url);
    step(fixture, "fetch");
    WEBCLIENT_PRINT(fixture, &result, "--csv", url);
    line = strchr(result.output, '\n');
    if (strncmp(result.output, "url,status,bytes,seconds,failure,", 33) != 0 || line == NULL ||
        strncmp(line + 1, wanted, strlen(wanted)) != 0)
        fixture_fail(fixture, "not CSV: %s", result.output);
}

static void read_file(struct fixture *fixture, const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "re");
    size_t length;

    if (file == NULL)
        fixture_fail(fixture, "no file %s", path);
    length = fread(text, 1, size - 1, file);
    text[length] = '\0';
    fclose(file);
}

static unsigned count_files(const char *path)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;
    unsigned count = 0;

    if (directory == NULL)
        return 0;
    while ((entry = readdir(directory)) != NULL)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(directory);
    return count;
}

static void bodies_go_into_files(struct fixture *fixture)
{
    static const char *const paths[] = {"/", "/a/b,c", "/empty", "/"};
    static const char *const bodies[] = {"index", "comma", "", "index"};
    enum { FILES = sizeof(paths) / sizeof(paths[0]) };
    struct site *site = site_start(fixture, pages);
    struct arguments arguments = {.count = 0};
    struct webclient *client;
    char directory[160], text[64];
    const cJSON *result;
    unsigned whole = 0;

    fixture_path(fixture, "bodies", directory, sizeof(directory));
    step(fixture, "fetch");
    add_argument(&arguments, "--output-dir=%s", directory);
    for (size_t i = 0; i < FILES; i++)
        add_argument(&arguments, "%s%s", site_url(site), paths[i]);
    add_argument(&arguments, "%s/missing", site_url(site));
    add_argument(&arguments, "%s/short", site_url(site));
    client = webclient_run_with(fixture, (const char *const *)arguments.words);
    free_arguments(&arguments);
    expect_end(client, 1, FILES + 2);
    cJSON_ArrayForEach(result, client->results)
    {
        const char *path = strchr(text_of(result, "url") + strlen("http://"), '/');

        if (text_of(result, "failure")[0] != '\0') {
            if (text_of(result, "file")[0] != '\0')
                fixture_fail(fixture, "a file of %s", path);
            continue;
        }
        read_file(fixture, text_of(result, "file"), text, sizeof(text));
        for (size_t i = 0; i < FILES; i++)
            if (strcmp(paths[i], path) == 0 && strcmp(bodies[i], text) == 0) {
                whole++;
                break;
            }
    }
    if (whole != FILES || count_files(directory) != FILES)
        fixture_fail(fixture, "%u good bodies, %u files", whole, count_files(directory));
}

/* Each request counts: none is sent twice, and none is left out. */
static void no_request_is_sent_twice(struct fixture *fixture)
{
    enum { URLS = 20 };
    const char *server = delay_server_start(fixture);
    struct arguments arguments = {.count = 0};
    char url[128], directory[160], option[192], text[64];
    struct webclient *client;

    step(fixture, "count");
    for (int i = 0; i < URLS; i++)
        add_argument(&arguments, "%s/count", server);
    client = webclient_run_with(fixture, (const char *const *)arguments.words);
    free_arguments(&arguments);
    expect_end(client, 0, URLS);
    step(fixture, "read the counter");
    snprintf(url, sizeof(url), "%s/count", server);
    fixture_path(fixture, "counter", directory, sizeof(directory));
    snprintf(option, sizeof(option), "--output-dir=%s", directory);
    client = webclient_run(fixture, option, url);
    read_file(fixture, text_of(result_of(client, url), "file"), text, sizeof(text));
    if (strstr(text, ": 21}") == NULL)
        fixture_fail(fixture, "after 21 requests the counter says %s", text);
}

static int open_terminal(struct fixture *fixture, char *path, size_t size)
{
    int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

    if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0 ||
        ptsname_r(terminal, path, size) != 0)
        fixture_fail(fixture, "no terminal: %s", strerror(errno));
    return terminal;
}

/* All that was written to it, until nobody has it open any more. */
static void read_terminal(int terminal, char *text, size_t size)
{
    size_t length = 0;
    ssize_t got;

    while (length + 1 < size && (got = read(terminal, text + length, size - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
    close(terminal);
}

/* Before the summary a line that is taken away again. Easy has it after the first URL alone. */
static void progress_is_shown_on_a_terminal(struct fixture *fixture)
{
    struct site *site = site_start(fixture, pages);
    char path[64], command[128], url[128], text[16 * 1024];
    int terminal = open_terminal(fixture, path, sizeof(path));
    const char *const options[] = {"--timeout=0.6", "-c1", url, url, NULL};
    const char *argv[WORDS_MAX] = {"/bin/sh", "-c", command};
    const char *bar, *cleared;
    struct run_result result;

    snprintf(command, sizeof(command), "exec \"$0\" \"$@\" 2>%s", path);
    snprintf(url, sizeof(url), "%s/drip", site_url(site));
    step(fixture, "fetch");
    add_words(argv, 3 + begin_words(argv + 3, fixture->subject), options);
    run_program(&result, argv);
    read_terminal(terminal, text, sizeof(text));
    bar = strstr(text, "] 50 %, ");
    cleared = bar != NULL ? strstr(bar, "\r\033[K") : NULL;
    if (cleared == NULL || strstr(bar, "1 done, 1 failed, ") == NULL ||
        strstr(cleared, "2 URLs in ") == NULL)
        fixture_fail(fixture, "no progress, or not before the summary: %s", text);
    if (result.status != 1 || strstr(result.output, " done, ") != NULL)
        fixture_fail(fixture, "exit status %d: %s", result.status, result.output);
}

static const struct suite_test tests[] = {
    TEST(text_is_a_line_for_each_url, 0),
    TEST(csv_has_a_heading_and_quotes_what_needs_it, 0),
    TEST(bodies_go_into_files, 0),
    TEST(no_request_is_sent_twice, 0),
    TEST(progress_is_shown_on_a_terminal, 0),
};

const struct suite_part output_part = SUITE_PART(tests);
