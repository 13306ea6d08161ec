#include "bench/table.h"

#include "bench/json.h"
#include "bench/letters.h"
#include "bench/memory.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void table_finish(struct table *table)
{
    for (size_t row = 0; row < table->row_count; row++) {
        for (size_t column = 0; column < table->column_count; column++)
            free(table->cells[row][column].samples);
        free(table->cells[row]);
        free(table->rows[row]);
    }
    for (size_t column = 0; column < table->column_count; column++)
        free(table->columns[column]);
    free(table->cells);
    free(table->rows);
    free(table->columns);
    free(table->titles);
    free(table->caption);
    free(table->source);
    *table = (struct table){0};
}

void table_add_column(struct table *table, const char *header)
{
    table->columns = memory_grown(table->columns, table->column_count, sizeof(*table->columns));
    table->titles = memory_grown(table->titles, table->column_count, sizeof(*table->titles));
    table->titles[table->column_count] = NULL;
    table->columns[table->column_count++] = memory_text(header);
}

struct table_cell *table_add_row(struct table *table, const char *name)
{
    size_t row = table->row_count;

    table->rows = memory_grown(table->rows, row, sizeof(*table->rows));
    table->cells = memory_grown(table->cells, row, sizeof(struct table_cell *));
    table->rows[row] = memory_text(name);
    table->cells[row] = memory_zeroed(table->column_count, sizeof(struct table_cell));
    table->row_count++;
    return table->cells[row];
}

enum table_unit table_unit_of(const char *header)
{
    static const struct {
        const char *mark;
        enum table_unit unit;
    } marks[] = {
        {"(µs/req)", UNIT_CPU_PER_REQUEST},  {"req/s", UNIT_REQUESTS_PER_SECOND},
        {"s/req", UNIT_SECONDS_PER_REQUEST}, {"(x ideal)", UNIT_TIMES_IDEAL},
        {"(MiB)", UNIT_MEBIBYTES},           {"(connections)", UNIT_CONNECTIONS},
    };

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (strcasestr(header, marks[i].mark) != NULL)
            return marks[i].unit;
    return UNIT_NONE;
}

bool table_unit_more_is_better(enum table_unit unit)
{
    return unit == UNIT_REQUESTS_PER_SECOND;
}

bool table_same_header(const char *left, const char *right)
{
    return letters_same(left, right, "*_`");
}

char *table_format_number(double value, char text[static TABLE_NUMBER])
{
    double size = fabs(value);
    int digits = size > 0 ? (int)floor(log10(size)) : 0;
    double unit = pow(10, digits - 2);

    if (size > 0)
        value = round(value / unit) * unit;
    if (size >= 1e15 || (size > 0 && size < 1e-6))
        snprintf(text, TABLE_NUMBER, "%.3g", value);
    else
        snprintf(text, TABLE_NUMBER, "%.*f", digits >= 2 ? 0 : 2 - digits, value);
    return text;
}

/* "0.62 slower"; the words are short, since they stand in every cell. */
static const char *verdict_word(enum ratio_verdict verdict, enum table_unit unit)
{
    static const char *const words[] = {
        [RATIO_UNTOLD] = "",          [RATIO_FASTER] = " faster",  [RATIO_SLOWER] = " slower",
        [RATIO_EQUIVALENT] = " same", [RATIO_INCONCLUSIVE] = " ?",
    };
    bool amount =
        unit == UNIT_CPU_PER_REQUEST || unit == UNIT_MEBIBYTES || unit == UNIT_CONNECTIONS;

    if (amount && verdict == RATIO_FASTER)
        return " less";
    if (amount && verdict == RATIO_SLOWER)
        return " more";
    return words[verdict];
}

/* "±1.4 %"; where that is no margin any more, "2.10 to 9.80". */
static char *format_reach(const struct table_cell *cell)
{
    double reach = fmax(cell->high - cell->value, cell->value - cell->low) / cell->value;
    char low[TABLE_NUMBER], high[TABLE_NUMBER];

    if (reach < 1)
        return memory_printf("±%.*f %%", reach < 0.0995 ? 1 : 0, 100 * reach);
    return memory_printf("%s to %s", table_format_number(cell->low, low),
                         table_format_number(cell->high, high));
}

static char *format_verdict(const struct table_cell *cell, enum table_unit unit, const char *value)
{
    char *reach, *text;

    if (cell->low <= 0)
        return memory_text(value);
    reach = format_reach(cell);
    if (cell->ratio.verdict == RATIO_UNTOLD)
        text = memory_printf("%s (%s)", value, reach);
    else
        text = memory_printf("%s (%s, %.*f%s)", value, reach, cell->ratio.estimate < 0.1 ? 3 : 2,
                             cell->ratio.estimate, verdict_word(cell->ratio.verdict, unit));
    free(reach);
    return text;
}

static char *format_cell(const struct table_cell *cell, enum table_unit unit,
                         enum table_detail detail)
{
    char value[TABLE_NUMBER], minimum[TABLE_NUMBER], maximum[TABLE_NUMBER];

