#include "bench/command.h"
#include "bench/file.h"
#include "bench/markdown.h"
#include "bench/report.h"
#include "bench/results.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: fibbench report results.json [OLD] -o report.html\n"
    "Makes a page of a results file: verdicts, tables and pictures in one HTML file that loads\n"
    "nothing. With OLD, an earlier results file or a Markdown file with a table, it also says "
    "what\n"
    "changed. gnuplot draws the pictures; without it they are left out.\n"
    "\n"
    "  -o, --output FILE   where the page goes; replaced at once\n"
    "  -h, --help          this text\n";

struct report_options {
    const char *output;
    const char *results;
    const char *old; /* NULL: none */
    bool help;
};

/* A file that was read; document is NULL where it is Markdown. */
struct source {
    cJSON *document;
    struct table table;
};

static int parse_options(struct report_options *options, int count, char **arguments,
                         struct problem *problem)
{
    static const struct option long_options[] = {
        {"output", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option;

    *options = (struct report_options){0};
    optind = 0;
    opterr = 0;
    while ((option = getopt_long(count, arguments, ":ho:", long_options, NULL)) != -1)
        if (option == 'o')
            options->output = optarg;
        else if (option == 'h')
            options->help = true;
        else if (option == ':')
            return problem_set(problem, -EINVAL, "%s needs a value", arguments[optind - 1]);
        else
            return problem_set(problem, -EINVAL, "there is no option '%s'; --help lists them",
                               arguments[optind - 1]);
    if (options->help)
        return 0;
    if (count - optind < 1 || count - optind > 2)
        return problem_set(problem, -EINVAL,
                           "one results file is needed, and at most an older one; %d are given",
                           count - optind);
    if (options->output == NULL)
        return problem_set(problem, -EINVAL, "-o FILE is missing");
    options->results = arguments[optind];
    options->old = arguments[optind + 1];
    return 0;
}

static void source_finish(struct source *source)
{
    table_finish(&source->table);
    cJSON_Delete(source->document);
}

static int source_read(struct source *source, const char *path, bool markdown,
                       struct problem *problem)
{
    size_t length;
    char *text;
    int error = file_read(path, &text, &length, problem);

    if (error < 0)
        return error;
    if (markdown && text[strspn(text, " \t\r\n")] != '{')
        error = memchr(text, '\0', length) != NULL
                    ? problem_set(problem, -EINVAL, "%s is neither JSON nor text", path)
                    : markdown_table(path, text, 1, &source->table, problem);
    else
        error = results_parse(path, text, length, &source->document, problem);
    free(text);
    if (error == 0 && source->document != NULL)
        error = results_table(path, source->document, &source->table, problem);
    return error;
}

static int make(const struct report_options *options, const struct report_input *input,
                struct problem *problem)
{
    struct supervisor *supervisor;
    bool pictures = false;
    char *page = NULL;
    size_t length;
    int error = supervisor_create(&supervisor, problem);

    if (error < 0)
        return error;
    error = report_make(supervisor, input, &page, &length, &pictures, problem);
    if (error == 0)
        error = file_replace(options->output, page, length, problem);
    if (error == 0 && !pictures)
        fprintf(stderr, "fibbench report: gnuplot is not installed: %s has no pictures\n",
                options->output);
    if (supervisor_interrupted(supervisor) != 0)
        error = -EINTR;
    free(page);
    supervisor_destroy(supervisor);
    return error;
}

static int write_report(const struct report_options *options, struct problem *problem)
{
    struct source results = {0}, old = {0};
    struct report_past past = {.table = &old.table};
    struct report_data data = {0};
    struct report_input input = {
        .data = &data, .table = &results.table, .past = options->old != NULL ? &past : NULL};
    int error = file_check_replaceable(options->output, problem);

    if (error == 0)
        error = source_read(&results, options->results, false, problem);
    if (error == 0)
        error = report_data_read(&data, options->results, results.document, problem);
    if (error == 0 && options->old != NULL)
        error = source_read(&old, options->old, true, problem);
    past.document = old.document;
    if (error == 0)
        error = make(options, &input, problem);
    report_data_finish(&data);
    source_finish(&results);
    source_finish(&old);
    return error;
}

int command_report(int count, char **arguments)
{
    struct report_options options;
    struct problem problem = {{0}};
    int error = parse_options(&options, count, arguments, &problem);

    if (error == 0 && options.help)
        return fputs(help, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    if (error == 0)
        error = write_report(&options, &problem);
    if (error < 0)
        fprintf(stderr, "fibbench report: %s\n", error == -EINTR ? "interrupted" : problem.text);
    return error < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
