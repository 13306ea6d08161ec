#include "bench/compare_print.h"

#include "bench/counterpart.h"
#include "bench/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 160 };

static void print_rule(FILE *file, const struct compare_settings *settings)
{
    if (settings->shapes)
        fprintf(file, "reproduced: within %g %% with the whole interval of the rounds",
                settings->threshold >= 0 ? settings->threshold : compare_threshold_plain);
    else if (settings->threshold >= 0)
        fprintf(file, "worse or better: by more than %g %%", settings->threshold);
    else
        fprintf(file,
                "worse or better: by more than %g %%, or the margin of the runs where that "
                "is more; without samples %g %%",
                compare_threshold_sampled, compare_threshold_plain);
    if (!settings->shapes)
        fprintf(file,
                ",\n  and beyond chance: p <= %g (Mann-Whitney; Holm over the cells of a column)",
                compare_level);
    fputc('\n', file);
}

static void print_difference(FILE *file, const struct difference *difference)
{
    char *old = cJSON_PrintUnformatted(difference->old);
    char *new = cJSON_PrintUnformatted(difference->new);

    fprintf(file, "note: %s differs: %s, %s\n", difference->meaning, old, new);
    free(old);
    free(new);
}

static void print_recheck(FILE *file, const struct recheck_report *recheck)
{
    fprintf(file, "recheck: %u rounds, seed %llu, in %s\n", recheck->rounds,
            (unsigned long long)recheck->seed, recheck->results);
    for (size_t i = 0; i < recheck->control_count; i++) {
        const struct recheck_control *control = &recheck->controls[i];

        if (control->row == NULL)
            fprintf(file, "recheck: %s: no row that could tell whether the machine has changed\n",
                    control->header);
        else
            fprintf(file, "recheck: %s: %s is %.3f of what it was in new%s\n", control->header,
                    control->row, control->to_new.ratio,
                    control->moved ? ": the machine itself has changed" : "");
    }
}

static void print_heading(FILE *file, const struct compare_heading *heading)
{
    const struct compare_settings *settings = &heading->settings;

    fprintf(file, "old: %s\nnew: %s\n", heading->old->source, heading->new->source);
    if (settings->relative && settings->reference != NULL)
        fprintf(file, "relative: each column is divided by the row '%s'", settings->reference);
    else if (settings->relative)
        fprintf(file, "relative: each column is divided by the geometric mean of the rows that "
                      "both have");
    else
        fprintf(file, "absolute: the numbers as they stand");
    fprintf(file, heading->why != NULL ? ", because %s\n" : "\n", heading->why);
    print_rule(file, settings);
    for (size_t i = 0; i < heading->differences.count; i++)
        print_difference(file, &heading->differences.list[i]);
    for (size_t i = 0; i < heading->note_count; i++)
        fprintf(file, "note: %s\n", heading->notes[i]);
    if (heading->recheck != NULL)
        print_recheck(file, heading->recheck);
}

char *compare_row_name(const struct compare_heading *heading, const struct compared_row *row)
{
    const char *old = heading->old->rows[row->old], *new = heading->new->rows[row->new];

    if (counterpart_same_name(old, new))
        return memory_text(new);
    return memory_printf("%s (%s)", new, old);
}

static void format_value(const struct table_cell *cell, char text[static TABLE_NUMBER])
{
    if (cell->outcome == OUTCOME_MEASURED)
        table_format_number(cell->value, text);
    else
        snprintf(text, TABLE_NUMBER, "%s", outcome_name(cell->outcome));
}

static void print_p(FILE *file, const struct compared_cell *cell)
{
    if (cell->p_adjusted < 0.001)
        fprintf(file, " (p<0.001 n=%zu+%zu", cell->old->sample_count, cell->new->sample_count);
    else
        fprintf(file, " (p=%.3f n=%zu+%zu", cell->p_adjusted, cell->old->sample_count,
                cell->new->sample_count);
    if (cell->verdict == VERDICT_NOISY && cell->rounds_needed > 0)
        fprintf(file, "; too few, %zu+%zu could tell", cell->rounds_needed, cell->rounds_needed);
    fputc(')', file);
}

