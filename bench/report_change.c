#include "bench/compare.h"
#include "bench/host.h"
#include "bench/html.h"
#include "bench/json.h"
#include "bench/report_parts.h"

#include <math.h>
#include <string.h>

/* What changed since an earlier run: the comparison that `fibbench diff` makes. */

enum { THRESHOLD = 20, COLUMNS = 5 }; /* percent, the default of diff; of a table */

static bool same_text(const cJSON *old, const cJSON *new, const char *name)
{
    const char *left = json_text_or_null(old, name), *right = json_text_or_null(new, name);

    return left == NULL || right == NULL ? left == right : strcmp(left, right) == 0;
}

/* Why the numbers cannot be compared as they stand, or NULL. */
static const char *why_relative(const struct report *report)
{
    const cJSON *old = report->past->document, *new = report->data->document;

    if (old == NULL)
        return "the earlier one is a published table";
    if (!host_is_same(cJSON_GetObjectItemCaseSensitive(old, "host"),
                      cJSON_GetObjectItemCaseSensitive(new, "host")))
        return "the machines differ";
    if (!same_text(cJSON_GetObjectItemCaseSensitive(old, "placement"),
                   cJSON_GetObjectItemCaseSensitive(new, "placement"), "name"))
        return "the placements differ";
    if (json_number_or(old, "slow_n", 0) != json_number_or(new, "slow_n", 0))
        return "the slow requests differ";
    return NULL;
}

static enum plot_quantity quantity_of(const struct compared_column *column)
{
    switch (column->unit) {
    case UNIT_SECONDS_PER_REQUEST:
        return PLOT_SECONDS;
    case UNIT_REQUESTS_PER_SECOND:
        return PLOT_RATE;
    default:
        return PLOT_NUMBER;
    }
}

static void write_value(FILE *file, const struct table_cell *cell, enum plot_quantity quantity)
{
    if (cell->outcome == OUTCOME_MEASURED)
        report_write_quantity(file, quantity, cell->value);
    else
        html_escape(file, outcome_name(cell->outcome));
}

static void write_cell(FILE *file, const struct compared_column *column,
                       const struct compared_cell *cell)
{
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
    fprintf(file, "</b> <span class=\"mark\">%s</span><small>", verdict_name(cell->verdict));
    write_value(file, cell->old, quantity_of(column));
    fputs(" → ", file);
    write_value(file, cell->new, quantity_of(column));
    if (cell->tested) {
        fputs("</small><small>", file);
        html_text(file, "p=%.3f n=%zu+%zu", cell->p, cell->old->sample_count,
                  cell->new->sample_count);
    }
    fputs("</small></td>", file);
}

static bool has_changed(const struct compared_cell *cell)
{
    return cell->verdict == VERDICT_BETTER || cell->verdict == VERDICT_WORSE ||
           cell->verdict == VERDICT_NOISY;
}

/* Only what is not the same; a line each. */
static void write_changed(struct report *report, const struct comparison *comparison)
{
    size_t count = 0;

    for (size_t j = 0; j < comparison->column_count; j++)
        for (size_t i = 0; i < comparison->row_count; i++) {
            const struct compared_cell *cell = &comparison->rows[i].cells[j];

            if (!has_changed(cell))
                continue;
            if (count++ == 0)
                fputs("<div class=\"scroll\" tabindex=\"0\"><table "
                      "class=\"changed\">\n<thead><tr><th>Server</th><th>Column</th><th>New to "
                      "old</th></tr></thead>\n<tbody>\n",
                      report->file);
            fputs("<tr><th scope=\"row\">", report->file);
            html_escape(report->file, report->table->rows[comparison->rows[i].new]);
            fputs("</th><td>", report->file);
            html_escape(report->file, comparison->columns[j].header);
            fputs("</td>", report->file);
            write_cell(report->file, &comparison->columns[j], cell);
            fputs("</tr>\n", report->file);
        }
    fputs(count > 0 ? "</tbody></table></div>\n" : "<p><b>Nothing changed.</b></p>\n",
          report->file);
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

static void write_table(struct report *report, const struct comparison *comparison, size_t first,
                        size_t end)
{
    FILE *file = report->file;

    fputs(
        "<div class=\"scroll\" tabindex=\"0\"><table class=\"ratios\">\n<thead><tr><th>Server</th>",
        file);
    for (size_t j = first; j < end; j++) {
        fputs("<th scope=\"col\">", file);
        html_escape(file, comparison->columns[j].header);
        fputs("</th>", file);
    }
    fputs("</tr></thead>\n<tbody>\n", file);
    for (size_t i = 0; i < comparison->row_count; i++) {
        fputs("<tr><th scope=\"row\">", file);
        html_escape(file, report->table->rows[comparison->rows[i].new]);
        fputs("</th>", file);
        for (size_t j = first; j < end; j++)
            write_cell(file, &comparison->columns[j], &comparison->rows[i].cells[j]);
        fputs("</tr>\n", file);
    }
    fputs("</tbody></table></div>\n", file);
}

/* As many columns at a time as fit on paper. */
static void write_tables(struct report *report, const struct comparison *comparison)
{
    FILE *file = report->file;

    fputs("<details><summary>Every cell</summary>\n", file);
    for (size_t j = 0; j < comparison->column_count; j += COLUMNS) {
        size_t left = comparison->column_count - j;

        write_table(report, comparison, j, j + (left < COLUMNS ? left : COLUMNS));
    }
    fputs("</details>\n", file);
    write_names(file, "Only in the earlier one", comparison->only_old, comparison->only_old_count);
    write_names(file, "Only in this one", comparison->only_new, comparison->only_new_count);
    write_names(file, "Columns not compared", comparison->only_columns,
                comparison->only_column_count);
}

static size_t count_cells(const struct comparison *comparison, enum verdict verdict)
{
    size_t count = 0;

    for (size_t i = 0; i < comparison->row_count; i++)
        for (size_t j = 0; j < comparison->column_count; j++)
            count += comparison->rows[i].cells[j].verdict == verdict;
    return count;
}

static void write_summary(struct report *report, const struct comparison *comparison,
                          const char *why)
{
    fputs("<p>Compared with ", report->file);
    report_write_source(report->file, report->past->table->source);
    html_text(report->file,
              ": %zu worse, %zu better, %zu the same, %zu too noisy to say. Worse or better is "
              "more than %d %%, and beyond the spread of the rounds where both sides have them. ",
              count_cells(comparison, VERDICT_WORSE), count_cells(comparison, VERDICT_BETTER),
              count_cells(comparison, VERDICT_SAME), count_cells(comparison, VERDICT_NOISY),
              THRESHOLD);
    if (why != NULL)
        html_text(
            report->file,
            "Each column is divided by the geometric mean of the rows that both have, because %s. ",
            why);
    fputs("Ratios are new to old, so of seconds per request less is better.</p>\n", report->file);
}

void report_write_change(struct report *report)
{
    const char *why = why_relative(report);
    struct compare_settings settings = {.threshold = THRESHOLD, .relative = why != NULL};
    struct comparison comparison;
    struct problem problem;

    report_begin_section(report, "change", "What changed");
    if (compare_tables(&comparison, report->past->table, report->table, &settings, &problem) < 0) {
        report_write_absence(report, problem.text, "");
    } else {
        write_summary(report, &comparison, why);
        write_changed(report, &comparison);
        write_tables(report, &comparison);
        comparison_finish(&comparison);
    }
    report_end_section(report);
}
