#include "bench/journal.h"

#include "bench/file.h"
#include "bench/json.h"
#include "bench/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

struct journal {
    char *path;
    int descriptor;
};

static struct journal *journal_of(const char *results_path)
{
    struct journal *journal = memory_zeroed(1, sizeof(*journal));

    journal->path = memory_printf("%s.partial", results_path);
    journal->descriptor = -1;
    return journal;
}

static int fail(struct journal *journal, int error, const char *doing, struct problem *problem)
{
    problem_set(problem, error, "cannot %s %s: %s", doing, journal->path, strerror(-error));
    journal_close(journal);
    return error;
}

static int lock(struct journal *journal, struct problem *problem)
{
    if (flock(journal->descriptor, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (errno != EWOULDBLOCK)
        return problem_set(problem, -errno, "cannot lock %s: %s", journal->path, strerror(errno));
    return problem_set(problem, -EBUSY, "another fibbench is writing %s", journal->path);
}

static int say_left(const char *path, struct problem *problem)
{
    return problem_set(
        problem, -EEXIST,
        "%s is left of an interrupted run: go on from it with --resume, or remove it", path);
}

int journal_check_absent(const char *path, struct problem *problem)
{
    struct journal *asked = journal_of(path);
    int error = 0;

    asked->descriptor = open(asked->path, O_RDONLY | O_CLOEXEC);
    if (asked->descriptor >= 0) {
        error = lock(asked, problem);
        if (error == 0)
            error = say_left(asked->path, problem);
    }
    journal_close(asked);
    return error;
}

int journal_create(struct journal **journal, const char *path, const cJSON *head,
                   struct problem *problem)
{
    struct journal *created = journal_of(path);
    int error;

    created->descriptor = open(created->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (created->descriptor < 0 && errno == EEXIST) {
        say_left(created->path, problem);
        journal_close(created);
        return -EEXIST;
    }
    if (created->descriptor < 0)
        return fail(created, -errno, "create", problem);
    error = lock(created, problem);
    if (error == 0)
        error = journal_add(created, head, problem);
    if (error < 0) {
        journal_close(created);
        return error;
    }
    *journal = created;
    return 0;
}

/* Reads all complete lines; *length is where the last of them ends. */
static int read_lines(const struct journal *journal, char *text, size_t *length, cJSON *lines,
                      struct problem *problem)
{
    char *end;
    size_t at = 0;

    for (unsigned number = 1; (end = memchr(text + at, '\n', *length - at)) != NULL; number++) {
        cJSON *line = json_parse(text + at, (size_t)(end - text) - at);

        if (!cJSON_IsObject(line)) {
            cJSON_Delete(line);
            return problem_set(problem, -EINVAL,
                               "%s, line %u is damaged; remove the file to begin again",
                               journal->path, number);
        }
        cJSON_AddItemToArray(lines, line);
        at = (size_t)(end - text) + 1;
    }
    *length = at;
    if (cJSON_GetArraySize(lines) == 0)
        return problem_set(problem, -EINVAL, "%s is empty; remove it to begin again",
                           journal->path);
    return 0;
}

int journal_resume(struct journal **journal, const char *path, cJSON **head, cJSON **records,
                   struct problem *problem)
{
    struct journal *opened = journal_of(path);
    cJSON *lines = cJSON_CreateArray();
    char *text = NULL;
    size_t length;
    int error;

    opened->descriptor = open(opened->path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (opened->descriptor < 0) {
        cJSON_Delete(lines);
        return fail(opened, -errno, "open", problem);
    }
    error = lock(opened, problem);
    if (error == 0)
        error = file_read(opened->path, &text, &length, problem);
    if (error == 0)
        error = read_lines(opened, text, &length, lines, problem);
    if (error == 0 && ftruncate(opened->descriptor, (off_t)length) < 0)
        error = problem_set(problem, -errno, "cannot write %s: %s", opened->path, strerror(errno));
    free(text);
    if (error < 0) {
        cJSON_Delete(lines);
        journal_close(opened);
        return error;
    }
    *head = cJSON_DetachItemFromArray(lines, 0);
    *records = lines;
    *journal = opened;
    return 0;
}

int journal_add(struct journal *journal, const cJSON *record, struct problem *problem)
{
    char *line = cJSON_PrintUnformatted(record);
    int error = file_write_all(journal->descriptor, line, strlen(line));

    if (error == 0)
        error = file_write_all(journal->descriptor, "\n", 1);
    if (error == 0 && fdatasync(journal->descriptor) < 0)
        error = -errno;
    free(line);
    if (error < 0)
        problem_set(problem, error, "cannot write %s: %s", journal->path, strerror(-error));
    return error;
}

void journal_close(struct journal *journal)
{
    if (journal == NULL)
        return;
    if (journal->descriptor >= 0)
        close(journal->descriptor);
    free(journal->path);
    free(journal);
}

void journal_remove(struct journal *journal)
{
    unlink(journal->path);
    journal_close(journal);
}

const char *journal_path(const struct journal *journal)
{
    return journal->path;
}
