#ifndef WEB_LINES_H
#define WEB_LINES_H

/*
 * A source of URLs: the words of a command line, then the lines of a file. The file is read as URLs
 * are wanted, so its size does not matter, and may be a pipe whose writer takes its time. Spaces
 * around a URL are cut off; empty lines and those that begin with '#' are skipped. A line above
 * 64 KiB, or one with a NUL in it, comes out as what is no URL, so that it is reported.
 */

#include "clients/web/source.h"

/*
 * words is NULL-terminated, borrowed until the end. path is a file, "-" for standard input, NULL
 * for none. Returns 0 and *source, for source_destroy; or why the file cannot be opened, -EISDIR
 * for a directory, -ENOMEM.
 */
int lines_create(struct source **source, char *const *words, const char *path);

/* Why reading ended early, -errno; 0 where it did not. */
int lines_error(const struct source *source);

#endif