    if (cell->outcome != OUTCOME_MEASURED)
        return memory_text(outcome_name(cell->outcome));
    table_format_number(cell->value, value);
    if (detail == TABLE_VERDICTS)
        return format_verdict(cell, unit, value);
    if (detail == TABLE_PLAIN || cell->sample_count == 0)
        return memory_text(value);
    return memory_printf("%s (%s to %s)", value, table_format_number(cell->minimum, minimum),
                         table_format_number(cell->maximum, maximum));
}

/* A pipe would end the cell, and a line's end the table. */
static char *escape_name(const char *text)
{
    char *escaped = memory_zeroed(2 * strlen(text) + 1, 1), *to = escaped;

    for (; *text != '\0'; text++) {
        if (*text == '|')
            *to++ = '\\';
        *to++ = (char)(*text == '\n' || *text == '\r' ? ' ' : *text);
    }
    return escaped;
}

static size_t larger(size_t left, size_t right)
{
    return left > right ? left : right;
}

/* In UTF-8 only the first byte of a character takes a place; the cells have no wide ones. */
static size_t display_width(const char *text)
{
    size_t width = 0;

    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

/* Columns that stand in one table of Markdown; all belongs to whoever prints. */
struct section {
    const struct table *table;
    size_t *columns;
    size_t count;
    size_t *widths; /* of the names, then of the columns */
    enum table_detail detail;
};

static const char *first_header(const struct table *table)
{
    return table->first_header != NULL ? table->first_header : "Server version";
}

static char *section_cell(const struct section *section, size_t row, size_t at)
{
    size_t column = section->columns[at];

    return format_cell(&section->table->cells[row][column],
                       table_unit_of(section->table->columns[column]), section->detail);
}

static void print_markdown_row(FILE *file, const struct section *section, size_t row)
{
    char *name = escape_name(section->table->rows[row]);

    fprintf(file, "| %-*s |", (int)section->widths[0], name);
    for (size_t at = 0; at < section->count; at++) {
        char *text = section_cell(section, row, at);
        size_t wider = strlen(text) - display_width(text);

        fprintf(file, " %*s |", (int)(section->widths[at + 1] + wider), text);
        free(text);
    }
    fputc('\n', file);
    free(name);
}

static void fit_row(struct section *section, size_t row)
{
    char *name = escape_name(section->table->rows[row]);

    section->widths[0] = larger(section->widths[0], strlen(name));
    free(name);
    for (size_t at = 0; at < section->count; at++) {
        char *text = section_cell(section, row, at);

        section->widths[at + 1] = larger(section->widths[at + 1], display_width(text));
        free(text);
    }
}

static void fit_widths(struct section *section)
{
    section->widths = memory_zeroed(section->count + 1, sizeof(*section->widths));
    section->widths[0] = strlen(first_header(section->table));
    for (size_t at = 0; at < section->count; at++) {
        char *header = escape_name(section->table->columns[section->columns[at]]);

        section->widths[at + 1] = display_width(header);
        free(header);
    }
    for (size_t row = 0; row < section->table->row_count; row++)
        fit_row(section, row);
}

static void print_rule(FILE *file, size_t width, char end)
{
    for (size_t i = 0; i <= width; i++)
        fputc('-', file);
    fprintf(file, "%c|", end);
}

static void print_section(FILE *file, struct section *section)
{
    fit_widths(section);
    fprintf(file, "| %-*s |", (int)section->widths[0], first_header(section->table));
    for (size_t at = 0; at < section->count; at++) {
        char *header = escape_name(section->table->columns[section->columns[at]]);
        size_t wider = strlen(header) - display_width(header);

        fprintf(file, " %*s |", (int)(section->widths[at + 1] + wider), header);
        free(header);
    }
    fputs("\n|", file);
    print_rule(file, section->widths[0], '-');
    for (size_t at = 0; at < section->count; at++)
        print_rule(file, section->widths[at + 1], ':');
    fputc('\n', file);
    for (size_t row = 0; row < section->table->row_count; row++)
        print_markdown_row(file, section, row);
    free(section->widths);
}

static bool same_title(const char *left, const char *right)
{
    return left == right || (left != NULL && right != NULL && strcmp(left, right) == 0);
}

/* Whether no column before has that column's title. */
static bool begins_section(const struct table *table, size_t column)
{
    for (size_t i = 0; i < column; i++)
        if (same_title(table->titles[i], table->titles[column]))
            return false;
    return true;
}

void table_print_markdown(FILE *file, const struct table *table, enum table_detail detail)
{
    size_t *columns = memory_zeroed(table->column_count + 1, sizeof(*columns));

    if (table->column_count == 0)
        print_section(file, &(struct section){.table = table, .columns = columns});
    for (size_t first = 0; first < table->column_count; first++) {
        struct section section = {.table = table, .columns = columns, .detail = detail};
        const char *title = table->titles[first];

        if (!begins_section(table, first))
            continue;
        for (size_t i = first; i < table->column_count; i++)
            if (same_title(table->titles[i], title))
                columns[section.count++] = i;
        if (title != NULL)
            fprintf(file, "%s**%s**\n\n", first > 0 ? "\n" : "", title);
        print_section(file, &section);
    }
    if (table->caption != NULL)
        fprintf(file, "\n%s\n", table->caption);
    free(columns);
}

static void print_csv_text(FILE *file, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, file);
        return;
    }
    fputc('"', file);
    for (; *text != '\0'; text++)
        fprintf(file, *text == '"' ? "\"%c" : "%c", *text);
    fputc('"', file);
}

