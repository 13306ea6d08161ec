#include "bench/analysis.h"

#include "bench/json.h"
#include "bench/memory.h"
#include "bench/record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t index_of(const struct analysis_rows *rows, const char *label)
{
    for (size_t i = 0; i < rows->count; i++)
        if (label != NULL && strcmp(rows->labels[i], label) == 0)
            return i;
    return rows->count;
}

struct analysis_values analysis_gather(const cJSON *records, const struct analysis_rows *rows,
                                       const char *scenario, const char *column)
{
    struct analysis_values gathered = {
        .values = memory_zeroed((rows->count + 1) * rows->rounds + 1, sizeof(double)),
        .rounds = rows->rounds,
    };
    const cJSON *record;

    cJSON_ArrayForEach(record, records)
    {
        double round = json_number_or(record, "round", -1);
        size_t row = record_is_closing(record) ? rows->count
                                               : index_of(rows, json_text_or_null(record, "row"));

        if (record_is_superseded(record) || round < 0 || round >= rows->rounds ||
            (row == rows->count && !record_is_closing(record)))
            continue;
        gathered.values[row * rows->rounds + (size_t)round] =
            record_value(record, scenario, column);
    }
    return gathered;
}

void analysis_values_finish(struct analysis_values *values)
{
    free(values->values);
    values->values = NULL;
}

static const double *values_of(const struct analysis_values *values, size_t row)
{
    return values->values + row * values->rounds;
}

double analysis_ceiling(const struct analysis_values *values, const struct analysis_rows *rows,
                        size_t round)
{
    double opening = values_of(values, rows->reference)[round];
    double closing = values_of(values, rows->count)[round];

    return opening > 0 && closing > 0 ? sqrt(opening * closing) : fmax(opening, closing);
}

/* One row against what others[round] says, in the rounds in which both have numbers. */
static struct ratio compare(const double *values, const double *others, size_t rounds, bool higher,
                            uint64_t seed)
{
    double *logarithms = memory_zeroed(rounds + 1, sizeof(*logarithms));
    struct ratio ratio;
    size_t count = 0;

    for (size_t i = 0; i < rounds; i++)
        if (values[i] > 0 && others[i] > 0)
            logarithms[count++] = (higher ? 1 : -1) * log(values[i] / others[i]);
    ratio = ratio_of_rounds(logarithms, count, seed);
    free(logarithms);
    return ratio;
}

void analysis_compare(const struct analysis_values *values, const struct analysis_rows *rows,
                      bool higher, double margin, struct ratio *ratios)
{
    double *ceilings = memory_zeroed(values->rounds + 1, sizeof(*ceilings));

    for (size_t i = 0; i < values->rounds; i++)
        ceilings[i] = analysis_ceiling(values, rows, i);
    for (size_t row = 0; row < rows->count; row++) {
        size_t against = rows->against != NULL ? rows->against[row] : rows->reference;

        ratios[row] = (struct ratio){0};
        if (row != against && row != rows->reference)
            ratios[row] =
                compare(values_of(values, row),
                        against == rows->reference ? ceilings : values_of(values, against),
                        values->rounds, higher, rows->seed + row);
    }
    ratio_judge(ratios, rows->count, margin);
    free(ceilings);
}

struct ratio analysis_repeat(const struct analysis_values *values, const struct analysis_rows *rows,
                             bool higher, double margin)
{
    struct ratio ratio = {0};

    if (rows->repeat == rows->count)
        return ratio;
    ratio = compare(values_of(values, rows->repeat), values_of(values, rows->repeated),
                    values->rounds, higher, rows->seed);
    ratio_judge(&ratio, 1, margin);
    return ratio;
}
