#include "bench/plot_svg.h"

#include "bench/html.h"
#include "bench/memory.h"
#include "bench/plot.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const variables[PLOT_COLOURS] = {
    "ink",     "muted",   "grid",    "faint",   "dot",     "accent",  "series0",
    "series1", "series2", "series3", "series4", "series5", "series6", "series7",
};

/* What is being read, and what of it is written where. */
struct adaptation {
    const char *at;
    FILE *file;
    size_t picture;
    char *const *texts;
    size_t text_count;
};

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* "rgb(  0, 204,   3)", one of our codes. */
static bool take_colour(struct adaptation *adaptation)
{
    int red, green, blue, length = 0;

    if (!begins(adaptation->at, "rgb(") ||
        sscanf(adaptation->at, "rgb( %d , %d , %d )%n", &red, &green, &blue, &length) != 3 ||
        length == 0 || red != 0 || green != 0xcc || blue < 0 || blue >= PLOT_COLOURS)
        return false;
    fprintf(adaptation->file, "var(--%s)", variables[blue]);
    adaptation->at += length;
    return true;
}

static bool take_text(struct adaptation *adaptation)
{
    char *end;
    size_t number;

    if (!begins(adaptation->at, "@L"))
        return false;
    number = strtoul(adaptation->at + 2, &end, 10);
    if (*end != '@' || number >= adaptation->text_count)
        return false;
    html_escape(adaptation->file, adaptation->texts[number]);
    adaptation->at = end + 1;
    return true;
}

/* Leaves out what begins so, up to and with its end. */
static bool drop(struct adaptation *adaptation, const char *beginning, const char *end)
{
    const char *found;

    if (!begins(adaptation->at, beginning))
        return false;
    found = strstr(adaptation->at + strlen(beginning), end);
    if (found == NULL)
        return false;
    adaptation->at = found + strlen(end);
    return true;
}

static bool replace(struct adaptation *adaptation, const char *what, const char *with)
{
    if (!begins(adaptation->at, what))
        return false;
    fputs(with, adaptation->file);
    adaptation->at += strlen(what);
    return true;
}

static void adapt_body(struct adaptation *adaptation, const char *end)
{
    char use[32];

    snprintf(use, sizeof(use), "#p%zu-gpPt", adaptation->picture);
    while (adaptation->at < end)
        if (!take_colour(adaptation) && !take_text(adaptation) &&
            !drop(adaptation, " id=\"gnuplot", "\"") &&
            !drop(adaptation, "<title>gnuplot", "</title>") &&
            !drop(adaptation, " font-family=\"", "\"") && !replace(adaptation, "#gpPt", use) &&
            !replace(adaptation, "=\"black\"", "=\"var(--ink)\"") &&
            !replace(adaptation, "='black'", "='var(--ink)'") &&
            !replace(adaptation, "=\"white\"", "=\"var(--page)\""))
            fputc(*adaptation->at++, adaptation->file);
}

static void write_head(FILE *file, const struct plot_picture *picture)
{
    fprintf(file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" "
            "xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\"0 0 %u %u\" width=\"%u\" "
            "height=\"%u\" role=\"img\" aria-label=\"",
            picture->width, picture->height, picture->width, picture->height);
    html_escape(file, picture->description);
    fprintf(file,
            "\">\n<defs><circle id=\"p%zu-gpPt5\" r=\"1\" fill=\"none\" stroke=\"currentColor\" "
            "stroke-width=\"0.4\"/><circle id=\"p%zu-gpPt6\" r=\"1\" fill=\"currentColor\" "
            "stroke=\"none\"/></defs>\n<g>",
            picture->number, picture->number);
}

int plot_svg_adapt(struct plot_picture *picture, const char *drawn, char *const *texts,
                   size_t text_count, struct problem *problem)
{
    const char *end = strstr(drawn, "</svg>"), *defs = strstr(drawn, "</defs>");
    struct adaptation adaptation = {
        .picture = picture->number, .texts = texts, .text_count = text_count};
    size_t length;

    if (defs == NULL || end == NULL || defs > end)
        return problem_set(problem, -EINVAL, "gnuplot drew no SVG as gnuplot 5 does");
    adaptation.file = open_memstream(&picture->svg, &length);
    if (adaptation.file == NULL)
        return problem_set(problem, -ENOMEM, "out of memory");
    adaptation.at = defs + strlen("</defs>");
    write_head(adaptation.file, picture);
    adapt_body(&adaptation, end);
    fputs("</svg>\n", adaptation.file);
    fclose(adaptation.file);
    return 0;
}
