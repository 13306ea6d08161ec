#include "clients/web/crawl/robots.h"

#include "clients/web/crawl/percent.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct rule {
    bool allow;
    char *
        pattern; /* normalised; "*" stands for anything, and a "$" can only be the last character */
    size_t length;
};

struct robots {
    bool nothing; /* is allowed */
    struct rule *rules;
    size_t count, room;
};

/* A stretch of the file's text. */
struct span {
    const char *text;
    size_t length;
};

/* What a line belongs to while the file is read. */
struct reader {
    struct robots *robots;
    const char *product;
    bool in_rules;      /* the last line of a group was a rule: a user-agent begins another group */
    bool named, any;    /* the group under way is for this crawler; for all of them */
    bool has_named;     /* some group was for this crawler by name */
    bool wants_by_name; /* this pass looks for such groups; otherwise for those of all */
    bool out_of_memory;
};

static bool is_blank(char character)
{
    return character == ' ' || character == '\t';
}

static struct span trim(struct span span)
{
    while (span.length > 0 && is_blank(span.text[0])) {
        span.text++;
        span.length--;
    }
    while (span.length > 0 && is_blank(span.text[span.length - 1]))
        span.length--;
    return span;
}

static bool span_is(struct span span, const char *word)
{
    return span.length == strlen(word) && strncasecmp(span.text, word, span.length) == 0;
}

/* Only the token at the start of the value is compared: "name/1.0" means the crawler "name". */
static struct span product_token(struct span value)
{
    size_t length = 0;

    while (length < value.length && value.text[length] != '\0' &&
           strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_", value.text[length]) !=
               NULL)
        length++;
    return (struct span){value.text, length};
}

static void take_agent(struct reader *reader, struct span value)
{
    if (reader->in_rules)
        reader->named = reader->any = false;
    reader->in_rules = false;
    if (value.length > 0 && value.text[0] == '*')
        reader->any = true;
    else if (span_is(product_token(value), reader->product))
        reader->named = reader->has_named = true;
}

/* A dollar sign is special at the end alone and an asterisk everywhere; written encoded, both are
 * characters like others. */
static size_t normalise_pattern(struct span value, char *pattern)
{
    bool anchored = value.length > 0 && value.text[value.length - 1] == '$';
    size_t length = 0, end = value.length - (anchored ? 1 : 0), start = 0;

    for (size_t i = 0; i <= end; i++)
        if (i == end || value.text[i] == '*') {
            length += percent_normalise(value.text + start, i - start, "$", pattern + length);
            if (i < end && (length == 0 || pattern[length - 1] != '*'))
                pattern[length++] = '*';
            start = i + 1;
        }
    if (anchored)
        pattern[length++] = '$';
    pattern[length] = '\0';
    return length;
}

static struct rule *add_rule(struct robots *robots)
{
    size_t room = robots->room == 0 ? 16 : robots->room * 2;
    struct rule *rules;

    if (robots->count == robots->room) {
        rules = realloc(robots->rules, room * sizeof(*rules));
        if (rules == NULL)
            return NULL;
        robots->rules = rules;
        robots->room = room;
    }
    return &robots->rules[robots->count];
}

static void take_rule(struct reader *reader, bool allow, struct span value)
{
    struct rule *rule;

    reader->in_rules = true;
    if (value.length == 0 || !(reader->wants_by_name ? reader->named : reader->any))
        return;
    rule = add_rule(reader->robots);
    if (rule != NULL)
        rule->pattern = malloc(3 * value.length + 2);
    if (rule == NULL || rule->pattern == NULL) {
        reader->out_of_memory = true;
        return;
    }
    rule->allow = allow;
    rule->length = normalise_pattern(value, rule->pattern);
    reader->robots->count++;
}

/* Records of other kinds, such as sitemaps, stand outside groups and do not end one (2.2.4). */
static void read_line(struct reader *reader, struct span line)
{
    const char *comment = memchr(line.text, '#', line.length), *colon;
    struct span key, value;

    if (comment != NULL)
        line.length = (size_t)(comment - line.text);
    colon = memchr(line.text, ':', line.length);
    if (colon == NULL)
        return;
    key = trim((struct span){line.text, (size_t)(colon - line.text)});
    value = trim((struct span){colon + 1, line.length - (size_t)(colon + 1 - line.text)});
    if (span_is(key, "user-agent"))
        take_agent(reader, value);
    else if (span_is(key, "allow"))
        take_rule(reader, true, value);
    else if (span_is(key, "disallow"))
        take_rule(reader, false, value);
}

