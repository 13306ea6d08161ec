#include "bench/words.h"

#include "bench/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wordexp.h>

/* A single quote is the only thing that cannot stand within such. */
char *words_quoted(const char *text)
{
    char *whole = memory_text("'"), *longer;
    size_t length;

    for (;; text += length + 1) {
        length = strcspn(text, "'");
        longer = memory_printf("%s%.*s%s", whole, (int)length, text,
                               text[length] == '\'' ? "'\\''" : "'");
        free(whole);
        whole = longer;
        if (text[length] == '\0')
            return whole;
    }
}

char *words_replaced(const char *text, const char *name, const char *value)
{
    char *whole = memory_text(""), *longer;
    const char *mark;

    for (; (mark = strstr(text, name)) != NULL; text = mark + strlen(name)) {
        longer = memory_printf("%s%.*s%s", whole, (int)(mark - text), text, value);
        free(whole);
        whole = longer;
    }
    longer = memory_printf("%s%s", whole, text);
    free(whole);
    return longer;
}

bool words_name_urls(const char *command)
{
    return strstr(command, "{urls}") != NULL || strstr(command, "{config}") != NULL ||
           strstr(command, "{aria2}") != NULL;
}

/* Stands for {name} until the words are split: a brace would be one of the shell's. */
struct mark {
    const char *name;
    const char *text;
};

static const struct mark marks[] = {
    {"{urls}", "\001u"},    {"{config}", "\001c"},      {"{aria2}", "\001a"},
    {"{scratch}", "\001s"}, {"{concurrency}", "\001n"},
};

enum { MARKS = sizeof(marks) / sizeof(marks[0]) };

static char *marked(const char *command)
{
    char *text = memory_text(command), *longer;

    for (size_t i = 0; i < MARKS; i++) {
        longer = words_replaced(text, marks[i].name, marks[i].text);
        free(text);
        text = longer;
    }
    return text;
}

static char *filled(const char *word, const struct words_places *places)
{
    char number[32], *text = memory_text(word), *longer;
    const char *const values[MARKS] = {places->urls, places->config, places->aria2, places->scratch,
                                       number};

    snprintf(number, sizeof(number), "%u", places->concurrency);
    for (size_t i = 0; i < MARKS; i++) {
        longer = words_replaced(text, marks[i].text, values[i]);
        free(text);
        text = longer;
    }
    return text;
}

static int split(const char *command, wordexp_t *words, struct problem *problem)
{
    char *text = marked(command);
    int error = wordexp(text, words, WRDE_NOCMD);

    free(text);
    if (error == WRDE_BADCHAR || error == WRDE_CMDSUB || error == WRDE_SYNTAX)
        return problem_set(problem, -EINVAL,
                           "'%.300s' must be one command and its words, no script for a shell: "
                           "|&;<>(){} stand in quotes there, other than of {urls}, {config}, "
                           "{aria2}, {scratch} and {concurrency}",
                           command);
    if (error == 0 && words->we_wordc > 0)
        return 0;
    if (error == 0 || error == WRDE_NOSPACE)
        wordfree(words);
    return problem_set(problem, -EINVAL, "'%.300s' is no command", command);
}

int words_fill(const char *command, const struct words_places *places, char ***words, size_t *count,
               struct problem *problem)
{
    wordexp_t found;
    int error = split(command, &found, problem);

    if (error < 0)
        return error;
    *words = memory_zeroed(found.we_wordc + 1, sizeof(**words));
    for (*count = 0; *count < found.we_wordc; ++*count)
        (*words)[*count] = filled(found.we_wordv[*count], places);
    wordfree(&found);
    return 0;
}

int words_check(const char *command, struct problem *problem)
{
    wordexp_t words;
    int error = split(command, &words, problem);

    if (error == 0)
        wordfree(&words);
    return error;
}

void words_free(char **words)
{
    for (size_t i = 0; words != NULL && words[i] != NULL; i++)
        free(words[i]);
    free(words);
}
