#ifndef BENCH_WORDS_H
#define BENCH_WORDS_H

#include "bench/problem.h"

#include <stdbool.h>
#include <stddef.h>

/* Command lines that are text, with places in them that are filled in. */

/* In single quotes for the shell, in new memory that the caller frees. */
char *words_quoted(const char *text);

/* The text with each {name} replaced, in new memory; name has its braces. */
char *words_replaced(const char *text, const char *name, const char *value);

/* What stands in the places of a web client's command; texts are borrowed. */
struct words_places {
    const char *urls;     /* {urls}: a file with a URL on each line */
    const char *config;   /* {config}: the same for curl --config */
    const char *aria2;    /* {aria2}: for aria2c --input-file */
    const char *scratch;  /* {scratch}: an empty folder */
    unsigned concurrency; /* {concurrency}: how many at a time */
};

/* Whether such a command says where its URLs stand: {urls}, {config} or {aria2}. */
bool words_name_urls(const char *command);

/*
 * Splits such a command into its words as a shell would, quotes and variables included, without
 * running one: it would take time from the command. Then fills the places in: what stands there is
 * never split, nor has a meaning for a shell, whatever quotes are around it. Returns 0 and *words,
 * count of them and a NULL, which words_free frees; or -EINVAL with the problem where it is more
 * than one command.
 */
int words_fill(const char *command, const struct words_places *places, char ***words, size_t *count,
               struct problem *problem);

/* Returns what words_fill will, before anything is there to fill in. */
int words_check(const char *command, struct problem *problem);

/* Takes NULL. */
void words_free(char **words);

#endif