/* What stands behind a number, and the headers of it. */
static const char *const csv_details[] = {
    "rounds",    "least",      "greatest", "low",        "high",    "ratio",
    "ratio low", "ratio high", "p",        "p adjusted", "verdict", "smallest effect",
};

enum { CSV_DETAILS = sizeof(csv_details) / sizeof(csv_details[0]) };

/* Every field has its comma in front; one that is not known is empty. */
static void print_csv_number(FILE *file, bool known, double value)
{
    if (known)
        fprintf(file, ",%.9g", value);
    else
        fputc(',', file);
}

static void print_csv_details(FILE *file, const struct table_cell *cell)
{
    const struct ratio *ratio = &cell->ratio;
    const char *verdict = ratio_verdict_name(ratio->verdict);
    bool interval = cell->low > 0, related = ratio->rounds > 0;

    print_csv_number(file, cell->sample_count > 0, (double)cell->sample_count);
    print_csv_number(file, cell->sample_count > 0, cell->minimum);
    print_csv_number(file, cell->sample_count > 0, cell->maximum);
    print_csv_number(file, interval, cell->low);
    print_csv_number(file, interval, cell->high);
    print_csv_number(file, related, ratio->estimate);
    print_csv_number(file, related, ratio->low);
    print_csv_number(file, related, ratio->high);
    print_csv_number(file, related, ratio->p);
    print_csv_number(file, related, ratio->p_adjusted);
    fprintf(file, ",%s", verdict != NULL ? verdict : "");
    print_csv_number(file, verdict != NULL, ratio->smallest_effect);
}

static void print_csv_cell(FILE *file, const struct table_cell *cell, enum table_detail detail)
{
    if (cell->outcome == OUTCOME_MEASURED)
        fprintf(file, ",%.9g", cell->value);
    else
        fprintf(file, ",%s", cell->outcome == OUTCOME_NONE ? "" : outcome_name(cell->outcome));
    if (detail != TABLE_PLAIN)
        print_csv_details(file, cell);
}

void table_print_csv(FILE *file, const struct table *table, enum table_detail detail)
{
    print_csv_text(file, first_header(table));
    for (size_t column = 0; column < table->column_count; column++) {
        fputc(',', file);
        print_csv_text(file, table->columns[column]);
        for (size_t i = 0; i < CSV_DETAILS && detail != TABLE_PLAIN; i++)
            fprintf(file, ",%s", csv_details[i]);
    }
    fputs("\r\n", file);
    for (size_t row = 0; row < table->row_count; row++) {
        print_csv_text(file, table->rows[row]);
        for (size_t column = 0; column < table->column_count; column++)
            print_csv_cell(file, &table->cells[row][column], detail);
        fputs("\r\n", file);
    }
}

static cJSON *cell_to_json(const struct table_cell *cell)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "outcome", outcome_name(cell->outcome));
    if (cell->outcome != OUTCOME_MEASURED)
        return object;
    cJSON_AddNumberToObject(object, "value", cell->value);
    if (cell->sample_count > 0) {
        cJSON_AddNumberToObject(object, "minimum", cell->minimum);
        cJSON_AddNumberToObject(object, "maximum", cell->maximum);
        cJSON_AddItemToObject(object, "samples",
                              cJSON_CreateDoubleArray(cell->samples, (int)cell->sample_count));
    }
    if (cell->low > 0)
        cJSON_AddItemToObject(object, "interval",
                              cJSON_CreateDoubleArray((const double[]){cell->low, cell->high}, 2));
    if (cell->ratio.rounds > 0)
        cJSON_AddItemToObject(object, "ratio", ratio_to_json(&cell->ratio));
    return object;
}

void table_print_json(FILE *file, const struct table *table)
{
    cJSON *object = cJSON_CreateObject(), *columns, *rows;

    columns = cJSON_AddArrayToObject(object, "columns");
    for (size_t column = 0; column < table->column_count; column++)
        cJSON_AddItemToArray(columns, cJSON_CreateString(table->columns[column]));
    rows = cJSON_AddArrayToObject(object, "rows");
    for (size_t row = 0; row < table->row_count; row++) {
        cJSON *one = cJSON_CreateObject(), *cells;

        cJSON_AddItemToArray(rows, one);
        cJSON_AddStringToObject(one, "name", table->rows[row]);
        cells = cJSON_AddArrayToObject(one, "cells");
        for (size_t column = 0; column < table->column_count; column++)
            cJSON_AddItemToArray(cells, cell_to_json(&table->cells[row][column]));
    }
    json_add_text(object, "caption", table->caption);
    json_print_line(file, object);
    cJSON_Delete(object);
}
