#include "bench/json.h"
#include "bench/memory.h"
#include "bench/statistics.h"
#include "bench/validity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BIMODAL_LEAST = 8, NAMED_MOST = 4 };

bool validity_is_bimodal(const double *values, size_t count)
{
    double *sorted, range, least_gap;
    size_t side = count / 4 > 2 ? (count + 3) / 4 : 2;
    bool found = false;

    if (count < BIMODAL_LEAST)
        return false;
    sorted = statistics_sorted(values, count);
    range = sorted[count - 1] - sorted[0];
    least_gap = fmax(range / 2, 0.05 * fabs(statistics_median(values, count)));
    for (size_t i = side; i + side <= count && !found; i++)
        found = range > 0 && sorted[i] - sorted[i - 1] >= least_gap;
    free(sorted);
    return found;
}

static void count_flag(cJSON *flags, const char *name)
{
    double rounds = json_number_or(flags, name, 0);

    cJSON_DeleteItemFromObjectCaseSensitive(flags, name);
    cJSON_AddNumberToObject(flags, name, rounds + 1);
}

/* Adds what one round's cell says; shares has room for it. */
static void add_round(const cJSON *cell, cJSON *flags, double *shares, size_t *share_count)
{
    const cJSON *flag;
    double share = validity_client_share(cell);

    cJSON_ArrayForEach(flag, cJSON_GetObjectItemCaseSensitive(cell, "flags"))
    {
        if (cJSON_IsString(flag))
            count_flag(flags, flag->valuestring);
    }
    if (!isnan(share))
        shares[(*share_count)++] = share;
}

static bool has_text(const cJSON *object, const char *name, const char *text)
{
    const char *value = json_text_or_null(object, name);

    return value != NULL && strcmp(value, text) == 0;
}

/* Neither the reference's second run in a block nor one that was measured again. */
static bool is_round_of_its_own(const cJSON *record)
{
    return !cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(record, "closing")) &&
           cJSON_GetObjectItemCaseSensitive(record, "superseded") == NULL;
}

void validity_add_to_row(cJSON *row_cell, const cJSON *records, const char *label,
                         const char *scenario, const double *values, size_t count)
{
    cJSON *flags;
    double *shares = memory_zeroed((size_t)cJSON_GetArraySize(records), sizeof(*shares));
    size_t share_count = 0;
    const cJSON *record, *cell;

    cJSON_DeleteItemFromObjectCaseSensitive(row_cell, "flags");
    flags = cJSON_AddObjectToObject(row_cell, "flags");
    cJSON_ArrayForEach(record, records)
    {
        bool taken = !has_text(record, "row", label) || !is_round_of_its_own(record);

        cJSON_ArrayForEach(cell, cJSON_GetObjectItemCaseSensitive(record, "cells"))
        {
            if (taken || !has_text(cell, "scenario", scenario))
                continue;
            add_round(cell, flags, shares, &share_count);
            taken = true;
        }
    }
    if (validity_is_bimodal(values, count))
        cJSON_AddNumberToObject(flags, "bimodal", (double)count);
    if (share_count > 0)
        cJSON_AddNumberToObject(row_cell, "client_share", statistics_median(shares, share_count));
    free(shares);
}

/* Calls visit for each cell of each row. */
static void each_cell(const cJSON *document,
                      void (*visit)(const cJSON *row, const cJSON *cell, void *context),
                      void *context)
{
    const cJSON *row, *cell;

    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(document, "rows"))
    {
        cJSON_ArrayForEach(cell, cJSON_GetObjectItemCaseSensitive(row, "cells"))
        {
            visit(row, cell, context);
        }
    }
}

/* The cells that one flag holds of. */
struct flagged {
    FILE *file;
    const char *flag;
    const char *words;
    bool once; /* one round is enough */
    unsigned count;
    bool print;
};

static void visit_flagged(const cJSON *row, const cJSON *cell, void *context)
{
    struct flagged *flagged = context;
    const cJSON *flags = cJSON_GetObjectItemCaseSensitive(cell, "flags");
    const char *label = json_text_or_null(row, "label"),
               *column = json_text_or_null(cell, "column");
    double rounds = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(cell, "rounds"));
    double marked = json_number_or(flags, flagged->flag, 0);

    if (marked == 0 || (!flagged->once && 2 * marked < rounds) || label == NULL || column == NULL)
        return;
    if (flagged->print && flagged->count < NAMED_MOST)
        fprintf(flagged->file, "%s%s %s", flagged->count > 0 ? ", " : "", label, column);
    flagged->count++;
}

static void print_flag(FILE *file, const cJSON *document, struct flagged flagged, bool first)
{
    unsigned count = flagged.count;

    fprintf(file, "%s%s in %u cell%s (", first ? " Flags: " : "; ", flagged.words, count,
            count == 1 ? "" : "s");
    flagged.print = true;
    flagged.count = 0;
    each_cell(document, visit_flagged, &flagged);
    if (count > NAMED_MOST)
        fprintf(file, " and %u more", count - NAMED_MOST);
    fprintf(file, ")");
}

/* The least and the greatest of the clients' shares. */
struct shares {
    double least;
    double most;
};

static void visit_share(const cJSON *row, const cJSON *cell, void *context)
{
    struct shares *shares = context;
    double share = json_number_or(cell, "client_share", NAN);

    shares->least = fmin(shares->least, share);
    shares->most = fmax(shares->most, share);
}

void validity_print(FILE *file, const cJSON *document)
{
    static const struct {
        const char *flag;
        const char *words;
        bool once;
    } flags[] = {
        {"client-limited", "limited by the clients", false},
        {"unsteady", "unsteady within the window", false},
        {"bimodal", "bimodal over the rounds", false},
        {"little", "against Little's law", false},
        {"delayed-ack", "delayed acknowledgements", true},
        {"overflow", "connections dropped at a full queue", true},
        {"ports", "out of local ports", true},
        {"migrated", "threads migrated", false},
    };
    const char *placement =
        json_text_or_null(cJSON_GetObjectItemCaseSensitive(document, "placement"), "name");
    struct shares shares = {INFINITY, 0};
    bool first = true;

    if (placement != NULL && strncmp(placement, "same", 4) == 0)
        each_cell(document, visit_share, &shares);
    if (shares.most > 0)
        fprintf(file, " Of the CPU time of a request the client takes %.0f to %.0f %%.",
                100 * shares.least, 100 * shares.most);
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        struct flagged flagged = {file, flags[i].flag, flags[i].words, flags[i].once, 0, false};

        each_cell(document, visit_flagged, &flagged);
        if (flagged.count > 0) {
            print_flag(file, document, flagged, first);
            first = false;
        }
    }
    if (!first)
        fprintf(file, ".");
}
