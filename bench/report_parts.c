#include "bench/report_parts.h"

#include "bench/html.h"

#include <stdlib.h>
#include <string.h>

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

enum plot_quantity report_quantity(const struct report_column *column)
{
    return column->seconds ? PLOT_SECONDS : PLOT_RATE;
}

enum plot_colour report_colour(const struct report_data *data, size_t row, enum plot_colour others)
{
    if (row == data->reference)
        return PLOT_INK;
    if (data->rows[row].highlight < 0)
        return others;
    return (enum plot_colour)(PLOT_SERIES + data->rows[row].highlight);
}
