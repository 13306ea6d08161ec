#include "bench/compare_judge.h"

#include "bench/memory.h"
#include "bench/statistics.h"
#include "bench/statistics_interval.h"
#include "bench/statistics_test.h"

#include <math.h>
#include <stdlib.h>

const double compare_level = 0.01, compare_confidence = 0.95;
const double compare_threshold_sampled = 3, compare_threshold_plain = 20;

enum { OLD, NEW, SIDES };

/* What a side's numbers are divided by: in each round, or all alike. */
struct divisor {
    double *rounds;
    size_t round_count; /* 0: not by rounds */
    double whole;
};

/* A column under judgement. */
struct judgement {
    struct comparison *comparison;
    const struct compare_settings *settings;
    size_t column;
    size_t reference; /* row; row_count: none */
    struct divisor divisors[SIDES];
    bool comparable; /* false: relative, but there is nothing to stand to */
};

static const struct table_cell *side_of(const struct compared_cell *cell, int side)
{
    return side == OLD ? cell->old : cell->new;
}

static bool both_measured(const struct compared_cell *cell)
{
    return cell->old->outcome == OUTCOME_MEASURED && cell->new->outcome == OUTCOME_MEASURED;
}

static struct compared_cell *cell_of(const struct judgement *judgement, size_t row)
{
    return &judgement->comparison->rows[row].cells[judgement->column];
}

static void take_means(const struct judgement *judgement)
{
    struct compared_column *column = &judgement->comparison->columns[judgement->column];
    double logs[SIDES] = {0};

    for (size_t i = 0; i < judgement->comparison->row_count; i++) {
        const struct compared_cell *cell = cell_of(judgement, i);

        if (!both_measured(cell))
            continue;
        column->common++;
        for (int side = OLD; side < SIDES; side++)
            logs[side] += log(side_of(cell, side)->value);
    }
    if (column->common == 0)
        return;
    column->old_mean = exp(logs[OLD] / (double)column->common);
    column->new_mean = exp(logs[NEW] / (double)column->common);
}

/* Whether a row takes part in what the column is divided by. */
static bool divides(const struct judgement *judgement, size_t row)
{
    const struct compared_column *column = &judgement->comparison->columns[judgement->column];

    return both_measured(cell_of(judgement, row)) &&
           (!column->by_reference || row == judgement->reference);
}

/* How many rounds all that divide have; 0 where they differ, or a number has no rounds. */
static size_t common_rounds(const struct judgement *judgement, int side)
{
    size_t count = 0;
    bool first = true;

    for (size_t i = 0; i < judgement->comparison->row_count; i++) {
        size_t samples = side_of(cell_of(judgement, i), side)->sample_count;

        if (!divides(judgement, i))
            continue;
        if (!first && samples != count)
            return 0;
        count = samples;
        first = false;
    }
    return count;
}

static struct divisor divisor_of(const struct judgement *judgement, int side)
{
    struct divisor divisor = {.round_count = common_rounds(judgement, side)};
    size_t dividing = 0;

    divisor.rounds = memory_zeroed(divisor.round_count + 1, sizeof(*divisor.rounds));
    for (size_t i = 0; i < judgement->comparison->row_count; i++) {
        const struct table_cell *cell = side_of(cell_of(judgement, i), side);

        if (!divides(judgement, i))
            continue;
        dividing++;
        divisor.whole += log(cell->value);
        for (size_t round = 0; round < divisor.round_count; round++)
            divisor.rounds[round] += log(cell->samples[round]);
    }
    divisor.whole /= (double)dividing;
    for (size_t round = 0; round < divisor.round_count; round++)
        divisor.rounds[round] /= (double)dividing;
    return divisor;
}

static void choose_divisors(struct judgement *judgement)
{
    struct compared_column *column = &judgement->comparison->columns[judgement->column];

    judgement->comparable = !judgement->settings->relative || column->common >= 2;
    if (!judgement->settings->relative || !judgement->comparable)
        return;
    column->by_reference = judgement->reference < judgement->comparison->row_count &&
                           both_measured(cell_of(judgement, judgement->reference));
    for (int side = OLD; side < SIDES; side++)
        judgement->divisors[side] = divisor_of(judgement, side);
}

/* The logarithms of a cell's rounds, or of its one number, divided. */
static double *logarithms(const struct judgement *judgement, const struct compared_cell *cell,
                          int side, size_t *count)
{
    const struct table_cell *from = side_of(cell, side);
    const struct divisor *divisor = &judgement->divisors[side];
    bool by_round = from->sample_count > 0 && divisor->round_count == from->sample_count;
    double *values;

    *count = from->sample_count > 0 ? from->sample_count : 1;
    values = memory_zeroed(*count, sizeof(*values));
    values[0] = log(from->value) - divisor->whole;
    for (size_t i = 0; i < from->sample_count; i++)
        values[i] = log(from->samples[i]) - (by_round ? divisor->rounds[i] : divisor->whole);
    return values;
}

static void take_interval(struct compared_cell *cell, struct statistics_interval shift)
{
    cell->ratio = exp(shift.estimate);
    cell->low = exp(shift.low);
    cell->high = exp(shift.high);
    cell->confidence = shift.confidence;
}

