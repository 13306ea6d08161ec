#include "clients/web/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_MOST = 64 * 1024, SHOWN_OF_OVERLONG = 200 };

struct lines {
    struct source source;
    char *const *words;
    int descriptor; /* -1: no file, or its end has come */
    bool owned;
    bool skipping;        /* the rest of an overlong line */
    uint64_t size, taken; /* bytes of a regular file, and those read; size 0: no such file */
    int error;
    size_t begin, end;          /* what is read and not yet handed out */
    char buffer[LINE_MOST + 1]; /* room for a NUL behind the last line */
};

static struct lines *lines_of(struct source *source)
{
    return (struct lines *)source;
}

static bool is_space(char letter)
{
    return letter == ' ' || letter == '\t' || letter == '\r';
}

/* A control character: what no URL has, and libcurl says so. */
static void expose_nuls(char *text, size_t length)
{
    for (char *nul = memchr(text, '\0', length); nul != NULL;
         nul = memchr(nul, '\0', length - (size_t)(nul - text)))
        *nul = '\1';
}

/* Returns false for a line that has no URL. */
static bool take_line(char *text, size_t length, struct source_item *item)
{
    while (length > 0 && is_space(text[length - 1]))
        length--;
    for (; length > 0 && is_space(*text); length--)
        text++;
    if (length == 0 || *text == '#')
        return false;
    expose_nuls(text, length);
    text[length] = '\0';
    *item = (struct source_item){.url = text};
    return true;
}

/* A beginning of it, which a control character makes no URL. */
static void take_overlong(struct lines *lines, struct source_item *item)
{
    expose_nuls(lines->buffer, SHOWN_OF_OVERLONG);
    lines->buffer[SHOWN_OF_OVERLONG] = '\1';
    lines->buffer[SHOWN_OF_OVERLONG + 1] = '\0';
    *item = (struct source_item){.url = lines->buffer};
    lines->begin = lines->end = 0;
    lines->skipping = true;
}

static void skip_overlong(struct lines *lines)
{
    char *end = memchr(lines->buffer + lines->begin, '\n', lines->end - lines->begin);

    if (end == NULL) {
        lines->begin = lines->end = 0;
        return;
    }
    lines->begin = (size_t)(end - lines->buffer) + 1;
    lines->skipping = false;
}

/* A URL out of what has been read. ended: nothing follows it. */
static bool find_line(struct lines *lines, bool ended, struct source_item *item)
{
    if (lines->skipping)
        skip_overlong(lines);
    while (lines->begin < lines->end) {
        char *text = lines->buffer + lines->begin;
        size_t size = lines->end - lines->begin;
        char *newline = memchr(text, '\n', size);
        size_t length = newline != NULL ? (size_t)(newline - text) : size;

        if (newline == NULL && !ended) {
            if (size < LINE_MOST)
                return false;
            take_overlong(lines, item);
            return true;
        }
        lines->begin += newline != NULL ? length + 1 : length;
        if (take_line(text, length, item))
            return true;
    }
    return false;
}

static void close_file(struct lines *lines)
{
    if (lines->owned)
        close(lines->descriptor);
    lines->descriptor = -1;
    lines->owned = false;
}

/* Standard input may be shared with others, so it is asked whether it has something, not made
 * non-blocking. */
static bool is_readable(int descriptor)
{
    struct pollfd asked = {.fd = descriptor, .events = POLLIN};

    return poll(&asked, 1, 0) != 0;
}

static void read_more(struct lines *lines)
{
    ssize_t count;

    memmove(lines->buffer, lines->buffer + lines->begin, lines->end - lines->begin);
    lines->end -= lines->begin;
    lines->begin = 0;
    count = read(lines->descriptor, lines->buffer + lines->end, LINE_MOST - lines->end);
    if (count > 0) {
        lines->end += (size_t)count;
        lines->taken += (uint64_t)count;
        return;
    }
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (count < 0)
        lines->error = -errno;
    close_file(lines);
}

static enum source_state lines_next(struct source *source, struct source_item *item)
{
    struct lines *lines = lines_of(source);

    if (*lines->words != NULL) {
        *item = (struct source_item){.url = *lines->words++};
        return SOURCE_URL;
    }
    while (!find_line(lines, lines->descriptor < 0, item)) {
        if (lines->descriptor < 0)
            return SOURCE_END;
        if (!is_readable(lines->descriptor))
            return SOURCE_LATER;
        read_more(lines);
    }
    return SOURCE_URL;
}

static int lines_descriptor(struct source *source)
{
    return lines_of(source)->descriptor;
}

/* Of a file, by the share of it that has been handed out. */
static uint64_t lines_total(struct source *source, uint64_t handed_out)
{
    const struct lines *lines = lines_of(source);
    uint64_t total = handed_out, used = lines->taken - (lines->end - lines->begin);

    if (lines->size > 0 && used > 0 && *lines->words == NULL)
        return used < lines->size
                   ? (uint64_t)((double)handed_out * (double)lines->size / (double)used)
                   : handed_out;
    if (lines->descriptor >= 0 || lines->taken > 0)
        return 0;
    for (char *const *word = lines->words; *word != NULL; word++)
        total++;
    return total;
}

static void lines_destroy(struct source *source)
{
    close_file(lines_of(source));
    free(source);
}

static const struct source_operations operations = {
    .next = lines_next,
    .descriptor = lines_descriptor,
    .total = lines_total,
    .destroy = lines_destroy,
};

static int open_file(struct lines *lines, const char *path)
{
    struct stat status;

    if (strcmp(path, "-") == 0) {
        lines->descriptor = STDIN_FILENO;
    } else {
        lines->descriptor = open(path, O_RDONLY | O_CLOEXEC);
        if (lines->descriptor < 0)
            return -errno;
        lines->owned = true;
    }
    if (fstat(lines->descriptor, &status) < 0)
        return -errno;
    if (S_ISREG(status.st_mode))
        lines->size = (uint64_t)status.st_size;
    return S_ISDIR(status.st_mode) ? -EISDIR : 0;
}

int lines_create(struct source **source, char *const *words, const char *path)
{
    struct lines *lines = malloc(sizeof(*lines));
    int error = 0;

    if (lines == NULL)
        return -ENOMEM;
    lines->source.operations = &operations;
    lines->words = words;
    lines->descriptor = -1;
    lines->owned = lines->skipping = false;
    lines->error = 0;
    lines->begin = lines->end = 0;
    lines->size = lines->taken = 0;
    if (path != NULL)
        error = open_file(lines, path);
    if (error < 0) {
        lines_destroy(&lines->source);
        return error;
    }
    *source = &lines->source;
    return 0;
}

int lines_error(const struct source *source)
{
    return ((const struct lines *)source)->error;
}
