#include "tests/web/webclient.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { LINE_SIZE = 256 * 1024 };

static void webclient_end(void *argument)
{
    struct webclient *client = argument;

    process_finish(&client->process);
    cJSON_Delete(client->results);
    cJSON_Delete(client->summary);
    free(client);
}

static const char *said(const struct webclient *client)
{
    static char complaint[4096];

    process_read_complaint(&client->process, complaint, sizeof(complaint));
    return complaint;
}

#define complain(client, format, ...)                                                              \
    fixture_fail((client)->fixture, format "; standard error of webclient: %s", ##__VA_ARGS__,     \
                 said(client))

size_t add_words(const char **words, size_t count, const char *const *more)
{
    for (; *more != NULL && count + 1 < WORDS_MAX; more++)
        words[count++] = *more;
    words[count] = NULL;
    return count;
}

size_t begin_words(const char **words, const struct subject *subject)
{
    size_t count = 0;

    words[count++] = subject->program;
    words[count++] = "--backend";
    words[count++] = subject->backend;
    for (size_t i = 0; i < subject->extra_count; i++)
        if (strncmp(subject->extra[i], "--webserver=", 12) != 0)
            words[count++] = subject->extra[i];
    return count;
}

void webclient_print(struct fixture *fixture, struct run_result *result,
                     const char *const *arguments)
{
    const char *argv[WORDS_MAX];

    add_words(argv, begin_words(argv, fixture->subject), arguments);
    run_program(result, argv);
}

struct webclient *webclient_start_with(struct fixture *fixture, const char *const *arguments)
{
    const char *argv[WORDS_MAX];
    struct webclient *client = calloc(1, sizeof(*client));
    size_t count = begin_words(argv, fixture->subject);
    int error;

    if (client == NULL)
        abort();
    argv[count++] = "--json";
    add_words(argv, count, arguments);
    client->fixture = fixture;
    client->results = cJSON_CreateArray();
    error = process_start_in(&client->process, (char *const *)argv, 0, fixture->environment);
    fixture_defer(fixture, webclient_end, client);
    if (error != 0)
        fixture_fail(fixture, "cannot start webclient: %s", strerror(-error));
    return client;
}

/* Takes a line of output. */
static void take(struct webclient *client, const char *line)
{
    cJSON *object = cJSON_Parse(line), *summary;

    if (!cJSON_IsObject(object)) {
        cJSON_Delete(object);
        complain(client, "no object of JSON: %s", line);
    }
    summary = cJSON_DetachItemFromObjectCaseSensitive(object, "summary");
    if (summary == NULL) {
        cJSON_AddItemToArray(client->results, object);
        return;
    }
    cJSON_Delete(object);
    cJSON_Delete(client->summary);
    client->summary = summary;
}

void webclient_read(struct webclient *client, size_t count)
{
    static char line[LINE_SIZE];
    size_t have = (size_t)cJSON_GetArraySize(client->results);

    for (; have < count; have++) {
        long length = process_read_line(&client->process, line, sizeof(line), DEADLINE_MS);

        if (length < 0)
            complain(client, "%zu results in place of %zu: %s", have, count,
                     strerror((int)-length));
        take(client, line);
    }
}

static void read_rest(struct webclient *client)
{
    static char text[1024 * 1024];
    long length = process_read_output(&client->process, text, sizeof(text), DEADLINE_MS);
    char *line, *rest = text;

    if (length < 0)
        complain(client, "it does not end");
    while ((line = strsep(&rest, "\n")) != NULL)
        if (line[0] != '\0')
            take(client, line);
}

static void check_summary(const struct webclient *client)
{
    unsigned failed = 0;
    const cJSON *result;

    cJSON_ArrayForEach(result, client->results) failed += text_of(result, "failure")[0] != '\0';
    if (number_of(client->summary, "urls") != cJSON_GetArraySize(client->results) ||
        number_of(client->summary, "failed") != failed)
        complain(client, "the summary says %g URLs and %g failed after %d and %u",
                 number_of(client->summary, "urls"), number_of(client->summary, "failed"),
                 cJSON_GetArraySize(client->results), failed);
}

void webclient_finish(struct webclient *client)
{
    read_rest(client);
    if (process_wait(&client->process, DEADLINE_MS) != 0)
        complain(client, "it has closed its output and goes on");
    if (!WIFEXITED(client->process.status))
        complain(client, "it has died of signal %d", WTERMSIG(client->process.status));
    client->status = WEXITSTATUS(client->process.status);
    if (client->summary == NULL)
        complain(client, "no summary; exit status %d", client->status);
    check_summary(client);
}

struct webclient *webclient_run_with(struct fixture *fixture, const char *const *arguments)
{
    struct webclient *client = webclient_start_with(fixture, arguments);

    webclient_finish(client);
    return client;
}

void add_argument(struct arguments *arguments, const char *format, ...)
{
    va_list values;

    if (arguments->count + 1 >= sizeof(arguments->words) / sizeof(arguments->words[0]))
        abort();
    va_start(values, format);
    if (vasprintf(&arguments->words[arguments->count++], format, values) < 0)
        abort();
    va_end(values);
    arguments->words[arguments->count] = NULL;
}

void free_arguments(struct arguments *arguments)
{
    for (size_t i = 0; i < arguments->count; i++)
        free(arguments->words[i]);
    *arguments = (struct arguments){.count = 0};
}

const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

    return cJSON_IsString(member) ? member->valuestring : "";
}

double number_of(const cJSON *object, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

    return cJSON_IsNumber(member) ? member->valuedouble : 0;
}

const cJSON *result_of(const struct webclient *client, const char *url)
{
    const cJSON *result, *found = NULL;

    cJSON_ArrayForEach(result, client->results)
    {
        if (strcmp(text_of(result, "url"), url) != 0)
            continue;
        if (found != NULL)
            complain(client, "two results of %s", url);
        found = result;
    }
    if (found == NULL)
        complain(client, "no result of %s", url);
    return found;
}

const cJSON *result_at(const struct webclient *client, const char *origin, const char *path)
{
    char url[512];

    snprintf(url, sizeof(url), "%s%s", origin, path);
    return result_of(client, url);
}

void expect_result(const struct webclient *client, const cJSON *result, int status,
                   const char *failure)
{
    if ((int)number_of(result, "status") != status ||
        strcmp(text_of(result, "failure"), failure) != 0)
        complain(client, "%s: status %g and failure '%s' (%s) in place of %d and '%s'",
                 text_of(result, "url"), number_of(result, "status"), text_of(result, "failure"),
                 text_of(result, "message"), status, failure);
}

void expect_end(const struct webclient *client, int status, size_t results)
{
    if (client->status != status || (size_t)cJSON_GetArraySize(client->results) != results)
        complain(client, "exit status %d after %d results in place of %d after %zu", client->status,
                 cJSON_GetArraySize(client->results), status, results);
}