static void estimate(const struct judgement *judgement, struct compared_cell *cell)
{
    size_t old_count, new_count;
    double *old = logarithms(judgement, cell, OLD, &old_count);
    double *new = logarithms(judgement, cell, NEW, &new_count);

    if (cell->old->sample_count > 0 && cell->new->sample_count > 0) {
        take_interval(cell, statistics_shift(old, old_count, new, new_count, compare_confidence));
        cell->p = statistics_two_sided_rank_test(old, old_count, new, new_count);
        cell->tested = true;
    } else if (cell->old->sample_count > 0) {
        for (size_t i = 0; i < old_count; i++)
            old[i] = new[0] - old[i];
        take_interval(cell, statistics_pseudomedian(old, old_count, compare_confidence));
    } else {
        for (size_t i = 0; i < new_count; i++)
            new[i] -= old[0];
        take_interval(cell, statistics_pseudomedian(new, new_count, compare_confidence));
    }
    free(old);
    free(new);
}

static double threshold_of(const struct judgement *judgement, const struct compared_cell *cell)
{
    const struct compare_settings *settings = judgement->settings;
    const char *header = judgement->comparison->columns[judgement->column].header;
    double threshold = compare_threshold_sampled;

    if (settings->threshold >= 0)
        return settings->threshold;
    if (!cell->tested)
        return compare_threshold_plain;
    for (size_t i = 0; i < settings->margin_count; i++)
        if (table_same_header(settings->margins[i].header, header))
            threshold = fmax(threshold, settings->margins[i].percent);
    return threshold;
}

/* How likely is the most extreme of all orders, counted from both ends. */
static double least_p(size_t left, size_t right)
{
    double a = (double)left, b = (double)right;

    return fmin(1, 2 * exp(lgamma(a + 1) + lgamma(b + 1) - lgamma(a + b + 1)));
}

size_t compare_rounds_needed(size_t tests)
{
    size_t rounds = 1;

    while (least_p(rounds, rounds) * (double)tests > compare_level)
        rounds++;
    return rounds;
}

static void adjust(const struct judgement *judgement)
{
    struct comparison *comparison = judgement->comparison;
    struct compared_column *column = &comparison->columns[judgement->column];
    double *p = memory_zeroed(comparison->row_count, sizeof(*p));
    size_t at = 0;

    for (size_t i = 0; i < comparison->row_count; i++)
        if (cell_of(judgement, i)->tested)
            p[column->tests++] = cell_of(judgement, i)->p;
    statistics_holm(p, p, column->tests);
    for (size_t i = 0; i < comparison->row_count; i++) {
        struct compared_cell *cell = cell_of(judgement, i);

        if (!cell->tested)
            continue;
        cell->p_adjusted = p[at++];
        if (least_p(cell->old->sample_count, cell->new->sample_count) * (double)column->tests >
            compare_level)
            cell->rounds_needed = compare_rounds_needed(column->tests);
    }
    free(p);
}

static void judge_numbers(const struct judgement *judgement, struct compared_cell *cell)
{
    enum table_unit unit = judgement->comparison->columns[judgement->column].unit;
    double most, least;
    bool apart;

    cell->threshold = threshold_of(judgement, cell);
    most = 1 + cell->threshold / 100;
    least = 1 - cell->threshold / 100;
    cell->favourable = table_unit_more_is_better(unit) ? cell->ratio > 1 : cell->ratio < 1;
    /* The rounding of a percentage is not beyond it. */
    cell->beyond = cell->ratio > most * (1 + 1e-12) || cell->ratio < least * (1 - 1e-12);
    apart = cell->low > most || cell->high < least;
    cell->equivalent =
        cell->low >= least && cell->high <= most && cell->confidence >= compare_confidence - 1e-9;
    if (judgement->settings->shapes && !apart && (cell->low < least || cell->high > most))
        cell->verdict = VERDICT_NOISY;
    else if (!cell->beyond)
        cell->verdict = VERDICT_SAME;
    else if (cell->tested ? cell->p_adjusted > compare_level : !apart)
        cell->verdict = VERDICT_NOISY;
    else
        cell->verdict = cell->favourable ? VERDICT_BETTER : VERDICT_WORSE;
}

static void judge_outcomes(struct compared_cell *cell)
{
    enum outcome old = cell->old->outcome, new = cell->new->outcome;

    if (old == OUTCOME_NONE || new == OUTCOME_NONE)
        return;
    cell->favourable = new < old;
    cell->beyond = new != old;
    if (new == old)
        cell->verdict = VERDICT_SAME;
    else
        cell->verdict = cell->favourable ? VERDICT_BETTER : VERDICT_WORSE;
}

static void judge_cell(const struct judgement *judgement, size_t row)
{
    struct compared_cell *cell = cell_of(judgement, row);

    if (!both_measured(cell))
        judge_outcomes(cell);
    else if (cell->ratio > 0)
        judge_numbers(judgement, cell);
    cell->first_verdict = cell->verdict;
}

void compare_judge_column(struct comparison *comparison, size_t column,
                          const struct compare_settings *settings, size_t reference)
{
    struct judgement judgement = {
        .comparison = comparison, .settings = settings, .column = column, .reference = reference};

    take_means(&judgement);
    choose_divisors(&judgement);
    for (size_t i = 0; i < comparison->row_count; i++) {
        struct compared_cell *cell = cell_of(&judgement, i);

        cell->reference = comparison->columns[column].by_reference && i == reference;
        if (judgement.comparable && !cell->reference && both_measured(cell))
            estimate(&judgement, cell);
    }
    adjust(&judgement);
    for (size_t i = 0; i < comparison->row_count; i++)
        judge_cell(&judgement, i);
    for (int side = OLD; side < SIDES; side++)
        free(judgement.divisors[side].rounds);
}
