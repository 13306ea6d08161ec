#include "bench/command.h"
#include "bench/compare.h"
#include "bench/compare_print.h"
#include "bench/diff_options.h"
#include "bench/diff_side.h"
#include "bench/json.h"
#include "bench/memory.h"
#include "bench/recheck.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What `fibbench diff` works with, from the command line to the end. */
struct diff {
    struct diff_options options;
    struct diff_side sides[DIFF_SIDES];
    struct compare_heading heading;
    struct compare_margin *margins;
    struct comparison comparison;
    struct recheck recheck;
};

static void add_note(struct diff *diff, char *note)
{
    struct compare_heading *heading = &diff->heading;

    heading->notes = memory_grown(heading->notes, heading->note_count, sizeof(*heading->notes));
    heading->notes[heading->note_count++] = note;
}

static const char *name_of(size_t side)
{
    return side == DIFF_OLD ? "old" : "new";
}

static void note_warnings(struct diff *diff, size_t side)
{
    const cJSON *warning, *document = diff->sides[side].document;

    cJSON_ArrayForEach(warning, cJSON_GetObjectItemCaseSensitive(document, "warnings"))
    {
        const char *text = json_text_or_null(warning, "text");

        if (text != NULL)
            add_note(diff,
                     memory_printf("%s was measured with a warning: %s", name_of(side), text));
    }
}

/* How far a row that was entered twice may differ from itself, where that is more than counts. */
static void note_noise(struct diff *diff, size_t side)
{
    const struct compare_settings *settings = &diff->heading.settings;
    const cJSON *document = diff->sides[side].document, *column;
    const cJSON *noise = cJSON_GetObjectItemCaseSensitive(document, "noise");

    cJSON_ArrayForEach(column, cJSON_GetObjectItemCaseSensitive(document, "columns"))
    {
        const char *name = json_text_or_null(column, "name");
        const char *header = json_text_or_null(column, "header");
        double percent = name != NULL ? 100 * json_number_or(noise, name, 0) : 0;
        double margin = 100 * json_number_or(column, "delta", 0);

        if (settings->threshold >= 0)
            margin = settings->threshold;
        else if (margin < compare_threshold_sampled)
            margin = compare_threshold_sampled;
        if (header != NULL && percent > margin)
            add_note(diff, memory_printf("%s: in '%s' one row entered twice may differ from "
                                         "itself by %.3g %%, which is more than counts as worse",
                                         name_of(side), header, percent));
    }
}

static void make_heading(struct diff *diff)
{
    const struct diff_options *options = &diff->options;
    const struct diff_side *old = &diff->sides[DIFF_OLD], *new = &diff->sides[DIFF_NEW];
    struct compare_heading *heading = &diff->heading;
    const char *why = diff_sides_why_relative(old, new);
    bool shapes = diff_sides_are_shapes(old, new);

    heading->old = &old->table;
    heading->new = &new->table;
    if (!shapes)
        differences_find(&heading->differences, old->document, new->document);
    heading->settings.threshold = options->threshold;
    heading->settings.relative =
        options->mode == DIFF_RELATIVE || (options->mode == DIFF_DEFAULT && why != NULL);
    heading->settings.reference = options->reference;
    heading->settings.shapes = heading->settings.relative && shapes;
    heading->why = options->mode == DIFF_DEFAULT ? why : NULL;
    diff->margins = diff_sides_margins(old, new, &heading->settings.margin_count);
    heading->settings.margins = diff->margins;
    for (size_t i = 0; i < DIFF_SIDES; i++) {
        note_warnings(diff, i);
        note_noise(diff, i);
    }
}

/*
 * The reference does next to nothing of its own: where it changed, the machine or what all rows
 * share has changed, and how rows stand to it says more than their numbers.
 */
