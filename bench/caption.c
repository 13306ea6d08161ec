#include "bench/caption.h"

#include "bench/json.h"
#include "bench/memory.h"
#include "bench/plan.h"
#include "bench/results.h"
#include "bench/validity.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIBRARIES_MOST = 32 };

static void print_host(FILE *file, const cJSON *host)
{
    const char *cpu = json_text_or_null(host, "cpu");
    const char *kernel = json_text_or_null(host, "kernel");
    const char *virtualisation = json_text_or_null(host, "virtualisation");
    const char *governor = json_text_or_null(host, "governor");

    fprintf(file, "%s, %.0f CPUs", cpu != NULL ? cpu : "unknown CPU",
            json_number_or(host, "cpus", 0));
    if (virtualisation != NULL && strcmp(virtualisation, "none found") != 0)
        fprintf(file, " (virtual: %s)", virtualisation);
    if (governor != NULL)
        fprintf(file, ", governor %s", governor);
    if (kernel != NULL)
        fprintf(file, ", %s", kernel);
}

static void print_placement(FILE *file, const cJSON *placement)
{
    const char *name = json_text_or_null(placement, "name");
    const char *server = json_text_or_null(placement, "server_cpus");
    const char *clients = json_text_or_null(placement, "client_cpus");
    const char *pool = json_text_or_null(placement, "pool_cpus");
    const char *reason = json_text_or_null(placement, "reason");

    if (name == NULL)
        return;
    fprintf(file, "; placement %s", name);
    if (strcmp(name, "free") != 0 && server != NULL && clients != NULL && pool != NULL)
        fprintf(file, " (server on CPU %s, clients on %s, pool threads on %s)", server, clients,
                pool);
    if (reason != NULL)
        fprintf(file, ": %s", reason);
}

/* Scenarios that fix a placement of their own. */
static void print_other_placements(FILE *file, const cJSON *document)
{
    const char *all =
        json_text_or_null(cJSON_GetObjectItemCaseSensitive(document, "placement"), "name");
    const cJSON *scenario;

    cJSON_ArrayForEach(scenario, cJSON_GetObjectItemCaseSensitive(document, "scenarios"))
    {
        const char *name = json_text_or_null(scenario, "name");
        const char *own = json_text_or_null(scenario, "placement");

        if (all != NULL && name != NULL && own != NULL && strcmp(all, own) != 0)
            fprintf(file, "; %s in placement %s", name, own);
    }
}

static bool is_first_of_family(const cJSON *rows, const cJSON *row)
{
    const char *family = json_text_or_null(row, "family");
    const cJSON *one;

    cJSON_ArrayForEach(one, rows)
    {
        const char *name = json_text_or_null(one, "family");

        if (one == row)
            return family != NULL;
        if (name != NULL && family != NULL && strcmp(name, family) == 0 &&
            json_number_or(one, "slow_n", 0) > 0)
            return false;
    }
    return false;
}

/*
 * What slow clients asked for. Another F(n) is other work, so the seconds of the peers in one
 * language compare with each other only; whoever reads the table has to know.
 */
static void print_slow_requests(FILE *file, double slow_n, const cJSON *rows)
{
    const char *joint = "; a slow request is";
    const cJSON *row;

    if (slow_n > 0) {
        fprintf(file, "%s F(%.0f)", joint, slow_n);
        joint = ",";
    }
    cJSON_ArrayForEach(row, rows)
    {
        double own = json_number_or(row, "slow_n", 0);

        if (own <= 0 || !is_first_of_family(rows, row))
            continue;
        fprintf(file, "%s for peers in %s F(%.0f)", joint, json_text_or_null(row, "family"), own);
        joint = ",";
    }
}

/* Through what rows go that do not meet the webserver itself. */
static void print_front(FILE *file, const cJSON *rows)
{
    const cJSON *row;

    cJSON_ArrayForEach(row, rows)
    {
        const char *front = json_text_or_null(row, "front");

        if (front == NULL)
            continue;
        fprintf(file, "; rows with --tls or --http2 over TLS through %s, which is in their numbers",
                front);
        return;
    }
}

static void print_method(FILE *file, const cJSON *document)
{
    double slow_n = json_number_or(document, "slow_n", 0);
    double rounds = json_number_or(document, "rounds", 0);
    double slow_rounds = json_number_or(document, "slow_rounds", 0);

    if (results_are_of_web_clients(document)) {
        fprintf(file,
                "; a fresh webserver and a fresh client for each number; medians of %.0f "
                "round%s",
                rounds, rounds == 1 ? "" : "s");
        print_front(file, cJSON_GetObjectItemCaseSensitive(document, "rows"));
        return;
    }
    fprintf(file, "; %.0f workers", json_number_or(document, "workers", 0));
    print_slow_requests(file, slow_n, cJSON_GetObjectItemCaseSensitive(document, "rows"));
    if (rounds == 1)
        fprintf(file, "; one round");
    else
        fprintf(file, "; medians of %.0f rounds", rounds);
    if (slow_n > 0 && slow_rounds != rounds)
        fprintf(file, " (with slow clients %.0f)", slow_rounds);
    fprintf(file, ", fast windows of %g s", json_number_or(document, "fast_seconds", 0));
}

