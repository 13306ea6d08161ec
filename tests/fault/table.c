#include "tests/fault/results.h"
#include "tests/harness/listing.h"
#include "tests/harness/run.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The table of docs/faults.md: printed from the results of a run, or checked for its names. */

static const char usage[] =
    "usage: fault_table --backends FIBSERVER         the names of those that are available\n"
    "       fault_table --print FIBSERVER RESULTS    the document in Markdown\n"
    "       fault_table --check FIBSERVER DOCUMENT PROGRAM...\n"
    "                   whether it has all backends, and the tests of these programs\n";

static const char introduction[] =
    "# Faults\n"
    "\n"
    "<!-- Written by tests/fault/regenerate from a run of the tests: not to be edited. -->\n"
    "\n"
    "What goes wrong around a server, and what each backend makes of it. The calls fail through a "
    "preloaded library, at\nthe first, the second, … of their kind, one at a time; what clients "
    "do, "
    "they do. A cell says ok where all of this held:\n"
    "\n"
    "- the client beside it had every answer, before, meanwhile and after (of a backend that "
    "serves "
    "one client at a time:\n  the clients before and after);\n"
    "- whom the fault hit was answered rightly or was cut off, and never left without a word; "
    "where "
    "nothing is lost, as\n  with EINTR or a short write, nobody noticed;\n"
    "- descriptors, memory and processor time went back to where they were;\n"
    "- SIGTERM ended the process with status 0, and `--stats` agreed with what the clients had "
    "seen;\n"
    "- of faults before the server is ready: it served in spite of them, or said what was wrong "
    "and "
    "exited with status 1.\n"
    "\n"
    "*not reached* stands where the backend made no call that could have failed (`uring` has the "
    "kernel do what others do\nby calls): it says nothing about the backend. A number refers to "
    "the "
    "reason below the table.\n"
    "\n";

static char *copy_of(const char *text)
{
    char *copy = strdup(text);

    if (copy == NULL)
        abort();
    return copy;
}

/* The names in the order of the listing. */
static int read_backends(struct results *results, const char *program, bool available_only)
{
    cJSON *listing = listing_read(program);
    const cJSON *entry, *name;

    if (listing == NULL)
        return -EINVAL;
    cJSON_ArrayForEach(entry, listing)
    {
        name = cJSON_GetObjectItemCaseSensitive(entry, "name");
        if (!cJSON_IsString(name) || results->backend_count == RESULTS_BACKENDS)
            continue;
        if (!available_only || cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(entry, "available")))
            results->backends[results->backend_count++] = copy_of(name->valuestring);
    }
    cJSON_Delete(listing);
    return 0;
}

/* As a name is written in the document. */
static void spell(const char *test, char *text, size_t size)
{
    snprintf(text, size, "%s", test);
    for (; *text != '\0'; text++)
        if (*text == '_')
            *text = ' ';
}

static void print_cell(const struct cell *cell)
{
    switch (cell->outcome) {
    case NOT_RUN:
        printf(" not run |");
        break;
    case NOT_REACHED:
        printf(" not reached |");
        break;
    case DOES_NOT_APPLY:
        printf(" (%d) |", cell->reason);
        break;
    case PASSED:
        printf(" ok |");
        break;
    case FAILED:
        printf(" **failed** |");
        break;
    }
}

static void print_document(const struct results *results)
{
    char text[128];

    printf("%s| fault |", introduction);
    for (size_t i = 0; i < results->backend_count; i++)
        printf(" %s |", results->backends[i]);
    printf("\n|---|");
    for (size_t i = 0; i < results->backend_count; i++)
        printf("---|");
    printf("\n");
    for (size_t test = 0; test < results->test_count; test++) {
        spell(results->tests[test], text, sizeof(text));
        printf("| %s |", text);
        for (size_t i = 0; i < results->backend_count; i++)
            print_cell(&results->cells[test][i]);
        printf("\n");
    }
    printf("\n");
    for (size_t i = 0; i < results->reason_count; i++)
        printf("%s(%zu) %s", i > 0 ? "; " : "", i + 1, results->reasons[i]);
    printf("%s\n", results->reason_count > 0 ? "." : "");
}

