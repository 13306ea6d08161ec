#include "bench/markdown.h"

#include "bench/memory.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { COLUMNS_MOST = 64, ROWS_MOST = 4096 };

struct line {
    char *cells[COLUMNS_MOST]; /* trimmed and unescaped */
    size_t count;
    bool too_many;
};

/* Where the reader stands in the file. */
struct reader {
    const char *path;
    const char *next; /* line */
    unsigned line;    /* number of the line last taken */
    char fence;       /* the mark of the code block it is in; 0: in none */
};

static void line_finish(struct line *line)
{
    for (size_t i = 0; i < line->count; i++)
        free(line->cells[i]);
    line->count = 0;
}

/* NULL at the end; else new memory without the line's end. */
static char *take_line(struct reader *reader)
{
    size_t length = strcspn(reader->next, "\n");
    char *text;

    if (*reader->next == '\0')
        return NULL;
    text = memory_text_of_length(reader->next, length);
    if (length > 0 && text[length - 1] == '\r')
        text[length - 1] = '\0';
    reader->next += length + (reader->next[length] == '\n');
    reader->line++;
    return text;
}

/* Notes where a block of code begins and ends. Returns whether the line is part of one. */
static bool is_code(struct reader *reader, const char *text)
{
    const char *start = text + strspn(text, " ");
    bool mark = strncmp(start, "```", 3) == 0 || strncmp(start, "~~~", 3) == 0;

    if (reader->fence != '\0' && mark && *start == reader->fence) {
        reader->fence = '\0';
        return true;
    }
    if (reader->fence == '\0' && mark)
        reader->fence = *start;
    return reader->fence != '\0';
}

static char *take_cell(const char *from, const char *to)
{
    char *cell, *end;

    while (from < to && isspace((unsigned char)*from))
        from++;
    while (to > from && isspace((unsigned char)to[-1]))
        to--;
    end = cell = memory_zeroed((size_t)(to - from) + 1, 1);
    for (; from < to; from++) {
        if (from[0] == '\\' && from + 1 < to && from[1] == '|')
            from++;
        *end++ = *from;
    }
    return cell;
}

/* Splits at pipes that no backslash precedes. A line without one has no cells. */
static void split_line(const char *text, struct line *line)
{
    const char *start = text + strspn(text, " \t"), *at;
    bool any = false;

    *line = (struct line){.count = 0};
    if (*start == '|') {
        start++;
        any = true;
    }
    for (at = start;; at++) {
        if (at[0] == '\\' && at[1] == '|') {
            at++;
            continue;
        }
        if (*at != '|' && *at != '\0')
            continue;
        any = any || *at == '|';
        if (*at == '\0' && start + strspn(start, " \t") == at)
            break;
        line->too_many = line->count == COLUMNS_MOST;
        if (line->too_many)
            break;
        line->cells[line->count++] = take_cell(start, at);
        if (*at == '\0')
            break;
        start = at + 1;
    }
    if (!any)
        line_finish(line);
}

static bool is_rule(const struct line *line)
{
    for (size_t i = 0; i < line->count; i++) {
        const char *text = line->cells[i];
        size_t dashes;

        text += *text == ':';
        dashes = strspn(text, "-");
        text += dashes;
        text += *text == ':';
        if (dashes == 0 || *text != '\0')
            return false;
    }
    return line->count > 0;
}

static bool has_unit(const struct line *header)
{
    for (size_t i = 1; i < header->count; i++)
        if (table_unit_of(header->cells[i]) != UNIT_NONE)
            return true;
    return false;
}

/* Stops behind the rule of the number-th table of measurements, with its header in *header. */
static int find_table(struct reader *reader, unsigned number, struct line *header,
                      struct problem *problem)
{
    struct line above = {.count = 0}, line;
    unsigned found = 0;
    char *text;

    while ((text = take_line(reader)) != NULL) {
        bool code = is_code(reader, text);

        split_line(code ? "" : text, &line);
        free(text);
        if (is_rule(&line) && above.count == line.count && !above.too_many && has_unit(&above) &&
            ++found == number) {
            line_finish(&line);
            *header = above;
            return 0;
        }
        line_finish(&above);
        above = line;
    }
    line_finish(&above);
    if (found == 0)
        return problem_set(problem, -ENOENT,
                           "%s has no table of measurements: none with a column in a unit that is "
                           "known here: req/s, s/req, µs/req, x ideal, MiB, connections",
                           reader->path);
    return problem_set(problem, -ENOENT, "%s has %u such table%s, not %u", reader->path, found,
                       found == 1 ? "" : "s", number);
}

