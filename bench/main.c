#include "bench/command.h"
#include "bench/stopwatch.h"
#include "bench/trace.h"
#include "bench/version.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static const char help[] =
    "Usage: fibbench COMMAND [options]\n"
    "Compares server concurrency strategies by measuring them.\n"
    "\n"
    "  run     measures servers against each other, in rounds, and writes a results file\n"
    "  table   prints the table of a results file\n"
    "  diff    compares two tables, results files or Markdown\n"
    "  report  makes a page of a results file, with pictures\n"
    "  check   counts false verdicts, among rounds that were recorded\n"
    "  peers   lists the servers in other languages that `run --peers` measures\n"
    "\n"
    "  -h, --help      this text; behind a command its options\n"
    "      --version   the version\n"
    "\n"
    "Exit status: 0; 1 for an error or wrong usage; diff: 2 where something became worse, 3 where\n"
    "it is too noisy to say; check: 2 where too many verdicts are false; run: 130 where it was\n"
    "interrupted.\n";

static const struct {
    const char *name;
    int (*run)(int count, char **arguments);
} commands[] = {
    {"run", command_run},
    {"table", command_table},
    {"diff", command_diff},
    {"report", command_report},
    {"check", command_check},
    {"peers", command_peers},
    {"trace-calls", command_trace_calls},
    {"stopwatch", command_stopwatch},
};

static int print_version(void)
{
    printf("fibbench %s (%s), libuv %s\n", version_number(), version_revision(),
           uv_version_string());
    return EXIT_SUCCESS;
}

static int run_command(int count, char **arguments)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(arguments[1], commands[i].name) == 0)
            return commands[i].run(count - 1, arguments + 1);
    if (strcmp(arguments[1], "--help") == 0 || strcmp(arguments[1], "-h") == 0) {
        fputs(help, stdout);
        return EXIT_SUCCESS;
    }
    if (strcmp(arguments[1], "--version") == 0)
        return print_version();
    fprintf(stderr,
            "fibbench: there is no command '%s'; these are: run, table, diff, report, check, "
            "peers\n",
            arguments[1]);
    return EXIT_FAILURE;
}

/* A full disk can show in any of the writes, of whichever command; the last one need not fail. */
int main(int count, char **arguments)
{
    int status;

    if (count < 2) {
        fputs(help, stderr);
        return EXIT_FAILURE;
    }
    status = run_command(count, arguments);
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    fprintf(stderr, "fibbench: cannot write: %s\n",
            errno != 0 ? strerror(errno) : "not all of it was taken");
    return EXIT_FAILURE;
}
