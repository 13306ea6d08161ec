#include "tests/bench/command_line.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS = 40 };

int context_init(struct context *context, int count, char **arguments)
{
    if (count < 4) {
        fprintf(stderr, "usage: %s FIBBENCH FAKE_SERVER FAKE_CLIENT [long]\n", arguments[0]);
        return -EINVAL;
    }
    context->fibbench = arguments[1];
    context->server = arguments[2];
    context->client = arguments[3];
    return 0;
}

void collect(struct context *context, struct process *process)
{
    assert_true(
        process_read_output(process, context->output, sizeof(context->output), TIMEOUT_MS) >= 0);
    assert_int_equal(process_wait(process, TIMEOUT_MS), 0);
    process_read_complaint(process, context->errors, sizeof(context->errors));
    context->status = WIFEXITED(process->status) ? WEXITSTATUS(process->status) : -1;
    process_finish(process);
}

void run_arguments(struct context *context, const char *const *arguments)
{
    char *list[ARGUMENTS] = {(char *)context->fibbench};
    struct process process;

    for (size_t i = 0; arguments[i] != NULL; i++)
        list[i + 1] = (char *)arguments[i];
    assert_int_equal(process_start(&process, list, 0), 0);
    collect(context, &process);
}

void expect_status(const struct context *context, int status)
{
    if (context->status != status)
        print_error("output:\n%s\nerrors:\n%s\n", context->output, context->errors);
    assert_int_equal(context->status, status);
}

void expect_text(const char *where, const char *text)
{
    if (strstr(where, text) == NULL)
        print_error("'%s' is not in:\n%s\n", text, where);
    assert_non_null(strstr(where, text));
}

cJSON *read_results(const char *path)
{
    static char text[4 << 20];
    FILE *file = fopen(path, "re");
    cJSON *document;

    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    document = cJSON_Parse(text);
    assert_non_null(document);
    return document;
}

void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

cJSON *member(const cJSON *object, const char *name)
{
    cJSON *found = cJSON_GetObjectItemCaseSensitive(object, name);

    assert_non_null(found);
    return found;
}

cJSON *cell_of(const cJSON *document, const char *row, const char *column)
{
    cJSON *one, *cell;

    cJSON_ArrayForEach(one, member(document, "rows"))
    {
        if (strcmp(member(one, "label")->valuestring, row) != 0)
            continue;
        cJSON_ArrayForEach(cell, member(one, "cells"))
        {
            if (strcmp(member(cell, "column")->valuestring, column) == 0)
                return cell;
        }
    }
    fail_msg("no cell %s, %s", row, column);
    return NULL;
}

void expect_outcome(const cJSON *document, const char *row, const char *column, const char *outcome)
{
    assert_string_equal(member(cell_of(document, row, column), "outcome")->valuestring, outcome);
}

char *path_in(const struct context *context, const char *name, char *path, size_t size)
{
    snprintf(path, size, "%s/%s", context->folder, name);
    return path;
}

void expect_no_process_left(const char *path)
{
    FILE *file = fopen(path, "re");
    unsigned count = 0;
    long pid;

    assert_non_null(file);
    for (; fscanf(file, "%ld", &pid) == 1; count++) {
        assert_int_equal(kill((pid_t)pid, 0), -1);
        assert_int_equal(errno, ESRCH);
    }
    fclose(file);
    assert_true(count > 0);
}

int set_up(void **state)
{
    struct context *context = *state;
    const char *temporary = getenv("TMPDIR");

    if (temporary == NULL || strlen(temporary) > 40)
        temporary = "/tmp";
    snprintf(context->folder, sizeof(context->folder), "%s/fibbench-XXXXXX", temporary);
    if (mkdtemp(context->folder) == NULL)
        return -1;
    path_in(context, "results.json", context->results, sizeof(context->results));
    return 0;
}

int tear_down(void **state)
{
    struct context *context = *state;
    DIR *folder = opendir(context->folder);
    struct dirent *entry;
    char path[512];

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        snprintf(path, sizeof(path), "%s/%s", context->folder, entry->d_name);
        unlink(path);
    }
    if (folder != NULL)
        closedir(folder);
    return rmdir(context->folder);
}
