#include "bench/analysis.h"
#include "bench/arguments.h"
#include "bench/command.h"
#include "bench/json.h"
#include "bench/memory.h"
#include "bench/plan.h"
#include "bench/relabel.h"
#include "bench/results.h"
#include "common/number.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: fibbench check [options] results.json...\n"
    "Counts false verdicts: what the row that was entered twice is said to differ from itself, "
    "and\n"
    "what recorded rounds give when their labels are dealt anew, so that nothing can be found.\n"
    "\n"
    "      --relabelings N   of each column with verdicts, 1 to 1000000 (1000)\n"
    "      --seed N          of the chance (1)\n"
    "      --json            as one line of JSON\n"
    "  -h, --help            this text\n"
    "\n"
    "Exit status: 0 where no more are false than the level of the tests says, 2 where more are.\n";

struct check_options {
    long relabelings;
    long seed;
    bool json;
    bool help;
};

/* What was counted over all files. */
struct check {
    const struct check_options *options;
    cJSON *columns;
    unsigned pairs; /* the row entered twice, once for each column with verdicts */
    unsigned false_pairs;
    unsigned relabelings;
    unsigned false_relabelings;
};

static int parse_options(struct check_options *options, int count, char **arguments,
                         struct problem *problem)
{
    static const struct option long_options[] = {
        {"relabelings", required_argument, NULL, 'r'},
        {"seed", required_argument, NULL, 's'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option;

    *options = (struct check_options){.relabelings = 1000, .seed = 1};
    arguments_begin();
    while ((option = arguments_next(count, arguments, ":h", long_options, problem)) > 0)
        if (option == 'j')
            options->json = true;
        else if (option == 'h')
            options->help = true;
        else if (option == 'r' && number_parse(optarg, 1, 1000000, &options->relabelings) < 0)
            return problem_set(problem, -EINVAL,
                               "--relabelings takes a whole number of 1 to 1000000, not '%s'",
                               optarg);
        else if (option == 's' && number_parse(optarg, 0, 1L << 53, &options->seed) < 0)
            return problem_set(problem, -EINVAL, "--seed takes a whole number, not '%s'", optarg);
    if (option < 0)
        return option;
    if (!options->help && optind == count)
        return problem_set(problem, -EINVAL, "a results file is needed");
    return 0;
}

/* Of rows that are not put in relation to the reference. */
static void find_against(const cJSON *list, const struct analysis_rows *rows, size_t *against)
{
    const cJSON *row;
    size_t at = 0;

    cJSON_ArrayForEach(row, list)
    {
        const char *label = json_text_or_null(row, "against");

        against[at] = rows->reference;
        for (size_t i = 0; i < rows->count && label != NULL; i++)
            if (strcmp(rows->labels[i], label) == 0)
                against[at] = i;
        at++;
    }
}

/* The rows of a document; labels and against are arrays for the caller to free. */
static int find_rows(const char *path, const cJSON *document, struct analysis_rows *rows,
                     const char ***labels, size_t **against, struct problem *problem)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(document, "rows"), *row;
    const char *reference = json_text_or_null(document, "reference");
    double rounds = json_number_or(document, "rounds", 0);
    size_t count = (size_t)cJSON_GetArraySize(list), at = 0;
    const cJSON *repeat = cJSON_GetObjectItemCaseSensitive(document, "repeat_of");

    repeat = repeat != NULL ? repeat->child : NULL;
    *labels = memory_zeroed(count + 1, sizeof(**labels));
    *against = memory_zeroed(count + 1, sizeof(**against));
    *rows = (struct analysis_rows){
        .labels = *labels, .count = count, .reference = count, .against = *against};
    rows->repeat = rows->repeated = count;
    if (rounds >= 1 && rounds <= 100000)
        rows->rounds = (unsigned)rounds;
    cJSON_ArrayForEach(row, list)
    {
        const char *label = json_text_or_null(row, "label");

        (*labels)[at] = label != NULL ? label : "";
        if (reference != NULL && strcmp((*labels)[at], reference) == 0)
            rows->reference = at;
        if (repeat != NULL && strcmp((*labels)[at], repeat->string) == 0)
            rows->repeat = at;
        if (repeat != NULL && cJSON_IsString(repeat) &&
            strcmp((*labels)[at], repeat->valuestring) == 0)
            rows->repeated = at;
        at++;
    }
    if (rows->repeated == count)
        rows->repeat = count;
    find_against(list, rows, *against);
    if (rows->reference == count || rows->rounds == 0)
        return problem_set(problem, -EINVAL,
                           "%s does not say which row the others are put in relation to: it is of "
                           "an earlier version",
                           path);
    return 0;
}

static void say_progress(const char *column)
{
    if (isatty(STDERR_FILENO) == 1)
        fprintf(stderr, "fibbench: dealing the labels of '%s' anew\n", column);
}

static void add_result(struct check *check, const char *path, const char *column,
                       const struct ratio *pair, const struct relabel_result *result)
{
    cJSON *one = cJSON_CreateObject();

    cJSON_AddStringToObject(one, "file", path);
    cJSON_AddStringToObject(one, "column", column);
    cJSON_AddNumberToObject(one, "relabelings", result->relabelings);
    cJSON_AddNumberToObject(one, "false_verdicts", result->with_verdict);
    cJSON_AddNumberToObject(one, "small_p", result->with_p);
    if (pair->rounds > 0)
        cJSON_AddItemToObject(one, "repeat", ratio_to_json(pair));
    cJSON_AddItemToArray(check->columns, one);
    check->relabelings += result->relabelings;
    check->false_relabelings += result->with_verdict;
    check->pairs += pair->verdict != RATIO_UNTOLD;
    check->false_pairs += pair->verdict == RATIO_FASTER || pair->verdict == RATIO_SLOWER;
}

static void check_column(struct check *check, const char *path, const cJSON *document,
                         const struct analysis_rows *rows, const cJSON *column)
{
    const cJSON *records = cJSON_GetObjectItemCaseSensitive(document, "measurements");
    const char *name = json_text_or_null(column, "name"), *better;
    const char *scenario = json_text_or_null(column, "scenario");
    double margin = json_number_or(column, "delta", VERDICT_MARGIN);
    struct relabel_result result;
    struct analysis_values values;
    struct ratio *ratios = memory_zeroed(rows->count, sizeof(*ratios)), pair;
    bool judged = false, higher;

    better = json_text_or_null(column, "better");
    higher = better == NULL || strcmp(better, "lower") != 0;
    values =
        analysis_gather(records, rows, scenario != NULL ? scenario : "", name != NULL ? name : "");
    analysis_compare(&values, rows, higher, margin, ratios);
    for (size_t i = 0; i < rows->count; i++)
        judged = judged || ratios[i].verdict != RATIO_UNTOLD;
    if (judged) {
        say_progress(name);
        pair = analysis_repeat(&values, rows, higher, margin);
        result = relabel_column(&values, rows, margin, (unsigned)check->options->relabelings,
                                (uint64_t)check->options->seed);
        add_result(check, path, name, &pair, &result);
    }
    analysis_values_finish(&values);
    free(ratios);
}

static int check_file(struct check *check, const char *path, struct problem *problem)
{
    struct analysis_rows rows;
    const char **labels = NULL;
    size_t *against = NULL;
    const cJSON *column;
    cJSON *document;
    int error = results_read(path, &document, problem);

    if (error < 0)
        return error;
    error = find_rows(path, document, &rows, &labels, &against, problem);
    if (error == 0)
        cJSON_ArrayForEach(column, cJSON_GetObjectItemCaseSensitive(document, "columns"))
        {
            check_column(check, path, document, &rows, column);
        }
    free(labels);
    free(against);
    cJSON_Delete(document);
    return error;
}

static double nominal(const struct check *check)
{
    return PLAN_LEVEL * check->relabelings;
}

static int exit_status_of(const struct check *check)
{
    bool pairs = check->false_pairs > PLAN_LEVEL * check->pairs;

    return pairs || check->false_relabelings > nominal(check) ? EXIT_WORSE : EXIT_SUCCESS;
}

static void print_pair(const cJSON *pair)
{
    const char *verdict = json_text_or_null(pair, "verdict");

    if (pair == NULL)
        return;
    printf("; the row entered twice differs from itself by %.3f (%.3f to %.3f, p %.3g): %s",
           json_number_or(pair, "median", 0), json_number_or(pair, "low", 0),
           json_number_or(pair, "high", 0), json_number_or(pair, "p", 1),
           verdict != NULL ? verdict : "no verdict");
}

static void print_check(const struct check *check)
{
    const cJSON *column;

    cJSON_ArrayForEach(column, check->columns)
    {
        printf("%s, %s: %.0f of %.0f relabelings with a false verdict (%.0f with p below %g "
               "alone)",
               json_text_or_null(column, "file"), json_text_or_null(column, "column"),
               json_number_or(column, "false_verdicts", 0),
               json_number_or(column, "relabelings", 0), json_number_or(column, "small_p", 0),
               PLAN_LEVEL);
        print_pair(cJSON_GetObjectItemCaseSensitive(column, "repeat"));
        putchar('\n');
    }
    printf("In all: %u of %u relabelings with a false verdict, nominal %.0f; rows entered twice: "
           "%u of %u with a false verdict\n",
           check->false_relabelings, check->relabelings, nominal(check), check->false_pairs,
           check->pairs);
}

static void print_check_json(const struct check *check)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddNumberToObject(object, "relabelings", check->relabelings);
    cJSON_AddNumberToObject(object, "false_verdicts", check->false_relabelings);
    cJSON_AddNumberToObject(object, "nominal", nominal(check));
    cJSON_AddNumberToObject(object, "pairs", check->pairs);
    cJSON_AddNumberToObject(object, "false_pairs", check->false_pairs);
    cJSON_AddItemToObject(object, "columns", cJSON_Duplicate(check->columns, true));
    json_print_line(stdout, object);
    cJSON_Delete(object);
}

int command_check(int count, char **arguments)
{
    struct check_options options;
    struct check check = {.options = &options};
    struct problem problem;
    int error = parse_options(&options, count, arguments, &problem);

    if (error == 0 && options.help) {
        fputs(help, stdout);
        return EXIT_SUCCESS;
    }
    check.columns = cJSON_CreateArray();
    for (int i = optind; i < count && error == 0; i++)
        error = check_file(&check, arguments[i], &problem);
    if (error == 0 && check.relabelings == 0)
        error = problem_set(&problem, -EINVAL,
                            "there is no column with verdicts: they need more rounds, as in the "
                            "profile table");
    if (error == 0)
        (options.json ? print_check_json : print_check)(&check);
    if (error < 0)
        fprintf(stderr, "fibbench check: %s\n", problem.text);
    cJSON_Delete(check.columns);
    return error < 0 ? EXIT_FAILURE : exit_status_of(&check);
}