static int print(const char *program, const char *path)
{
    struct results results = {0};
    int error = read_backends(&results, program, false), status = EXIT_FAILURE;

    if (error == 0)
        error = results_read(&results, path);
    if (error < 0) {
        fprintf(stderr, "fault_table: %s: %s\n", path, strerror(-error));
    } else {
        print_document(&results);
        status = EXIT_SUCCESS;
    }
    results_finish(&results);
    return status;
}

static int print_backends(const char *program)
{
    struct results results = {0};
    int error = read_backends(&results, program, true);

    for (size_t i = 0; i < results.backend_count; i++)
        printf("%s\n", results.backends[i]);
    results_finish(&results);
    return error < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Returns the document's text, to be freed, or NULL with the reason said. */
static char *read_document(const char *path)
{
    enum { LARGEST = 1 << 20 };
    FILE *file = fopen(path, "re");
    char *text = calloc(1, LARGEST);

    if (file == NULL || text == NULL) {
        fprintf(stderr, "fault_table: %s: %s\n", path, strerror(errno));
        free(text);
        text = NULL;
    } else if (fread(text, 1, LARGEST - 1, file) == 0) {
        text[0] = '\0';
    }
    if (file != NULL)
        fclose(file);
    return text;
}

static int count_rows(const char *document)
{
    int rows = -2; /* the heading and the line below it */

    for (const char *line = document; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        rows += *line == '|';
    }
    return rows;
}

/* Every test of the program has its row. Returns how many lack one; adds the names to *results. */
static int missing_rows(const char *document, const char *program, struct results *results)
{
    struct run_result *run = calloc(1, sizeof(*run));
    char *name, *rest = NULL, row[160], spelled[128];
    int missing = 0;
    size_t known;

    if (run == NULL)
        abort();
    RUN_PROGRAM(run, program, "--list");
    if (run->status != 0)
        missing++;
    for (name = strtok_r(run->output, "\n", &rest); name != NULL;
         name = strtok_r(NULL, "\n", &rest)) {
        for (known = 0; known < results->test_count; known++)
            if (strcmp(results->tests[known], name) == 0)
                break;
        if (known < results->test_count || known == RESULTS_TESTS)
            continue;
        results->tests[results->test_count++] = copy_of(name);
        spell(name, spelled, sizeof(spelled));
        snprintf(row, sizeof(row), "\n| %s |", spelled);
        if (strstr(document, row) == NULL) {
            fprintf(stderr, "no row for '%s'\n", spelled);
            missing++;
        }
    }
    free(run);
    return missing;
}

static int missing_columns(const char *document, const struct results *results)
{
    const char *heading = strstr(document, "| fault |");
    int length = heading != NULL ? (int)strcspn(heading, "\n") : 0, missing = 0;
    char line[2048], column[96];

    snprintf(line, sizeof(line), "%.*s", length, heading != NULL ? heading : "");
    for (size_t i = 0; i < results->backend_count; i++) {
        snprintf(column, sizeof(column), "| %s |", results->backends[i]);
        if (strstr(line, column) == NULL) {
            fprintf(stderr, "no column for '%s'\n", results->backends[i]);
            missing++;
        }
    }
    return missing;
}

static int check(const char *program, const char *path, char **suites)
{
    struct results results = {0};
    char *document = read_document(path);
    int wrong = document == NULL || read_backends(&results, program, false) < 0;

    if (wrong == 0) {
        wrong += missing_columns(document, &results);
        for (; *suites != NULL; suites++)
            wrong += missing_rows(document, *suites, &results);
        if (wrong == 0 && count_rows(document) > (int)results.test_count) {
            fprintf(stderr, "there are rows for tests that are no more\n");
            wrong++;
        }
    }
    if (wrong > 0)
        fprintf(stderr, "%s is out of date: tests/fault/regenerate writes it anew\n", path);
    results_finish(&results);
    free(document);
    return wrong > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--backends") == 0)
        return print_backends(argv[2]);
    if (argc == 4 && strcmp(argv[1], "--print") == 0)
        return print(argv[2], argv[3]);
    if (argc >= 5 && strcmp(argv[1], "--check") == 0)
        return check(argv[2], argv[3], argv + 4);
    fputs(usage, stderr);
    return 2;
}