/* Reads all lines for the groups that name the crawler, or for those that name all. */
static void read_file(struct reader *reader, struct span file)
{
    size_t start = 0;

    reader->named = reader->any = reader->in_rules = false;
    for (size_t i = 0; i <= file.length; i++)
        if (i == file.length || file.text[i] == '\n' || file.text[i] == '\r') {
            read_line(reader, (struct span){file.text + start, i - start});
            start = i + 1;
        }
}

static bool parse(struct robots *robots, const char *text, size_t length, const char *product)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    struct reader reader = {.robots = robots, .product = product, .wants_by_name = true};
    struct span file = {text, length < ROBOTS_BYTES_MAX ? length : ROBOTS_BYTES_MAX};

    if (file.length >= 3 && memcmp(text, byte_order_mark, 3) == 0) {
        file.text += 3;
        file.length -= 3;
    }
    if (file.length == 0)
        return true;
    read_file(&reader, file);
    if (!reader.has_named) {
        reader.wants_by_name = false;
        read_file(&reader, file);
    }
    return !reader.out_of_memory;
}

struct robots *robots_create(long status, const char *text, size_t length, const char *product)
{
    struct robots *robots = calloc(1, sizeof(*robots));

    if (robots == NULL)
        return NULL;
    if (status >= 200 && status <= 299) {
        if (!parse(robots, text, length, product)) {
            robots_destroy(robots);
            return NULL;
        }
    } else {
        robots->nothing = status < 300 || status > 499;
    }
    return robots;
}

void robots_destroy(struct robots *robots)
{
    if (robots == NULL)
        return;
    for (size_t i = 0; i < robots->count; i++)
        free(robots->rules[i].pattern);
    free(robots->rules);
    free(robots);
}

/*
 * Each stretch between two asterisks is taken where it first occurs, which leaves the most room for
 * those that follow; so nothing is tried twice, however many asterisks there are.
 */
static bool matches(const struct rule *rule, struct span path)
{
    bool anchored = rule->length > 0 && rule->pattern[rule->length - 1] == '$';
    const char *at = rule->pattern, *end = rule->pattern + rule->length - (anchored ? 1 : 0);
    const char *asterisk, *found;
    bool first = true;

    for (;; first = false, at = asterisk + 1) {
        size_t length;

        asterisk = memchr(at, '*', (size_t)(end - at));
        length = (size_t)((asterisk != NULL ? asterisk : end) - at);
        if (length > path.length)
            return false;
        if (asterisk == NULL && anchored)
            found = first && length != path.length ? NULL : path.text + path.length - length;
        else
            found = first ? path.text : memmem(path.text, path.length, at, length);
        if (found == NULL || memcmp(found, at, length) != 0)
            return false;
        path.length -= (size_t)(found + length - path.text);
        path.text = found + length;
        if (asterisk == NULL)
            return true;
    }
}

/* The most specific rule decides, and where two are equally long, the one that allows. */
bool robots_allow(const struct robots *robots, const char *path)
{
    const struct rule *best = NULL;
    struct span normal;
    char *buffer;
    bool allowed;

    if (strcmp(path, "/robots.txt") == 0)
        return true;
    if (robots->nothing || robots->count == 0)
        return !robots->nothing;
    buffer = malloc(3 * strlen(path) + 1);
    if (buffer == NULL)
        return false;
    normal = (struct span){buffer, percent_normalise(path, strlen(path), "*$", buffer)};
    for (size_t i = 0; i < robots->count; i++) {
        const struct rule *rule = &robots->rules[i];

        if (best != NULL &&
            (rule->length < best->length || (rule->length == best->length && best->allow)))
            continue;
        if (matches(rule, normal))
            best = rule;
    }
    allowed = best == NULL || best->allow;
    free(buffer);
    return allowed;
}
