#include "bench/command.h"
#include "bench/compare.h"
#include "bench/compare_print.h"
#include "bench/file.h"
#include "bench/host.h"
#include "bench/json.h"
#include "bench/markdown.h"
#include "bench/memory.h"
#include "bench/results.h"
#include "common/number.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: fibbench diff [options] OLD NEW\n"
    "Compares two tables; each is a results file or a Markdown file with a table in it.\n"
    "\n"
    "      --relative    divide each column by the geometric mean of the rows that both have (the\n"
    "                    default where the machines differ or one side is Markdown)\n"
    "      --absolute    compare the numbers as they stand\n"
    "      --fail-on PERCENT\n"
    "                    what counts as worse or better (20)\n"
    "      --table N     the N-th table of measurements of the Markdown files (1)\n"
    "      --old-table N, --new-table N\n"
    "                    the same for one side\n"
    "      --json        one line of JSON\n"
    "  -h, --help        this text\n"
    "\n"
    "Exit status: 0 nothing is worse beyond noise; 1 error; 2 something is; 3 too noisy to say.\n";

enum mode { MODE_DEFAULT, MODE_RELATIVE, MODE_ABSOLUTE };

enum { OLD, NEW, SIDES };

struct diff_options {
    enum mode mode;
    double threshold;
    unsigned tables[SIDES];
    bool json;
    bool help;
    const char *paths[SIDES];
};

/* One side: its table, and the document of a results file (NULL: it is Markdown). */
struct side {
    struct table table;
    cJSON *document;
};

enum { OPTION_TABLE = 256, OPTION_OLD_TABLE, OPTION_NEW_TABLE };

static int parse_table_number(struct diff_options *options, int option, struct problem *problem)
{
    long number;

    if (number_parse(optarg, 1, 10000, &number) < 0)
        return problem_set(problem, -EINVAL, "--table takes a number from 1, not '%s'", optarg);
    if (option != OPTION_NEW_TABLE)
        options->tables[OLD] = (unsigned)number;
    if (option != OPTION_OLD_TABLE)
        options->tables[NEW] = (unsigned)number;
    return 0;
}

static int parse_mode(struct diff_options *options, enum mode mode, struct problem *problem)
{
    if (options->mode != MODE_DEFAULT && options->mode != mode)
        return problem_set(problem, -EINVAL, "--relative and --absolute exclude each other");
    options->mode = mode;
    return 0;
}

static int parse_option(struct diff_options *options, int option, char **arguments,
                        struct problem *problem)
{
    switch (option) {
    case 'r':
        return parse_mode(options, MODE_RELATIVE, problem);
    case 'a':
        return parse_mode(options, MODE_ABSOLUTE, problem);
    case 'f':
        if (number_parse_real(optarg, 0, 1000, &options->threshold) == 0)
            return 0;
        return problem_set(problem, -EINVAL, "--fail-on takes percent, 0 to 1000, not '%s'",
                           optarg);
    case OPTION_TABLE:
    case OPTION_OLD_TABLE:
    case OPTION_NEW_TABLE:
        return parse_table_number(options, option, problem);
    case 'j':
        options->json = true;
        return 0;
    case 'h':
        options->help = true;
        return 0;
    case ':':
        return problem_set(problem, -EINVAL, "%s needs a value", arguments[optind - 1]);
    default:
        return problem_set(problem, -EINVAL, "there is no option '%s'; --help lists them",
                           arguments[optind - 1]);
    }
}