/* Libraries that were named, as parts of rows' texts. */
struct libraries {
    const char *names[LIBRARIES_MOST];
    size_t lengths[LIBRARIES_MOST];
    size_t count;
};

static void print_library(FILE *file, struct libraries *seen, const char *name, size_t length)
{
    for (size_t i = 0; i < seen->count; i++)
        if (seen->lengths[i] == length && strncmp(seen->names[i], name, length) == 0)
            return;
    if (seen->count == LIBRARIES_MOST)
        return;
    seen->names[seen->count] = name;
    seen->lengths[seen->count++] = length;
    fprintf(file, ", %.*s", (int)length, name);
}

/* Every library once, in the order of the rows, of which each may have several. */
static void print_libraries(FILE *file, const cJSON *rows)
{
    struct libraries seen = {.count = 0};
    const cJSON *row;

    cJSON_ArrayForEach(row, rows)
    {
        const char *library = json_text_or_null(row, "library");

        while (library != NULL && *library != '\0') {
            size_t length = strcspn(library, ",");

            print_library(file, &seen, library, length);
            library += length;
            library += strspn(library, ", ");
        }
    }
}

static void print_program(FILE *file, const cJSON *program)
{
    const char *version = json_text_or_null(program, "version");
    const char *revision = json_text_or_null(program, "revision");

    fprintf(file, "; fibserver %s", version != NULL ? version : "of unknown version");
    if (revision != NULL && strcmp(revision, "unknown") != 0)
        fprintf(file, " (%.12s%s)", revision,
                cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(program, "modified")) ? ", modified"
                                                                                    : "");
}

/* Each column has a margin of its own. */
static void print_margins(FILE *file, const cJSON *document, double delta)
{
    const cJSON *column;
    double most = 0, least = delta;

    cJSON_ArrayForEach(column, cJSON_GetObjectItemCaseSensitive(document, "columns"))
    {
        most = fmax(most, json_number_or(column, "delta", delta));
        least = fmin(least, json_number_or(column, "delta", delta));
    }
    most = most > 0 ? most : delta;
    if (round(100 * least) == round(100 * most))
        fprintf(file, "same: within %.0f %%", 100 * most);
    else
        fprintf(file, "same: within %.0f to %.0f %% by column", 100 * least, 100 * most);
}

/* Rows that compare with one another only. */
static void print_against(FILE *file, const cJSON *rows)
{
    const cJSON *row;

    cJSON_ArrayForEach(row, rows)
    {
        const char *against = json_text_or_null(row, "against");
        const char *label = json_text_or_null(row, "label");

        if (against == NULL || (label != NULL && strcmp(against, label) == 0))
            continue;
        fprintf(file, ", of rows with --tls or --http2 to %s", against);
        return;
    }
}

/* Of so few rounds an interval of 95 % is their whole range, which has less. */
enum { INTERVAL_ROUNDS = 6 };

/* What stands in parentheses. Of a run without verdicts, or before there were any, nothing. */
static void print_reading(FILE *file, const cJSON *document, enum table_detail detail)
{
    const char *reference = json_text_or_null(document, "reference");
    double delta = json_number_or(document, "delta", 0), rounds;

    rounds = json_number_or(document, "rounds", 0);
    if (reference == NULL || delta <= 0 || rounds < 2 || detail == TABLE_PLAIN)
        return;
    if (detail == TABLE_SPREAD) {
        fprintf(file, ". In parentheses: the least and the greatest of the rounds");
        return;
    }
    if (rounds < INTERVAL_ROUNDS)
        fprintf(file, ". In parentheses: how far the rounds reach from their median");
    else
        fprintf(file, ". In parentheses: how far the median's 95 %% interval reaches");
    if (rounds < plan_verdict_rounds(1))
        return;
    fprintf(file, ", and the ratio to %s", reference);
    print_against(file, cJSON_GetObjectItemCaseSensitive(document, "rows"));
    fprintf(file, " in the same round with its verdict (%s, ",
            results_are_of_web_clients(document) ? "faster or less, slower or more"
                                                 : "faster, slower");
    print_margins(file, document, delta);
    fprintf(file, ", ?: cannot tell)");
}

char *caption_of(const cJSON *document, enum table_detail detail)
{
    char *text = NULL;
    size_t length;
    FILE *file = open_memstream(&text, &length);
    const char *date = json_text_or_null(document, "date");

    if (file == NULL)
        return memory_text("");
    print_host(file, cJSON_GetObjectItemCaseSensitive(document, "host"));
    print_placement(file, cJSON_GetObjectItemCaseSensitive(document, "placement"));
    print_other_placements(file, document);
    print_method(file, document);
    print_program(file, cJSON_GetObjectItemCaseSensitive(document, "program"));
    print_libraries(file, cJSON_GetObjectItemCaseSensitive(document, "rows"));
    if (date != NULL)
        fprintf(file, "; %.10s", date);
    print_reading(file, document, detail);
    if (results_are_of_web_clients(document))
        fprintf(file, ". x ideal: the time over (URLs / how many at a time, rounded up) x delay");
    else
        fprintf(file, ". X: of several simultaneous clients at least one got no answer");
    fputc('.', file);
    validity_print(file, document);
    fclose(file);
    return text;
}
