#include "bench/client.h"

#include "bench/json.h"
#include "bench/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of fibclient: 5 s for what is due, 1 s for the end of the connections; and some for its start. */
enum { BEHIND_WINDOW = 10000 };

static const double WAITED_SHARE = 0.9;

int client_create(struct process **process, struct supervisor *supervisor,
                  const struct client_run *run, struct problem *problem)
{
    char port[16], n[16], connections[16], pipeline[16], seconds[32];
    const char *arguments[20];
    size_t count = 0;

    snprintf(port, sizeof(port), "%u", run->port);
    snprintf(n, sizeof(n), "%u", run->n);
    snprintf(connections, sizeof(connections), "%u", run->group->connections);
    snprintf(pipeline, sizeof(pipeline), "%u", run->group->pipeline);
    snprintf(seconds, sizeof(seconds), "%.4f", run->seconds);
    arguments[count++] = run->program;
    arguments[count++] = run->group->mode;
    arguments[count++] = "--json";
    arguments[count++] = "--host";
    arguments[count++] = run->host;
    arguments[count++] = "--port";
    arguments[count++] = port;
    arguments[count++] = "-d";
    arguments[count++] = seconds;
    arguments[count++] = "-c";
    arguments[count++] = connections;
    arguments[count++] = "-p";
    arguments[count++] = pipeline;
    if (run->n > 0) {
        arguments[count++] = "-n";
        arguments[count++] = n;
    }
    arguments[count] = NULL;
    return process_create(process, supervisor, arguments, run->cpus, problem);
}

int64_t client_limit(double seconds)
{
    return (int64_t)(seconds * 1000) + BEHIND_WINDOW;
}

static void keep_number(cJSON *summary, const cJSON *report, const char *name)
{
    cJSON_AddNumberToObject(summary, name, json_number_or(report, name, 0));
}

static void keep_copy(cJSON *summary, const cJSON *report, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(report, name);

    if (member != NULL)
        cJSON_AddItemToObject(summary, name, cJSON_Duplicate(member, true));
}

/* Says in how far the connections of one client had equal shares. */
static void keep_shares(cJSON *summary, const cJSON *shares, struct client_report *report)
{
    const cJSON *share;
    double least = INFINITY, most = 0;

    cJSON_ArrayForEach(share, shares)
    {
        least = fmin(least, share->valuedouble);
        most = fmax(most, share->valuedouble);
    }
    if (cJSON_GetArraySize(shares) < 2)
        return;
    report->starved = least == 0 && most > 0;
    cJSON_AddNumberToObject(summary, "least_of_a_connection", least);
    cJSON_AddNumberToObject(summary, "most_of_a_connection", most);
}

static cJSON *summarise(const cJSON *document, const struct client_group *group,
                        struct client_report *report)
{
    static const char *const numbers[] = {"requests", "late", "errors", "seconds", "rate"};
    static const char *const copies[] = {"error_kinds", "latency", "late_latency", "cpu"};
    cJSON *summary = cJSON_CreateObject();

    cJSON_AddStringToObject(summary, "mode", group->mode);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        keep_number(summary, document, numbers[i]);
    for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++)
        keep_copy(summary, document, copies[i]);
    keep_shares(summary, cJSON_GetObjectItemCaseSensitive(document, "per_connection"), report);
    return summary;
}

/* The quickest of the requests in the window and behind it. */
static double shortest_of(const cJSON *latency, const cJSON *late)
{
    double shortest =
        fmin(json_number_or(latency, "min", INFINITY), json_number_or(late, "min", INFINITY));

    return isfinite(shortest) ? shortest : 0;
}

/* Takes the numbers out; false where one that must be there is not. */
static bool take_numbers(const cJSON *document, const struct client_group *group,
                         struct client_report *report)
{
    const cJSON *kinds = cJSON_GetObjectItemCaseSensitive(document, "error_kinds");
    const cJSON *latency = cJSON_GetObjectItemCaseSensitive(document, "latency");
    const cJSON *late = cJSON_GetObjectItemCaseSensitive(document, "late_latency");
    const char *words = json_text_or_null(document, "first_error");
    struct problem missing;
    double errors = 0;

    if (json_number(document, "requests", &report->requests, &missing) < 0 ||
        json_number(document, "rate", &report->rate, &missing) < 0 ||
        json_number(document, "errors", &errors, &missing) < 0) {
        snprintf(report->words, sizeof(report->words), "in fibclient's report %.200s",
                 missing.text);
        return false;
    }
    report->late = json_number_or(document, "late", 0);
    report->missing = json_number_or(kinds, "missing", 0) + json_number_or(kinds, "closed", 0);
    report->wrong = errors - report->missing;
    report->latency = json_number_or(latency, "mean", 0);
    report->late_latency = json_number_or(late, "mean", 0);
    report->shortest = shortest_of(latency, late);
    report->waited =
        !group->slow && json_number_or(latency, "max", 0) >=
                            WAITED_SHARE * json_number_or(document, "seconds", HUGE_VAL);
    if (words != NULL)
        snprintf(report->words, sizeof(report->words), "%s", words);
    return true;
}

/* Status 1 without a report is how fibclient says that it could not connect. */
static void read_failure(const struct process *process, struct client_report *report)
{
    char *words = process_last_line(process, PROCESS_ERRORS), end[128];

    if (!process_has_exited(process)) {
        snprintf(report->words, sizeof(report->words), "fibclient did not end");
        report->failed = true;
    } else {
        struct process_end how = process_end(process);

        process_describe_end(how, end, sizeof(end));
        report->failed = how.signal != 0 || how.status != 1 || words[0] == '\0';
        report->unreachable = !report->failed;
        if (report->failed)
            snprintf(report->words, sizeof(report->words), "fibclient %s without a report%s%.80s",
                     end, words[0] != '\0' ? ": " : "", words);
        else
            snprintf(report->words, sizeof(report->words), "%.250s", words);
    }
    free(words);
}

void client_read_report(const struct process *process, const struct client_group *group,
                        struct client_report *report, cJSON **summary)
{
    char *line = process_last_line(process, PROCESS_OUTPUT);
    cJSON *document = process_has_exited(process) ? json_parse(line, strlen(line)) : NULL;

    *report = (struct client_report){0};
    if (cJSON_IsObject(document)) {
        *summary = summarise(document, group, report);
        report->failed = !take_numbers(document, group, report);
        if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(document, "interrupted"))) {
            report->failed = true;
            snprintf(report->words, sizeof(report->words), "fibclient was interrupted");
        }
    } else {
        *summary = cJSON_CreateObject();
        cJSON_AddStringToObject(*summary, "mode", group->mode);
        cJSON_AddBoolToObject(*summary, "reported", false);
        read_failure(process, report);
        cJSON_AddStringToObject(*summary, "words", report->words);
    }
    cJSON_Delete(document);
    free(line);
}

static double seconds_per_request(const struct client_report *report, bool with_late)
{
    double late = with_late ? report->late : 0;

    return (report->latency * report->requests + report->late_latency * late) /
           (report->requests + late);
}

double client_group_value(const struct client_group *group, const struct client_report *reports,
                          bool with_late)
{
    double sum = 0;

    for (unsigned i = 0; i < group->clients; i++)
        sum += group->slow ? seconds_per_request(&reports[i], with_late) : reports[i].rate;
    return sum / group->clients;
}
