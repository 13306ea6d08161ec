#include "bench/html.h"
#include "bench/memory.h"
#include "bench/report_parts.h"

#include <math.h>
#include <stdlib.h>

/* A step of colour for each factor; beyond the last one all look alike. */
static const double steps[] = {1.03, 1.15, 1.5, 3};

enum { STEPS = sizeof(steps) / sizeof(steps[0]) };

/* Colour is a claim: only where a verdict, or every round, says that there is a difference. */
static bool differs(const struct report_ratio *ratio)
{
    if (ratio->verdict == REPORT_UNJUDGED)
        return !(ratio->low <= 1 && ratio->high >= 1);
    return ratio->verdict == REPORT_FASTER || ratio->verdict == REPORT_SLOWER;
}

static void write_class(FILE *file, const struct report_ratio *ratio)
{
    double factor = ratio->median < 1 ? 1 / ratio->median : ratio->median;
    int step = 1;

    if (!differs(ratio)) {
        fputs("<td class=\"heat\">", file);
        return;
    }
    while (step < STEPS && factor >= steps[step])
        step++;
    fprintf(file, "<td class=\"heat %s%d\">", ratio->median < 1 ? "worse" : "better", step);
}

static const char *mark_of(enum report_verdict verdict)
{
    switch (verdict) {
    case REPORT_FASTER:
        return "▲";
    case REPORT_SLOWER:
        return "▼";
    case REPORT_EQUIVALENT:
        return "≈";
    case REPORT_INCONCLUSIVE:
        return "?";
    default:
        return "";
    }
}

static const char *word_of(enum report_verdict verdict, enum report_subject subject)
{
    static const char *const words[] = {
        [REPORT_UNJUDGED] = "not judged",   [REPORT_REFERENCE] = "the reference",
        [REPORT_FASTER] = "faster",         [REPORT_SLOWER] = "slower",
        [REPORT_EQUIVALENT] = "equivalent", [REPORT_INCONCLUSIVE] = "cannot tell",
    };

    if (subject != REPORT_RESULT && subject != REPORT_FETCH && verdict == REPORT_FASTER)
        return "takes less";
    if (subject != REPORT_RESULT && subject != REPORT_FETCH && verdict == REPORT_SLOWER)
        return "takes more";
    return words[verdict];
}

static void write_ratio_number(FILE *file, double value)
{
    html_text(file, value < 0.095 ? "%.3f" : value < 9.95 ? "%.2f" : "%.0f", value);
}

static void write_flags(FILE *file, const cJSON *flags)
{
    const cJSON *flag;
    bool first = true;

    if (flags == NULL)
        return;
    fputs("<abbr class=\"flag\" title=\"", file);
    cJSON_ArrayForEach(flag, flags)
    {
        const char *name = cJSON_IsString(flag) ? flag->valuestring : flag->string;
        const cJSON *named = cJSON_GetObjectItemCaseSensitive(flag, "flag");

        if (cJSON_IsString(named))
            name = named->valuestring;
        if (!first)
            fputs(", ", file);
        html_escape(file, name != NULL ? name : "flag");
        if (cJSON_IsNumber(flag))
            html_text(file, " in %.0f %s", flag->valuedouble,
                      flag->valuedouble == 1 ? "round" : "rounds");
        first = false;
    }
    fputs("\">⚑</abbr>", file);
}

static void write_ratio(FILE *file, const struct report_cell *cell, enum report_subject subject)
{
    const struct report_ratio *ratio = &cell->ratio;

    write_class(file, ratio);
    fputs("<b>", file);
    write_ratio_number(file, ratio->median);
    fputs("</b>", file);
    if (ratio->verdict != REPORT_UNJUDGED)
        fprintf(file, "<span class=\"mark\" title=\"%s\">%s</span>",
                word_of(ratio->verdict, subject), mark_of(ratio->verdict));
    write_flags(file, cell->flags);
    fputs("<small>", file);
    write_ratio_number(file, ratio->low);
    fputs("–", file);
    write_ratio_number(file, ratio->high);
    fputs("</small></td>", file);
}

static void write_cell(struct report *report, size_t row, size_t column)
{
    const struct report_data *data = report->data;
    const struct report_cell *cell = &data->rows[row].cells[column];

    if (report_write_outcome(report, row, column))
        return;
    if (row != data->rows[row].reference && isfinite(cell->ratio.median)) {
        write_ratio(report->file, cell, data->columns[column].subject);
        return;
    }
    fputs("<td class=\"heat value\">", report->file);
    report_write_quantity(report->file, data->columns[column].quantity, cell->median);
    write_flags(report->file, cell->flags);
    fputs("</td>", report->file);
}

