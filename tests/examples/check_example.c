/*
 * Runs an example and compares what it prints to what a file expects (expectation.h):
 *
 *     check_example EXPECTED [--server PROGRAM [ARGUMENT...] --] PROGRAM [ARGUMENT...]
 *
 * The server is one that prints "... listening on ADDRESS:PORT" when it is ready; "{port}" in the
 * arguments of the program becomes that port. In the end the server is told to stop by SIGTERM, and
 * must exit with status 0. What is compared is the output of the program.
 */

#include "tests/examples/expectation.h"
#include "tests/harness/fixture.h"
#include "tests/harness/process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { EXIT_SKIPPED = 77, TEXT_MAX = 64 * 1024, LINE_LENGTH = 512, ARGUMENTS_MAX = 32 };

static const char standard_error[] = "== standard error";
static const char status_line[] = "== exit status ";

static int exit_status(const struct process *process)
{
    return WIFEXITED(process->status) ? WEXITSTATUS(process->status)
                                      : 128 + WTERMSIG(process->status);
}

static int start_server(struct process *server, char *const argv[], char *port, size_t size)
{
    char line[LINE_LENGTH];
    const char *colon;
    int error = process_start(server, argv, 0);

    if (error != 0) {
        fprintf(stderr, "%s: %s\n", argv[0], strerror(-error));
        return error;
    }
    if (process_read_line(server, line, sizeof(line), DEADLINE_MS) < 0 ||
        strstr(line, "listening on ") == NULL || (colon = strrchr(line, ':')) == NULL) {
        fprintf(stderr, "%s did not say where it listens\n", argv[0]);
        return -EPROTO;
    }
    snprintf(port, size, "%s", colon + 1);
    return 0;
}

static bool stop_server(struct process *server)
{
    char text[4096];

    kill(server->pid, SIGTERM);
    if (process_wait(server, DEADLINE_MS) != 0) {
        fprintf(stderr, "the server did not stop at SIGTERM\n");
        return false;
    }
    if (process_read_complaint(server, text, sizeof(text)) > 0)
        fprintf(stderr, "the server's standard error:\n%s", text);
    if (exit_status(server) != 0)
        fprintf(stderr, "the server's exit status was %d\n", exit_status(server));
    return exit_status(server) == 0 && text[0] == '\0';
}

static char *replace_port(const char *argument, const char *port)
{
    const char *place = strstr(argument, "{port}");
    char *replaced;

    if (place == NULL)
        return strdup(argument);
    if (asprintf(&replaced, "%.*s%s%s", (int)(place - argument), argument, port,
                 place + strlen("{port}")) < 0)
        return NULL;
    return replaced;
}

/* Returns the program's exit status, or -errno. output and complaint have room for TEXT_MAX. */
static int run(char *const argv[], char *output, char *complaint)
{
    struct process process;
    int status = process_start(&process, argv, 0);

    if (status != 0)
        return status;
    if (process_read_output(&process, output, TEXT_MAX, DEADLINE_MS) < 0 ||
        process_wait(&process, DEADLINE_MS) != 0)
        status = -ETIMEDOUT;
    else
        status = exit_status(&process);
    process_read_complaint(&process, complaint, TEXT_MAX);
    process_finish(&process);
    return status;
}

static int run_with_port(char *const *argv, const char *port, char *output, char *complaint)
{
    char *replaced[ARGUMENTS_MAX + 1] = {NULL};
    int status = -ENOMEM;
    size_t count = 0;

    for (; argv[count] != NULL && count < ARGUMENTS_MAX; count++)
        if ((replaced[count] = replace_port(argv[count], port)) == NULL)
            goto out;
    status = run(replaced, output, complaint);
out:
    for (size_t i = 0; i < count; i++)
        free(replaced[i]);
    return status;
}

/* Takes one line off the text; NULL at its end. */
static char *next_line(char **text)
{
    char *line = *text, *end;

    if (*line == '\0')
        return NULL;
    end = strchr(line, '\n');
    *text = end != NULL ? end + 1 : line + strlen(line);
    if (end != NULL)
        *end = '\0';
    /* HTTP's lines end in CR and LF. */
    line[strcspn(line, "\r")] = '\0';
    return line;
}

