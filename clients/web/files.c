#include "clients/web/files.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MOST = 200, ATTEMPTS_MOST = 1000 };

struct files {
    int descriptor;
    char path[];
};

int files_create(struct files **files, const char *directory)
{
    size_t size = strlen(directory) + 1;
    struct files *made = malloc(sizeof(*made) + size);
    int error;

    if (made == NULL)
        return -ENOMEM;
    memcpy(made->path, directory, size);
    if (mkdir(directory, 0777) < 0 && errno != EEXIST) {
        error = -errno;
        free(made);
        return error;
    }
    made->descriptor = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (made->descriptor < 0) {
        error = -errno;
        free(made);
        return error;
    }
    *files = made;
    return 0;
}

void files_destroy(struct files *files)
{
    if (files == NULL)
        return;
    close(files->descriptor);
    free(files);
}

/* Behind the scheme and before a fragment; of what comes between them nothing is left out. */
void file_name_of_url(char *name, size_t size, const char *url)
{
    const char *scheme = strstr(url, "://");
    size_t length = 0;

    if (scheme != NULL)
        url = scheme + 3;
    while (*url == '.')
        url++;
    for (; *url != '\0' && *url != '#' && length + 1 < size; url++, length++)
        name[length] = (char)(isascii((unsigned char)*url) &&
                                      (isalnum((unsigned char)*url) || strchr(".-_", *url) != NULL)
                                  ? *url
                                  : '_');
    while (length > 0 && name[length - 1] == '_')
        length--;
    if (length == 0 && size > 1)
        name[length++] = '_';
    name[length] = '\0';
}

void file_init(struct file *file)
{
    *file = (struct file){.descriptor = -1};
}

int file_open(struct file *file, struct files *files, const char *url, uint64_t number)
{
    char stem[NAME_MOST];
    unsigned attempt = 0;

    file_name_of_url(stem, sizeof(stem), url);
    snprintf(file->name, sizeof(file->name), "%s", stem);
    file->files = files;
    for (;;) {
        file->descriptor = openat(files->descriptor, file->name,
                                  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        file->error = file->descriptor < 0 ? -errno : 0;
        if (file->error != -EEXIST || ++attempt > ATTEMPTS_MOST)
            return file->error;
        if (attempt == 1)
            snprintf(file->name, sizeof(file->name), "%s-%" PRIu64, stem, number);
        else
            snprintf(file->name, sizeof(file->name), "%s-%" PRIu64 ".%u", stem, number, attempt);
    }
}

int file_write(struct file *file, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(file->descriptor, bytes, size);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            file->error = -errno;
            return file->error;
        }
        bytes += written;
        size -= (size_t)written;
    }
    return 0;
}

int file_close(struct file *file, int whole)
{
    int error = 0;

    if (file->descriptor < 0)
        return 0;
    if (close(file->descriptor) < 0 && errno != EINTR)
        error = -errno;
    file->descriptor = -1;
    if (error == 0 && whole && asprintf(&file->path, "%s/%s", file->files->path, file->name) < 0) {
        file->path = NULL;
        error = -ENOMEM;
    }
    if (error < 0 || !whole)
        unlinkat(file->files->descriptor, file->name, 0);
    if (error < 0)
        file->error = error;
    return error;
}

const char *file_name(const struct file *file)
{
    return file->path;
}

void file_clear(struct file *file)
{
    free(file->path);
    file_init(file);
}
