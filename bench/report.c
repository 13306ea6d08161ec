#include "bench/report.h"

#include "bench/html.h"
#include "bench/json.h"
#include "bench/memory.h"
#include "bench/report_parts.h"
#include "bench/version.h"
#include "report_css.h"
#include "report_misread.h"
#include "report_misread_web.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What rows a section is about. */
enum { SERVERS = 1, CLIENTS = 2, BOTH = SERVERS | CLIENTS };

static const struct section {
    const char *name;
    const char *title;
    unsigned rows;
    void (*write)(struct report *report);
} sections[] = {
    {"verdict", "Verdict", BOTH, report_write_verdict},
    {"change", "Changes", BOTH, report_write_change},
    {"ratios", "Ratios", BOTH, report_write_ratios},
    {"ideal", "Over the ideal", CLIENTS, report_write_ideal},
    {"rounds", "Every round", BOTH, report_write_dots},
    {"percentiles", "Percentiles", SERVERS, report_write_percentiles},
    {"offered", "Offered load", SERVERS, report_write_offered},
    {"processor", "CPU", BOTH, report_write_processor},
    {"memory", "Memory", SERVERS, report_write_memory},
    {"memory", "Memory", CLIENTS, report_write_peak},
    {"connections", "Connections", SERVERS, report_write_connections},
    {"opened", "Connections", CLIENTS, report_write_opened},
    {"order", "Order", BOTH, report_write_order},
    {"lines", "Lines of code", BOTH, report_write_lines},
};

static const struct report_words servers = {
    .row = "server",
    .rows = "servers",
    .header = "Server",
    .processes = "server processes, in the order they ran",
    .title = "Server concurrency strategies, measured",
};

static const struct report_words clients = {
    .row = "client",
    .rows = "clients",
    .header = "Client",
    .processes = "runs of a client through all lists, in their order",
    .title = "Ways to fetch many URLs, measured",
};

static bool has_section(const struct report *report, const struct section *section)
{
    return (section->rows & (report->data->web ? CLIENTS : SERVERS)) != 0 &&
           (report->past != NULL || section->write != report_write_change);
}

/* Nothing may be loaded, so that the page is the same offline, and nothing that a label smuggles in
 * could run. */
static const char policy[] = "default-src 'none'; style-src 'unsafe-inline'";

static void write_head(FILE *file, const char *title)
{
    fprintf(
        file,
        "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n"
        "<meta charset=\"utf-8\"/>\n<meta http-equiv=\"Content-Security-Policy\" content=\"%s\"/>\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
        "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>",
        policy);
    html_escape(file, title);
    fprintf(file, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", report_css);
}

static void write_navigation(struct report *report)
{
    fputs("<nav>\n", report->file);
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
        if (has_section(report, &sections[i]))
            fprintf(report->file, "<a href=\"#%s\">%s</a>\n", sections[i].name, sections[i].title);
    fputs("<a href=\"#misread\">How to misread this</a>\n</nav>\n", report->file);
}

static void write_body(struct report *report)
{
    const cJSON *document = report->data->document;
    const char *date = json_text_or_null(document, "date");

    fputs("<header>\n<p class=\"over\">fibbench", report->file);
    if (date != NULL)
        html_text(report->file, " · %.10s", date);
    fprintf(report->file, "</p>\n<h1>%s</h1>\n", report->words->title);
    write_navigation(report);
    fputs("</header>\n<main>\n", report->file);
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
        if (has_section(report, &sections[i]))
            sections[i].write(report);
    report_begin_section(report, "misread", "How to misread this");
    fputs(report->data->web ? report_misread_web : report_misread, report->file);
    report_end_section(report);
    fputs("</main>\n<footer><p>", report->file);
    html_text(report->file, "Made by fibbench %s from ", version_number());
    report_write_source(report->file, report->table->source);
    fputs(". The figures are in that file, round by round.</p></footer>\n</body>\n</html>\n",
          report->file);
}

/* Puts the pictures where they belong. */
static void insert_pictures(FILE *file, const char *text, const struct plots *plots)
{
    const char *marker;

    for (; (marker = strstr(text, REPORT_MARKER_BEGIN)) != NULL;) {
        char *end;
        size_t number = strtoul(marker + strlen(REPORT_MARKER_BEGIN), &end, 10);
        const char *svg = plots_svg(plots, number);

        fwrite(text, 1, (size_t)(marker - text), file);
        if (svg != NULL)
            fputs(svg, file);
        else
            fputs("<p class=\"absent\">The picture is left out, because gnuplot is not installed "
                  "here. Install it (Debian: gnuplot-nox) and make the report again.</p>",
                  file);
        text = end + strlen(REPORT_MARKER_END);
    }
    fputs(text, file);
}

static FILE *open_memory(char **text, size_t *length)
{
    FILE *file = open_memstream(text, length);

    if (file == NULL) {
        fputs("fibbench: out of memory\n", stderr);
        exit(EXIT_FAILURE);
    }
    return file;
}

int report_make(struct supervisor *supervisor, const struct report_input *input, char **page,
                size_t *length, bool *pictures, struct problem *problem)
{
    struct report report = {.data = input->data,
                            .words = input->data->web ? &clients : &servers,
                            .table = input->table,
                            .past = input->past,
                            .plots = plots_create()};
    char *body = NULL;
    size_t body_length;
    FILE *file;
    int error;

    report.file = open_memory(&body, &body_length);
    write_body(&report);
    fclose(report.file);
    error = plots_draw(report.plots, supervisor, problem);
    *pictures = error != -ENOENT;
    if (error == 0 || error == -ENOENT) {
        file = open_memory(page, length);
        write_head(file, "fibbench report");
        insert_pictures(file, body, report.plots);
        fclose(file);
        error = 0;
    }
    plots_destroy(report.plots);
    free(body);
    return error;
}