static bool is_reference_of_another(const struct report_data *data, size_t row)
{
    for (size_t i = 0; i < data->row_count; i++)
        if (i != row && data->rows[i].reference == row)
            return true;
    return false;
}

static void write_other_reference(struct report *report, const struct report_row *row)
{
    fputs("<small>relative to ", report->file);
    html_escape(report->file, report->data->rows[row->reference].label);
    fputs("</small>", report->file);
}

static void write_row(struct report *report, size_t row, const size_t *columns, size_t count)
{
    const struct report_row *one = &report->data->rows[row];

    fprintf(report->file, "<tr%s><th scope=\"row\">",
            row == one->reference ? " class=\"reference\"" : "");
    html_escape(report->file, one->label);
    if (row == report->data->reference)
        fputs("<small>the reference: its values</small>", report->file);
    else if (row == one->reference && is_reference_of_another(report->data, row))
        fputs("<small>the reference of those that name it: its values</small>", report->file);
    else if (row == one->reference)
        fputs("<small>compared with none: its values</small>", report->file);
    else if (one->reference != report->data->reference)
        write_other_reference(report, one);
    else if (one->repeats != NULL)
        html_text(report->file, " (A/A)");
    else if (one->peer)
        fputs("<small>peer</small>", report->file);
    fputs("</th>", report->file);
    for (size_t j = 0; j < count; j++)
        write_cell(report, row, columns[j]);
    fputs("</tr>\n", report->file);
}

static void write_table(struct report *report, const size_t *columns, size_t count)
{
    const struct report_data *data = report->data;

    report_begin_table(report, "ratios", data->columns[columns[0]].title);
    for (size_t j = 0; j < count; j++)
        report_write_header(report, data->columns[columns[j]].header);
    report_begin_rows(report);
    for (size_t i = 0; i < data->row_count; i++)
        write_row(report, i, columns, count);
    report_end_table(report);
}

static void write_key(FILE *file, const struct report_data *data)
{
    fputs("<p class=\"key\"><span class=\"swatch worse4\">÷ 3 or more</span><span class=\"swatch "
          "worse3\">÷ 1.5</span><span class=\"swatch worse2\">÷ 1.15</span><span class=\"swatch "
          "worse1\">worse</span><span class=\"swatch\">no claim</span><span class=\"swatch "
          "better1\">better</span><span class=\"swatch better2\">× 1.15</span><span class=\"swatch "
          "better3\">× 1.5</span><span class=\"swatch better4\">× 3 or more</span></p>\n<p "
          "class=\"note\">",
          file);
    if (data->judged)
        fputs(
            "▲ faster, ▼ slower, ≈ equivalent, ? cannot tell. Below each ratio its 95 % interval. ",
            file);
    else
        fputs("Without verdicts: below each ratio the least and the greatest of the rounds, and "
              "colour only where all rounds agree. ",
              file);
    fputs("⚑: a validity check found something in some rounds. ", file);
    if (data->web)
        fputs("Too long: the delays alone, one after the other, would take more than 3 s, so it "
              "was not tried. Not possible: more at a time than the client can have, or this "
              "machine. In columns that the reference cannot fetch the values stand.</p>\n",
              file);
    else
        fputs("X: of several simultaneous clients at least one got no answer. In columns that the "
              "reference cannot serve the values stand.</p>\n",
              file);
}

void report_write_ratio_tables(struct report *report, enum report_subject subject)
{
    const struct report_data *data = report->data;
    size_t *columns = memory_zeroed(data->column_count, sizeof(*columns));
    size_t count = report_data_columns(data, subject, columns), end;

    for (size_t j = 0; j < count; j = end) {
        end = report_table_end(data, columns, count, j);
        write_table(report, columns + j, end - j);
    }
    free(columns);
}

void report_write_ratios(struct report *report)
{
    char *title = memory_printf("Each %s relative to the reference", report->words->row);

    report_begin_section(report, "ratios", title);
    if (report->data->web)
        fputs("<p>Above 1 is better in every column: of times, which stand over the ideal, less is "
              "better; of requests per second, where the server answers at once, more. Each ratio "
              "is the median of the rounds' own ratios.</p>\n",
              report->file);
    else
        fputs("<p>Above 1 is better in every column, whether it counts requests per second or "
              "seconds per request. Each ratio is the median of the rounds' own ratios.</p>\n",
              report->file);
    report_write_ratio_tables(report, REPORT_RESULT);
    report_write_ratio_tables(report, REPORT_FETCH);
    write_key(report->file, report->data);
    report_end_section(report);
    free(title);
}