static void print_again(FILE *file, const struct compared_cell *cell)
{
    static const char *const results[] = {
        [RECHECK_NONE] = "",
        [RECHECK_CONFIRMED] = "confirmed",
        [RECHECK_REFUTED] = "not confirmed",
        [RECHECK_UNCLEAR] = "unclear",
    };

    if (cell->recheck == RECHECK_NONE)
        return;
    fprintf(file, "; measured again: %s", results[cell->recheck]);
    if (cell->again != NULL && cell->again->ratio > 0) {
        fprintf(file, ", %.3f to %.3f", cell->again->low, cell->again->high);
        if (cell->again->tested)
            print_p(file, cell->again);
    } else if (cell->again != NULL) {
        fprintf(file, ", %s", outcome_name(cell->again->new->outcome));
    }
}

static void print_cell(FILE *file, const struct compare_heading *heading,
                       const struct compared_cell *cell, const char *name, int width)
{
    char old[TABLE_NUMBER], new[TABLE_NUMBER], ratio[TABLE_NUMBER] = "", interval[TEXT] = "";

    if (cell->old->outcome == OUTCOME_NONE && cell->new->outcome == OUTCOME_NONE)
        return;
    format_value(cell->old, old);
    format_value(cell->new, new);
    if (cell->ratio > 0)
        table_format_number(cell->ratio, ratio);
    if (cell->confidence > 0)
        snprintf(interval, sizeof(interval), "%.3f to %.3f", cell->low, cell->high);
    fprintf(file, "  %-*s  %13s  %13s  %7s  %16s  %s", width, name, old, new, ratio, interval,
            compared_cell_words(cell, heading->settings.shapes));
    if (cell->tested)
        print_p(file, cell);
    print_again(file, cell);
    fputc('\n', file);
}

static void print_column_sum(FILE *file, const struct compare_heading *heading,
                             const struct comparison *comparison, size_t column, int width)
{
    const struct compared_column *head = &comparison->columns[column];
    char ratio[TABLE_NUMBER];

    if (head->common > 0 && !heading->settings.relative)
        fprintf(file, "  %-*s  %13s  %13s  %7s\n", width, "geometric mean", "", "",
                table_format_number(head->new_mean / head->old_mean, ratio));
    if (head->common < 2 && heading->settings.relative)
        fprintf(file, "  (numbers in fewer than two rows of both: nothing to compare)\n");
    else if (heading->settings.reference != NULL && heading->settings.relative &&
             !head->by_reference)
        fprintf(file, "  ('%s' has no number here: divided by the geometric mean)\n",
                heading->settings.reference);
}

/* Above what a column says, unless the heading did: the runs' margin. */
static double largest_threshold(const struct comparison *comparison, size_t column)
{
    double most = 0;

    for (size_t i = 0; i < comparison->row_count; i++)
        if (comparison->rows[i].cells[column].tested)
            most = fmax(most, comparison->rows[i].cells[column].threshold);
    return most;
}

static bool is_measured(const struct comparison *comparison, size_t column)
{
    for (size_t i = 0; i < comparison->row_count; i++) {
        const struct compared_cell *cell = &comparison->rows[i].cells[column];

        if (cell->old->outcome != OUTCOME_NONE || cell->new->outcome != OUTCOME_NONE)
            return true;
    }
    return false;
}

static void print_column(FILE *file, const struct compare_heading *heading,
                         const struct comparison *comparison, size_t column, char **names,
                         int width)
{
    double threshold = largest_threshold(comparison, column);

    if (!is_measured(comparison, column))
        return;
    fprintf(file, "\n%s", comparison->columns[column].header);
    if (heading->settings.threshold < 0 && threshold > compare_threshold_sampled)
        fprintf(file, ", by the margin of the runs beyond %.3g %%", threshold);
    fprintf(file, "\n  %-*s  %13s  %13s  %7s  %16s\n", width, "", "old", "new", "ratio",
            "interval");
    for (size_t i = 0; i < comparison->row_count; i++)
        print_cell(file, heading, &comparison->rows[i].cells[column], names[i], width);
    print_column_sum(file, heading, comparison, column, width);
}

