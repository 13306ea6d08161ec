#include "bench/compare.h"
#include "bench/html.h"
#include "bench/report_parts.h"

#include <math.h>
#include <stdlib.h>

/* What changed since an earlier run: the comparison that `fibbench diff` makes. */

enum { COLUMNS = 5 }; /* of a table */

/* The newer side is what the report is of. */
static enum plot_quantity quantity_of(const struct report *report,
                                      const struct compared_column *column)
{
    return report->data->columns[column->new].quantity;
}

static void write_value(FILE *file, const struct table_cell *cell, enum plot_quantity quantity)
{
    if (cell->outcome == OUTCOME_MEASURED)
        report_write_quantity(file, quantity, cell->value);
    else
        html_escape(file, outcome_name(cell->outcome));
}

/* What was compared, and how. */
struct change {
    struct compare_settings settings;
    struct comparison comparison;
};

static void write_test(FILE *file, const struct compared_cell *cell)
{
    if (cell->confidence > 0)
        html_text(file, "%.3f to %.3f", cell->low, cell->high);
    fputs("</small><small>", file);
    if (cell->tested)
        html_text(file, "p%s%.3f n=%zu+%zu", cell->p_adjusted < 0.001 ? "<" : "=",
                  fmax(cell->p_adjusted, 0.001), cell->old->sample_count, cell->new->sample_count);
}

static void write_cell(struct report *report, const struct change *change,
                       const struct compared_column *column, const struct compared_cell *cell)
{
    FILE *file = report->file;
    const char *class = cell->verdict == VERDICT_BETTER  ? " better2"
                        : cell->verdict == VERDICT_WORSE ? " worse2"
                                                         : "";
    char ratio[TABLE_NUMBER];

    if (cell->verdict == VERDICT_NONE) {
        fputs("<td class=\"heat word\">–</td>", file);
        return;
    }
    fprintf(file, "<td class=\"heat%s\"><b>", class);
    if (cell->ratio > 0)
        html_escape(file, table_format_number(cell->ratio, ratio));
    fprintf(file, "</b> <span class=\"mark\">%s</span><small>",
            compared_cell_words(cell, change->settings.shapes));
    write_value(file, cell->old, quantity_of(report, column));
    fputs(" → ", file);
    write_value(file, cell->new, quantity_of(report, column));
    fputs("</small><small>", file);
    write_test(file, cell);
    fputs("</small></td>", file);
}

static bool has_changed(const struct compared_cell *cell)
{
    return cell->verdict == VERDICT_BETTER || cell->verdict == VERDICT_WORSE ||
           cell->verdict == VERDICT_NOISY;
}

/* Only what is not the same; a line each. */
static void write_changed(struct report *report, const struct change *change)
{
    const struct comparison *comparison = &change->comparison;
    size_t count = 0;

    for (size_t j = 0; j < comparison->column_count; j++)
        for (size_t i = 0; i < comparison->row_count; i++) {
            const struct compared_cell *cell = &comparison->rows[i].cells[j];

            if (!has_changed(cell))
                continue;
            if (count++ == 0) {
                report_begin_table(report, "changed", NULL);
                report_write_header(report, "Column");
                report_write_header(report, "New to old");
                report_begin_rows(report);
            }
            fputs("<tr><th scope=\"row\">", report->file);
            html_escape(report->file, report->past->new->table.rows[comparison->rows[i].new]);
            fputs("</th><td>", report->file);
            html_escape(report->file, comparison->columns[j].header);
            fputs("</td>", report->file);
            write_cell(report, change, &comparison->columns[j], cell);
            fputs("</tr>\n", report->file);
        }
    if (count > 0)
        report_end_table(report);
    else
        fputs("<p><b>Nothing changed.</b></p>\n", report->file);
}

static void write_names(FILE *file, const char *title, const char *const *names, size_t count)
{
    if (count == 0)
        return;
    fprintf(file, "<p class=\"note\">%s: ", title);
    for (size_t i = 0; i < count; i++)
        html_text(file, "%s%s", i == 0 ? "" : ", ", names[i]);
    fputs(".</p>\n", file);
}

