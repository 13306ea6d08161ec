#include "bench/arguments.h"
#include "bench/command.h"
#include "bench/file.h"
#include "bench/report.h"
#include "bench/results.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: fibbench report results.json [OLD] -o report.html\n"
    "Makes a page of a results file: verdicts, tables and pictures in one HTML file that loads\n"
    "nothing. With OLD, an earlier results file or a Markdown file with a table, it also says\n"
    "what changed. gnuplot draws the pictures; without it they are left out.\n"
    "\n"
    "  -o, --output FILE   where the page goes; replaced at once\n"
    "  -h, --help          this text\n";

struct report_options {
    const char *output;
    const char *results;
    const char *old; /* NULL: none */
    bool help;
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
    arguments_begin();
    while ((option = arguments_next(count, arguments, ":ho:", long_options, problem)) > 0)
        if (option == 'o')
            options->output = optarg;
        else if (option == 'h')
            options->help = true;
    if (option < 0)
        return option;
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

/* What a report is made of, read. */
struct sources {
    cJSON *document;
    struct table table;
    struct report_data data;
    struct diff_side old; /* these two only where there is an older one */
    struct diff_side new;
};

static void sources_finish(struct sources *sources)
{
    report_data_finish(&sources->data);
    table_finish(&sources->table);
    cJSON_Delete(sources->document);
    diff_side_finish(&sources->old);
    diff_side_finish(&sources->new);
}

static int read_results(struct sources *sources, const char *path, struct problem *problem)
{
    int error = results_read(path, &sources->document, problem);

    if (error == 0)
        error = results_table(path, sources->document, &sources->table, problem);
    if (error == 0)
        error = report_data_read(&sources->data, path, sources->document, problem);
    return error;
}

static int read_past(struct sources *sources, const struct report_options *options,
                     struct problem *problem)
{
    int error = diff_side_read(&sources->old, options->old, 1, problem);

    return error == 0 ? diff_side_read(&sources->new, options->results, 1, problem) : error;
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
    struct sources sources = {.document = NULL};
    struct report_past past = {.old = &sources.old, .new = &sources.new};
    struct report_input input = {.data = &sources.data,
                                 .table = &sources.table,
                                 .past = options->old != NULL ? &past : NULL};
    int error = file_check_replaceable(options->output, problem);

    if (file_is_same(options->output, options->results) ||
        (options->old != NULL && file_is_same(options->output, options->old)))
        return problem_set(problem, -EINVAL,
                           "-o %s is one of the files to read, and would be lost; name another",
                           options->output);
    if (error == 0)
        error = read_results(&sources, options->results, problem);
    if (error == 0 && options->old != NULL)
        error = read_past(&sources, options, problem);
    if (error == 0)
        error = make(options, &input, problem);
    sources_finish(&sources);
    return error;
}

int command_report(int count, char **arguments)
{
    struct report_options options;
    struct problem problem = {{0}};
    int error = parse_options(&options, count, arguments, &problem);

    if (error == 0 && options.help) {
        fputs(help, stdout);
        return EXIT_SUCCESS;
    }
    if (error == 0)
        error = write_report(&options, &problem);
    if (error < 0)
        fprintf(stderr, "fibbench report: %s\n", error == -EINTR ? "interrupted" : problem.text);
    return error < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