static void print_names(FILE *file, const char *title, const char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fprintf(file, "%s%s", i == 0 ? title : ", ", names[i]);
    if (count > 0)
        fputc('\n', file);
}

static void print_shape_counts(FILE *file, const struct comparison_counts *counts)
{
    size_t unclear =
        counts->noisy_worse + counts->noisy_better + counts->noisy_within + counts->missing;
    size_t told = counts->same + counts->worse + counts->better;

    fprintf(file, "reproduced: %zu of %zu cells", counts->same, told);
    if (told > 0)
        fprintf(file, " (%.0f %%)", 100 * (double)counts->same / (double)told);
    fprintf(file, "; not reproduced: %zu (%zu worse, %zu better); cannot tell: %zu\n",
            counts->worse + counts->better, counts->worse, counts->better, unclear);
}

static void print_counts(FILE *file, const struct compare_heading *heading,
                         const struct comparison_counts *counts)
{
    if (heading->settings.shapes) {
        print_shape_counts(file, counts);
        return;
    }
    fprintf(file,
            "%zu worse, %zu better, %zu the same (%zu of them to within the threshold), %zu worse "
            "but too noisy to say\n",
            counts->worse, counts->better, counts->same, counts->equivalent, counts->noisy_worse);
}

/* The cells that decide the exit status, by their names. */
static void print_failing(FILE *file, const struct comparison *comparison, char **names,
                          enum verdict verdict, const char *title)
{
    for (size_t j = 0; j < comparison->column_count; j++)
        for (size_t i = 0; i < comparison->row_count; i++) {
            const struct compared_cell *cell = &comparison->rows[i].cells[j];

            if (cell->verdict != verdict || !cell->beyond || cell->favourable)
                continue;
            fprintf(file, "%s: %s, %s: ", title, names[i], comparison->columns[j].header);
            if (cell->confidence > 0)
                fprintf(file, "%.3f (%.3f to %.3f)\n", cell->ratio, cell->low, cell->high);
            else if (cell->ratio > 0)
                fprintf(file, "%.3f\n", cell->ratio);
            else
                fprintf(file, "%s, was %s\n", outcome_name(cell->new->outcome),
                        cell->old->outcome == OUTCOME_MEASURED ? "a number"
                                                               : outcome_name(cell->old->outcome));
        }
}

void compare_print(FILE *file, const struct compare_heading *heading,
                   const struct comparison *comparison)
{
    char **names = memory_zeroed(comparison->row_count, sizeof(*names));
    struct comparison_counts counts = comparison_count(comparison);
    int width = (int)strlen("geometric mean");

    print_heading(file, heading);
    for (size_t i = 0; i < comparison->row_count; i++) {
        names[i] = compare_row_name(heading, &comparison->rows[i]);
        if ((int)strlen(names[i]) > width)
            width = (int)strlen(names[i]);
    }
    for (size_t j = 0; j < comparison->column_count; j++)
        print_column(file, heading, comparison, j, names, width);
    fputc('\n', file);
    print_names(file, "only in old: ", comparison->only_old, comparison->only_old_count);
    print_names(file, "only in new: ", comparison->only_new, comparison->only_new_count);
    print_names(file, "columns not compared: ", comparison->only_columns,
                comparison->only_column_count);
    print_failing(file, comparison, names, VERDICT_WORSE, "worse");
    print_failing(file, comparison, names, VERDICT_NOISY, "too noisy to say");
    print_counts(file, heading, &counts);
    for (size_t i = 0; i < comparison->row_count; i++)
        free(names[i]);
    free(names);
}
