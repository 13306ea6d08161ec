#include "bench/words.h"

#include "bench/memory.h"

#include <errno.h>
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

int words_split(const char *command, char ***words, size_t *count, struct problem *problem)
{
    wordexp_t split;
    int error = wordexp(command, &split, WRDE_NOCMD);

    if (error == WRDE_BADCHAR || error == WRDE_CMDSUB || error == WRDE_SYNTAX)
        return problem_set(problem, -EINVAL,
                           "'%.300s' must be one command and its words, no script for a shell",
                           command);
    if (error != 0 || split.we_wordc == 0) {
        if (error == 0)
            wordfree(&split);
        return problem_set(problem, -EINVAL, "'%.300s' is no command", command);
    }
    *words = memory_zeroed(split.we_wordc + 1, sizeof(**words));
    for (*count = 0; *count < split.we_wordc; ++*count)
        (*words)[*count] = memory_text(split.we_wordv[*count]);
    wordfree(&split);
    return 0;
}

void words_free(char **words)
{
    for (size_t i = 0; words != NULL && words[i] != NULL; i++)
        free(words[i]);
    free(words);
}