static void note_changed_reference(struct diff *diff, const struct compared_row *row)
{
    const char *label = diff->sides[DIFF_NEW].table.rows[row->new];

    for (size_t j = 0; j < diff->comparison.column_count; j++) {
        const struct compared_cell *cell = &row->cells[j];

        if (!cell->tested || cell->verdict == VERDICT_SAME || cell->verdict == VERDICT_NOISY)
            continue;
        add_note(diff, memory_printf("in '%s' the reference itself is %.3g of what it was: the "
                                     "machine, or what all rows share, has changed; --reference "
                                     "'%s' compares how rows stand to it",
                                     diff->comparison.columns[j].header, cell->ratio, label));
    }
}

static void note_reference(struct diff *diff)
{
    const char *label = json_text_or_null(diff->sides[DIFF_NEW].document, "reference");

    if (label == NULL)
        label = "null";
    for (size_t i = 0; i < diff->comparison.row_count; i++) {
        const struct compared_row *row = &diff->comparison.rows[i];

        if (strcmp(diff->sides[DIFF_NEW].table.rows[row->new], label) == 0)
            note_changed_reference(diff, row);
    }
}

static int exit_status_of(const struct comparison *comparison)
{
    struct comparison_counts counts = comparison_count(comparison);

    size_t told = counts.better + counts.same + counts.noisy_better + counts.noisy_within;

    if (counts.worse > 0)
        return EXIT_WORSE;
    /* Where nothing at all could be compared nobody can say either. */
    return counts.noisy_worse > 0 || told == 0 ? EXIT_NOISY : EXIT_SUCCESS;
}

/* Returns 0, the exit status of an interrupted recheck, or -errno with the problem. */
static int compare_sides(struct diff *diff, struct problem *problem)
{
    struct compare_heading *heading = &diff->heading;
    int error =
        compare_tables(&diff->comparison, heading->old, heading->new, &heading->settings, problem);

    if (error < 0)
        return error;
    if (!heading->settings.relative)
        note_reference(diff);
    if (!diff->options.recheck.wanted || comparison_count(&diff->comparison).worse == 0)
        return 0;
    heading->recheck = &diff->recheck.report;
    return recheck_measure(&diff->recheck, &diff->options.recheck, &diff->sides[DIFF_OLD],
                           &diff->sides[DIFF_NEW], &heading->settings, &diff->comparison, problem);
}

/* The exit status, or -errno with the problem. */
static int compare_and_print(struct diff *diff, struct problem *problem)
{
    int status, error = 0;

    for (size_t i = 0; i < DIFF_SIDES && error == 0; i++)
        error = diff_side_read(&diff->sides[i], diff->options.paths[i], diff->options.tables[i],
                               problem);
    if (error == 0 && diff->options.recheck.wanted)
        error = recheck_check(&diff->options.recheck, &diff->sides[DIFF_NEW], problem);
    if (error < 0)
        return error;
    make_heading(diff);
    error = compare_sides(diff, problem);
    if (error != 0)
        return error;
    status = exit_status_of(&diff->comparison);
    if (diff->options.json)
        compare_print_json(stdout, &diff->heading, &diff->comparison, status);
    else
        compare_print(stdout, &diff->heading, &diff->comparison);
    return status;
}

static void diff_finish(struct diff *diff)
{
    recheck_finish(&diff->recheck);
    comparison_finish(&diff->comparison);
    differences_finish(&diff->heading.differences);
    for (size_t i = 0; i < diff->heading.note_count; i++)
        free(diff->heading.notes[i]);
    free(diff->heading.notes);
    free(diff->margins);
    for (size_t i = 0; i < DIFF_SIDES; i++)
        diff_side_finish(&diff->sides[i]);
    diff_options_finish(&diff->options);
}

int command_diff(int count, char **arguments)
{
    struct diff diff = {.margins = NULL};
    struct problem problem;
    int status = diff_options_parse(&diff.options, count, arguments, &problem);

    if (status == 0 && diff.options.help)
        fputs(diff_help, stdout);
    else if (status == 0)
        status = compare_and_print(&diff, &problem);
    if (status < 0) {
        fprintf(stderr, "fibbench diff: %s\n", problem.text);
        status = EXIT_FAILURE;
    }
    diff_finish(&diff);
    return status;
}