static void write_table(struct report *report, const struct change *change, size_t first,
                        size_t end)
{
    const struct comparison *comparison = &change->comparison;
    const struct table *new = &report->past->new->table;
    FILE *file = report->file;

    report_begin_table(report, "ratios", NULL);
    for (size_t j = first; j < end; j++)
        report_write_header(report, comparison->columns[j].header);
    report_begin_rows(report);
    for (size_t i = 0; i < comparison->row_count; i++) {
        fputs("<tr><th scope=\"row\">", file);
        html_escape(file, new->rows[comparison->rows[i].new]);
        fputs("</th>", file);
        for (size_t j = first; j < end; j++)
            write_cell(report, change, &comparison->columns[j], &comparison->rows[i].cells[j]);
        fputs("</tr>\n", file);
    }
    report_end_table(report);
}

/* As many columns at a time as fit on paper. */
static void write_tables(struct report *report, const struct change *change)
{
    const struct comparison *comparison = &change->comparison;
    FILE *file = report->file;

    fputs("<details><summary>Every cell</summary>\n", file);
    for (size_t j = 0; j < comparison->column_count; j += COLUMNS) {
        size_t left = comparison->column_count - j;

        write_table(report, change, j, j + (left < COLUMNS ? left : COLUMNS));
    }
    fputs("</details>\n", file);
    write_names(file, "Only in the earlier one", comparison->only_old, comparison->only_old_count);
    write_names(file, "Only in this one", comparison->only_new, comparison->only_new_count);
    write_names(file, "Columns not compared", comparison->only_columns,
                comparison->only_column_count);
}

static void write_rule(FILE *file, const struct compare_settings *settings)
{
    if (settings->shapes)
        html_text(file,
                  "Reproduced is what lies within %g %% of the published table with the whole "
                  "interval of the rounds. ",
                  compare_threshold_plain);
    else
        html_text(file,
                  "Worse or better is a ratio beyond %g %%, or beyond the margin of the runs where "
                  "that is more, with p of at most %g (Mann-Whitney; Holm over the cells of a "
                  "column). ",
                  compare_threshold_sampled, compare_level);
}

static void write_counts(FILE *file, const struct change *change)
{
    struct comparison_counts counts = comparison_count(&change->comparison);
    size_t noisy = counts.noisy_worse + counts.noisy_better + counts.noisy_within;

    if (change->settings.shapes)
        html_text(file, ": %zu cells reproduced, %zu not reproduced, %zu cannot be told. ",
                  counts.same, counts.worse + counts.better, noisy + counts.missing);
    else
        html_text(file, ": %zu worse, %zu better, %zu the same, %zu too noisy to say. ",
                  counts.worse, counts.better, counts.same, noisy);
}

static void write_summary(struct report *report, const struct change *change, const char *why)
{
    fputs("<p>Compared with ", report->file);
    report_write_source(report->file, report->past->old->table.source);
    write_counts(report->file, change);
    write_rule(report->file, &change->settings);
    if (why != NULL)
        html_text(
            report->file,
            "Each column is divided by the geometric mean of the rows that both have, because %s. ",
            why);
    fputs(report->data->web
              ? "Ratios are new to old, so of all but requests per second less is better.</p>\n"
              : "Ratios are new to old, so of seconds per request less is better.</p>\n",
          report->file);
}

void report_write_change(struct report *report)
{
    const struct diff_side *old = report->past->old, *new = report->past->new;
    const char *why = diff_sides_why_relative(old, new);
    struct change change = {.settings = {.threshold = -1, .relative = why != NULL}};
    struct compare_margin *margins = diff_sides_margins(old, new, &change.settings.margin_count);
    struct problem problem;

    change.settings.margins = margins;
    change.settings.shapes = diff_sides_are_shapes(old, new);
    report_begin_section(report, "change", "What changed");
    if (compare_tables(&change.comparison, &old->table, &new->table, &change.settings, &problem) <
        0) {
        report_write_absence(report, problem.text, "");
    } else {
        write_summary(report, &change, why);
        write_changed(report, &change);
        write_tables(report, &change);
        comparison_finish(&change.comparison);
    }
    report_end_section(report);
    free(margins);
}
