#include "bench/report_parts.h"

#include "bench/html.h"
#include "bench/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MOST = 8, PHRASE = 14 }; /* columns of a table on paper; characters */

void report_begin_section(struct report *report, const char *name, const char *title)
{
    fprintf(report->file, "<section id=\"%s\">\n<h2>", name);
    html_escape(report->file, title);
    fputs("</h2>\n", report->file);
}

void report_end_section(struct report *report)
{
    fputs("</section>\n", report->file);
}

void report_write_absence(struct report *report, const char *what, const char *how)
{
    fputs("<p class=\"absent\">", report->file);
    html_escape(report->file, what);
    fprintf(report->file, " %s</p>\n", how);
}

void report_begin_figures(struct report *report)
{
    fputs("<div class=\"figures\">\n", report->file);
}

void report_end_figures(struct report *report)
{
    fputs("</div>\n", report->file);
}

void report_write_figure(struct report *report, size_t picture, const char *heading,
                         const char *caption)
{
    fputs("<figure>\n<h3>", report->file);
    html_escape(report->file, heading);
    fprintf(report->file,
            "</h3>\n<div class=\"scroll\" tabindex=\"0\">" REPORT_MARKER_BEGIN
            "%zu" REPORT_MARKER_END "</div>\n",
            picture);
    if (caption != NULL) {
        fputs("<figcaption>", report->file);
        html_escape(report->file, caption);
        fputs("</figcaption>\n", report->file);
    }
    fputs("</figure>\n", report->file);
}

void report_write_quantity(FILE *file, enum plot_quantity quantity, double value)
{
    char *text = plot_quantity_digits(quantity, value);

    html_escape(file, text);
    free(text);
}

void report_write_source(FILE *file, const char *path)
{
    const char *slash = strrchr(path, '/');

    html_escape(file, slash != NULL ? slash + 1 : path);
}

void report_begin_table(struct report *report, const char *class, const char *caption)
{
    fputs("<div class=\"scroll\" tabindex=\"0\"><table", report->file);
    if (class != NULL)
        fprintf(report->file, " class=\"%s\"", class);
    fputs(">\n", report->file);
    if (caption != NULL) {
        fputs("<caption>", report->file);
        html_escape(report->file, caption);
        fputs("</caption>\n", report->file);
    }
    fprintf(report->file, "<thead><tr><th>%s</th>", report->words->header);
}

/* How far it goes before a break that parts nothing which belongs together: "100 URLs," "10 ms". */
static size_t phrase_length(const char *text)
{
    size_t length = 1;

    while (text[length - 1] != '\0' &&
           (text[length] != ' ' ||
            (strchr(",:", text[length - 1]) == NULL && text[length + 1] != '(')))
        length++;
    return text[length - 1] == '\0' ? length - 1 : length;
}

void report_write_phrases(FILE *file, const char *text)
{
    while (*text != '\0') {
        size_t length = phrase_length(text);
        char *phrase = memory_text_of_length(text, length);

        /* A long one has to break somewhere. */
        fputs(length < PHRASE ? "<span class=\"name\">" : "<span>", file);
        html_escape(file, phrase);
        fputs(text[length] == ' ' ? "</span> " : "</span>", file);
        text += length + (text[length] == ' ');
        free(phrase);
    }
}

void report_write_header(struct report *report, const char *header)
{
    fputs("<th scope=\"col\">", report->file);
    report_write_phrases(report->file, header);
    fputs("</th>", report->file);
}

void report_begin_rows(struct report *report)
{
    fputs("</tr></thead>\n<tbody>\n", report->file);
}

void report_end_table(struct report *report)
{
    fputs("</tbody></table></div>\n", report->file);
}

void report_write_number_cell(struct report *report, enum plot_quantity quantity, double value)
{
    fputs("<td class=\"number\">", report->file);
    if (isfinite(value))
        report_write_quantity(report->file, quantity, value);
    else
        fputs("–", report->file);
    fputs("</td>", report->file);
}

enum plot_colour report_colour(const struct report_data *data, size_t row, enum plot_colour others)
{
    if (row == data->reference)
        return PLOT_INK;
    if (data->rows[row].highlight < 0)
        return others;
    return (enum plot_colour)(PLOT_SERIES + data->rows[row].highlight);
}

const char *report_name_in_pictures(const struct report_data *data, size_t row)
{
    bool named = row == data->reference || data->rows[row].highlight >= 0;

    return named ? data->rows[row].label : NULL;
}

bool report_write_outcome(struct report *report, size_t row, size_t column)
{
    const struct report_cell *cell = &report->data->rows[row].cells[column];

    if (report_data_measured(report->data, row, column))
        return false;
    fputs("<td class=\"heat word\">", report->file);
    html_escape(report->file, cell->outcome == OUTCOME_NONE ? "–" : outcome_name(cell->outcome));
    fputs("</td>", report->file);
    return true;
}

static bool same_delay(const struct report_column *one, const struct report_column *other)
{
    return one->delay == other->delay || (isnan(one->delay) && isnan(other->delay));
}

size_t report_table_end(const struct report_data *data, const size_t *columns, size_t count,
                        size_t first)
{
    size_t tables = (count + COLUMNS_MOST - 1) / COLUMNS_MOST;
    size_t end = first + (count + tables - 1) / tables;

    if (first + COLUMNS_MOST >= count)
        return count;
    for (size_t i = first + 1; i <= first + COLUMNS_MOST; i++)
        if (!same_delay(&data->columns[columns[i - 1]], &data->columns[columns[i]]))
            end = i;
    return end;
}
