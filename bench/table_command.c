#include "bench/arguments.h"
#include "bench/caption.h"
#include "bench/command.h"
#include "bench/costs.h"
#include "bench/problem.h"
#include "bench/results.h"
#include "bench/table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: fibbench table [options] results.json\n"
    "Prints the table of a results file in Markdown, and how it was measured.\n"
    "\n"
    "      --costs    what rows cost: lines of code, system calls, CPU time, memory per "
    "connection\n"
    "      --csv      as comma-separated values, unrounded, with all that is known of a cell\n"
    "      --json     as one line of JSON\n"
    "      --spread   the least and the greatest of the rounds in place of the verdicts\n"
    "      --plain    the numbers alone\n"
    "  -h, --help     this text\n";

struct table_options {
    bool costs;
    bool csv;
    bool json;
    enum table_detail detail;
    bool help;
    const char *path;
};

static int parse_options(struct table_options *options, int count, char **arguments,
                         struct problem *problem)
{
    static const struct option long_options[] = {
        {"costs", no_argument, NULL, 'o'},
        {"csv", no_argument, NULL, 'c'},
        {"json", no_argument, NULL, 'j'},
        {"spread", no_argument, NULL, 's'},
        {"plain", no_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option;

    *options = (struct table_options){.detail = TABLE_VERDICTS};
    arguments_begin();
    while ((option = arguments_next(count, arguments, ":h", long_options, problem)) > 0)
        if (option == 'o')
            options->costs = true;
        else if (option == 'c')
            options->csv = true;
        else if (option == 'j')
            options->json = true;
        else if (option == 's')
            options->detail = TABLE_SPREAD;
        else if (option == 'p')
            options->detail = TABLE_PLAIN;
        else if (option == 'h')
            options->help = true;
    if (option < 0)
        return option;
    if (!options->help && count - optind != 1)
        return problem_set(problem, -EINVAL, "one results file is needed, %d are given",
                           count - optind);
    if (options->csv && options->json)
        return problem_set(problem, -EINVAL, "--csv and --json exclude each other");
    options->path = arguments[optind];
    return 0;
}

static int read_table(const struct table_options *options, struct table *table,
                      struct problem *problem)
{
    cJSON *document;
    int error = results_read(options->path, &document, problem);

    if (error < 0)
        return error;
    error = options->costs ? costs_table(options->path, document, table, problem)
                           : results_table(options->path, document, table, problem);
    if (error == 0 && !options->costs) {
        free(table->caption);
        table->caption = caption_of(document, options->detail);
    }
    cJSON_Delete(document);
    return error;
}

static void print_table(const struct table_options *options, const struct table *table)
{
    if (options->csv)
        table_print_csv(stdout, table, options->detail);
    else if (options->json)
        table_print_json(stdout, table);
    else
        table_print_markdown(stdout, table, options->detail);
}

int command_table(int count, char **arguments)
{
    struct table_options options;
    struct problem problem;
    struct table table;

    if (parse_options(&options, count, arguments, &problem) < 0 ||
        (!options.help && read_table(&options, &table, &problem) < 0)) {
        fprintf(stderr, "fibbench table: %s\n", problem.text);
        return EXIT_FAILURE;
    }
    if (options.help) {
        fputs(help, stdout);
    } else {
        print_table(&options, &table);
        table_finish(&table);
    }
    return EXIT_SUCCESS;
}