/* Skips digits, which may be grouped by commas: 38,000 but not 3,80. */
static const char *skip_whole(const char *text, char **to)
{
    size_t digits = strspn(text, "0123456789");
    bool grouped = digits >= 1 && digits <= 3;

    for (size_t i = 0; i < digits; i++)
        *(*to)++ = *text++;
    while (grouped && *text == ',' && strspn(text + 1, "0123456789") == 3) {
        memcpy(*to, text + 1, 3);
        *to += 3;
        text += 4;
    }
    return text;
}

static int read_number(const char *text, double *value)
{
    char *plain = memory_zeroed(strlen(text) + 1, 1), *to = plain, *end;
    const char *at = skip_whole(text, &to);
    bool good;

    /* What is left is a fraction and an exponent; strtod knows more forms than are wanted. */
    memcpy(to, at, strlen(at) + 1);
    good = strspn(at, "0123456789.eE+-") == strlen(at) && isdigit((unsigned char)plain[0]) != 0;
    errno = 0;
    *value = strtod(plain, &end);
    good = good && *end == '\0' && errno == 0 && isfinite(*value) && *value > 0;
    free(plain);
    return good ? 0 : -EINVAL;
}

/* Takes marks of emphasis off both ends, and a spread in parentheses off the right one. */
static char *bare_text(const char *text)
{
    const char *end = text + strlen(text), *open;

    if (end > text && end[-1] == ')' && (open = strrchr(text, '(')) != NULL && open > text)
        end = open;
    while (end > text && strchr(" \t*_`", end[-1]) != NULL)
        end--;
    while (text < end && strchr(" \t*_`", *text) != NULL)
        text++;
    return memory_text_of_length(text, (size_t)(end - text));
}

int markdown_cell(const char *text, struct table_cell *cell)
{
    static const char *const nothing[] = {"", "-", "\xe2\x80\x93", "\xe2\x80\x94", "n/a"};
    char *bare = bare_text(text);
    int outcome = outcome_of_name(bare), error = 0;

    *cell = (struct table_cell){.outcome = OUTCOME_NONE};
    for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++)
        if (strcasecmp(bare, nothing[i]) == 0)
            outcome = OUTCOME_NONE;
    if (outcome >= 0 && outcome != OUTCOME_MEASURED) {
        cell->outcome = (enum outcome)outcome;
    } else {
        error = read_number(bare, &cell->value);
        cell->outcome = error == 0 ? OUTCOME_MEASURED : OUTCOME_NONE;
    }
    free(bare);
    return error;
}

static int read_row(const struct reader *reader, const struct line *header, const struct line *line,
                    struct table *table, struct problem *problem)
{
    struct table_cell *cells;
    size_t to = 0;

    if (line->too_many || line->count > header->count)
        return problem_set(problem, -EINVAL, "%s, line %u: more cells than the header's %zu",
                           reader->path, reader->line, header->count);
    if (table->row_count == ROWS_MOST)
        return problem_set(problem, -EINVAL, "%s, line %u: more than %d rows", reader->path,
                           reader->line, ROWS_MOST);
    cells = table_add_row(table, line->cells[0]);
    for (size_t i = 1; i < header->count; i++) {
        const char *text = i < line->count ? line->cells[i] : "";

        if (table_unit_of(header->cells[i]) == UNIT_NONE)
            continue;
        if (markdown_cell(text, &cells[to++]) < 0)
            return problem_set(problem, -EINVAL,
                               "%s, line %u: row '%.80s', column '%.80s': '%.80s' is neither a "
                               "number above 0 nor X nor another outcome",
                               reader->path, reader->line, line->cells[0], header->cells[i], text);
    }
    return 0;
}

static int read_rows(struct reader *reader, const struct line *header, struct table *table,
                     struct problem *problem)
{
    struct line line;
    int error = 0;
    char *text;

    while (error == 0 && (text = take_line(reader)) != NULL) {
        split_line(text, &line);
        free(text);
        if (line.count == 0)
            break;
        error = read_row(reader, header, &line, table, problem);
        line_finish(&line);
    }
    return error;
}

int markdown_table(const char *path, const char *text, unsigned number, struct table *table,
                   struct problem *problem)
{
    struct reader reader = {.path = path, .next = text};
    struct line header = {.count = 0};
    int error = find_table(&reader, number, &header, problem);

    if (error < 0)
        return error;
    *table = (struct table){.source = memory_text(path)};
    for (size_t i = 1; i < header.count; i++)
        if (table_unit_of(header.cells[i]) != UNIT_NONE)
            table_add_column(table, header.cells[i]);
    error = read_rows(&reader, &header, table, problem);
    line_finish(&header);
    if (error == 0 && table->row_count == 0)
        error =
            problem_set(problem, -EINVAL, "%s, line %u: the table has no rows", path, reader.line);
    if (error < 0)
        table_finish(table);
    return error;
}
