#include "bench/file.h"

#include "bench/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int cannot(const char *doing, const char *path, int error, struct problem *problem)
{
    return problem_set(problem, error, "cannot %s %s: %s", doing, path, strerror(-error));
}

static int read_descriptor(int descriptor, char **text, size_t *length)
{
    size_t room = 1 << 16;

    *text = memory_resized(NULL, room, 1);
    *length = 0;
    for (;;) {
        ssize_t got = read(descriptor, *text + *length, room - 1 - *length);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        *length += (size_t)got;
        if (got == 0)
            break;
        if (*length > FILE_LARGEST)
            return -EFBIG;
        if (*length + 1 == room)
            *text = memory_resized(*text, room *= 2, 1);
    }
    (*text)[*length] = '\0';
    return 0;
}

int file_read(const char *path, char **text, size_t *length, struct problem *problem)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    int error;

    if (descriptor < 0)
        return cannot("open", path, -errno, problem);
    error = read_descriptor(descriptor, text, length);
    close(descriptor);
    if (error < 0) {
        free(*text);
        *text = NULL;
        return cannot("read", path, error, problem);
    }
    return 0;
}

int file_write_all(int descriptor, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t put = write(descriptor, text, length);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -errno;
        text += put;
        length -= (size_t)put;
    }
    return 0;
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? memory_text(".")
                         : memory_text_of_length(path, (size_t)(slash - path) + 1);
}

static void sync_folder_of(const char *path)
{
    char *folder = folder_of(path);
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (descriptor >= 0) {
        fsync(descriptor);
        close(descriptor);
    }
    free(folder);
}

int file_replace(const char *path, const char *text, size_t length, struct problem *problem)
{
    char *temporary = memory_printf("%s.XXXXXX", path);
    int descriptor = mkostemp(temporary, O_CLOEXEC), error = 0;
    mode_t mask = umask(0);

    umask(mask);
    if (descriptor < 0) {
        error = cannot("create", temporary, -errno, problem);
        free(temporary);
        return error;
    }
    error = file_write_all(descriptor, text, length);
    if (error == 0 && (fchmod(descriptor, 0666 & ~mask) < 0 || fsync(descriptor) < 0))
        error = -errno;
    if (close(descriptor) < 0 && error == 0)
        error = -errno;
    if (error == 0 && rename(temporary, path) < 0)
        error = -errno;
    if (error < 0) {
        cannot("write", path, error, problem);
        unlink(temporary);
    } else {
        sync_folder_of(path);
    }
    free(temporary);
    return error;
}

int file_check_replaceable(const char *path, struct problem *problem)
{
    size_t length = strlen(path);
    struct stat status;
    char *folder;
    int error = 0;

    if (length == 0 || path[length - 1] == '/')
        return problem_set(problem, -EISDIR, "'%s' names no file to write", path);
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return problem_set(problem, -EINVAL, "%s is no plain file to replace", path);
    folder = folder_of(path);
    if (access(folder, W_OK | X_OK) < 0)
        error = problem_set(problem, -errno, "cannot write in %s: %s", folder, strerror(errno));
    free(folder);
    return error;
}

bool file_is_same(const char *one, const char *other)
{
    struct stat first, second;

    return stat(one, &first) == 0 && stat(other, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}
