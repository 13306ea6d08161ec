#include "bench/diff_options.h"

#include "bench/arguments.h"
#include "bench/file.h"
#include "bench/memory.h"
#include "common/number.h"

#include <errno.h>
#include <stdlib.h>

const char diff_help[] =
    "Usage: fibbench diff [options] OLD NEW\n"
    "Compares two tables; each is a results file or a Markdown file with a table in it.\n"
    "\n"
    "      --relative    divide each column by the geometric mean of the rows that both have (the\n"
    "                    default where the machines differ or one side is Markdown)\n"
    "      --reference ROW\n"
    "                    divide each column by this row instead\n"
    "      --absolute    compare the numbers as they stand\n"
    "      --fail-on PERCENT\n"
    "                    what counts as worse or better (3, or the margin of the runs where that "
    "is\n"
    "                    more; 20 where one side has no samples)\n"
    "      --table N     the N-th table of measurements of the Markdown files (1)\n"
    "      --old-table N, --new-table N\n"
    "                    the same for one side\n"
    "      --recheck[=ROUNDS]\n"
    "                    measure what is worse again, on this machine with the build of NEW, and\n"
    "                    fail only where that says so too (as many rounds as NEW has)\n"
    "      --server PATH, --client PATH\n"
    "                    the programs to do that with\n"
    "      --variant LABEL=COMMAND\n"
    "                    the command of a row of NEW that is one; may be repeated\n"
    "      --scenario-file FILE\n"
    "                    where a scenario of NEW stands that is not built in; may be repeated\n"
    "  -o, --output FILE where its results go (NEW.recheck)\n"
    "      --json        one line of JSON\n"
    "  -h, --help        this text\n"
    "\n"
    "Exit status: 0 nothing is worse beyond noise; 1 error; 2 something is; 3 too noisy to say.\n";

enum {
    OPTION_REFERENCE = 256,
    OPTION_TABLE,
    OPTION_OLD_TABLE,
    OPTION_NEW_TABLE,
    OPTION_RECHECK,
    OPTION_SERVER,
    OPTION_CLIENT,
    OPTION_VARIANT,
    OPTION_SCENARIO_FILE,
};

enum { ROUNDS_MOST = 1000 };

static int parse_table_number(struct diff_options *options, int option, struct problem *problem)
{
    long number;

    if (number_parse(optarg, 1, 10000, &number) < 0)
        return problem_set(problem, -EINVAL, "--table takes a number from 1, not '%s'", optarg);
    if (option != OPTION_NEW_TABLE)
        options->tables[DIFF_OLD] = (unsigned)number;
    if (option != OPTION_OLD_TABLE)
        options->tables[DIFF_NEW] = (unsigned)number;
    return 0;
}

static int parse_mode(struct diff_options *options, enum diff_mode mode, struct problem *problem)
{
    if (options->mode != DIFF_DEFAULT && options->mode != mode)
        return problem_set(problem, -EINVAL,
                           "--relative (or --reference) and --absolute exclude each other");
    options->mode = mode;
    return 0;
}

static int parse_rounds(struct recheck_options *recheck, struct problem *problem)
{
    long rounds = 0;

    recheck->wanted = true;
    if (optarg != NULL && number_parse(optarg, 1, ROUNDS_MOST, &rounds) < 0)
        return problem_set(problem, -EINVAL,
                           "--recheck takes a whole number of rounds, 1 to %d, not '%s'",
                           ROUNDS_MOST, optarg);
    recheck->rounds = (unsigned)rounds;
    return 0;
}

static void add_text(const char ***list, size_t *count, const char *text)
{
    *list = memory_grown(*list, *count, sizeof(**list));
    (*list)[(*count)++] = text;
}

static int parse_recheck_option(struct recheck_options *recheck, int option,
                                struct problem *problem)
{
    switch (option) {
    case OPTION_RECHECK:
        return parse_rounds(recheck, problem);
    case OPTION_SERVER:
        recheck->server = optarg;
        return 0;
    case OPTION_CLIENT:
        recheck->client = optarg;
        return 0;
    case OPTION_VARIANT:
        add_text(&recheck->variants, &recheck->variant_count, optarg);
        return 0;
    case OPTION_SCENARIO_FILE:
        add_text(&recheck->scenario_files, &recheck->scenario_file_count, optarg);
        return 0;
    default:
        recheck->output = optarg;
        return 0;
    }
}

static int parse_option(struct diff_options *options, int option, struct problem *problem)
{
    switch (option) {
    case OPTION_REFERENCE:
        options->reference = optarg;
        return parse_mode(options, DIFF_RELATIVE, problem);
    case 'r':
        return parse_mode(options, DIFF_RELATIVE, problem);
    case 'a':
        return parse_mode(options, DIFF_ABSOLUTE, problem);
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
    default:
        return parse_recheck_option(&options->recheck, option, problem);
    }
}

static int check_recheck(const struct diff_options *options, struct problem *problem)
{
    const struct recheck_options *recheck = &options->recheck;
    bool given = recheck->server != NULL || recheck->client != NULL || recheck->output != NULL ||
                 recheck->variant_count > 0 || recheck->scenario_file_count > 0;

    if (given && !recheck->wanted)
        return problem_set(problem, -EINVAL,
                           "--server, --client, --variant, --scenario-file and -o say how to "
                           "measure again; that takes --recheck");
    for (size_t i = 0; i < DIFF_SIDES && recheck->output != NULL; i++)
        if (file_is_same(recheck->output, options->paths[i]))
            return problem_set(problem, -EINVAL,
                               "-o %s is one of the files to compare, and would be lost; name "
                               "another",
                               recheck->output);
    return 0;
}

int diff_options_parse(struct diff_options *options, int count, char **arguments,
                       struct problem *problem)
{
    static const struct option long_options[] = {
        {"relative", no_argument, NULL, 'r'},
        {"reference", required_argument, NULL, OPTION_REFERENCE},
        {"absolute", no_argument, NULL, 'a'},
        {"fail-on", required_argument, NULL, 'f'},
        {"table", required_argument, NULL, OPTION_TABLE},
        {"old-table", required_argument, NULL, OPTION_OLD_TABLE},
        {"new-table", required_argument, NULL, OPTION_NEW_TABLE},
        {"recheck", optional_argument, NULL, OPTION_RECHECK},
        {"server", required_argument, NULL, OPTION_SERVER},
        {"client", required_argument, NULL, OPTION_CLIENT},
        {"variant", required_argument, NULL, OPTION_VARIANT},
        {"scenario-file", required_argument, NULL, OPTION_SCENARIO_FILE},
        {"output", required_argument, NULL, 'o'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option, error = 0;

    *options = (struct diff_options){.threshold = -1, .tables = {1, 1}};
    arguments_begin();
    while (error == 0 &&
           (option = arguments_next(count, arguments, ":ho:", long_options, problem)) != 0)
        error = option > 0 ? parse_option(options, option, problem) : option;
    if (error < 0 || options->help)
        return error;
    if (count - optind != DIFF_SIDES)
        return problem_set(problem, -EINVAL, "two files are needed, OLD and NEW; %d are given",
                           count - optind);
    options->paths[DIFF_OLD] = arguments[optind];
    options->paths[DIFF_NEW] = arguments[optind + 1];
    return check_recheck(options, problem);
}

void diff_options_finish(struct diff_options *options)
{
    free(options->recheck.variants);
    free(options->recheck.scenario_files);
    *options = (struct diff_options){0};
}