static bool compare_line(struct expectation *expectation, const char *pattern, char **text)
{
    const char *line;

    if (pattern[0] == '#' || strncmp(pattern, status_line, strlen(status_line)) == 0)
        return true;
    if (strncmp(pattern, "? ", 2) == 0)
        return expectation_check(expectation, pattern);
    line = next_line(text);
    if (line != NULL && expectation_match(expectation, pattern, line))
        return true;
    fprintf(stderr, "expected: %s\nprinted:  %s\n", pattern,
            line != NULL ? line : "(nothing more)");
    return false;
}

static bool is_at_end(const char *text, const char *where)
{
    if (text[0] != '\0')
        fprintf(stderr, "not expected on %s: %.*s\n", where, (int)strcspn(text, "\n"), text);
    return text[0] == '\0';
}

static bool compare(FILE *expected, char *output, char *complaint)
{
    struct expectation expectation = {.count = 0};
    char pattern[LINE_LENGTH];
    char *text = output;
    bool same = true, in_output = true;

    while (same && fgets(pattern, sizeof(pattern), expected) != NULL) {
        pattern[strcspn(pattern, "\n")] = '\0';
        if (in_output && strcmp(pattern, standard_error) == 0) {
            same = is_at_end(text, "standard output");
            text = complaint;
            in_output = false;
        } else {
            same = compare_line(&expectation, pattern, &text);
        }
    }
    if (!same)
        return false;
    return is_at_end(text, in_output ? "standard output" : "standard error") &&
           (!in_output || is_at_end(complaint, "standard error"));
}

static int expected_status(FILE *expected)
{
    char pattern[LINE_LENGTH];
    int status = 0;

    while (fgets(pattern, sizeof(pattern), expected) != NULL)
        if (strncmp(pattern, status_line, strlen(status_line)) == 0)
            status = (int)strtol(pattern + strlen(status_line), NULL, 10);
    rewind(expected);
    return status;
}

static int judge(const char *path, char *const *argv, const char *port)
{
    static char output[TEXT_MAX], complaint[TEXT_MAX], printed[TEXT_MAX];
    FILE *expected = fopen(path, "r");
    bool same;
    int status, wanted;

    if (expected == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return EXIT_FAILURE;
    }
    wanted = expected_status(expected);
    status = run_with_port(argv, port, output, complaint);
    memcpy(printed, output, sizeof(printed));
    if (status != wanted)
        fprintf(stderr, "%s: %s %d\n%s", argv[0], status < 0 ? strerror(-status) : "exit status",
                status, complaint);
    same = status == wanted && compare(expected, output, complaint);
    if (!same)
        fprintf(stderr, "---- all that was printed:\n%s", printed);
    fclose(expected);
    if (status == EXIT_SKIPPED)
        return EXIT_SKIPPED;
    return same ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct process server = {.pid = -1, .handle = -1, .output = -1, .complaint = -1};
    char **program = argv + 2;
    char port[16] = "";
    const struct rlimit no_core = {0, 0};
    int status;

    setrlimit(RLIMIT_CORE, &no_core); /* of those that are meant to end by a signal */
    if (argc > 3 && strcmp(argv[2], "--server") == 0) {
        char **end = argv + 3;

        while (*end != NULL && strcmp(*end, "--") != 0)
            end++;
        program = *end != NULL ? end + 1 : end;
        *end = NULL;
    }
    if (argc < 3 || *program == NULL) {
        fprintf(stderr, "usage: check_example EXPECTED [--server PROGRAM [ARGUMENT...] --] "
                        "PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    if (program != argv + 2 && start_server(&server, argv + 3, port, sizeof(port)) != 0) {
        process_finish(&server);
        return EXIT_FAILURE;
    }
    status = judge(argv[1], program, port);
    if (server.pid > 0 && !stop_server(&server))
        status = EXIT_FAILURE;
    process_finish(&server);
    return status;
}
