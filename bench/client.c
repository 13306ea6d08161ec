#include "bench/client.h"

#include "bench/json.h"
#include "bench/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of fibclient: 5 s for what is due, 1 s for the end of the connections; and some for its start. */
enum { BEHIND_WINDOW = 10000 };

/* For the connections: how long one may take, and a client wait for one without any progress. */
enum { CONNECTION_MS = 1, MANY_CONNECTIONS = 1000 };
static const char PATIENCE[] = "3";

static const double WAITED_SHARE = 0.9, ENOUGH_EACH = 10;

struct words {
    const char *words[48];
    char numbers[16][32];
    size_t count;
    size_t number_count;
};

static void add_word(struct words *words, const char *word)
{
    words->words[words->count++] = word;
}

static void add_number(struct words *words, const char *option, double number)
{
    char *text = words->numbers[words->number_count++];

    snprintf(text, sizeof(words->numbers[0]), "%.9g", number);
    add_word(words, option);
    add_word(words, text);
}

/* What fibclient assumes by itself is not said. */
static void add_group(struct words *words, const struct client_group *group)
{
    if (group->idle > 0)
        add_number(words, "--idle", group->idle);
    if (group->idle > 0 || group->connections > MANY_CONNECTIONS) {
        add_word(words, "--patience");
        add_word(words, PATIENCE);
    }
    if (group->think > 0)
        add_number(words, "--think", group->think);
    if (group->churn)
        add_word(words, "--churn");
}

int client_create(struct process **process, struct supervisor *supervisor,
                  const struct client_run *run, struct problem *problem)
{
    struct words words = {.count = 0};

    add_word(&words, run->program);
    add_word(&words, run->group->mode);
    add_word(&words, "--json");
    add_word(&words, "--host");
    add_word(&words, run->host);
    add_number(&words, "--port", run->port);
    add_number(&words, "-d", run->seconds);
    add_number(&words, "-c", run->group->connections);
    add_number(&words, "-p", run->group->pipeline);
    add_number(&words, "-n", run->n);
    if (run->rate > 0) {
        add_number(&words, "--rate", run->rate);
        add_number(&words, "--seed", run->seed);
    }
    add_group(&words, run->group);
    add_word(&words, NULL);
    return process_create(process, supervisor, words.words, run->cpus, problem);
}

int64_t client_limit(double seconds, unsigned connections)
{
    return (int64_t)(seconds * 1000) + BEHIND_WINDOW + (int64_t)connections * CONNECTION_MS;
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

/* An open loop may have had too little to offer for each connection to get a request. */
static bool had_enough_for_all(const cJSON *document, double connections)
{
    double offered = json_number_or(document, "offered_rate", INFINITY);

    return offered * json_number_or(document, "seconds", 0) >= ENOUGH_EACH * connections;
}

/*
 * Says in how far the connections of one client had equal shares. Of thousands that share few
 * answers some get none by chance; one is starved where another got many.
 */
static void keep_shares(cJSON *summary, const cJSON *document, const struct client_group *group,
                        struct client_report *report)
{
    const cJSON *shares = cJSON_GetObjectItemCaseSensitive(document, "per_connection"), *share;
    double least = INFINITY, most = 0;

    cJSON_ArrayForEach(share, shares)
    {
        least = fmin(least, share->valuedouble);
        most = fmax(most, share->valuedouble);
    }
    if (cJSON_GetArraySize(shares) < 2)
        return;
    report->starved = least == 0 && most >= (group->slow ? 1 : ENOUGH_EACH * group->pipeline) &&
                      had_enough_for_all(document, cJSON_GetArraySize(shares));
    cJSON_AddNumberToObject(summary, "least_of_a_connection", least);
    cJSON_AddNumberToObject(summary, "most_of_a_connection", most);
}

static cJSON *summarise(const cJSON *document, const struct client_group *group,
                        struct client_report *report)
{
    static const char *const numbers[] = {"requests", "late", "errors", "seconds", "rate"};
    static const char *const copies[] = {
        "error_kinds", "latency",     "late_latency", "cpu",      "loop",
        "connections", "pipeline",    "idle",         "think",    "churn",
        "exact",       "percentiles", "slices",       "fairness", "opened",
        "lag",         "target_rate", "offered_rate", "unsent",   "idle_unanswered",
    };
    cJSON *summary = cJSON_CreateObject();

    cJSON_AddStringToObject(summary, "mode", group->mode);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        keep_number(summary, document, numbers[i]);
    for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++)
        keep_copy(summary, document, copies[i]);
    keep_shares(summary, document, group, report);
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
    report->unopened = json_number_or(kinds, "unopened", 0);
    report->wrong = errors - report->missing - report->unopened;
    report->latency = json_number_or(latency, "mean", 0);
    report->percentile = json_number_or(latency, group->value, 0);
    report->late_latency = json_number_or(late, "mean", 0);
    report->shortest = shortest_of(latency, late);
    report->starved = report->starved || json_number_or(document, "idle_unanswered", 0) > 0;
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
        /* A server that takes no more connections from its backlog starves them. */
        report->failed =
            !take_numbers(document, group, report) || (report->unopened > 0 && !report->starved);
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
        if (!client_group_is_time(group))
            sum += reports[i].rate;
        else if (strcmp(group->value, "mean") == 0)
            sum += seconds_per_request(&reports[i], with_late);
        else if (reports[i].percentile > 0)
            sum += reports[i].percentile;
        else
            return 0;
    return sum / group->clients;
}