static int parse_options(struct diff_options *options, int count, char **arguments,
                         struct problem *problem)
{
    static const struct option long_options[] = {
        {"relative", no_argument, NULL, 'r'},
        {"absolute", no_argument, NULL, 'a'},
        {"fail-on", required_argument, NULL, 'f'},
        {"table", required_argument, NULL, OPTION_TABLE},
        {"old-table", required_argument, NULL, OPTION_OLD_TABLE},
        {"new-table", required_argument, NULL, OPTION_NEW_TABLE},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option, error = 0;

    *options = (struct diff_options){.threshold = 20, .tables = {1, 1}};
    optind = 0;
    opterr = 0;
    while (error == 0 && (option = getopt_long(count, arguments, ":h", long_options, NULL)) != -1)
        error = parse_option(options, option, arguments, problem);
    if (error < 0 || options->help)
        return error;
    if (count - optind != SIDES)
        return problem_set(problem, -EINVAL, "two files are needed, OLD and NEW; %d are given",
                           count - optind);
    options->paths[OLD] = arguments[optind];
    options->paths[NEW] = arguments[optind + 1];
    return 0;
}

static void side_finish(struct side *side)
{
    table_finish(&side->table);
    cJSON_Delete(side->document);
}

static int side_read(struct side *side, const char *path, unsigned number, struct problem *problem)
{
    size_t length;
    char *text;
    int error = file_read(path, &text, &length, problem);

    if (error < 0)
        return error;
    if (text[strspn(text, " \t\r\n")] == '{')
        error = results_parse(path, text, length, &side->document, problem);
    else if (memchr(text, '\0', length) != NULL)
        error = problem_set(problem, -EINVAL, "%s is neither JSON nor text", path);
    else
        error = markdown_table(path, text, number, &side->table, problem);
    free(text);
    if (error == 0 && side->document != NULL)
        error = results_table(path, side->document, &side->table, problem);
    return error;
}

static void add_note(struct compare_heading *heading, char *note)
{
    heading->notes = memory_grown(heading->notes, heading->note_count, sizeof(*heading->notes));
    heading->notes[heading->note_count++] = note;
}

/* Whether a member of both documents differs; says so in a note. */
static bool note_difference(struct compare_heading *heading, const struct side *sides,
                            const char *group, const char *name, const char *meaning)
{
    const cJSON *values[SIDES];
    char *texts[SIDES];
    bool differs;

    for (size_t i = 0; i < SIDES; i++) {
        const cJSON *object = sides[i].document;

        if (group != NULL)
            object = cJSON_GetObjectItemCaseSensitive(object, group);
        values[i] = cJSON_GetObjectItemCaseSensitive(object, name);
    }
    differs = !cJSON_Compare(values[OLD], values[NEW], true);
    if (!differs || values[OLD] == NULL || values[NEW] == NULL)
        return false;
    for (size_t i = 0; i < SIDES; i++)
        texts[i] = cJSON_PrintUnformatted(values[i]);
    add_note(heading, memory_printf("%s differs: %s, %s", meaning, texts[OLD], texts[NEW]));
    for (size_t i = 0; i < SIDES; i++)
        free(texts[i]);
    return true;
}

/* Notes what differs; returns why the numbers cannot be compared as they stand, or NULL. */
static const char *find_differences(struct compare_heading *heading, const struct side *sides)
{
    const cJSON *hosts[SIDES];
    bool placement, slow_n;

    if (sides[OLD].document == NULL || sides[NEW].document == NULL)
        return "one side is a published table";
    for (size_t i = 0; i < SIDES; i++)
        hosts[i] = cJSON_GetObjectItemCaseSensitive(sides[i].document, "host");
    note_difference(heading, sides, "host", "cpu", "the CPU");
    note_difference(heading, sides, "host", "cpus", "the number of CPUs");
    note_difference(heading, sides, "host", "virtualisation", "the virtualisation");
    note_difference(heading, sides, "host", "kernel", "the kernel");
    note_difference(heading, sides, "host", "governor", "the governor");
    note_difference(heading, sides, NULL, "workers", "the number of workers");
    placement = note_difference(heading, sides, "placement", "name", "the placement");
    slow_n = note_difference(heading, sides, NULL, "slow_n", "what a slow client asks for");
    if (!host_is_same(hosts[OLD], hosts[NEW]))
        return "the machines differ";
    if (placement)
        return "the placements differ";
    return slow_n ? "the slow requests differ" : NULL;
}

static int exit_status_of(const struct comparison *comparison)
{
    if (comparison_count(comparison, VERDICT_WORSE) > 0)
        return EXIT_WORSE;
    return comparison_count(comparison, VERDICT_NOISY) > 0 ? EXIT_NOISY : EXIT_SUCCESS;
}

static int compare_sides(const struct diff_options *options, const struct side *sides, int *status,
                         struct problem *problem)
{
    struct compare_heading heading = {.old = &sides[OLD].table, .new = &sides[NEW].table};
    struct comparison comparison;
    const char *why;
    int error;

    why = find_differences(&heading, sides);
    heading.settings = (struct compare_settings){
        .threshold = options->threshold,
        .relative =
            options->mode == MODE_RELATIVE || (options->mode == MODE_DEFAULT && why != NULL),
    };
    heading.why = options->mode == MODE_DEFAULT ? why : NULL;
    error = compare_tables(&comparison, heading.old, heading.new, &heading.settings, problem);
    if (error == 0) {
        *status = exit_status_of(&comparison);
        if (options->json)
            compare_print_json(stdout, &heading, &comparison, *status);
        else
            compare_print(stdout, &heading, &comparison);
        comparison_finish(&comparison);
    }
    for (size_t i = 0; i < heading.note_count; i++)
        free(heading.notes[i]);
    free(heading.notes);
    return error;
}

int command_diff(int count, char **arguments)
{
    struct side sides[SIDES] = {0};
    struct diff_options options;
    struct problem problem;
    int error, status = EXIT_SUCCESS;

    error = parse_options(&options, count, arguments, &problem);
    if (error == 0 && options.help)
        return fputs(help, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    for (size_t i = 0; i < SIDES && error == 0; i++)
        error = side_read(&sides[i], options.paths[i], options.tables[i], &problem);
    if (error == 0)
        error = compare_sides(&options, sides, &status, &problem);
    if (error == 0 && fflush(stdout) != 0)
        error = problem_set(&problem, -errno, "cannot write: %s", strerror(errno));
    if (error < 0)
        fprintf(stderr, "fibbench diff: %s\n", problem.text);
    for (size_t i = 0; i < SIDES; i++)
        side_finish(&sides[i]);
    return error < 0 ? EXIT_FAILURE : status;
}
