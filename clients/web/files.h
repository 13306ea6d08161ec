#ifndef WEB_FILES_H
#define WEB_FILES_H

/*
 * Bodies in files of a directory. A name is made of the URL's host and path: letters, digits, '.',
 * '-' and '_', everything else becomes '_', so nothing leads out of the directory or is hidden in
 * it. A name that is taken gets the number of the URL in the list behind it; no file is ever
 * written over. A body that is not complete leaves no file.
 */

#include <stddef.h>
#include <stdint.h>

struct files;

enum { FILE_NAME_SIZE = 256 };

/* Makes the directory where it is not there. Returns 0 and *files; or why not, -errno. */
int files_create(struct files **files, const char *directory);

/* Takes NULL. */
void files_destroy(struct files *files);

/* A file being written. */
struct file {
    struct files *files;
    int descriptor; /* -1: none */
    int error;      /* the last one, -errno; 0 */
    char *path;     /* the directory's included; NULL: none was complete */
    char name[FILE_NAME_SIZE];
};

void file_init(struct file *file);

/* Any thread may call these, each for files of its own. They return 0 or -errno. */
int file_open(struct file *file, struct files *files, const char *url, uint64_t number);
int file_write(struct file *file, const char *bytes, size_t size);

/* whole: it stays; otherwise it is removed. Does nothing where none is open. */
int file_close(struct file *file, int whole);

/* The path of the file that was closed last and stays; NULL: there is none. Until file_clear. */
const char *file_name(const struct file *file);

void file_clear(struct file *file);

/* The name for a URL, before anybody looks whether it is taken. Always ends in NUL. */
void file_name_of_url(char *name, size_t size, const char *url);

#endif
